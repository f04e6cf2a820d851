#include "reconciler/daemon/control_protocol.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace cip::daemon {

using nlohmann::json;

namespace {

struct CommandWords {
  Command command;
  std::string_view word;
  std::string_view direction;  // of a switch
};

constexpr std::array<CommandWords, 12> commands{{
    {Command::status, "status", ""},
    {Command::switch_failover, "switch", "failover"},
    {Command::switch_restore, "switch", "restore"},
    {Command::ifstop, "ifstop", ""},
    {Command::ifstart, "ifstart", ""},
    {Command::events, "events", ""},
    {Command::plan, "plan", ""},
    {Command::reload, "reload", ""},
    {Command::confirm, "confirm", ""},
    {Command::rollback, "rollback", ""},
    {Command::resume, "resume", ""},
    {Command::shutdown, "shutdown", ""},
}};

const CommandWords& words_of(Command command) {
  for (const auto& each : commands) {
    if (each.command == command) {
      return each;
    }
  }
  return commands.front();
}

struct CodeWord {
  ErrorCode code;
  std::string_view word;
};

constexpr std::array<CodeWord, 3> codes{{
    {ErrorCode::invalid, "invalid"},
    {ErrorCode::not_found, "not-found"},
    {ErrorCode::system, "system"},
}};

// nlohmann throws on text that is not UTF-8; such text is shown with replacement characters.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Error bad(std::string_view what) {
  return {ErrorCode::invalid, fmt::format("request is malformed: {}", what)};
}

// Takes `key` out of `object`; what is left in the end is unknown.
template <class T>
bool take(json& object, const char* key, T& value) {
  const auto found = object.find(key);
  if (found == object.end()) {
    return true;
  }
  if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) {
      return false;
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) {
      return false;
    }
  } else {
    if (!found->is_number_unsigned()) {
      return false;
    }
  }
  value = found->template get<T>();
  object.erase(found);
  return true;
}

Result<Command> command_of(const std::string& word, const std::string& direction) {
  bool known = false;
  for (const auto& each : commands) {
    if (each.word != word) {
      continue;
    }
    known = true;
    if (each.direction == direction) {
      return each.command;
    }
  }
  if (known) {
    return bad(fmt::format("{} has no direction \"{}\"", word, direction));
  }
  return Error{ErrorCode::invalid,
               fmt::format("unknown command \"{}\": cipctl and cipd may be of different versions", word)};
}

}  // namespace

std::string_view name(Command command) {
  switch (command) {
    case Command::switch_failover:
      return "switch failover";
    case Command::switch_restore:
      return "switch restore";
    default:
      return words_of(command).word;
  }
}

std::string to_line(const Request& request) {
  const auto& words = words_of(request.command);
  json object{{"version", control_version}, {"command", words.word}};
  if (!words.direction.empty()) {
    object["direction"] = words.direction;
  }
  if (!request.target.empty()) {
    object["target"] = request.target;
  }
  if (!request.provider.empty()) {
    object["provider"] = request.provider;
  }
  if (request.confirmed) {
    object["confirmed"] = true;
  }
  if (request.force) {
    object["force"] = true;
  }
  if (request.follow) {
    object["follow"] = true;
  }
  if (request.partial) {
    object["partial"] = true;
  }
  if (request.confirm_within != 0) {
    object["confirm-within"] = request.confirm_within;
  }
  if (request.after != 0) {
    object["after"] = request.after;
  }
  return dump(object) + "\n";
}

Result<Request> parse_request(std::string_view line) {
  // Depth first: the parser's recursion is bounded by the line's length, so the line's length is bounded.
  if (line.size() > max_request_bytes) {
    return bad("too long");
  }
  json object = json::parse(line, nullptr, false);
  if (!object.is_object()) {
    return bad("not a JSON object");
  }
  std::uint64_t version = 0;
  if (!take(object, "version", version)) {
    return bad("version");
  }
  if (version != control_version) {
    return Error{ErrorCode::invalid, fmt::format("version {} of the control protocol is not spoken here, only {}",
                                                 version, control_version)};
  }
  Request request;
  std::string word;
  std::string direction;
  const std::pair<const char*, std::string*> texts[] = {
      {"command", &word}, {"direction", &direction}, {"target", &request.target}, {"provider", &request.provider}};
  for (const auto& [key, value] : texts) {
    if (!take(object, key, *value)) {
      return bad(key);
    }
  }
  const std::pair<const char*, bool*> flags[] = {{"confirmed", &request.confirmed},
                                                 {"force", &request.force},
                                                 {"follow", &request.follow},
                                                 {"partial", &request.partial}};
  for (const auto& [key, value] : flags) {
    if (!take(object, key, *value)) {
      return bad(key);
    }
  }
  const std::pair<const char*, std::uint64_t*> numbers[] = {{"after", &request.after},
                                                            {"confirm-within", &request.confirm_within}};
  for (const auto& [key, value] : numbers) {
    if (!take(object, key, *value)) {
      return bad(key);
    }
  }
  if (!object.empty()) {
    return bad(fmt::format("unknown key \"{}\"", object.begin().key()));
  }
  const auto command = command_of(word, direction);
  if (!command) {
    return command.error();
  }
  request.command = *command;
  return request;
}

std::string reply_line(const json& result) {
  return dump({{"version", control_version}, {"ok", true}, {"result", result}}) + "\n";
}

std::string reply_line(const Error& error) {
  std::string_view code;
  for (const auto& each : codes) {
    if (each.code == error.code) {
      code = each.word;
    }
  }
  return dump({{"version", control_version}, {"ok", false}, {"error", {{"code", code}, {"message", error.message}}}}) +
         "\n";
}

Result<json> parse_reply(std::string_view line) {
  const Error no_reply{ErrorCode::system, "cipd sent something that is not an answer: is this its control socket?"};
  json object = json::parse(line, nullptr, false);
  if (!object.is_object() || object.value("version", json()) != json(control_version)) {
    return no_reply;
  }
  const auto ok = object.find("ok");
  if (ok == object.end() || !ok->is_boolean()) {
    return no_reply;
  }
  if (ok->get<bool>()) {
    const auto result = object.find("result");
    if (result == object.end() || !result->is_object()) {
      return no_reply;
    }
    return *result;
  }
  const auto error = object.find("error");
  if (error == object.end() || !error->is_object()) {
    return no_reply;
  }
  const auto message = error->find("message");
  if (message == error->end() || !message->is_string()) {
    return no_reply;
  }
  for (const auto& each : codes) {
    if (error->value("code", json()) == json(each.word)) {
      return Error{each.code, message->get<std::string>()};
    }
  }
  return no_reply;
}

}  // namespace cip::daemon
