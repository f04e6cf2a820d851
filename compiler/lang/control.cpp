#include "compiler/lang/control.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "compiler/lang/expression.h"
#include "compiler/lang/index.h"
#include "compiler/lang/modules.h"
#include "compiler/lang/secrets.h"
#include "compiler/lang/size.h"
#include "compiler/lang/use.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;
using syntax::Statement;
using Statements = std::vector<Statement>;

constexpr std::array control_words{"for", "if", "else", "assert", "use"};

// Reads in another scope, until the end of this one.
class InScope {
 public:
  InScope(Reading& reading, Scope* scope) : reading_(reading), before_(std::exchange(reading.scope, scope)) {}
  InScope(const InScope&) = delete;
  InScope& operator=(const InScope&) = delete;
  ~InScope() { reading_.scope = before_; }

 private:
  Reading& reading_;
  Scope* before_;
};

// What a dry reading reads into.
struct Scratch {
  Scratch(Place place, Reading& reading) : building{reading}, block{place, building} {
    block.provider = &provider;
    block.clim = &clim;
    block.interface = &interface;
    block.ipsec = &ipsec;
    block.discarded = true;
  }
  Building building;
  Provider provider;
  Clim clim;
  Interface interface;
  Ipsec ipsec;
  Block block;
};

// Looks at statements without values, once: nothing that they say is in the model.
void check_dry(const Statement& owner, Place place, Reading& reading) {
  if (!reading.checked.insert(&owner).second) {
    return;
  }
  const bool dry = std::exchange(reading.dry, true);
  const bool unknown = reading.findings.unknown;
  Scratch scratch(place, reading);
  read_statements(owner.block, scratch.block);
  reading.findings.unknown = unknown;
  reading.dry = dry;
}

// Which statements there are is not known here.
void lose_track(Block& block) {
  forget(block, Fact::all);
  block.building.reading.findings.unknown = true;
}

bool has_block(const Statement& statement, Reading& reading) {
  if (!statement.has_block && !statement.broken) {
    report(reading, Code::e0001, backticked(statement.word) + " needs a block", syntax::end_of(statement.head),
           "expected `{`");
  }
  return statement.has_block;
}

// The outermost `for` or `use` that would make too many statements is not expanded at all.
bool explodes(const Statement& statement, Block& block) {
  Reading& reading = block.building.reading;
  if (reading.counted || reading.dry) {
    return false;
  }
  const auto size = expanded_size(statement, reading);
  if (!size || reading.statements + *size <= statement_limit) {
    return false;
  }
  report(reading, Code::e0010, "this expands to too many statements", statement.head,
         "more than " + std::to_string(statement_limit) + " in all", "reduce the ranges of its loops");
  forget(block, Fact::all);
  return true;
}

// ---- for

struct Loop {
  const Argument* variable = nullptr;
  std::optional<Evaluated> list;
};

// `for x in list`; what is wrong is reported, and there is no variable or no list then.
Loop read_loop(const Statement& statement, Reading& reading) {
  Loop loop;
  const auto& arguments = statement.arguments;
  const bool named = !arguments.empty() && arguments[0].kind == ArgumentKind::word && begins_expression(arguments[0]);
  const bool complete = named && arguments.size() > 1 && arguments[1].is(ArgumentKind::word, "in");
  if (!complete) {
    if (!statement.broken) {
      const std::size_t at = named ? 1 : 0;
      report(reading, Code::e0001, "a loop is written `for name in list { ... }`",
             at < arguments.size() ? arguments[at].span : syntax::end_of(statement.head),
             named ? "expected `in`" : "expected a name");
    }
    return loop;
  }
  if (is_free(arguments[0].text, arguments[0].span, *reading.scope, reading)) {
    loop.variable = &arguments[0];
  }
  auto list =
      statement.broken ? std::nullopt : evaluate_all(Items(arguments).subspan(2), reading, arguments[1].span, "`for`");
  if (list && list->value.type().depth == 0 && list->value.type() != Type{}) {
    report(reading, Code::e0005, "`for` takes a list", list->span, "this is " + describe(list->value.type()),
           "a list is `[a, b]`, a range `1..4`");
    list.reset();
  }
  loop.list = std::move(list);
  return loop;
}

