#include "compiler/lang/expression.h"

#include <algorithm>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/diagnostics/text.h"
#include "compiler/lang/functions.h"
#include "compiler/lang/index.h"
#include "compiler/lang/operators.h"
#include "compiler/syntax/tokens.h"
#include "compiler/syntax/values.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using diagnostics::quote;
using syntax::Argument;
using syntax::ArgumentKind;
using syntax::Span;

// Constants that wait for each other's values: bounds the stack.
constexpr std::size_t constant_depth_limit = 100;

class Evaluator {
 public:
  Evaluator(Items items, std::size_t& next, Reading& reading, std::vector<const Binding*>* names)
      : items_(items), next_(next), reading_(reading), names_(names) {}

  // Nothing: there is no expression, or it is not well-formed (`malformed`).
  std::optional<Operand> run() { return binary(0); }
  bool malformed() const { return malformed_; }
  void report(Code code, std::string message, const Span& span, std::string label, std::string help = {}) {
    lang::report(reading_, code, std::move(message), span, std::move(label), std::move(help));
  }

 private:
  // Operators by precedence, loosest first; the levels between are those of prefix operators.
  static constexpr std::size_t not_level = 2;
  static constexpr std::size_t minus_level = 7;
  static bool is_operator(std::size_t level, const Argument& item) {
    const auto is_one_of = [&](std::initializer_list<std::string_view> texts, ArgumentKind kind) {
      return item.kind == kind && std::find(texts.begin(), texts.end(), item.text) != texts.end();
    };
    switch (level) {
      case 0:
        return item.is(ArgumentKind::word, "or");
      case 1:
        return item.is(ArgumentKind::word, "and");
      case 3:
        return item.is(ArgumentKind::word, "in") ||
               is_one_of({"==", "!=", "<", "<=", ">", ">="}, ArgumentKind::punctuation);
      case 4:
        return item.is_punctuation("..");
      case 5:
        return is_one_of({"+", "-"}, ArgumentKind::punctuation);
      case 6:
        return is_one_of({"*", "/", "%"}, ArgumentKind::punctuation);
      default:
        return false;
    }
  }

  const Argument* peek() const { return next_ < items_.size() ? &items_[next_] : nullptr; }

  std::optional<Operand> binary(std::size_t level) {
    if (level == not_level) {
      return prefixed(level, [](const Argument& item) { return item.is(ArgumentKind::word, "not"); });
    }
    if (level == minus_level) {
      return prefixed(level, [](const Argument& item) { return item.is_punctuation("-"); });
    }
    auto left = binary(level + 1);
    while (left && peek() != nullptr && is_operator(level, *peek())) {
      const Argument& sign = items_[next_++];
      auto right = operand_after(level + 1, sign, decided(*left, sign));
      if (!right) {
        return std::nullopt;
      }
      left = apply(*left, sign, *right);
    }
    return left;
  }

  // `false and ...`: the value is known, so what stands behind need not make sense.
  static bool decided(const Operand& left, const Argument& sign) {
    const bool known =
        left.value.known() && left.value.type() == Type{Kind::boolean} && sign.kind == ArgumentKind::word;
    return known && ((sign.text == "and" && !left.value.as<bool>()) || (sign.text == "or" && left.value.as<bool>()));
  }

  std::optional<Operand> operand_after(std::size_t level, const Argument& sign, bool dry) {
    const bool before = std::exchange(reading_.dry, reading_.dry || dry);
    const bool unknown = std::exchange(reading_.findings.unknown, reading_.findings.unknown || dry);
    const std::size_t errors = reading_.findings.errors();
    auto operand = binary(level);
    if (dry && operand && reading_.findings.errors() == errors) {
      operand->bad = false;  // only its value is, which nobody asks for
    }
    reading_.findings.unknown = unknown;
    reading_.dry = before;
    if (!operand && !malformed_) {
      syntax_error("a value is missing after " + quote(sign.text), syntax::end_of(sign.span), "expected a value");
    }
    return operand;
  }

