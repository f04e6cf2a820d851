// cipctl's end of the control socket. Blocks, with a limit of time.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "reconciler/daemon/control_protocol.h"
#include "state/result.h"

namespace cip::daemon {

class ControlClient {
 public:
  // Errors say what to do about them: the daemon is not running, no permission, ...
  static Result<ControlClient> connect(const std::filesystem::path& socket);
  ControlClient(ControlClient&&) noexcept;
  ControlClient& operator=(ControlClient&&) noexcept;
  ~ControlClient();

  Result<void> send(const Request& request);
  // The next line. No limit: until there is one or the daemon goes.
  Result<nlohmann::json> receive(std::optional<std::chrono::milliseconds> limit);

 private:
  struct Stream;
  explicit ControlClient(std::unique_ptr<Stream> stream);
  std::unique_ptr<Stream> stream_;
};

}  // namespace cip::daemon
