// What operators do with values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "compiler/diagnostics/codes.h"
#include "compiler/lang/value.h"
#include "compiler/syntax/source.h"

namespace cip::lang {

struct Operand {
  Value value;
  syntax::Span span;
  bool bad = false;  // it is wrong, which has been reported
};

struct Problem {
  diagnostics::Code code{};
  std::string message;
  std::optional<syntax::Span> place;  // nothing: the whole expression
  std::string label;
  std::string help;
};
using Outcome = std::variant<Value, Problem>;

// `-` and `not`.
Outcome negate(const Operand& operand, std::string_view sign);
// All others. Values of a dry reading are not known, and neither is what is made of them, but its type is.
Outcome combine(const Operand& left, std::string_view sign, const Operand& right);

// That a value is not of the type: "`ip` takes " + "an ifaddr".
Problem unfit(const Operand& operand, Type wanted, const std::string& who_takes);

}  // namespace cip::lang