void declare_variable(const Argument& name, const Loop& loop, Value value, Scope& scope, Reading& reading) {
  Binding binding;
  binding.kind = Binding::Kind::variable;
  binding.state = Binding::State::done;
  binding.name = name.text;
  binding.span = name.span;
  if (loop.list) {
    binding.value_span = loop.list->span;
    binding.expression = loop.list->items;
    binding.scope = reading.scope;
    binding.from = loop.list->names;
  }
  binding.value = std::move(value);
  if (reading.index != nullptr) {
    reading.index->binding(binding.span, binding);
  }
  scope.declare(std::move(binding));
}

Scope& iteration_scope(const Statement& statement, Reading& reading) {
  return reading.scopes->scopes.emplace_back(reading.scope->module(), reading.scope, reading.scope->step(),
                                             statement.head, std::string_view{}, false);
}

void check_loop_dry(const Statement& statement, const Loop& loop, Block& block) {
  Reading& reading = block.building.reading;
  if (reading.checked.count(&statement) != 0) {
    return;
  }
  Scope& scope = iteration_scope(statement, reading);
  const bool known = loop.list && loop.list->value.type().depth > 0;
  const Type type = known ? loop.list->value.type().element() : Type{};
  const Argument& name = loop.variable != nullptr ? *loop.variable : statement.arguments.front();
  declare_variable(name, loop, Value::unknown(type), scope, reading);
  const InScope in_scope(reading, &scope);
  check_dry(statement, block.place, reading);
}

void read_for(const Statement& statement, Block& block) {
  Reading& reading = block.building.reading;
  const Loop loop = read_loop(statement, reading);
  const bool body = has_block(statement, reading);
  if (!body || loop.variable == nullptr || !loop.list || !loop.list->value.known() || reading.dry) {
    lose_track(block);
    if (body && !statement.arguments.empty()) {
      check_loop_dry(statement, loop, block);
    }
    return;
  }
  if (statement.block_broken) {
    forget(block, Fact::all);
  }
  const Value& list = loop.list->value;
  if (list.size() == 0) {
    check_loop_dry(statement, loop, block);
  }
  if (explodes(statement, block)) {
    return;
  }
  const bool counted = std::exchange(reading.counted, true);
  for (std::size_t i = 0; i < list.size() && !reading.exploded; ++i) {
    Scope& scope = iteration_scope(statement, reading);
    declare_variable(*loop.variable, loop, list.at(i), scope, reading);
    const InScope in_scope(reading, &scope);
    read_statements(statement.block, block);
  }
  reading.counted = counted;
}

// ---- if

// Whether the branch is taken; nothing: that cannot be told.
std::optional<bool> read_condition(const Statement& statement, Reading& reading) {
  const bool is_else = statement.word == "else";
  const auto& arguments = statement.arguments;
  if (is_else && arguments.empty()) {
    return true;
  }
  if (is_else && !arguments[0].is(ArgumentKind::word, "if")) {
    report(reading, Code::e0001, "unexpected " + backticked(arguments[0].text) + " in `else`", arguments[0].span,
           "expected `if` or `{`");
    return std::nullopt;
  }
  if (statement.broken) {
    return std::nullopt;
  }
  const Items items = Items(arguments).subspan(is_else ? 1 : 0);
  const auto condition = evaluate_all(items, reading, is_else ? arguments[0].span : statement.word_span, "`if`");
  if (!condition) {
    return std::nullopt;
  }
  if (condition->value.type() != Type{Kind::boolean} && condition->value.type() != Type{}) {
    report(reading, Code::e0005, "`if` takes a bool", condition->span, "this is " + describe(condition->value.type()));
    return std::nullopt;
  }
  return condition->value.known() ? std::optional(condition->value.as<bool>()) : std::nullopt;
}

void read_branch(const Statement& branch, Block& block) {
  if (branch.block_broken) {
    forget(block, Fact::all);
  }
  read_statements(branch.block, block);
}

