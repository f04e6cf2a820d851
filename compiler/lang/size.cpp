#include "compiler/lang/size.h"

#include <utility>

#include "compiler/lang/expression.h"
#include "compiler/lang/modules.h"
#include "compiler/lang/use.h"

namespace cip::lang {
namespace {

using syntax::ArgumentKind;
using syntax::Statement;
using Statements = std::vector<Statement>;
using Size = std::optional<std::uint64_t>;

constexpr std::uint64_t too_many = statement_limit + 1;
// Loops, conditions and uses that are evaluated before it is given up.
constexpr std::size_t patience = 300'000;

class Counter {
 public:
  explicit Counter(Reading& reading) : reading_(reading) {}

  bool gave_up() const { return steps_ > patience; }

  // Of any but `if`, which has others behind it.
  Size statement(const Statement& own) {
    if (own.word == "for") {
      return loop(own);
    }
    if (own.word == "use") {
      return use(own);
    }
    if (own.word == "const" || own.word == "assert" || own.word == "else" || own.word == "template") {
      return 1;
    }
    return plus(block(own.block), 1);
  }

 private:
  static Size plus(Size size, std::uint64_t more) {
    return size ? Size(*size + more < too_many ? *size + more : too_many) : std::nullopt;
  }

  Size block(const Statements& statements) {
    if (depth_ >= expansion_depth_limit) {
      return too_many;
    }
    ++depth_;
    Scope constants(reading_.scope->module(), reading_.scope, reading_.scope->step());
    Scope* const before = reading_.scope;
    if (has_constants(statements)) {
      reading_.scope = &constants;
      declare_constants(statements, constants, reading_);
    }
    Size total = 0;
    for (std::size_t i = 0; i < statements.size() && total && *total < too_many; ++i) {
      const Size one = statements[i].word == "if" ? condition(statements, i) : statement(statements[i]);
      total = one ? plus(total, *one) : std::nullopt;
    }
    reading_.scope = before;
    --depth_;
    return total;
  }

  Size in_iteration(const Statement& own, Value value) {
    Scope scope(reading_.scope->module(), reading_.scope, nullptr);
    Binding binding;
    binding.kind = Binding::Kind::variable;
    binding.state = Binding::State::done;
    binding.name = own.arguments[0].text;
    binding.value = std::move(value);
    scope.declare(std::move(binding));
    Scope* const before = std::exchange(reading_.scope, &scope);
    const Size size = block(own.block);
    reading_.scope = before;
    return size;
  }

  Size loop(const Statement& own) {
    ++steps_;
    if (own.broken || own.arguments.size() < 3 || gave_up()) {
      return gave_up() ? std::nullopt : Size(1);
    }
    const auto list = evaluate_all(Items(own.arguments).subspan(2), reading_, own.head, "");
    if (!list || list->value.type().depth == 0) {
      return 1;
    }
    if (!list->value.known()) {
      return std::nullopt;
    }
    const std::uint64_t count = list->value.size();
    if (count >= too_many) {
      return too_many;
    }
    // Most bodies have the same size in every iteration.
    if (const Size each = in_iteration(own, Value::unknown(list->value.type().element()))) {
      return plus(count * (*each + 1), 1);
    }
    Size total = 1;
    for (std::uint64_t i = 0; i < count && total && *total < too_many; ++i) {
      const Size one = in_iteration(own, list->value.at(i));
      total = one ? plus(total, *one + 1) : std::nullopt;
    }
    return total;
  }

  Size condition(const Statements& statements, std::size_t& index) {
    Size size;
    bool decided = false;
    bool open = false;
    for (bool more = true; more;) {
      ++steps_;
      const Statement& branch = statements[index];
      const bool is_else = branch.word == "else";
      const bool last = is_else && branch.arguments.empty();
      const Items items = Items(branch.arguments).subspan(is_else && !last ? 1 : 0);
      const auto value = last || branch.broken ? std::nullopt : evaluate_all(items, reading_, branch.head, "");
      const bool known = last || (value && value->value.known() && value->value.type() == Type{Kind::boolean});
      open = open || (!known && value && !value->value.known());
      if (!decided && !open && known && (last || value->value.as<bool>())) {
        decided = true;
        size = plus(block(branch.block), 1);
      }
      more = !last && index + 1 < statements.size() && statements[index + 1].word == "else";
      index += more ? 1 : 0;
    }
    return decided ? size : open ? std::nullopt : Size(1);
  }

  Size use(const Statement& own) {
    ++steps_;
    if (own.broken || own.arguments.size() != 1 || own.arguments[0].kind != ArgumentKind::call || gave_up()) {
      return gave_up() ? std::nullopt : Size(1);
    }
    Template* used = find_template(own.arguments[0], reading_);
    if (used == nullptr || used->broken) {
      return 1;
    }
    if (used->size == Template::Size::not_asked) {
      used->size = Template::Size::asked;
      const Size size = in_template(*used, nullptr);
      used->size = size ? Template::Size::fixed : Template::Size::varies;
      used->statements = size.value_or(0);
    }
    if (used->size == Template::Size::fixed) {
      return plus(used->statements, 1);
    }
    return plus(in_template(*used, &own.arguments[0]), 1);
  }

  // With the arguments of a call, or with parameters of which nothing is known.
  Size in_template(const Template& used, const syntax::Argument* call) {
    Scope scope(*used.module, used.module->scope.get(), nullptr);
    if (call == nullptr) {
      for (const Parameter& parameter : used.parameters) {
        Binding binding;
        binding.kind = Binding::Kind::parameter;
        binding.state = Binding::State::done;
        binding.name = parameter.name;
        binding.value = Value::unknown(parameter.type);
        scope.declare(std::move(binding));
      }
    } else if (!bind_parameters(*call, used, scope, reading_)) {
      return 0;
    }
    Scope* const before = std::exchange(reading_.scope, &scope);
    const Size size = block(used.statement->block);
    reading_.scope = before;
    return size;
  }

  Reading& reading_;
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

Size expanded_size(const Statement& statement, Reading& reading) {
  const bool muted = std::exchange(reading.findings.muted, true);
  const bool unknown = reading.findings.unknown;
  auto* const index = std::exchange(reading.index, nullptr);
  Counter counter(reading);
  const Size size = counter.statement(statement);
  reading.index = index;
  reading.findings.unknown = unknown;
  reading.findings.muted = muted;
  return size;
}

}  // namespace cip::lang
