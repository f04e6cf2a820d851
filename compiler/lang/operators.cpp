#include "compiler/lang/operators.h"

#include <memory>
#include <utility>
#include <vector>

#include "compiler/diagnostics/text.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using diagnostics::quote;
using std::chrono::milliseconds;

constexpr Type boolean{Kind::boolean};
constexpr Type integer{Kind::integer};
constexpr Type duration{Kind::duration};

// Lists longer than this are a mistake, and would take the memory of the machine.
constexpr std::size_t list_limit = 1'000'000;

Problem overflow(std::string_view sign) {
  return {Code::e0007, "the result of " + quote(sign) + " is out of range", {}, "does not fit 64 bits", ""};
}

Problem mismatch(const Operand& left, std::string_view sign, const Operand& right, std::string help = {}) {
  return {Code::e0005,
          quote(sign) + " does not go between " + describe(left.value.type()) + " and " + describe(right.value.type()),
          {},
          "",
          std::move(help)};
}

// Division that rounds down, as the remainder belongs to it.
std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b != 0 && ((a < 0) != (b < 0)) ? quotient - 1 : quotient;
}
std::int64_t floor_modulo(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = b == -1 ? 0 : a % b;
  return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

std::variant<std::int64_t, Problem> arithmetic(std::int64_t a, std::string_view sign, std::int64_t b,
                                               const Operand& right) {
  std::int64_t result = 0;
  bool wraps = false;
  if (sign == "+") {
    wraps = __builtin_add_overflow(a, b, &result);
  } else if (sign == "-") {
    wraps = __builtin_sub_overflow(a, b, &result);
  } else if (sign == "*") {
    wraps = __builtin_mul_overflow(a, b, &result);
  } else if (b == 0) {
    return Problem{Code::e0007, "division by zero", right.span, "this is 0", ""};
  } else if (sign == "/") {
    wraps = b == -1 && __builtin_sub_overflow(std::int64_t{0}, a, &result);
    result = b == -1 ? result : floor_divide(a, b);
  } else {
    result = floor_modulo(a, b);
  }
  if (wraps) {
    return overflow(sign);
  }
  return result;
}

// The type of an arithmetic operation; nothing if there is none for these.
std::optional<Type> arithmetic_type(Type a, std::string_view sign, Type b) {
  const auto is = [](Type type, Type wanted) { return type == wanted || type == Type{}; };
  if (is(a, integer) && is(b, integer)) {
    return a == Type{} ? b == Type{} ? integer : b : a;
  }
  if (is(a, duration) && is(b, duration) && sign != "*") {
    return sign == "/" ? integer : duration;
  }
  if ((a == duration && b == integer && (sign == "*" || sign == "/")) ||
      (a == integer && b == duration && sign == "*")) {
    return duration;
  }
  return std::nullopt;
}

std::int64_t number(const Value& value) {
  return value.type() == duration ? value.as<milliseconds>().count() : value.as<std::int64_t>();
}

Outcome calculate(const Operand& left, std::string_view sign, const Operand& right) {
  const auto type = arithmetic_type(left.value.type(), sign, right.value.type());
  if (!type) {
    const bool strings = left.value.type() == Type{Kind::string} || right.value.type() == Type{Kind::string};
    const bool ip = left.value.type().kind == Kind::ip4 || left.value.type().kind == Kind::ip6;
    return mismatch(left, sign, right,
                    strings ? "put values into a string with `{ }`: `\"eth{n}\"`"
                    : ip    ? "the n-th address of a network is `ip(host(network, n))`"
                            : "");
  }
  if (!left.value.known() || !right.value.known()) {
    return Value::unknown(*type);
  }
  auto result = arithmetic(number(left.value), sign, number(right.value), right);
  if (auto* problem = std::get_if<Problem>(&result)) {
    return std::move(*problem);
  }
  const auto count = std::get<std::int64_t>(result);
  return *type == duration ? Value(milliseconds(count)) : Value(count);
}

Outcome join(const Operand& left, const Operand& right) {
  if (left.value.type().depth != right.value.type().depth || !comparable(left.value.type(), right.value.type())) {
    return mismatch(left, "+", right, "a list of one element is `[x]`");
  }
  const Type type = common(left.value.type(), right.value.type());
  if (!left.value.known() || !right.value.known()) {
    return Value::unknown(type);
  }
  if (left.value.size() + right.value.size() > list_limit) {
    return Problem{Code::e0010, "this list has more than " + std::to_string(list_limit) + " elements", {}, "", ""};
  }
  std::vector<Value> elements;
  elements.reserve(left.value.size() + right.value.size());
  for (const Value* value : {&left.value, &right.value}) {
    for (std::size_t i = 0; i < value->size(); ++i) {
      elements.push_back(value->at(i));
    }
  }
  return Value(type, std::make_shared<const std::vector<Value>>(std::move(elements)));
}

Outcome make_range(const Operand& left, const Operand& right) {
  for (const Operand* end : {&left, &right}) {
    if (end->value.type() != integer && end->value.type() != Type{}) {
      return unfit(*end, integer, "a range goes from an int to ");
    }
  }
  if (!left.value.known() || !right.value.known()) {
    return Value::unknown(integer.list());
  }
  return Value(Range{left.value.as<std::int64_t>(), right.value.as<std::int64_t>()});
}

// Types that have an order.
bool is_ordered(Type type) {
  return type == integer || type == duration || type == Type{Kind::ip} || type == Type{Kind::ip4} ||
         type == Type{Kind::ip6} || type == Type{};
}

Outcome compare(const Operand& left, std::string_view sign, const Operand& right) {
  const bool equality = sign == "==" || sign == "!=";
  if (!comparable(left.value.type(), right.value.type())) {
    return mismatch(left, sign, right);
  }
  if (!equality && !(is_ordered(left.value.type()) && is_ordered(right.value.type()))) {
    return Problem{Code::e0005,
                   describe(left.value.type()) + " has no order",
                   {},
                   "",
                   "int, duration and ip have one; others can be compared with `==` and `!=`"};
  }
  if (!left.value.known() || !right.value.known()) {
    return Value::unknown(boolean);
  }
  if (equality) {
    return Value((left.value == right.value) == (sign == "=="));
  }
  const auto order = left.value.type() == integer || left.value.type() == duration
                         ? std::strong_ordering(number(left.value) <=> number(right.value))
                         : std::strong_ordering(left.value.as<IpAddress>() <=> right.value.as<IpAddress>());
  const bool less = order < 0;
  const bool equal = order == 0;
  return Value(sign == "<" ? less : sign == "<=" ? less || equal : sign == ">" ? !less && !equal : !less);
}

Outcome find_in(const Operand& left, const Operand& right) {
  const Type own = left.value.type();
  const Type other = right.value.type();
  const bool known = left.value.known() && right.value.known();
  if (other.depth > 0) {
    if (!comparable(own, other.element())) {
      return mismatch(left, "in", right);
    }
    return known ? Value(right.value.contains(left.value)) : Value::unknown(boolean);
  }
  const auto network = right.value.convert({Kind::prefix});
  if (!network) {
    const bool bits = other == Type{Kind::ifaddr} && right.value.known();
    return Problem{Code::e0005, "`in` needs a list or a prefix", right.span,
                   bits ? "host bits must be zero" : "this is " + describe(other), ""};
  }
  const bool is_ip = own == Type{} || own == Type{Kind::ip} || own == Type{Kind::ip4} || own == Type{Kind::ip6};
  const bool is_network = Value::unknown(own).convert({Kind::ifaddr}).has_value();
  if (!is_ip && !is_network) {
    return mismatch(left, "in", right);
  }
  if (!known) {
    return Value::unknown(boolean);
  }
  const Prefix prefix = network->as<InterfaceAddress>().network();
  return Value(is_ip ? prefix.contains(left.value.as<IpAddress>())
                     : prefix.contains(left.value.as<InterfaceAddress>().network()));
}

Outcome logic(const Operand& left, std::string_view sign, const Operand& right) {
  for (const Operand* side : {&left, &right}) {
    if (side->value.type() != boolean && side->value.type() != Type{}) {
      return unfit(*side, boolean, quote(sign) + " takes ");
    }
  }
  // One side may decide alone.
  for (const Operand* side : {&left, &right}) {
    if (side->value.known() && side->value.as<bool>() == (sign == "or")) {
      return Value(sign == "or");
    }
  }
  return left.value.known() && right.value.known() ? Value(sign == "and") : Value::unknown(boolean);
}

}  // namespace