void read_if(const Statements& statements, std::size_t& index, Block& block) {
  Reading& reading = block.building.reading;
  bool taken = false;
  bool lost = false;
  for (bool more = true; more;) {
    const Statement& branch = statements[index];
    const bool last = branch.word == "else" && branch.arguments.empty();
    const auto condition = read_condition(branch, reading);
    const bool body = has_block(branch, reading);
    lost = lost || !condition || !body;
    if (body && condition.value_or(false) && !taken && !lost) {
      taken = true;
      read_branch(branch, block);
    } else if (body) {
      check_dry(branch, block.place, reading);
    }
    more = !last && index + 1 < statements.size() && statements[index + 1].word == "else";
    index += more ? 1 : 0;
  }
  if (lost && !taken) {
    lose_track(block);
  }
}

// ---- assert

std::string shown_names(const std::vector<const Binding*>& names) {
  std::string result;
  std::vector<const Binding*> seen;
  for (const Binding* name : names) {
    if (std::find(seen.begin(), seen.end(), name) == seen.end()) {
      seen.push_back(name);
      result += (result.empty() ? "" : ", ") + backticked(name->name) + " is " + name->value.shown();
    }
  }
  return result;
}

void read_assert(const Statement& statement, Reading& reading) {
  const auto& arguments = statement.arguments;
  if (statement.has_block) {
    report(reading, Code::e0001, "`assert` has no block", statement.head, "expected `;` after this");
    return;
  }
  if (statement.broken) {
    return;
  }
  const auto comma = std::find_if(arguments.begin(), arguments.end(),
                                  [](const Argument& argument) { return argument.is_punctuation(","); });
  const Items all(arguments);
  const auto at = static_cast<std::size_t>(comma - arguments.begin());
  const auto condition = evaluate_all(all.first(at), reading, statement.word_span, "`assert`");
  if (comma == arguments.end() || at + 1 == arguments.size()) {
    report(reading, Code::e0001, "`assert` needs a message", syntax::end_of(statement.head),
           "expected `, \"message\"`");
    return;
  }
  const auto message = evaluate_all(all.subspan(at + 1), reading, comma->span, "the message");
  if (message && message->value.type() != Type{Kind::string} && message->value.type() != Type{}) {
    report(reading, Code::e0005, "the message of `assert` is a string", message->span,
           "this is " + describe(message->value.type()));
  }
  if (!condition) {
    return;
  }
  if (condition->value.type() != Type{Kind::boolean} && condition->value.type() != Type{}) {
    report(reading, Code::e0005, "`assert` takes a bool", condition->span,
           "this is " + describe(condition->value.type()));
    return;
  }
  // In a dry reading nobody comes here: `assert false` says that of a branch.
  if (reading.dry || !condition->value.known() || condition->value.as<bool>()) {
    return;
  }
  const auto text = message ? message->value.text() : std::nullopt;
  report(reading, Code::e0009, text && !text->empty() ? *text : "this assertion does not hold", statement.head,
         shown_names(condition->names));
}

// ---- use

// A template for an interface fits a bond and a VLAN, too.
bool fits(std::string_view target, Place place) {
  const auto word = target == "cluster" ? "" : target;
  return block_word(place) == word ||
         (target == "interface" && (block_word(place) == "bond" || block_word(place) == "vlan"));
}

const Argument* template_call(const Statement& statement, Reading& reading) {
  const auto& arguments = statement.arguments;
  if (statement.has_block) {
    report(reading, Code::e0001, "`use` has no block", statement.head, "expected `;` after this");
    return nullptr;
  }
  const bool call = !arguments.empty() && arguments[0].kind == ArgumentKind::call;
  if (!statement.broken && (!call || arguments.size() > 1)) {
    const std::size_t at = call ? 1 : 0;
    report(reading, Code::e0001, "`use` takes a template and its arguments",
           at < arguments.size() ? arguments[at].span : syntax::end_of(statement.head),
           call ? "expected the end of the statement" : "expected `name(...)`",
           "write `use name(argument, parameter: argument);`");
  }
  return call && arguments.size() == 1 && !statement.broken ? &arguments[0] : nullptr;
}