  template <class IsSign>
  std::optional<Operand> prefixed(std::size_t level, IsSign is_sign) {
    const std::size_t first = next_;
    while (peek() != nullptr && is_sign(*peek())) {
      ++next_;
    }
    const std::size_t end = next_;
    auto operand = level == minus_level ? primary() : binary(level + 1);
    if (!operand) {
      if (end != first && !malformed_) {
        const Argument& sign = items_[end - 1];
        syntax_error("a value is missing after " + quote(sign.text), syntax::end_of(sign.span), "expected a value");
      }
      return std::nullopt;
    }
    for (std::size_t i = end; i > first; --i) {
      const Argument& sign = items_[i - 1];
      operand = finish(negate(*operand, sign.text), syntax::join(sign.span, operand->span), {*operand});
    }
    return operand;
  }

  std::optional<Operand> apply(const Operand& left, const Argument& sign, const Operand& right) {
    const Span span = syntax::join(left.span, right.span);
    return finish(combine(left, sign.text, right), span, {left, right});
  }

  // An operation's outcome as an operand; if it failed, that is reported unless an operand had failed already.
  Operand finish(Outcome outcome, const Span& span, std::initializer_list<Operand> operands) {
    const bool bad = std::any_of(operands.begin(), operands.end(), [](const Operand& operand) { return operand.bad; });
    if (bad) {
      return {Value::unknown({}), span, true};
    }
    if (auto* problem = std::get_if<Problem>(&outcome)) {
      report(problem->code, std::move(problem->message), problem->place.value_or(span), std::move(problem->label),
             std::move(problem->help));
      return {Value::unknown({}), span, true};
    }
    return {std::get<Value>(std::move(outcome)), span, false};
  }

  Operand failed(const Span& span) { return {Value::unknown({}), span, true}; }

  void syntax_error(std::string message, const Span& span, std::string label, std::string help = {}) {
    malformed_ = true;
    report(Code::e0001, std::move(message), span, std::move(label), std::move(help));
  }

  std::optional<Operand> primary() {
    const Argument* item = peek();
    if (item == nullptr || !begins_expression(*item)) {
      return std::nullopt;
    }
    ++next_;
    switch (item->kind) {
      case ArgumentKind::word:
      case ArgumentKind::reference:
        return name(*item);
      case ArgumentKind::integer:
        return Operand{*syntax::parse_integer(item->text), item->span, false};
      case ArgumentKind::duration:
        return Operand{*syntax::parse_duration(item->text), item->span, false};
      case ArgumentKind::ip:
        return Operand{*IpAddress::parse(item->text), item->span, false};
      case ArgumentKind::network:
        return Operand{*InterfaceAddress::parse(item->text), item->span, false};
      case ArgumentKind::mac:
        return Operand{*MacAddress::parse(item->text), item->span, false};
      case ArgumentKind::string: {
        auto text = string_value(*item, reading_, names_);
        return text ? Operand{std::move(*text), item->span, false} : failed(item->span);
      }
      case ArgumentKind::call:
        return call(*item);
      case ArgumentKind::group:
        return inside(*item, "parentheses need a value");
      case ArgumentKind::list:
        return list(*item);
      case ArgumentKind::malformed:
      case ArgumentKind::punctuation:
        break;
    }
    return failed(item->span);
  }

  std::optional<Operand> inside(const Argument& group, std::string_view missing) {
    std::size_t at = 0;
    Evaluator inner(group.items, at, reading_, names_);
    auto operand = inner.run();
    malformed_ = malformed_ || inner.malformed();
    if (malformed_) {
      return std::nullopt;
    }
    if (!operand || at != group.items.size()) {
      syntax_error(operand ? "unexpected " + quote(group.items[at].text) : std::string(missing),
                   at < group.items.size() ? group.items[at].span : group.span,
                   operand ? "expected an operator or the end of the expression" : "expected a value");
      return std::nullopt;
    }
    operand->span = group.span;
    return operand;
  }

  // Values with commas between; nothing if that is not what it is.
  std::optional<std::vector<Operand>> values(const Argument& argument) {
    std::vector<Operand> result;
    std::size_t at = 0;
    while (at < argument.items.size()) {
      Evaluator inner(argument.items, at, reading_, names_);
      auto operand = inner.run();
      malformed_ = malformed_ || inner.malformed();
      if (malformed_) {
        return std::nullopt;
      }
      const bool more = at < argument.items.size();
      if (!operand || (more && !argument.items[at].is_punctuation(","))) {
        syntax_error(more ? "unexpected " + quote(argument.items[at].text) : "a value is missing after the comma",
                     more ? argument.items[at].span : argument.span, operand ? "expected `,`" : "expected a value");
        return std::nullopt;
      }
      result.push_back(std::move(*operand));
      if (more && ++at == argument.items.size()) {
        syntax_error("a value is missing after the comma", syntax::end_of(argument.items[at - 1].span),
                     "expected a value", "remove the comma if there is none");
        return std::nullopt;
      }
    }
    return result;
  }

