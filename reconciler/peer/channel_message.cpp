#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "reconciler/peer/channel.h"

namespace cip::peer {
namespace {

using nlohmann::json;

json encode(const MirrorRequest& message) {
  return {{"type", "mirror-request"},
          {"clim", message.home.clim.str()},
          {"interface", message.home.interface.str()},
          {"digest", message.digest.str()}};
}

json encode(const Mirror& message) {
  return {{"type", "mirror"},
          {"clim", message.home.clim.str()},
          {"interface", message.home.interface.str()},
          {"digest", message.digest.str()},
          {"bytes", message.bytes}};
}

json encode(const Command& message) {
  return {{"type", "command"}, {"id", message.id}, {"body", message.body}};
}

json encode(const CommandReply& message) {
  return {{"type", "command-reply"}, {"id", message.id}, {"body", message.body}};
}

json encode(const ConnectionReport& message) {
  return {{"type", "connections"},  {"clim", message.home.clim.str()}, {"interface", message.home.interface.str()},
          {"whole", message.whole}, {"added", message.added},          {"removed", message.removed}};
}

// Members of one object; the first that is missing or wrong is remembered.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  std::string text(const char* key) {
    const auto* value = find(key);
    return value != nullptr && require(value->is_string(), key) ? value->get<std::string>() : std::string{};
  }
  std::uint64_t number(const char* key) {
    const auto* value = find(key);
    return value != nullptr && require(value->is_number_unsigned(), key) ? value->get<std::uint64_t>() : 0;
  }
  bool flag(const char* key) {
    const auto* value = find(key);
    return value != nullptr && require(value->is_boolean(), key) && value->get<bool>();
  }
  InterfaceRef home() {
    InterfaceRef home{ClimName(text("clim")), InterfaceName(text("interface"))};
    require(is_clim_name(home.clim.str()), "clim");
    require(is_interface_name(home.interface.str()), "interface");
    return home;
  }
  Digest digest() {
    const auto parsed = Digest::parse(text("digest"));
    require(parsed.has_value(), "digest");
    return parsed.value_or(Digest{});
  }
  bool require(bool condition, const char* key) {
    if (!condition && wrong_.empty()) {
      wrong_ = key;
    }
    return condition;
  }
  Result<Message> done(Message message) const {
    if (!wrong_.empty()) {
      return Error{ErrorCode::invalid, "\"" + wrong_ + "\" is missing or wrong"};
    }
    if (seen_ + 1 != object_.size()) {  // and "type"
      return Error{ErrorCode::invalid, "there are unknown members"};
    }
    return message;
  }

 private:
  const json* find(const char* key) {
    const auto found = object_.find(key);
    if (!require(found != object_.end(), key)) {
      return nullptr;
    }
    ++seen_;
    return &*found;
  }

  const json& object_;
  std::string wrong_;
  std::size_t seen_ = 0;
};

Result<Message> decode(const std::string& type, Members& members) {
  if (type == "mirror-request") {
    MirrorRequest message{members.home(), members.digest()};
    return members.done(std::move(message));
  }
  if (type == "mirror") {
    Mirror message{members.home(), members.digest(), members.text("bytes")};
    members.require(Digest::of(message.bytes) == message.digest, "digest");
    return members.done(std::move(message));
  }
  if (type == "command") {
    Command message{members.number("id"), members.text("body")};
    return members.done(std::move(message));
  }
  if (type == "command-reply") {
    CommandReply message{members.number("id"), members.text("body")};
    return members.done(std::move(message));
  }
  if (type == "connections") {
    ConnectionReport message{members.home(), members.flag("whole"), members.text("added"), members.text("removed")};
    return members.done(std::move(message));
  }
  return Error{ErrorCode::invalid, "the type is unknown"};
}

}  // namespace

std::string to_json(const Message& message) {
  return std::visit([](const auto& one) { return encode(one).dump(); }, message);
}

Result<Message> message_from_json(const std::string& text) {
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return Error{ErrorCode::invalid, "it is not a JSON object"};
  }
  const auto type = object.find("type");
  if (type == object.end() || !type->is_string()) {
    return Error{ErrorCode::invalid, "\"type\" is missing or wrong"};
  }
  Members members(object);
  return decode(type->get<std::string>(), members);
}

}  // namespace cip::peer
