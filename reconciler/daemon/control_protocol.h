// What cipctl and cipd say to each other over the control socket: one JSON object on a line each way. A request is
// answered by one line, `events --follow` by one line for each event.
//
//   {"command":"switch","direction":"failover","target":"n1.eth1","version":1}
//   {"ok":true,"result":{...},"version":1}
//   {"error":{"code":"not-found","message":"no interface n1.eht1: did you mean n1.eth1?"},"ok":false,"version":1}
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "state/result.h"

namespace cip::daemon {

inline constexpr unsigned control_version = 1;
inline constexpr std::uint64_t longest_confirm_within = 86400;  // s
inline constexpr std::size_t max_request_bytes = 16384;         // a longer line ends the session

enum class Command : std::uint8_t {
  status,           // target: an interface, or empty: all
  switch_failover,  // target: CLIM, CLIM.INTERFACE; or empty, with a provider
  switch_restore,
  ifstop,  // target: an interface
  ifstart,
  events,
  plan,
  reload,
  confirm,   // the generation that waits for it
  rollback,  // to the generation before
  resume,    // repairing what was left to somebody who undoes it
  shutdown,  // gives all that is here to the other sides; what the service does before the machine goes down
};

struct Request {
  Command command = Command::status;
  std::string target;
  std::string provider;              // switch
  bool confirmed = false;            // switch: go on although connections are open
  bool force = false;                // switch: take without the probe
  bool follow = false;               // events: go on with what happens
  bool partial = false;              // reload: stays although something of it cannot be done
  std::uint64_t after = 0;           // events: only those with a higher number
  std::uint64_t confirm_within = 0;  // reload: goes back unless confirmed in that many seconds; 0: stays by itself

  bool operator==(const Request&) const = default;
};

std::string_view name(Command command);  // "switch failover"

std::string to_line(const Request& request);  // with the final newline
// Unknown keys, commands and versions are refused: an option that this side does not know must not be ignored.
Result<Request> parse_request(std::string_view line);

std::string reply_line(const nlohmann::json& result);
std::string reply_line(const Error& error);
// The result, or the error, that a line carries; ErrorCode::system if it is no reply.
Result<nlohmann::json> parse_reply(std::string_view line);

}  // namespace cip::daemon