  std::optional<Operand> list(const Argument& argument) {
    auto operands = values(argument);
    if (!operands) {
      return std::nullopt;
    }
    Type type{};
    bool known = true;
    bool bad = false;
    std::vector<Value> elements;
    for (Operand& operand : *operands) {
      bad = bad || operand.bad;
      known = known && operand.value.known();
      if (!bad && !elements.empty() && !comparable(type, operand.value.type())) {
        report(Code::e0005, "a list holds values of one type", operand.span,
               "this is " + describe(operand.value.type()) + ", the one before it " + describe(type));
        bad = true;
      }
      if (operand.value.type().depth >= list_depth_limit) {
        report(Code::e0010, "lists are nested too deeply", operand.span, "");
        bad = true;
      }
      type = elements.empty() ? operand.value.type() : common(type, operand.value.type());
      elements.push_back(std::move(operand.value));
    }
    if (bad) {
      return failed(argument.span);
    }
    return Operand{known ? Value(type.list(), std::make_shared<const std::vector<Value>>(std::move(elements)))
                         : Value::unknown(type.list()),
                   argument.span, false};
  }

  std::optional<Operand> call(const Argument& argument) {
    const Function* function = find_function(argument.text);
    auto operands = values(argument);
    if (!operands) {
      return std::nullopt;
    }
    const Span name{argument.span.source, argument.span.begin,
                    argument.span.begin + static_cast<std::uint32_t>(argument.text.size())};
    if (function == nullptr) {
      report_unknown_function(argument, name);
      return failed(argument.span);
    }
    if (operands->size() != function->parameters.size()) {
      std::string form = std::string(function->name) + "(";
      for (std::size_t i = 0; i < function->parameters.size(); ++i) {
        form += (i == 0 ? "" : ", ") + std::string(function->parameters[i]);
      }
      report(Code::e0008,
             quote(function->name) + " takes " + std::to_string(function->parameters.size()) +
                 (function->parameters.size() == 1 ? " argument" : " arguments"),
             argument.span, "has " + std::to_string(operands->size()), "write " + quote(form + ")"));
      return failed(argument.span);
    }
    if (std::any_of(operands->begin(), operands->end(), [](const Operand& operand) { return operand.bad; })) {
      return failed(argument.span);
    }
    auto result = finish(call(*function, *operands), argument.span, {});
    if (reading_.index != nullptr) {
      reading_.index->call({name.source, name.begin, name.end}, *function, result.value);
    }
    return result;
  }

