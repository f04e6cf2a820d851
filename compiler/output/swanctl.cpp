#include "compiler/output/swanctl.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "compiler/lang/ipsec_words.h"

namespace cip::output {
namespace {

using lang::Ipsec;
using lang::IpsecAuth;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As it is, or between quotes where strongSwan's parser of settings would read it as anything but one word.
std::string value_text(std::string_view value) {
  constexpr std::string_view harmless = "_-./:,%@+";
  const auto is_plain = [&](char c) { return is_alphanumeric(c) || harmless.find(c) != std::string_view::npos; };
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    return std::string(value);
  }
  std::string quoted = "\"";
  for (const char c : value) {
    switch (c) {
      case '"':
      case '\\':
        quoted += {'\\', c};
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + "\"";
}

std::string list_text(const std::vector<lang::Sourced<std::string>>& values) {
  std::string list;
  for (const auto& each : values) {
    list += (list.empty() ? "" : ",") + each.value;
  }
  return list;
}

// Sections within sections, indented.
class Settings {
 public:
  void open(std::string_view name) {
    line(fmt::format("{} {{", name));
    ++depth_;
  }
  void close() {
    --depth_;
    line("}");
  }
  void set(std::string_view key, std::string_view value) { line(fmt::format("{} = {}", key, value_text(value))); }
  template <class T>
  void set(std::string_view key, const std::optional<lang::Sourced<T>>& value) {
    if (value) {
      set(key, value->value);
    }
  }
  void set_list(std::string_view key, const std::vector<lang::Sourced<std::string>>& values) {
    if (!values.empty()) {
      set(key, list_text(values));
    }
  }
  const std::string& text() const { return text_; }

 private:
  void line(std::string_view text) { text_ += std::string(depth_ * 2, ' ').append(text) + "\n"; }

  std::string text_;
  std::size_t depth_ = 0;
};

// The first word of the enumeration is the language's default.
template <class Enum>
std::string_view word_or_default(const std::optional<lang::Sourced<Enum>>& value) {
  return word(value ? value->value : words_of<Enum>.front().value);
}

void add_peers(Settings& settings, const Ipsec& ipsec) {
  const auto& auth = ipsec.auth->value;
  const std::string_view method = auth.kind == IpsecAuth::psk ? "psk" : "pubkey";
  settings.open("local");
  settings.set("auth", method);
  if (auth.kind == IpsecAuth::cert) {
    settings.set("certs", auth.file);
  }
  settings.set("id", ipsec.local_id);
  settings.close();
  settings.open("remote");
  settings.set("auth", method);
  settings.set("id", ipsec.remote_id);
  settings.close();
}

void add_children(Settings& settings, const Ipsec& ipsec) {
  settings.open("children");
  for (std::size_t i = 0; i < ipsec.protections.size(); ++i) {
    const auto& protection = ipsec.protections[i].value;
    settings.open(child_name(ipsec.name, i + 1));
    settings.set("local_ts", protection.local.str());
    settings.set("remote_ts", protection.remote.str());
    settings.set_list("esp_proposals", ipsec.esp);
    settings.set("mode", word_or_default(ipsec.mode));
    settings.set("start_action", word_or_default(ipsec.start_action));
    settings.close();
  }
  settings.close();
}

void add_connection(Settings& settings, const Ipsec& ipsec) {
  settings.open(section_name(ipsec.name));
  settings.set("version", "2");
  settings.set("local_addrs", ipsec.local->value.str());
  settings.set("remote_addrs", ipsec.remote->value.str());
  settings.set_list("proposals", ipsec.ike);
  // R9: when the local address goes, charon must not take the SAs to another address of the CLIM.
  settings.set("mobike", "no");
  add_peers(settings, ipsec);
  add_children(settings, ipsec);
  settings.close();
}

void add_secret(Settings& settings, const Ipsec& ipsec) {
  const auto& auth = ipsec.auth->value;
  if (auth.kind == IpsecAuth::cert) {
    settings.open("private-" + section_name(ipsec.name));
    settings.set("file", auth.key_file);
    settings.close();
    return;
  }
  // Without an id, strongSwan takes the address.
  const auto id = [](const auto& given, const lang::Sourced<IpAddress>& address) {
    return given ? given->value : address.value.str();
  };
  settings.open("ike-" + section_name(ipsec.name));
  settings.set("file", auth.file);
  settings.set("id-local", id(ipsec.local_id, *ipsec.local));
  settings.set("id-remote", id(ipsec.remote_id, *ipsec.remote));
  settings.close();
}

}  // namespace

std::string section_name(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (is_alphanumeric(c) || c == '_' || c == '-') {
      text += c;
    } else {
      text += fmt::format("+{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string child_name(std::string_view name, std::size_t number) {
  return fmt::format("{}-{}", section_name(name), number);
}

std::string swanctl_conf(std::vector<const Ipsec*> connections) {
  std::sort(connections.begin(), connections.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  Settings settings;
  settings.open("connections");
  for (const auto* ipsec : connections) {
    add_connection(settings, *ipsec);
  }
  settings.close();
  settings.open("secrets");
  for (const auto* ipsec : connections) {
    add_secret(settings, *ipsec);
  }
  settings.close();
  return "# Written by cipc for strongSwan 5.9 (swanctl.conf(5)). Secrets are files on the CLIM.\n" + settings.text();
}

}  // namespace cip::output
