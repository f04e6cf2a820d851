#include "reconciler/daemon/control_client.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace cip::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds connect_limit{5};

Error connect_error(const std::filesystem::path& socket, const boost::system::error_code& error) {
  const auto path = socket.string();
  if (error == boost::system::errc::no_such_file_or_directory || error == boost::system::errc::connection_refused) {
    return {ErrorCode::system,
            fmt::format("cipd is not running here: nobody listens on {} (systemctl status cipd@CLIM; "
                        "another runtime directory: --runtime-dir)",
                        path)};
  }
  if (error == boost::system::errc::permission_denied) {
    return {ErrorCode::invalid, fmt::format("no permission to use {}: be root or a member of group cip", path)};
  }
  if (error == asio::error::timed_out || error == asio::error::operation_aborted ||
      error == boost::system::errc::resource_unavailable_try_again) {
    return {ErrorCode::system, fmt::format("cipd does not accept connections on {}: it is busy or stopped", path)};
  }
  return {ErrorCode::system, fmt::format("cannot connect to {}: {}", path, error.message())};
}

}  // namespace

struct ControlClient::Stream {
  asio::local::stream_protocol::iostream io;
};

ControlClient::ControlClient(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
ControlClient::ControlClient(ControlClient&&) noexcept = default;
ControlClient& ControlClient::operator=(ControlClient&&) noexcept = default;
ControlClient::~ControlClient() = default;

Result<ControlClient> ControlClient::connect(const std::filesystem::path& socket) {
  if (socket.native().size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{ErrorCode::invalid, fmt::format("{} is too long for the path of a socket", socket.string())};
  }
  auto stream = std::make_unique<Stream>();
  stream->io.expires_after(connect_limit);
  stream->io.connect(asio::local::stream_protocol::endpoint(socket.string()));
  if (!stream->io) {
    return connect_error(socket, stream->io.error());
  }
  return ControlClient(std::move(stream));
}

Result<void> ControlClient::send(const Request& request) {
  stream_->io << to_line(request) << std::flush;
  // A daemon that is busy answers and closes before it has read anything: receive() has the reason.
  return {};
}

Result<nlohmann::json> ControlClient::receive(std::optional<std::chrono::milliseconds> limit) {
  stream_->io.clear();
  if (limit) {
    stream_->io.expires_after(*limit);
  } else {
    stream_->io.expires_at(std::chrono::steady_clock::time_point::max());
  }
  std::string line;
  if (std::getline(stream_->io, line)) {
    return parse_reply(line);
  }
  const auto error = stream_->io.error();
  if (error == asio::error::timed_out || error == asio::error::operation_aborted) {
    return Error{ErrorCode::system, "cipd does not answer: it is busy or stopped"};
  }
  return Error{ErrorCode::system, "cipd ended the connection without an answer: see its log"};
}

}  // namespace cip::daemon