Problem unfit(const Operand& operand, Type wanted, const std::string& who_takes) {
  const Type own = operand.value.type();
  std::string help;
  const auto is_ip = [](Type type) {
    return type == Type{Kind::ip} || type == Type{Kind::ip4} || type == Type{Kind::ip6};
  };
  const bool network = own == Type{Kind::ifaddr} || Value::unknown(own).convert({Kind::prefix}).has_value();
  if (network && wanted.depth == 0 && operand.value.known() && own.kind == Kind::ifaddr &&
      (wanted.kind == Kind::prefix || wanted.kind == Kind::prefix4 || wanted.kind == Kind::prefix6) &&
      operand.value.has_host_bits()) {
    return {Code::e0007, quote(operand.value.shown()) + " is an address in a network, not a network", operand.span,
            "host bits must be zero", "`network(x)` is the network of an address"};
  }
  if (network && is_ip(wanted)) {
    help = "`ip(x)` is the address without its prefix length";
  }
  return {Code::e0005, who_takes + describe(wanted), operand.span, "this is " + describe(own), std::move(help)};
}

Outcome negate(const Operand& operand, std::string_view sign) {
  if (sign == "not") {
    if (operand.value.type() != boolean && operand.value.type() != Type{}) {
      return unfit(operand, boolean, "`not` takes ");
    }
    return operand.value.known() ? Value(!operand.value.as<bool>()) : Value::unknown(boolean);
  }
  const Type type = operand.value.type();
  if (type != integer && type != duration && type != Type{}) {
    return unfit(operand, integer, "`-` takes ");
  }
  if (!operand.value.known()) {
    return operand.value;
  }
  std::int64_t result = 0;
  if (__builtin_sub_overflow(std::int64_t{0}, number(operand.value), &result)) {
    return overflow(sign);
  }
  return type == duration ? Value(milliseconds(result)) : Value(result);
}

Outcome combine(const Operand& left, std::string_view sign, const Operand& right) {
  if (sign == "and" || sign == "or") {
    return logic(left, sign, right);
  }
  if (sign == "in") {
    return find_in(left, right);
  }
  if (sign == "..") {
    return make_range(left, right);
  }
  if (sign == "+" && (left.value.type().depth > 0 || right.value.type().depth > 0)) {
    return join(left, right);
  }
  if (sign == "+" || sign == "-" || sign == "*" || sign == "/" || sign == "%") {
    return calculate(left, sign, right);
  }
  return compare(left, sign, right);
}

}  // namespace cip::lang
