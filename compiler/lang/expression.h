// Expressions of docs/language.md, "Types and expressions", from the items of a statement.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lang/reading.h"
#include "compiler/lang/value.h"
#include "compiler/syntax/tree.h"

namespace cip::lang {

using Items = std::span<const syntax::Argument>;

struct Evaluated {
  Value value;
  syntax::Span span;
  Items items;                        // all of it
  std::vector<const Binding*> names;  // that the expression has, if an index is kept
};

// Reads one expression from `items[next]` on; `next` is behind it afterwards. Nothing if it is wrong, which has been
// reported (or is no news, after a malformed literal or a constant that failed). With no item left, or one that begins
// no expression, nothing is reported and `next` stays: the caller knows what is missing.
std::optional<Evaluated> evaluate(Items items, std::size_t& next, Reading& reading);

// The same, and nothing may follow. `after` is the place where a value is missing; `what` it is for: "a constant".
std::optional<Evaluated> evaluate_all(Items items, Reading& reading, const syntax::Span& after, std::string_view what);

// Whether an expression can begin with the item.
bool begins_expression(const syntax::Argument& item);

// The text of a string, its expressions replaced by their values; not known in a dry reading if they are not.
std::optional<Value> string_value(const syntax::Argument& string, Reading& reading, std::vector<const Binding*>* names);

// The value of a name that `binding` declares, evaluated now if it has not been yet. Nothing if it failed.
std::optional<Value> value_of(const Binding& binding, Reading& reading, const syntax::Span& use);

// Constants of a scope, in text order.
void evaluate_constants(Scope& scope, Reading& reading);

}  // namespace cip::lang
