// Serves GET /metrics over HTTP/1.1, one request for each connection. Nothing that a client sends, or does not read,
// harms or holds up the daemon.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "reconciler/daemon/metrics_address.h"
#include "state/result.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

class MetricsServer {
 public:
  using Text = std::function<std::string()>;  // all metrics as they are now

  // A Unix socket gets mode 0666: metrics have no secrets, and are read by who may not use the control socket. Who
  // wants it narrower puts it into a directory of its own. One that a dead daemon left is replaced; anything else at
  // that path is an error.
  static Result<std::unique_ptr<MetricsServer>> listen(boost::asio::io_context& loop, const MetricsAddress& address,
                                                       Text text);
  virtual ~MetricsServer() = default;  // ends all sessions and removes the socket
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  static constexpr std::size_t max_sessions = 8;  // one more waits until another ends
  static constexpr std::uint32_t max_request_bytes = 8192;
  static constexpr std::chrono::seconds request_timeout{5};  // from the connection to the end of the request
  static constexpr std::chrono::seconds write_timeout{5};    // for a client that reads nothing
  // Who asks more often gets the same text again: making it is work of the event loop.
  static constexpr std::chrono::milliseconds shortest_age{100};

 protected:
  MetricsServer() = default;
};

}  // namespace cip::daemon