void expand(const Template& used, Scope& scope, Block& block) {
  Reading& reading = block.building.reading;
  const bool counted = std::exchange(reading.counted, true);
  const InScope in_scope(reading, &scope);
  read_statements(used.statement->block, block);
  reading.counted = counted;
}

void read_use(const Statement& statement, Block& block) {
  Reading& reading = block.building.reading;
  const Argument* call = template_call(statement, reading);
  Template* used = call == nullptr ? nullptr : find_template(*call, reading);
  if (used == nullptr) {
    lose_track(block);
    return;
  }
  if (reading.definition != nullptr) {
    used->users.push_back(reading.definition);
  }
  const bool in_place = fits(used->target, block.place);
  if (!in_place && !used->target.empty()) {
    reading.findings.add({Code::e0008,
                          "template " + std::string(used->name) + " is for " + backticked(used->target) +
                              " and cannot be used " + std::string(describe(block.place)),
                          {Origin{statement.head, 0, reading.scope->step()}, ""},
                          {{used->span, "declared here"}},
                          {},
                          {},
                          {}});
  }
  if (used->has_secret) {
    redact_literals(call->items, reading);
  }
  if (used->broken) {
    lose_track(block);
    return;
  }
  Scope& scope =
      reading.scopes->scopes.emplace_back(*used->module, used->module->scope.get(), reading.scope->step(),
                                          statement.head, used->name, used->module != &reading.scope->module());
  if (!bind_parameters(*call, *used, scope, reading) || !in_place || reading.dry) {
    lose_track(block);
    return;
  }
  if (!explodes(statement, block)) {
    expand(*used, scope, block);
  }
}

}  // namespace

bool is_control(std::string_view word) {
  return word == "const" || word == "template" ||
         std::find(control_words.begin(), control_words.end(), word) != control_words.end();
}

void read_control(const Statements& statements, std::size_t& index, Block& block) {
  Reading& reading = block.building.reading;
  const Statement& statement = statements[index];
  if (statement.word == "for") {
    read_for(statement, block);
  } else if (statement.word == "if") {
    read_if(statements, index, block);
  } else if (statement.word == "use") {
    read_use(statement, block);
  } else if (statement.word == "assert") {
    read_assert(statement, reading);
  } else if (statement.word == "else") {
    report(reading, Code::e0001, "`else` has no `if` before it", statement.word_span, "");
    forget(block, Fact::all);
  } else if (statement.word == "template" && !reading.at_top()) {
    report(reading, Code::e0002, "`template` cannot stand inside another block", statement.word_span,
           "declared in a block", "templates are declared at the top level of a file");
  }
  // Constants and templates have been declared before.
}

void check_template(Template& declared, Reading& reading) {
  if (declared.broken) {
    return;
  }
  const std::size_t errors = reading.findings.errors();
  reading.definition = &declared;
  Scope& scope = reading.scopes->scopes.emplace_back(*declared.module, declared.module->scope.get(), nullptr);
  for (const Parameter& parameter : declared.parameters) {
    Binding binding;
    binding.kind = Binding::Kind::parameter;
    binding.state = Binding::State::done;
    binding.name = parameter.name;
    binding.span = parameter.span;
    binding.value = Value::unknown(parameter.type);
    if (reading.index != nullptr) {
      reading.index->binding(binding.span, binding);
    }
    scope.declare(std::move(binding));
    if (parameter.default_at != 0) {
      const InScope in_scope(reading, declared.module->scope.get());
      std::size_t at = parameter.default_at;
      const auto value = evaluate(declared.statement->arguments[0].items, at, reading);
      if (value && !value->value.convert(parameter.type)) {
        report(reading, Code::e0005, "parameter " + backticked(parameter.name) + " is " + describe(parameter.type),
               value->span, "this is " + describe(value->value.type()));
      }
    }
  }
  const InScope in_scope(reading, &scope);
  check_dry(*declared.statement, *template_place(declared.target), reading);
  declared.broken = reading.findings.errors() != errors;
  reading.definition = nullptr;
}

}  // namespace cip::lang
