#include "state/json.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "state/json_fields.h"
#include "state/violation.h"
#include "state/words.h"

namespace cip {
namespace {

using Json = nlohmann::json;

// ---- scalars: to text, and from text. What a reader lets pass here, the reconciler may rely on.

std::string to_text(const std::string& value) {
  return value;
}
std::string to_text(const InterfaceRef& value) {
  return value.str();
}
std::string to_text(const IpAddress& value) {
  return value.str();
}
std::string to_text(const Prefix& value) {
  return value.str();
}
std::string to_text(const InterfaceAddress& value) {
  return value.str();
}
std::string to_text(const MacAddress& value) {
  return value.str();
}
std::string to_text(const Digest& value) {
  return value.str();
}
template <class Tag>
std::string to_text(const Name<Tag>& value) {
  return value.str();
}

template <class T>
bool from_parsed(const std::optional<T>& parsed, T& out) {
  if (parsed) {
    out = *parsed;
  }
  return parsed.has_value();
}

bool from_text(std::string_view text, std::string& out) {
  out = std::string(text);
  return true;
}
bool from_text(std::string_view text, ClimName& out) {
  out = ClimName(std::string(text));
  return is_clim_name(text);
}
bool from_text(std::string_view text, InterfaceName& out) {
  out = InterfaceName(std::string(text));
  return is_interface_name(text);
}
template <class Tag>
bool from_text(std::string_view text, Name<Tag>& out) {
  out = Name<Tag>(std::string(text));
  return !text.empty();
}
bool from_text(std::string_view text, InterfaceRef& out) {
  const auto dot = text.find('.');
  return dot != std::string_view::npos && from_text(text.substr(0, dot), out.clim) &&
         from_text(text.substr(dot + 1), out.interface);
}
bool from_text(std::string_view text, IpAddress& out) {
  return from_parsed(IpAddress::parse(text), out);
}
bool from_text(std::string_view text, Prefix& out) {
  return from_parsed(Prefix::parse(text), out);
}
bool from_text(std::string_view text, InterfaceAddress& out) {
  return from_parsed(InterfaceAddress::parse(text), out);
}
bool from_text(std::string_view text, MacAddress& out) {
  return from_parsed(MacAddress::parse(text), out);
}
bool from_text(std::string_view text, Digest& out) {
  return from_parsed(Digest::parse(text), out);
}

// What a message calls a value of the type.
std::string_view expected(const std::string&) {
  return "a string";
}
std::string_view expected(const ClimName&) {
  return "the name of a CLIM";
}
std::string_view expected(const InterfaceName&) {
  return "the name of an interface";
}
std::string_view expected(const InterfaceRef&) {
  return "an interface such as n1.eth1";
}
std::string_view expected(const IpAddress&) {
  return "an IP address";
}
std::string_view expected(const Prefix&) {
  return "a prefix with host bits zero";
}
std::string_view expected(const InterfaceAddress&) {
  return "an address with its prefix length";
}
std::string_view expected(const MacAddress&) {
  return "a MAC address";
}
std::string_view expected(const Digest&) {
  return "a SHA-256 digest in hex";
}
template <class Tag>
std::string_view expected(const Name<Tag>&) {
  return "a name";
}

template <class T>
concept Textual = requires(const T& value) {
  to_text(value);
};
template <class T>
concept Enumeration = std::is_enum_v<T>;

// ---- writing

// Whether it stands in JSON as it is.
bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

std::string in_quotes(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    return '"' + std::string(text) + '"';
  }
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Appends to the text, in its order.
class Writer {
 public:
  template <class T>
  static std::string text_of(const T& object) {
    Writer writer;
    writer.encode(object);
    return std::move(writer.text_) + "\n";
  }

  template <class T>
  void required(const char* key, const T& value) {
    next_line();
    text_ += '"';
    text_ += key;
    text_ += "\": ";
    encode(value);
  }
  template <class T>
  void optional(const char* key, const T& value, const T& fallback = {}) {
    if (value != fallback) {
      required(key, value);
    }
  }
  void format() { required("format", state_format); }

