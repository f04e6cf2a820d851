#include "compiler/lang/value.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cip::lang {
namespace {

struct KindRow {
  Kind kind;
  std::string_view word;
  std::string_view described;
};
constexpr std::array kinds{
    KindRow{Kind::boolean, "bool", "a bool"},
    KindRow{Kind::integer, "int", "an int"},
    KindRow{Kind::string, "string", "a string"},
    KindRow{Kind::duration, "duration", "a duration"},
    KindRow{Kind::ip, "ip", "an ip"},
    KindRow{Kind::ip4, "ip4", "an ip4"},
    KindRow{Kind::ip6, "ip6", "an ip6"},
    KindRow{Kind::prefix, "prefix", "a prefix"},
    KindRow{Kind::prefix4, "prefix4", "a prefix4"},
    KindRow{Kind::prefix6, "prefix6", "a prefix6"},
    KindRow{Kind::ifaddr, "ifaddr", "an address with its prefix length"},
    KindRow{Kind::mac, "mac", "a MAC address"},
};

const KindRow* row(Kind kind) {
  const auto* found =
      std::find_if(kinds.begin(), kinds.end(), [&](const KindRow& entry) { return entry.kind == kind; });
  return found == kinds.end() ? nullptr : found;
}

bool is_ip(Kind kind) {
  return kind == Kind::ip || kind == Kind::ip4 || kind == Kind::ip6;
}
bool is_prefix(Kind kind) {
  return kind == Kind::prefix || kind == Kind::prefix4 || kind == Kind::prefix6;
}
bool is_network(Kind kind) {
  return is_prefix(kind) || kind == Kind::ifaddr;
}

// Whether a type that is not specific about the family may be the other one.
bool overlap(Kind a, Kind b) {
  if (a == b || a == Kind::any || b == Kind::any) {
    return true;
  }
  if (is_ip(a) && is_ip(b)) {
    return a == Kind::ip || b == Kind::ip;
  }
  if (is_prefix(a) && is_prefix(b)) {
    return a == Kind::prefix || b == Kind::prefix;
  }
  return (a == Kind::ifaddr && is_prefix(b)) || (b == Kind::ifaddr && is_prefix(a));
}

bool overlap(Type a, Type b) {
  if ((a.kind == Kind::any && a.depth <= b.depth) || (b.kind == Kind::any && b.depth <= a.depth)) {
    return true;
  }
  return a.depth == b.depth && overlap(a.kind, b.kind);
}

// Long values are cut in messages.
constexpr std::size_t shown_limit = 60;

}  // namespace

std::optional<Kind> find_kind(std::string_view word) {
  const auto* found =
      std::find_if(kinds.begin(), kinds.end(), [&](const KindRow& entry) { return entry.word == word; });
  return found == kinds.end() ? std::nullopt : std::optional(found->kind);
}

const std::vector<std::string_view>& kind_words() {
  static const auto words = [] {
    std::vector<std::string_view> list;
    list.reserve(kinds.size());
    for (const KindRow& entry : kinds) {
      list.push_back(entry.word);
    }
    return list;
  }();
  return words;
}

std::string to_string(Type type) {
  const KindRow* entry = row(type.kind);
  return std::string(type.depth, '[') + std::string(entry == nullptr ? "any" : entry->word) +
         std::string(type.depth, ']');
}

std::string describe(Type type) {
  if (type.depth == 0) {
    const KindRow* entry = row(type.kind);
    return std::string(entry == nullptr ? "a value" : entry->described);
  }
  return type.kind == Kind::any ? "a list" : "a list of " + to_string(type.element());
}

Value::Value(const IpAddress& value) : type_{value.family() == Family::ipv4 ? Kind::ip4 : Kind::ip6}, content_(value) {}

Value::Value(const Prefix& value)
    : type_{value.family() == Family::ipv4 ? Kind::prefix4 : Kind::prefix6},
      content_(InterfaceAddress{value.network(), static_cast<std::uint8_t>(value.length())}) {}

std::optional<std::string> Value::text() const {
  struct Text {
    std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
    std::optional<std::string> operator()(bool value) const { return value ? "true" : "false"; }
    std::optional<std::string> operator()(std::int64_t value) const { return std::to_string(value); }
    std::optional<std::string> operator()(const std::string& value) const { return value; }
    std::optional<std::string> operator()(std::chrono::milliseconds value) const {
      return value.count() % 1000 == 0 && value.count() != 0 ? std::to_string(value.count() / 1000) + "s"
                                                             : std::to_string(value.count()) + "ms";
    }
    std::optional<std::string> operator()(const IpAddress& value) const { return value.str(); }
    std::optional<std::string> operator()(const InterfaceAddress& value) const { return value.str(); }
    std::optional<std::string> operator()(const MacAddress& value) const { return value.str(); }
    std::optional<std::string> operator()(const Range&) const { return std::nullopt; }
    std::optional<std::string> operator()(const List&) const { return std::nullopt; }
  };
  return std::visit(Text{}, content_);
}