  Outcome call(const Function& function, const std::vector<Operand>& operands) {
    std::vector<Value> arguments;
    bool known = true;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      auto value = operands[i].value.convert(function.types[i]);
      if (!value) {
        return unfit(operands[i], function.types[i], quote(function.name) + " takes ");
      }
      known = known && value->known();
      arguments.push_back(std::move(*value));
    }
    if (!known) {
      return Value::unknown(function.result);
    }
    auto result = function.call(arguments);
    if (auto* why = std::get_if<std::string>(&result)) {
      return Problem{Code::e0007, std::move(*why), {}, "", ""};
    }
    return std::get<Value>(std::move(result));
  }

  void report_unknown_function(const Argument& argument, const Span& span) {
    std::vector<std::string_view> names;
    for (const Function& function : all_functions()) {
      names.push_back(function.name);
    }
    const auto meant = diagnostics::suggestion(argument.text, names);
    report(Code::e0003, "unknown function " + quote(argument.text), span, "no function has this name",
           meant ? "did you mean " + quote(*meant) + "?" : "templates are used with `use NAME(...);`");
  }

  std::optional<Operand> name(const Argument& item) {
    if (item.text == "true" || item.text == "false") {
      return Operand{Value(item.text == "true"), item.span, false};
    }
    const Binding* binding = look_up(item);
    if (binding == nullptr) {
      return failed(item.span);
    }
    auto value = value_of(*binding, reading_, item.span);
    if (names_ != nullptr) {
      names_->push_back(binding);
    }
    if (reading_.index != nullptr) {
      reading_.index->binding(last_name(item), *binding);
    }
    if (!value) {
      return failed(item.span);
    }
    return Operand{reading_.dry ? Value::unknown(value->type()) : std::move(*value), item.span, false};
  }

  // Of `import.name`, the name.
  static Span last_name(const Argument& item) {
    const auto dot = item.kind == ArgumentKind::word ? std::string_view::npos : item.text.find('.');
    const auto skipped = dot == std::string_view::npos ? 0 : static_cast<std::uint32_t>(dot + 1);
    return {item.span.source, item.span.begin + skipped, item.span.end};
  }

  // The binding that a name stands for; reports if there is none.
  const Binding* look_up(const Argument& item) {
    if (item.kind == ArgumentKind::word) {
      const Binding* binding = reading_.scope->find(item.text);
      if (binding == nullptr) {
        report_unknown(item);
      }
      return binding;
    }
    const auto dot = item.text.find('.');
    const Module& module = reading_.scope->module();
    const auto* import = module.find_import(item.text.substr(0, dot));
    if (import == nullptr) {
      if (!module.imports_unknown) {
        report(Code::e0003, "unknown name " + quote(item.text), item.span,
               "no import is named " + quote(item.text.substr(0, dot)));
      }
      return nullptr;
    }
    if (reading_.index != nullptr) {
      reading_.index->import_name({item.span.source, item.span.begin, last_name(item).begin - 1}, *import);
    }
    Binding* binding = import->module->scope->find_own(item.text.substr(dot + 1));
    if (binding == nullptr) {
      report_not_in(item, *import, item.text.substr(dot + 1));
    }
    return binding;
  }

  void report_not_in(const Argument& item, const Module::Import& import, std::string_view wanted) {
    std::vector<std::string_view> names;
    for (const Binding& binding : import.module->scope->bindings()) {
      names.push_back(binding.name);
    }
    const auto meant = diagnostics::suggestion(wanted, names);
    report(Code::e0003, quote(import.name) + " has no constant " + quote(wanted), item.span, "unknown constant",
           meant ? "did you mean " + quote(import.name + "." + std::string(*meant)) + "?" : "");
  }

  void report_unknown(const Argument& item) {
    std::vector<std::string_view> names;
    for (const Scope* scope = reading_.scope; scope != nullptr; scope = scope->lexical()) {
      for (const Binding& binding : scope->bindings()) {
        names.push_back(binding.name);
      }
    }
    std::string help;
    const auto dash = item.text.find('-');
    if (const auto meant = diagnostics::suggestion(item.text, names)) {
      help = "did you mean " + quote(*meant) + "?";
    } else if (dash != std::string_view::npos && reading_.scope->find(item.text.substr(0, dash)) != nullptr) {
      help = "a `-` inside a name belongs to it; write " +
             quote(std::string(item.text.substr(0, dash)) + " - " + std::string(item.text.substr(dash + 1))) +
             " for a subtraction";
    }
    report(Code::e0003, "unknown name " + quote(item.text), item.span, "a value is wanted here", std::move(help));
  }

  Items items_;
  std::size_t& next_;
  Reading& reading_;
  std::vector<const Binding*>* names_;
  bool malformed_ = false;
};

}  // namespace

bool begins_expression(const Argument& item) {
  if (item.kind == ArgumentKind::punctuation) {
    return item.text == "-";
  }
  const bool value_word = item.text == "true" || item.text == "false" || item.text == "not";
  return item.kind != ArgumentKind::word || value_word || !syntax::is_reserved(item.text);
}

std::optional<Evaluated> evaluate(Items items, std::size_t& next, Reading& reading) {
  std::vector<const Binding*> names;
  const std::size_t first = next;
  Evaluator evaluator(items, next, reading, reading.index == nullptr ? nullptr : &names);
  auto operand = evaluator.run();
  if (evaluator.malformed()) {
    next = items.size();
  }
  if (!operand || operand->bad) {
    return std::nullopt;
  }
  return Evaluated{std::move(operand->value), operand->span, items.subspan(first, next - first), std::move(names)};
}

