// The control socket: takes requests from cipctl, hands them to the daemon, and sends what the daemon answers. Nothing
// that a client sends, or does not read, harms or holds up the daemon. One request for each connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "reconciler/daemon/control_protocol.h"
#include "state/result.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

// Who asked. May be kept and answered later; what is said to a client that has gone is dropped.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual void tell(const nlohmann::json& result) = 0;    // one line; more will follow
  virtual void answer(const nlohmann::json& result) = 0;  // the last line
  virtual void refuse(const Error& error) = 0;            // the last line
  virtual bool gone() const = 0;
};

class ControlServer {
 public:
  using Handler = std::function<void(const Request&, const std::shared_ptr<Asker>&)>;

  // Listens on `socket`, mode 0660, group `cip` if there is one. A socket that a dead daemon left is replaced; the
  // caller makes sure that no daemon is alive (DataDirectory's lock).
  static Result<std::unique_ptr<ControlServer>> listen(boost::asio::io_context& loop,
                                                       const std::filesystem::path& socket, Handler handler);
  ~ControlServer();  // closes all sessions and removes the socket
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  static constexpr std::size_t max_sessions = 32;             // one more is told that the daemon is busy
  static constexpr std::size_t max_unread_bytes = 4U << 20;   // a client that leaves more unread is dropped
  static constexpr std::chrono::seconds request_timeout{10};  // from the connection to the end of the request
  static constexpr std::chrono::seconds write_timeout{10};    // for a client that reads nothing

 private:
  struct Listener;
  explicit ControlServer(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
};

}  // namespace cip::daemon