std::string Value::shown() const {
  std::string result;
  if (type_.kind == Kind::string && type_.depth == 0 && known()) {
    result = "\"" + as<std::string>() + "\"";
  } else if (const auto* range = std::get_if<Range>(&content_)) {
    result = std::to_string(range->first) + ".." + std::to_string(range->last);
  } else if (std::holds_alternative<List>(content_)) {
    for (std::size_t i = 0; i < size() && result.size() <= shown_limit; ++i) {
      result += (i == 0 ? "" : ", ") + at(i).shown();
    }
    result = "[" + result + "]";
  } else {
    result = text().value_or("?");
  }
  if (result.size() > shown_limit) {
    std::size_t end = shown_limit;
    while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    result = result.substr(0, end) + "...";
  }
  return result;
}

std::size_t Value::size() const {
  const auto* range = std::get_if<Range>(&content_);
  return range != nullptr ? range->size() : as<List>()->size();
}

Value Value::at(std::size_t index) const {
  const auto* range = std::get_if<Range>(&content_);
  return range != nullptr ? Value(range->first + static_cast<std::int64_t>(index)) : (*as<List>())[index];
}

bool Value::contains(const Value& value) const {
  if (const auto* range = std::get_if<Range>(&content_)) {
    const auto* number = std::get_if<std::int64_t>(&value.content_);
    return number != nullptr && range->first <= *number && *number <= range->last;
  }
  const auto& elements = *as<List>();
  return std::find(elements.begin(), elements.end(), value) != elements.end();
}

bool Value::has_host_bits() const {
  const auto& address = as<InterfaceAddress>();
  return address.network().network() != address.address;
}

std::optional<Value> Value::convert(Type type) const {
  if (!known() || type.kind == Kind::any) {
    const bool fits = type.kind == Kind::any ? type.depth <= type_.depth : overlap(type_, type);
    return fits ? std::optional(known() ? *this : Value::unknown(type)) : std::nullopt;
  }
  if (type_.depth != type.depth && type_.kind != Kind::any) {
    return std::nullopt;
  }
  if (type.depth > 0) {
    if (type_ == type) {
      return *this;
    }
    if (!overlap(type_, type)) {
      return std::nullopt;
    }
    std::vector<Value> elements;
    elements.reserve(size());
    for (std::size_t i = 0; i < size(); ++i) {
      auto element = at(i).convert(type.element());
      if (!element) {
        return std::nullopt;
      }
      elements.push_back(std::move(*element));
    }
    return Value(type, std::make_shared<const std::vector<Value>>(std::move(elements)));
  }
  if (type_.kind == type.kind || (is_ip(type_.kind) && type.kind == Kind::ip) ||
      (is_prefix(type_.kind) && type.kind == Kind::prefix)) {
    return *this;
  }
  if (is_network(type_.kind) && is_network(type.kind)) {
    const auto& address = as<InterfaceAddress>();
    const Kind own = address.family() == Family::ipv4 ? Kind::prefix4 : Kind::prefix6;
    if (type.kind == Kind::ifaddr) {
      return Value(address);
    }
    return has_host_bits() || !overlap(own, type.kind) ? std::nullopt : std::optional(Value(address.network()));
  }
  return std::nullopt;
}

bool Value::operator==(const Value& other) const {
  const bool lists = type_.depth > 0 && other.type_.depth > 0 && known() && other.known();
  const bool ranges = std::holds_alternative<Range>(content_) && std::holds_alternative<Range>(other.content_);
  if (!lists || ranges) {
    return content_ == other.content_;
  }
  if (size() != other.size()) {
    return false;
  }
  for (std::size_t i = 0; i < size(); ++i) {
    if (!(at(i) == other.at(i))) {
      return false;
    }
  }
  return true;
}

bool comparable(Type a, Type b) {
  if (a.depth == b.depth && a.depth == 0) {
    // Addresses of different families can be compared, they just differ.
    return overlap(a, b) || (is_ip(a.kind) && is_ip(b.kind)) || (is_network(a.kind) && is_network(b.kind));
  }
  if (a.kind == Kind::any || b.kind == Kind::any) {
    return overlap(a, b);
  }
  return a.depth == b.depth && comparable(Type{a.kind}, Type{b.kind});
}

Type common(Type a, Type b) {
  if (a == b || b.kind == Kind::any) {
    return b.kind == Kind::any && b.depth > a.depth ? b : a;
  }
  if (a.kind == Kind::any) {
    return b;
  }
  if (is_ip(a.kind) && is_ip(b.kind)) {
    return {Kind::ip, a.depth};
  }
  if (is_prefix(a.kind) && is_prefix(b.kind)) {
    return {Kind::prefix, a.depth};
  }
  return {Kind::ifaddr, a.depth};
}

}  // namespace cip::lang