 private:
  template <class T>
  void encode(const T& value) {
    if constexpr (Textual<T>) {
      text_ += in_quotes(to_text(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      text_ += value ? "true" : "false";
    } else if constexpr (std::is_arithmetic_v<T>) {
      text_ += std::to_string(value);
    } else if constexpr (Enumeration<T>) {
      text_ += in_quotes(word(value));
    } else {
      begin('{');
      fields(*this, const_cast<T&>(value));  // NOLINT: fields() serves readers too; a Writer changes nothing
      end('}');
    }
  }
  void encode(std::chrono::milliseconds value) { encode(value.count()); }
  template <class T>
  void encode(const std::optional<T>& value) {
    encode(*value);
  }
  template <class T>
  void encode(const std::vector<T>& values) {
    begin('[');
    for (const auto& value : values) {
      next_line();
      encode(value);
    }
    end(']');
  }

  void begin(char bracket) {
    text_ += bracket;
    indentation_ += 2;
    empty_ = true;
  }
  void end(char bracket) {
    indentation_ -= 2;
    if (!empty_) {
      text_ += '\n';
      text_.append(indentation_, ' ');
    }
    text_ += bracket;
    empty_ = false;
  }
  void next_line() {
    text_ += empty_ ? "\n" : ",\n";
    text_.append(indentation_, ' ');
    empty_ = false;
  }

  std::string text_;
  std::size_t indentation_ = 0;
  bool empty_ = true;  // nothing yet in what began last
};

// ---- reading

bool looks_like_key(std::string_view text) {
  constexpr std::size_t longest = 40;
  return text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

// Goes through a text once, from front to back. There is one spelling of every object, so whatever is not where it has
// to be, is there twice, or is written in another way, is an error.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // The first error; nothing: the text is the object.
  template <class T>
  std::optional<std::string> read(T& object) {
    decode(object);
    if (!error_ && text_.substr(at_) != "\n") {
      refuse_spelling();
    }
    return error_;
  }

  template <class T>
  void required(const char* key, T& value) {
    if (is_next(key)) {
      member(key, value);
    } else {
      fail(std::string("`") + key + "` is missing");
    }
  }
  template <class T>
  void optional(const char* key, T& value, const T& fallback = {}) {
    value = fallback;
    if (!is_next(key)) {
      return;
    }
    member(key, value);
    if (value == fallback) {
      refuse_spelling();
    }
  }
  void format() {
    std::remove_const_t<decltype(state_format)> format = 0;
    required("format", format);
    if (format != state_format) {
      refuse_spelling();
    }
  }

 private:
  // Where we are in the object, for messages.
  struct Place {
    const Place* outer;
    const char* key;  // none: an item of a list
    std::size_t index;
  };

  static std::string path(const Place* place) {
    if (place == nullptr) {
      return "";
    }
    const auto outer = path(place->outer);
    if (place->key == nullptr) {
      return outer + "[" + std::to_string(place->index) + "]";
    }
    return outer.empty() ? place->key : outer + "." + place->key;
  }
  void fail(const std::string& what) {
    if (!error_) {
      const auto where = path(place_);
      error_ = where.empty() ? what : where + ": " + what;
    }
  }
  void refuse_spelling() { fail("not in canonical form; it was not written by cipc, or edited since"); }

  bool sees(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) {
      return false;
    }
    at_ += expected.size();
    return true;
  }
  void new_line() {
    const auto end = std::min(at_ + 1 + indentation_, text_.size());
    const bool indented = take("\n") && text_.find_first_not_of(' ', at_) == end;
    at_ = end;
    if (!indented) {
      refuse_spelling();
    }
  }

  // Keys come in the order in which fields() asks for them.
  void look_ahead(bool first) {
    next_ = {};
    if (error_ || (first ? sees('}') : !take(","))) {
      return;
    }
    new_line();
    const auto key = string();
    if (!key || !take(": ") || sees(' ')) {
      refuse_spelling();
      return;
    }
    next_ = *key;
  }
  bool is_next(std::string_view key) {
    if (!error_ && !next_.empty() && next_ < key) {
      refuse_next();
    }
    return !error_ && next_ == key;
  }
  void refuse_next() {
    if (next_ <= last_) {
      refuse_spelling();
    } else {
      // Anything may stand here, and messages go to terminals.
      fail(looks_like_key(next_) ? "unknown key `" + std::string(next_) + "`" : "unknown key");
    }
  }
  template <class T>
  void member(const char* key, T& value) {
    const Place here{place_, key, 0};
    place_ = &here;
    decode(value);
    place_ = here.outer;
    last_ = key;
    look_ahead(false);
  }

  template <class T>
  void decode(T& value) {
    if constexpr (Textual<T>) {
      const auto text = string();
      if (!text || !from_text(*text, value)) {
        fail("must be " + std::string(expected(value)));
      } else if (to_text(value) != *text) {
        refuse_spelling();
      }
    } else if constexpr (std::is_same_v<T, bool>) {
      value = take("true");
      if (!value && !take("false")) {
        fail("must be true or false");
      }
    } else if constexpr (std::is_arithmetic_v<T>) {
      decode_number(value);
    } else if constexpr (Enumeration<T>) {
      const auto text = string();
      if (!text || !from_parsed(from_word<T>(*text), value)) {
        fail("must be one of " + all_words<T>());
      }
    } else {
      decode_object(value);
    }
  }
  template <class T>
  void decode_number(T& value) {
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    at_ += static_cast<std::size_t>(end - begin);
    if (error != std::errc() || !(sees(',') || sees('\n'))) {
      fail("must be a whole number up to " + std::to_string(std::numeric_limits<T>::max()));
    } else if (*begin == '0' && end - begin > 1) {
      refuse_spelling();
    }
  }
  void decode(std::chrono::milliseconds& value) {
    std::uint32_t count = 0;
    decode(count);
    value = std::chrono::milliseconds(count);
  }
  template <class T>
  void decode(std::optional<T>& value) {
    decode(value.emplace());
  }
  template <class T>
  void decode(std::vector<T>& values) {
    values.clear();
    if (!take("[")) {
      fail("must be a list");
      return;
    }
    if (take("]")) {
      return;
    }
    indentation_ += 2;
    do {
      new_line();
      const Place here{place_, nullptr, values.size()};
      place_ = &here;
      decode(values.emplace_back());
      place_ = here.outer;
    } while (!error_ && take(","));
    close("]");
  }
  template <class T>
  void decode_object(T& value) {
    if (!take("{")) {
      fail("must be an object");
      return;
    }
    indentation_ += 2;
    last_ = {};
    look_ahead(true);
    fields(*this, value);
    if (!error_ && !next_.empty()) {
      refuse_next();
    }
    close("}");
  }
  void close(std::string_view bracket) {
    indentation_ -= 2;
    if (error_) {
      return;
    }
    new_line();
    if (!take(bracket)) {
      refuse_spelling();
    }
  }

  // The string that is here, valid until the next with escapes or letters beyond ASCII; nothing if there is none.
  std::optional<std::string_view> string() {
    if (!sees('"')) {
      return std::nullopt;
    }
    const auto begin = at_ + 1;
    auto end = begin;
    while (end < text_.size() && is_plain(text_[end])) {
      ++end;
    }
    if (end < text_.size() && text_[end] == '"') {
      at_ = end + 1;
      return text_.substr(begin, end - begin);
    }
    while (end < text_.size() && text_[end] != '"') {
      end += text_[end] == '\\' ? std::size_t{2} : std::size_t{1};
    }
    const auto token = text_.substr(at_, end + 1 - at_);
    at_ = std::min(end + 1, text_.size());
    const Json json = Json::parse(token, nullptr, false);
    if (!json.is_string()) {
      return std::nullopt;
    }
    unescaped_ = json.get<std::string>();
    if (in_quotes(unescaped_) != token) {
      refuse_spelling();
    }
    return unescaped_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t indentation_ = 0;
  std::string_view next_;  // key whose value comes; empty: the object ends
  std::string_view last_;  // key before it
  const Place* place_ = nullptr;
  std::string unescaped_;
  std::optional<std::string> error_;
};

// Nested as nothing of ours is.
bool is_deep(std::string_view text) {
  constexpr int deepest = 64;
  int depth = 0;
  return std::any_of(text.begin(), text.end(), [&](char c) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    return depth > deepest;
  });
}

// Why a text is refused in which the Reader found an error.
Error refusal(std::string_view text, const std::string& where, const std::string& error) {
  // Keeps no more of it than is asked for: it may be anything.
  const auto outermost = [](int depth, Json::parse_event_t, const Json&) { return depth <= 1; };
  const Json json = is_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, outermost, false);
  if (json.is_discarded()) {
    return {ErrorCode::invalid, where + ": not JSON, or cut off"};
  }
  const auto format = json.is_object() ? json.value("format", Json()) : Json();
  if (format.is_number_unsigned() && format != state_format) {
    return {ErrorCode::version,
            where + ": format " + format.dump() + " is not known to this version, which reads format " +
                std::to_string(state_format) + "; compile the specification with the cipc of this version"};
  }
  return {ErrorCode::invalid, where + ": " + error};
}

template <class T>
Result<T> read(std::string_view text, std::string_view where) {
  T object;
  if (const auto error = Reader(text).read(object)) {
    return refusal(text, std::string(where), *error);
  }
  if (const auto broken = violation(object)) {
    return Error{ErrorCode::invalid, std::string(where) + ": " + broken->path + ": " + broken->what};
  }
  return object;
}

}  // namespace

std::string to_json(const HomeInterface& interface) {
  return Writer::text_of(interface);
}
std::string to_json(const Clim& clim) {
  return Writer::text_of(clim);
}
std::string to_json(const Manifest& manifest) {
  return Writer::text_of(manifest);
}

Result<HomeInterface> home_interface_from_json(std::string_view text, std::string_view where) {
  return read<HomeInterface>(text, where);
}
Result<Clim> clim_from_json(std::string_view text, std::string_view where) {
  return read<Clim>(text, where);
}
Result<Manifest> manifest_from_json(std::string_view text, std::string_view where) {
  return read<Manifest>(text, where);
}

}  // namespace cip