std::optional<Evaluated> evaluate_all(Items items, Reading& reading, const Span& after, std::string_view what) {
  std::vector<const Binding*> names;
  std::size_t next = 0;
  Evaluator evaluator(items, next, reading, &names);
  auto operand = evaluator.run();
  if (evaluator.malformed()) {
    return std::nullopt;
  }
  if (!operand || next != items.size()) {
    const bool at_end = next == items.size();
    evaluator.report(Code::e0001,
                     at_end ? std::string(what) + " needs a value" : "unexpected " + quote(items[next].text),
                     at_end ? syntax::end_of(after) : items[next].span,
                     operand ? "expected an operator or the end of the expression" : "expected a value");
    return std::nullopt;
  }
  if (operand->bad) {
    return std::nullopt;
  }
  return Evaluated{std::move(operand->value), operand->span, items, std::move(names)};
}

std::optional<Value> string_value(const Argument& string, Reading& reading, std::vector<const Binding*>* names) {
  // Far more than any name, path or text; strings of strings could double at every step.
  constexpr std::size_t string_limit = std::size_t{64} << 10;
  std::string text;
  bool known = true;
  for (const syntax::StringPart& part : string.parts) {
    if (!part.expression) {
      text += part.text;
      continue;
    }
    const auto value = evaluate_all(part.items, reading, part.span, "`{}`");
    if (!value) {
      return std::nullopt;
    }
    if (names != nullptr) {
      names->insert(names->end(), value->names.begin(), value->names.end());
    }
    const auto piece = value->value.text();
    known = known && value->value.known();
    if (value->value.known() ? !piece : value->value.type().depth > 0) {
      reading.findings.add(
          {Code::e0005,
           "a list has no text",
           {syntax::Origin{part.span, 0, reading.scope->step()}, "this is " + describe(value->value.type())},
           {},
           {},
           {},
           {}});
      return std::nullopt;
    }
    text += piece.value_or("");
    if (text.size() > string_limit) {
      reading.findings.add({Code::e0010,
                            "this string is longer than " + std::to_string(string_limit) + " bytes",
                            {syntax::Origin{string.span, 0, reading.scope->step()}, ""},
                            {},
                            {},
                            {},
                            {}});
      return std::nullopt;
    }
  }
  return known ? Value(std::move(text)) : Value::unknown({Kind::string});
}

std::optional<Value> value_of(const Binding& binding, Reading& reading, const Span& use) {
  if (binding.state == Binding::State::failed) {
    return std::nullopt;
  }
  if (binding.state == Binding::State::done) {
    return binding.value;
  }
  auto& constant = const_cast<Binding&>(binding);  // NOLINT: a value that is not known yet becomes known
  const auto origin = syntax::Origin{use, 0, reading.scope->step()};
  if (binding.state == Binding::State::evaluating) {
    constant.state = Binding::State::failed;
    reading.findings.add({Code::e0010,
                          "constant " + quote(binding.name) + " is made of itself",
                          {origin, "its value is wanted here ..."},
                          {{binding.span, "... to tell what it is here"}},
                          {},
                          {},
                          {}});
    return std::nullopt;
  }
  if (reading.constant_depth >= constant_depth_limit) {
    constant.state = Binding::State::failed;
    reading.findings.add({Code::e0010,
                          "more than " + std::to_string(constant_depth_limit) + " constants wait for each other",
                          {origin, ""},
                          {},
                          {},
                          {"declare constants before they are used"},
                          {}});
    return std::nullopt;
  }
  constant.state = Binding::State::evaluating;
  ++reading.constant_depth;
  Scope* const before = std::exchange(reading.scope, constant.scope);
  const bool dry = std::exchange(reading.dry, reading.dry && constant.scope->lexical() != nullptr);
  auto value = evaluate_all(constant.expression, reading, constant.span, "a constant");
  reading.dry = dry;
  reading.scope = before;
  --reading.constant_depth;
  if (!value || constant.state == Binding::State::failed) {
    constant.state = Binding::State::failed;
    return std::nullopt;
  }
  constant.state = Binding::State::done;
  constant.value = std::move(value->value);
  constant.value_span = value->span;
  constant.from = std::move(value->names);
  if (reading.index != nullptr) {
    reading.index->binding(constant.span, constant);
  }
  return constant.value;
}

void evaluate_constants(Scope& scope, Reading& reading) {
  std::vector<const Binding*> constants;
  for (const Binding& binding : scope.bindings()) {
    if (binding.kind == Binding::Kind::constant) {
      constants.push_back(&binding);
    }
  }
  std::reverse(constants.begin(), constants.end());
  for (const Binding* constant : constants) {
    value_of(*constant, reading, constant->span);
  }
}

}  // namespace cip::lang
