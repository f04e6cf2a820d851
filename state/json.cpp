#include "state/json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

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

bool from_text(const std::string& text, std::string& out) {
  out = text;
  return true;
}
bool from_text(const std::string& text, ClimName& out) {
  out = ClimName(text);
  return is_clim_name(text);
}
bool from_text(const std::string& text, InterfaceName& out) {
  out = InterfaceName(text);
  return is_interface_name(text);
}
template <class Tag>
bool from_text(const std::string& text, Name<Tag>& out) {
  out = Name<Tag>(text);
  return !text.empty();
}
bool from_text(const std::string& text, InterfaceRef& out) {
  const auto dot = text.find('.');
  return dot != std::string::npos && from_text(text.substr(0, dot), out.clim) &&
         from_text(text.substr(dot + 1), out.interface);
}
bool from_text(const std::string& text, IpAddress& out) {
  return from_parsed(IpAddress::parse(text), out);
}
bool from_text(const std::string& text, Prefix& out) {
  return from_parsed(Prefix::parse(text), out);
}
bool from_text(const std::string& text, InterfaceAddress& out) {
  return from_parsed(InterfaceAddress::parse(text), out);
}
bool from_text(const std::string& text, MacAddress& out) {
  return from_parsed(MacAddress::parse(text), out);
}
bool from_text(const std::string& text, Digest& out) {
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
concept Text = requires(const T& value) {
  to_text(value);
};
template <class T>
concept Enumeration = std::is_enum_v<T>;

// ---- writing

class Writer {
 public:
  template <class T>
  static Json encode(const T& value) {
    if constexpr (Text<T>) {
      return to_text(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else if constexpr (Enumeration<T>) {
      return word(value);
    } else {
      Writer writer;
      fields(writer, const_cast<T&>(value));  // NOLINT: fields() serves readers too; a Writer changes nothing
      return std::move(writer.object_);
    }
  }
  static Json encode(std::chrono::milliseconds value) { return value.count(); }
  template <class T>
  static Json encode(const std::optional<T>& value) {
    return encode(*value);
  }
  template <class T>
  static Json encode(const std::vector<T>& values) {
    Json list = Json::array();
    for (const auto& value : values) {
      list.push_back(encode(value));
    }
    return list;
  }

  template <class T>
  void required(const char* key, const T& value) {
    object_[key] = encode(value);
  }
  template <class T>
  void optional(const char* key, const T& value, const T& fallback = {}) {
    if (value != fallback) {
      object_[key] = encode(value);
    }
  }

 private:
  Json object_ = Json::object();
};

template <class T>
std::string write(const T& object) {
  Json json = Writer::encode(object);
  json["format"] = state_format;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// ---- reading

class Reader {
 public:
  // `where` names the source, `path` the place in it ("routes[2]"); empty: the whole.
  Reader(const Json& object, std::string_view where, std::string path, std::optional<Error>& error)
      : object_(object), where_(where), path_(std::move(path)), error_(error) {
    if (!object_.is_object()) {
      fail(path_, "must be an object");
    }
  }

  template <class T>
  void required(const char* key, T& value) {
    const Json* member = find(key);
    if (member == nullptr) {
      fail(path_, std::string("`") + key + "` is missing");
      return;
    }
    decode(*member, below(key), value);
  }
  template <class T>
  void optional(const char* key, T& value, const T& fallback = {}) {
    if (const Json* member = find(key)) {
      decode(*member, below(key), value);
    } else {
      value = fallback;
    }
  }
  void refuse_unknown_keys() {
    if (error_ || !object_.is_object()) {
      return;
    }
    for (const auto& [key, value] : object_.items()) {
      if (known_.count(key) == 0) {
        fail(path_, "unknown key `" + key + "`");
        return;
      }
    }
  }

 private:
  const Json* find(const char* key) {
    known_.insert(key);
    if (error_ || !object_.is_object()) {
      return nullptr;
    }
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  std::string below(const char* key) const { return path_.empty() ? key : path_ + "." + key; }
  void fail(const std::string& path, std::string_view what) {
    if (!error_) {
      error_ =
          Error{ErrorCode::invalid, std::string(where_) + ": " + path + (path.empty() ? "" : ": ") + std::string(what)};
    }
  }

  template <class T>
  void decode(const Json& json, const std::string& path, T& value) {
    if constexpr (Text<T>) {
      if (!json.is_string() || !from_text(json.template get_ref<const std::string&>(), value)) {
        fail(path, "must be " + std::string(expected(value)));
      }
    } else if constexpr (std::is_same_v<T, bool>) {
      if (json.is_boolean()) {
        value = json.get<bool>();
      } else {
        fail(path, "must be true or false");
      }
    } else if constexpr (std::is_arithmetic_v<T>) {
      if (json.is_number_unsigned() && json.get<std::uint64_t>() <= std::numeric_limits<T>::max()) {
        value = json.get<T>();
      } else {
        fail(path, "must be a whole number up to " + std::to_string(std::numeric_limits<T>::max()));
      }
    } else if constexpr (Enumeration<T>) {
      decode_word(json, path, value);
    } else {
      Reader reader(json, where_, path, error_);
      fields(reader, value);
      reader.refuse_unknown_keys();
    }
  }
  template <class T>
  void decode_word(const Json& json, const std::string& path, T& value) {
    if (!json.is_string() || !from_parsed(from_word<T>(json.get_ref<const std::string&>()), value)) {
      fail(path, "must be one of " + all_words<T>());
    }
  }
  void decode(const Json& json, const std::string& path, std::chrono::milliseconds& value) {
    std::uint32_t count = 0;
    decode(json, path, count);
    value = std::chrono::milliseconds(count);
  }
  template <class T>
  void decode(const Json& json, const std::string& path, std::optional<T>& value) {
    decode(json, path, value.emplace());
  }
  template <class T>
  void decode(const Json& json, const std::string& path, std::vector<T>& values) {
    if (!json.is_array()) {
      fail(path, "must be a list");
      return;
    }
    values.clear();
    for (std::size_t i = 0; i < json.size() && !error_; ++i) {
      decode(json[i], path + "[" + std::to_string(i) + "]", values.emplace_back());
    }
  }

  const Json& object_;
  std::string_view where_;
  std::string path_;
  std::optional<Error>& error_;
  std::set<std::string, std::less<>> known_;
};

template <class T>
Result<T> read(std::string_view text, std::string_view where) {
  const std::string place(where);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return Error{ErrorCode::invalid, place + ": not JSON, or cut off"};
  }
  std::optional<Error> error;
  Reader reader(json, where, "", error);
  std::uint32_t format = 0;
  reader.required("format", format);
  if (!error && format != state_format) {
    return Error{ErrorCode::invalid,
                 place + ": format " + std::to_string(format) + " is not known to this version, which reads format " +
                     std::to_string(state_format) + "; compile the specification with the cipc of this version"};
  }
  T object;
  fields(reader, object);
  reader.refuse_unknown_keys();
  if (error) {
    return *error;
  }
  if (const auto broken = violation(object)) {
    return Error{ErrorCode::invalid, place + ": " + broken->path + ": " + broken->what};
  }
  // Catches what a JSON parser lets pass, such as a key given twice: there is one spelling of every object.
  if (write(object) != text) {
    return Error{ErrorCode::invalid, place + ": not in canonical form; it was not written by cipc, or edited since"};
  }
  return object;
}

}  // namespace

std::string to_json(const HomeInterface& interface) {
  return write(interface);
}
std::string to_json(const Clim& clim) {
  return write(clim);
}
std::string to_json(const Manifest& manifest) {
  return write(manifest);
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
