#include "reconciler/ipsec/vici_message.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace cip::ipsec {
namespace {

enum class Element : std::uint8_t {
  section_start = 1,
  section_end = 2,
  key_value = 3,
  list_start = 4,
  list_item = 5,
  list_end = 6,
};

constexpr int deepest_section = 16;

void add(std::string& bytes, Element element) {
  bytes += static_cast<char>(element);
}

void add_name(std::string& bytes, Element element, std::string_view name) {
  if (name.size() > longest_name) {
    throw std::length_error("a name of a vici message is too long");
  }
  add(bytes, element);
  bytes += static_cast<char>(name.size());
  bytes += name;
}

void add_value(std::string& bytes, std::string_view value) {
  if (value.size() > longest_value) {
    throw std::length_error("a value of a vici message is too long");
  }
  bytes += static_cast<char>(value.size() >> 8U);
  bytes += static_cast<char>(value.size() & 0xffU);
  bytes += value;
}

void encode_into(std::string& bytes, const Message& message) {
  for (const auto& [name, value] : message.values) {
    add_name(bytes, Element::key_value, name);
    add_value(bytes, value);
  }
  for (const auto& [name, values] : message.lists) {
    add_name(bytes, Element::list_start, name);
    for (const auto& value : values) {
      add(bytes, Element::list_item);
      add_value(bytes, value);
    }
    add(bytes, Element::list_end);
  }
  for (const auto& [name, section] : message.sections) {
    add_name(bytes, Element::section_start, name);
    encode_into(bytes, section);
    add(bytes, Element::section_end);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  // Up to the end of the section, or (depth 0) of the bytes. False: it is no message.
  bool read(Message& message, int depth) {
    while (!rest_.empty()) {
      const auto element = static_cast<Element>(rest_.front());
      rest_.remove_prefix(1);
      if (element == Element::section_end) {
        return depth > 0;
      }
      const auto name = take(1);
      if (!name || !read_named(message, element, *name, depth)) {
        return false;
      }
    }
    return depth == 0;
  }

 private:
  bool read_named(Message& message, Element element, std::string_view name, int depth) {
    if (element == Element::key_value) {
      const auto value = take(2);
      if (value) {
        message.set(std::string(name), std::string(*value));
      }
      return value.has_value();
    }
    if (element == Element::list_start) {
      return read_list(message.lists.emplace_back(std::string(name), std::vector<std::string>{}).second);
    }
    return element == Element::section_start && depth < deepest_section &&
           read(message.sections.emplace_back(Message::Section{std::string(name), {}}).message, depth + 1);
  }

  bool read_list(std::vector<std::string>& list) {
    while (!rest_.empty()) {
      const auto element = static_cast<Element>(rest_.front());
      rest_.remove_prefix(1);
      if (element == Element::list_end) {
        return true;
      }
      const auto item = element == Element::list_item ? take(2) : std::nullopt;
      if (!item) {
        return false;
      }
      list.emplace_back(*item);
    }
    return false;
  }

  // What stands behind a length of so many bytes.
  std::optional<std::string_view> take(std::size_t length_bytes) {
    if (rest_.size() < length_bytes) {
      return std::nullopt;
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
      length = length << 8U | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(length_bytes);
    if (rest_.size() < length) {
      return std::nullopt;
    }
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
};

template <class Pairs>
auto find_in(const Pairs& pairs, std::string_view name) {
  return std::find_if(pairs.begin(), pairs.end(), [&](const auto& each) { return each.first == name; });
}

}  // namespace

Message::Message() = default;
Message::Message(const Message& other) = default;
Message::Message(Message&& other) noexcept = default;
Message& Message::operator=(const Message& other) = default;
Message& Message::operator=(Message&& other) noexcept = default;
Message::~Message() = default;

Message& Message::set(std::string name, std::string value) {
  values.emplace_back(std::move(name), std::move(value));
  return *this;
}

Message& Message::set_list(std::string name, std::vector<std::string> items) {
  lists.emplace_back(std::move(name), std::move(items));
  return *this;
}

Message& Message::set_section(std::string name, Message section) {
  sections.push_back({std::move(name), std::move(section)});
  return *this;
}

std::string_view Message::value(std::string_view name) const {
  const auto found = find_in(values, name);
  return found == values.end() ? std::string_view{} : std::string_view(found->second);
}

const std::vector<std::string>& Message::list(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = find_in(lists, name);
  return found == lists.end() ? none : found->second;
}

const Message* Message::section(std::string_view name) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const Section& each) { return each.name == name; });
  return found == sections.end() ? nullptr : &found->message;
}

std::string encode(const Message& message) {
  std::string bytes;
  encode_into(bytes, message);
  return bytes;
}

Result<Message> decode(std::string_view bytes) {
  Message message;
  if (!Reader(bytes).read(message, 0)) {
    return Error{ErrorCode::invalid, "charon's answer is no vici message"};
  }
  return message;
}

}  // namespace cip::ipsec
