// The functions of docs/language.md, "Types and expressions".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/lang/value.h"

namespace cip::lang {

struct Function {
  std::string_view name;
  std::vector<std::string_view> parameters;  // their names
  std::vector<Type> types;                   // of any kind: a list or a string, for len
  Type result;
  // The arguments are known and of these types. A text says why there is no value.
  std::variant<Value, std::string> (*call)(std::span<const Value> arguments);
};

const Function* find_function(std::string_view name);
const std::vector<Function>& all_functions();

}  // namespace cip::lang
