#include "reconciler/daemon/control_server.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <grp.h>
#include <nlohmann/json.hpp>
#include <set>
#include <spdlog/spdlog.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cip::daemon {

namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

class Session final : public Asker, public std::enable_shared_from_this<Session> {
 public:
  using Ended = std::function<void(const std::shared_ptr<Session>&)>;
  Session(Protocol::socket socket, const ControlServer::Handler& handler, Ended ended)
      : socket_(std::move(socket)),
        read_limit_(socket_.get_executor()),
        write_limit_(socket_.get_executor()),
        handler_(handler),
        ended_(std::move(ended)) {}

  void start() {
    wait_for_request();
    read();
  }
  void tell(const nlohmann::json& result) override { send(reply_line(result)); }
  void answer(const nlohmann::json& result) override { send_last(reply_line(result)); }
  void refuse(const Error& error) override { send_last(reply_line(error)); }
  bool gone() const override { return !socket_.is_open(); }

  void end() {
    if (!socket_.is_open()) {
      return;
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
    read_limit_.cancel();
    write_limit_.cancel();
    if (ended_) {
      ended_(shared_from_this());
    }
  }
  // The server goes: no more calls into it.
  void abandon() {
    ended_ = nullptr;
    end();
  }

 private:
  void wait_for_request() {
    read_limit_.expires_after(ControlServer::request_timeout);
    read_limit_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) {
        self->end();
      }
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(chunk_),
                            [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                              if (error) {
                                self->end();
                                return;
                              }
                              self->received(size);
                            });
  }

  void received(std::size_t size) {
    if (!taken_) {
      line_.append(chunk_.data(), size);
      const auto end = line_.find('\n');
      if (end == std::string::npos && line_.size() > max_request_bytes) {
        taken_ = true;
        refuse({ErrorCode::invalid, "request is malformed: too long"});
        return;
      }
      if (end != std::string::npos) {
        take(line_.substr(0, end));
      }
    }
    // To see when the client goes; what it says after its request is not for us.
    if (!gone()) {
      read();
    }
  }

  void take(const std::string& line) {
    taken_ = true;
    read_limit_.cancel();
    const auto request = parse_request(line);
    if (!request) {
      refuse(request.error());
      return;
    }
    handler_(*request, shared_from_this());
  }

  void send_last(std::string line) {
    last_ = true;
    send(std::move(line));
  }

  void send(std::string line) {
    if (gone()) {
      return;
    }
    unread_ += line.size();
    lines_.push_back(std::move(line));
    if (unread_ > ControlServer::max_unread_bytes) {
      spdlog::warn("control socket: dropped a client that does not read what it asked for");
      end();
      return;
    }
    if (lines_.size() == 1) {
      write();
    }
  }

  void write() {
    write_limit_.expires_after(ControlServer::write_timeout);
    write_limit_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) {
        self->end();
      }
    });
    asio::async_write(socket_, asio::buffer(lines_.front()),
                      [self = shared_from_this()](boost::system::error_code error, std::size_t /*size*/) {
                        self->write_limit_.cancel();
                        if (error) {
                          self->end();
                          return;
                        }
                        self->unread_ -= self->lines_.front().size();
                        self->lines_.pop_front();
                        if (!self->lines_.empty()) {
                          self->write();
                        } else if (self->last_) {
                          self->end();
                        }
                      });
  }

  Protocol::socket socket_;
  asio::steady_timer read_limit_;
  asio::steady_timer write_limit_;
  const ControlServer::Handler& handler_;
  Ended ended_;
  std::array<char, 4096> chunk_{};
  std::string line_;
  std::deque<std::string> lines_;  // the first is being written
  std::size_t unread_ = 0;
  bool taken_ = false;  // the request is complete
  bool last_ = false;   // close when everything is written
};

Error failure(const std::filesystem::path& path, std::string_view what, const std::string& why) {
  return {ErrorCode::system, fmt::format("cannot {} the control socket {}: {}", what, path.string(), why)};
}

// Group `cip` may use it; without that group, root only.
Result<void> set_access(const std::filesystem::path& path) {
  std::array<char, 4096> buffer{};
  group entry{};
  group* found = nullptr;
  if (getgrnam_r("cip", &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    // A group that we may not give it to is no reason not to serve root.
    if (::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
      spdlog::warn("control socket {}: cannot give it to group cip: {}", path.string(), std::strerror(errno));
    }
  }
  if (::chmod(path.c_str(), 0660) != 0) {
    return failure(path, "set the mode of", std::strerror(errno));
  }
  return {};
}

}  // namespace

struct ControlServer::Listener {
  Listener(asio::io_context& loop, std::filesystem::path socket, Handler on_request)
      : acceptor(loop), again(loop), path(std::move(socket)), handler(std::move(on_request)) {}

  void accept() {
    acceptor.async_accept([this](boost::system::error_code error, Protocol::socket socket) {
      if (error == asio::error::operation_aborted) {
        return;
      }
      if (error) {
        // Out of descriptors, for one: trying again at once would be a busy loop.
        again.expires_after(std::chrono::milliseconds(100));
        again.async_wait([this](boost::system::error_code aborted) {
          if (!aborted) {
            accept();
          }
        });
        return;
      }
      take(std::move(socket));
      accept();
    });
  }

  void take(Protocol::socket socket) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    if (sessions.size() >= max_sessions) {
      const auto line = reply_line(Error{ErrorCode::system, "cipd is busy with other clients: try again"});
      socket.write_some(asio::buffer(line), ignored);
      return;
    }
    auto session = std::make_shared<Session>(std::move(socket), handler,
                                             [this](const std::shared_ptr<Session>& ended) { sessions.erase(ended); });
    sessions.insert(session);
    session->start();
  }

  Protocol::acceptor acceptor;
  asio::steady_timer again;
  std::filesystem::path path;
  Handler handler;
  std::set<std::shared_ptr<Session>> sessions;
};

ControlServer::ControlServer(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

ControlServer::~ControlServer() {
  for (const auto& session : std::exchange(listener_->sessions, {})) {
    session->abandon();
  }
  boost::system::error_code ignored;
  listener_->acceptor.close(ignored);
  std::error_code none;
  std::filesystem::remove(listener_->path, none);
}

Result<std::unique_ptr<ControlServer>> ControlServer::listen(asio::io_context& loop,
                                                             const std::filesystem::path& socket, Handler handler) {
  if (socket.native().size() >= sizeof(sockaddr_un::sun_path)) {
    return failure(socket, "make", fmt::format("the path has more than {} bytes", sizeof(sockaddr_un::sun_path) - 1));
  }
  auto listener = std::make_unique<Listener>(loop, socket, std::move(handler));
  std::error_code none;
  if (std::filesystem::is_socket(socket, none)) {
    std::filesystem::remove(socket, none);
  }
  boost::system::error_code error;
  listener->acceptor.open(Protocol(), error);
  const auto old_mask = ::umask(0177);  // nobody else may connect before the mode is set
  if (!error) {
    listener->acceptor.bind(Protocol::endpoint(socket.string()), error);
  }
  ::umask(old_mask);
  if (!error) {
    listener->acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return failure(socket, "make", error.message());
  }
  if (auto set = set_access(socket); !set) {
    return set.error();
  }
  listener->accept();
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(listener)));
}

}  // namespace cip::daemon
