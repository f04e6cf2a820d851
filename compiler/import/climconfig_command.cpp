#include "compiler/import/climconfig_command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/import/text.h"

namespace cip::importing {
namespace {

constexpr std::string_view blanks = " \t\v\f";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// Words of a line; quotes keep blanks together. A dash that a text processor made of `-` is one again.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
      quote = quote != 0 ? '\0' : c;
      inside = true;
    } else if (quote == 0 && blanks.find(c) != std::string_view::npos) {
      if (inside) {
        words.push_back(std::exchange(word, ""));
      }
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) {
    words.push_back(word);
  }
  for (std::string& text : words) {
    for (const std::string_view dash : {"\u2013", "\u2014", "\u2212"}) {
      if (text.compare(0, dash.size(), dash) == 0) {
        text.replace(0, dash.size(), "-");
      }
    }
  }
  return words;
}

bool is_comment(std::string_view line) {
  const auto lower = lower_case(line.substr(0, 8));
  return line[0] == '#' || line[0] == '!' || line.substr(0, 2) == "==" || line.substr(0, 2) == "--" ||
         lower == "comment " || lower == "comment";
}

bool is_action(std::string_view name) {
  constexpr std::array actions{"add",    "modify", "configure", "update", "alter", "set",
                               "delete", "del",    "remove",    "info",   "list",  "rename"};
  return std::find(actions.begin(), actions.end(), name) != actions.end();
}

void add_word(Command& command, const std::string& word) {
  if (word.size() > 1 && word[0] == '-') {
    const auto equals = word.find('=');
    CommandOption option{lower_case(word.substr(1, equals == std::string::npos ? equals : equals - 1)), {}};
    if (equals != std::string::npos) {
      option.values.push_back(word.substr(equals + 1));
    }
    command.options.push_back(std::move(option));
  } else if (command.options.empty()) {
    command.subject.push_back(word);
  } else {
    command.options.back().values.push_back(word);
  }
}

Command to_command(Place place, std::string text) {
  Command command{place, std::move(text)};
  const auto words = words_of(command.text);
  const auto is = [](const char* name) { return [name](const std::string& word) { return lower_case(word) == name; }; };
  auto at = std::find_if(words.begin(), words.end(), is("climcmd"));
  const auto climconfig = std::find_if(words.begin(), words.end(), is("climconfig"));
  if (climconfig == words.end() || climconfig + 1 == words.end()) {
    return command;
  }
  if (at < climconfig && at + 1 < climconfig) {
    command.clim = *(at + 1);
  }
  command.object = lower_case(*(climconfig + 1));
  for (at = climconfig + 2; at != words.end(); ++at) {
    add_word(command, *at);
  }
  for (auto option = command.options.begin(); option != command.options.end(); ++option) {
    if (is_action(option->name)) {
      command.action = option->name;
      command.subject.insert(command.subject.begin(), option->values.begin(), option->values.end());
      command.options.erase(option);
      break;
    }
  }
  return command;
}

}  // namespace

const CommandOption* Command::take(std::initializer_list<std::string_view> names) {
  for (CommandOption& option : options) {
    if (!option.used && std::find(names.begin(), names.end(), option.name) != names.end()) {
      option.used = true;
      return &option;
    }
  }
  return nullptr;
}

std::string Command::value(std::initializer_list<std::string_view> names) {
  const auto* option = take(names);
  return option == nullptr || option->values.empty() ? "" : option->values.front();
}

std::string Command::shown() const {
  // Objects without secrets; of the others nothing but the words of the command itself is shown.
  constexpr std::array open{"interface", "ip",       "route",    "arp",      "tunnel", "bondmode", "slaveinterface",
                            "failover",  "hostname", "provider", "iptables", "sysctl", "ip6tables"};
  if (object.empty()) {
    return may_hold_secret(text) ? text.substr(0, text.find_first_of(blanks)) + " ..." : text;
  }
  if (std::find(open.begin(), open.end(), object) != open.end() && !may_hold_secret(text)) {
    return text;
  }
  std::string result = "climconfig " + object + (action.empty() ? "" : " -" + action);
  for (const CommandOption& option : options) {
    result += " -" + option.name + (option.values.empty() ? "" : " ...");
  }
  return result + (options.empty() && !subject.empty() ? " ..." : "");
}

std::vector<Command> read_commands(std::size_t input, std::string_view bytes) {
  std::vector<Command> commands;
  std::string joined;
  std::size_t first = 0;  // line of what is joined
  for (std::size_t line = 1; !bytes.empty() || !joined.empty(); ++line) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    auto text = trimmed(bytes.substr(0, end > 0 && bytes[end - 1] == '\r' ? end - 1 : end));
    const bool last = end >= bytes.size();
    bytes.remove_prefix(last ? bytes.size() : end + 1);
    first = joined.empty() ? line : first;
    if (joined.empty() && (text.empty() || is_comment(text))) {
      continue;
    }
    const bool continued = !text.empty() && (text.back() == '&' || text.back() == '\\') && !last;
    joined += continued ? std::string(text.substr(0, text.size() - 1)) + " " : std::string(text);
    if (!continued) {
      const auto whole = std::exchange(joined, "");
      if (const auto content = trimmed(whole); !content.empty()) {
        commands.push_back(to_command({input, first}, std::string(content)));
      }
    }
  }
  return commands;
}

}  // namespace cip::importing
