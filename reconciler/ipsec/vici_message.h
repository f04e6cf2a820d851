// Messages of strongSwan's control interface, as its README describes them (src/libcharon/plugins/vici/README.md,
// Message format): named values, lists and sections, in bytes. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/result.h"

namespace cip::ipsec {

struct Message {
  struct Section;

  std::vector<std::pair<std::string, std::string>> values;  // any bytes
  std::vector<std::pair<std::string, std::vector<std::string>>> lists;
  std::vector<Section> sections;

  // Defined where a pair with a Message is complete: clang asks for that.
  Message();
  Message(const Message& other);
  Message(Message&& other) noexcept;
  Message& operator=(const Message& other);
  Message& operator=(Message&& other) noexcept;
  ~Message();

  Message& set(std::string name, std::string value);
  Message& set_list(std::string name, std::vector<std::string> values);
  Message& set_section(std::string name, Message section);

  std::string_view value(std::string_view name) const;                // empty: it is not there
  const std::vector<std::string>& list(std::string_view name) const;  // the same
  const Message* section(std::string_view name) const;                // nothing: the same
};

struct Message::Section {
  std::string name;
  Message message;
};

inline constexpr std::size_t longest_name = 255;     // bytes
inline constexpr std::size_t longest_value = 65535;  // bytes

// Names and values that are longer are programming errors: std::length_error.
std::string encode(const Message& message);

// Errors: invalid, for bytes that are no message.
Result<Message> decode(std::string_view bytes);

}  // namespace cip::ipsec
