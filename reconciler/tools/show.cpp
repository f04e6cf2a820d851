#include "reconciler/tools/show.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "reconciler/tools/terminal.h"

namespace cip::tools {

using nlohmann::json;

namespace {

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string() || found->get<std::string>().empty()) {
    return "-";
  }
  // What comes from another machine must not steer this terminal.
  auto text = found->get<std::string>();
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

const json& list_of(const json& object, const char* key) {
  static const json none = json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

struct Cell {
  std::string text;
  Colour colour = Colour::plain;
};

std::string table(const std::vector<std::vector<Cell>>& rows, bool colour) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].text.size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += paint(row[i].text, row[i].colour, colour);
      if (i + 1 < row.size()) {
        line += std::string(widths[i] - row[i].text.size() + 2, ' ');
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

Colour colour_of_state(std::string_view state) {
  if (state == "UP") {
    return Colour::good;
  }
  if (state == "DOWN") {
    return Colour::bad;
  }
  return state == "DNOP" ? Colour::attention : Colour::plain;
}

// What it said last, and how long ago that was if it is silent since.
Cell other_side(const json& row) {
  const auto other = row.find("other-side");
  if (other == row.end() || !other->is_object()) {
    return {"-"};
  }
  const auto state = text_of(*other, "state");
  if (other->value("silent", json()) == json(true)) {
    const auto age = other->value("age-ms", json());
    return {fmt::format("{} silent, was {} {:.1f} s ago", text_of(*other, "clim"), state,
                        age.is_number() ? age.get<double>() / 1000 : 0),
            Colour::bad};
  }
  const auto obstacle = text_of(*other, "obstacle");
  return {fmt::format("{} {}{}{}", text_of(*other, "clim"), state, obstacle == "-" ? "" : ": ",
                      obstacle == "-" ? "" : obstacle),
          colour_of_state(state)};
}

std::vector<Cell> status_row(const json& row) {
  const auto place = text_of(row, "placement");
  const auto state = text_of(row, "state");
  const auto pulse = text_of(row, "link-pulse");
  const auto flags = text_of(row, "flags");
  return {{text_of(row, "home")},
          {text_of(row, "failover")},
          {text_of(row, "location")},
          {place, place == "HOME" || place == "-" ? Colour::plain : Colour::attention},
          {state, colour_of_state(state)},
          {pulse, pulse == "DOWN" ? Colour::bad : Colour::plain},
          {flags, flags.find('X') != std::string::npos ? Colour::bad : Colour::plain},
          other_side(row)};
}

std::string show_connection(const json& connection, bool colour) {
  const auto state = text_of(connection, "state");
  const auto of_state = state == "UP"                              ? Colour::good
                        : state == "UNKNOWN" || state == "REFUSED" ? Colour::bad
                        : state == "AWAY"                          ? Colour::plain
                                                                   : Colour::attention;
  return fmt::format("ipsec {}: {} to {}, {}\n", text_of(connection, "name"), text_of(connection, "local"),
                     text_of(connection, "remote"), paint(state, of_state, colour));
}

// With its key, while that is changed.
std::string show_peer(const json& peer, bool key_changes, bool colour) {
  const bool heard = peer.value("heard", json()) == json(true);
  std::string line = fmt::format("peer {}: ", text_of(peer, "name"));
  if (heard) {
    line += paint("heard", Colour::good, colour);
  } else if (peer.contains("age-ms")) {
    line +=
        paint(fmt::format("silent for {:.1f} s", peer["age-ms"].is_number() ? peer["age-ms"].get<double>() / 1000 : 0),
              Colour::bad, colour);
  } else {
    line += paint("never heard", Colour::bad, colour);
  }
  for (const auto& path : list_of(peer, "silent-paths")) {
    if (path.is_string()) {
      line += paint(fmt::format(", not on {}", path.get<std::string>()), Colour::attention, colour);
    }
  }
  if (peer.value("channel", json()) == json(false)) {
    line += paint(", no channel", Colour::attention, colour);
  }
  if (key_changes) {
    line += ", sends with key " + text_of(peer, "key");
  }
  return line + "\n";
}

}  // namespace

std::string show_status(const json& result, bool colour, bool details) {
  std::vector<std::vector<Cell>> rows{{{"HOME", Colour::faint},
                                       {"FAILOVER", Colour::faint},
                                       {"LOCATION", Colour::faint},
                                       {"PLACE", Colour::faint},
                                       {"STATE", Colour::faint},
                                       {"LINK", Colour::faint},
                                       {"FLAGS", Colour::faint},
                                       {"OTHER SIDE", Colour::faint}}};
  for (const auto& row : list_of(result, "interfaces")) {
    rows.push_back(status_row(row));
  }
  std::string text = table(rows, colour);
  for (const auto& row : list_of(result, "interfaces")) {
    if (details && text_of(row, "explanation") != "-") {
      text += fmt::format("{}: {}\n", text_of(row, "home"), text_of(row, "explanation"));
    }
    for (const auto& problem : list_of(row, "problems")) {
      if (!problem.is_string()) {
        continue;
      }
      text +=
          paint(fmt::format("{}: {}", text_of(row, "home"), problem.get<std::string>()), Colour::bad, colour) + "\n";
    }
  }
  for (const auto& problem : list_of(result, "problems")) {
    if (problem.is_string()) {
      text += paint(problem.get<std::string>(), Colour::bad, colour) + "\n";
    }
  }
  for (const auto& connection : list_of(result, "ipsec")) {
    text += show_connection(connection, colour);
  }
  const auto& keys = list_of(result, "keys");
  for (const auto& peer : list_of(result, "peers")) {
    text += show_peer(peer, keys.size() > 1, colour);
  }
  if (keys.size() > 1 && keys[0].is_string() && keys[1].is_string()) {
    text += paint(fmt::format("the cluster key is being changed: key {} is used, {} is accepted, too",
                              keys[0].get<std::string>(), keys[1].get<std::string>()),
                  Colour::attention, colour) +
            "\n";
  }
  return text;
}

std::string show_event(const json& event, bool colour) {
  const auto level = text_of(event, "level");
  const auto subject = text_of(event, "subject");
  std::string line = paint(text_of(event, "time"), Colour::faint, colour) + " ";
  if (subject != "-") {
    line += subject + ": ";
  }
  const auto of_level = level == "alarm" ? Colour::bad : level == "notice" ? Colour::attention : Colour::plain;
  line += paint((level == "alarm" ? "ALARM " : "") + text_of(event, "text"), of_level, colour) + "\n";
  if (const auto evidence = text_of(event, "evidence"); evidence != "-") {
    line += "    " + paint(evidence, Colour::faint, colour) + "\n";
  }
  return line;
}

std::string show_plan(const json& result, bool colour) {
  std::string text;
  for (const auto& operation : list_of(result, "operations")) {
    if (!operation.is_string()) {
      continue;
    }
    const auto line = operation.get<std::string>();
    const auto mark = line.empty() ? ' ' : line.front();
    const auto of_mark = mark == '+' ? Colour::good : mark == '-' ? Colour::bad : Colour::attention;
    text += paint(line, of_mark, colour) + "\n";
  }
  if (text.empty()) {
    text = "nothing to change\n";
  }
  for (const auto& problem : list_of(result, "problems")) {
    if (problem.is_string()) {
      text += paint("! " + problem.get<std::string>(), Colour::bad, colour) + "\n";
    }
  }
  for (const auto& foreign : list_of(result, "foreign")) {
    if (foreign.is_string()) {
      text += paint("= " + foreign.get<std::string>() + " (foreign: left alone)", Colour::faint, colour) + "\n";
    }
  }
  return text;
}

std::string show_generation(const json& result, bool colour) {
  std::string text = fmt::format("generation {} is in use", text_of(result, "generation"));
  if (const auto seconds = result.value("confirm-within", json()); seconds.is_number_unsigned()) {
    text += paint(fmt::format(", and goes back in {} s unless you say: cipctl confirm", seconds.get<std::uint64_t>()),
                  Colour::attention, colour);
  }
  text += "\n";
  if (result.value("waits", json()) == json(true)) {
    text += "not all of it is applied yet: another CLIM has to hear of it first (cipctl plan, cipctl status)\n";
  }
  for (const auto& problem : list_of(result, "problems")) {
    if (problem.is_string()) {
      text += paint("! " + problem.get<std::string>(), Colour::bad, colour) + "\n";
    }
  }
  return text;
}

std::string show_explanation(const json& result, bool colour) {
  std::string text;
  for (const auto& row : list_of(result, "interfaces")) {
    text += fmt::format("{} is on {} ({}), our side is {}\n  now: {}\n  if it failed: {}\n", text_of(row, "home"),
                        text_of(row, "location"), text_of(row, "placement"), text_of(row, "state"),
                        text_of(row, "explanation"), text_of(row, "if-failed"));
    for (const auto& problem : list_of(row, "problems")) {
      if (problem.is_string()) {
        text += "  " + paint(problem.get<std::string>(), Colour::bad, colour) + "\n";
      }
    }
  }
  return text;
}

std::string show_outcomes(const json& result, bool colour) {
  std::string text;
  for (const auto& outcome : list_of(result, "outcomes")) {
    const bool done = outcome.value("done", json()) == json(true);
    text += fmt::format("{}: {}\n", text_of(outcome, "interface"),
                        paint(text_of(outcome, "sentence"), done ? Colour::good : Colour::bad, colour));
  }
  return text;
}

}  // namespace cip::tools
