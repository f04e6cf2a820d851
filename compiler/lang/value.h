// Values and types of docs/language.md, "Types and expressions".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "state/address.h"

namespace cip::lang {

enum class Kind : std::uint8_t {
  any,  // of a list without elements, and of what could not be evaluated: fits everywhere
  boolean,
  integer,
  string,
  duration,
  ip,
  ip4,
  ip6,
  prefix,
  prefix4,
  prefix6,
  ifaddr,
  mac
};

struct Type {
  Kind kind = Kind::any;
  std::uint8_t depth = 0;  // of lists around it: 1 is [kind]

  Type element() const { return {kind, static_cast<std::uint8_t>(depth - 1)}; }
  Type list() const { return {kind, static_cast<std::uint8_t>(depth + 1)}; }
  bool operator==(const Type&) const = default;
};

// Lists of lists may be nested this deep.
inline constexpr std::uint8_t list_depth_limit = 16;

std::optional<Kind> find_kind(std::string_view word);  // "prefix4"
const std::vector<std::string_view>& kind_words();
std::string to_string(Type type);  // "[prefix4]"
std::string describe(Type type);   // "an int", "a list of ip"

class Value;
using List = std::shared_ptr<const std::vector<Value>>;

// `1..4`: both ends are in it; empty if `last` is less than `first`.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = -1;
  std::uint64_t size() const {
    return last < first ? 0 : static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1;
  }
  bool operator==(const Range&) const = default;
};

class Value {
 public:
  // What is not known while a template is checked where it is defined.
  static Value unknown(Type type) { return {type, std::monostate{}}; }
  Value(bool value) : Value({Kind::boolean}, value) {}                             // NOLINT: implicit
  Value(std::int64_t value) : Value({Kind::integer}, value) {}                     // NOLINT: implicit
  Value(std::string value) : Value({Kind::string}, std::move(value)) {}            // NOLINT: implicit
  Value(std::chrono::milliseconds value) : Value({Kind::duration}, value) {}       // NOLINT: implicit
  Value(const IpAddress& value);                                                   // NOLINT: implicit
  Value(const InterfaceAddress& value) : Value({Kind::ifaddr}, value) {}           // NOLINT: implicit
  Value(const Prefix& value);                                                      // NOLINT: implicit
  Value(const MacAddress& value) : Value({Kind::mac}, value) {}                    // NOLINT: implicit
  Value(Range value) : Value({Kind::integer, 1}, value) {}                         // NOLINT: implicit
  Value(Type type, List elements) : type_(type), content_(std::move(elements)) {}  // type of the list

  Type type() const { return type_; }
  bool known() const { return !std::holds_alternative<std::monostate>(content_); }
  template <class T>
  const T& as() const {
    return std::get<T>(content_);
  }
  // The text of a value in a string; nothing for lists and what is not known.
  std::optional<std::string> text() const;
  // As it is written in a specification, cut if it is long.
  std::string shown() const;

  // Of a known list.
  std::size_t size() const;
  Value at(std::size_t index) const;
  bool contains(const Value& value) const;

  // Whether it can stand where `type` is wanted, and the value as one of that type. Nothing if it cannot; for an
  // ifaddr with host bits where a prefix is wanted, too (`has_host_bits` tells).
  std::optional<Value> convert(Type type) const;
  bool has_host_bits() const;

  bool operator==(const Value& other) const;

 private:
  using Content = std::variant<std::monostate, bool, std::int64_t, std::string, std::chrono::milliseconds, IpAddress,
                               InterfaceAddress, MacAddress, Range, List>;
  Value(Type type, Content content) : type_(type), content_(std::move(content)) {}

  Type type_;
  Content content_;
};

// Whether values of the two types can be the same: what a list may have side by side, and what can be compared.
bool comparable(Type a, Type b);
// The type of a list that has elements of both.
Type common(Type a, Type b);

}  // namespace cip::lang
