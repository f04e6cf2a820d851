#include "reconciler/ipsec/vici.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace cip::ipsec {
namespace {

constexpr std::uint8_t command_request = 0;
constexpr std::uint8_t command_response = 1;
constexpr std::uint8_t command_unknown = 2;
constexpr std::uint8_t event_register = 3;
constexpr std::uint8_t event_unregister = 4;
constexpr std::uint8_t event_confirm = 5;
constexpr std::uint8_t event = 7;
constexpr std::size_t largest_packet = std::size_t{512} << 10;  // README, Transport protocol
constexpr std::size_t length_size = 4;

Error lost(int error) {
  const bool timeout = error == EAGAIN || error == EWOULDBLOCK;
  return {ErrorCode::system, fmt::format("charon {}", timeout ? "does not answer in time"
                                                              : std::string("is gone: ") + std::strerror(error))};
}

Result<void> send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0) {
      return lost(errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> receive_all(int socket, std::string& bytes) {
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::recv(socket, bytes.data() + size, bytes.size() - size, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return lost(got == 0 ? ECONNRESET : errno);
    }
    size += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace

Result<Vici> Vici::connect(const std::filesystem::path& path, std::chrono::milliseconds limit) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return Error{ErrorCode::invalid, fmt::format("{}: too long for the name of a socket", path.string())};
  }
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) {
    return system_error(path, errno);
  }
  const timeval time{limit.count() / 1000, static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (::setsockopt(socket.get(), SOL_SOCKET, option, &time, sizeof time) != 0) {
      return system_error(path, errno);
    }
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_error(path, errno);
  }
  return Vici(std::move(socket));
}

Result<void> Vici::send(std::uint8_t type, std::string_view name, const Message* message) {
  std::string content = message == nullptr ? std::string() : encode(*message);
  std::string bytes;
  bytes.reserve(length_size + 2 + name.size() + content.size());
  const auto length = 2 + name.size() + content.size();
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(length >> static_cast<unsigned>(shift) & 0xffU);
  }
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(name.size());
  bytes += name;
  bytes += content;
  auto sent = length > largest_packet ? Result<void>(Error{ErrorCode::invalid, "too long for charon"})
                                      : send_all(socket_.get(), bytes);
  // There may be a secret in it.
  OPENSSL_cleanse(content.data(), content.size());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return sent;
}

Result<Vici::Packet> Vici::receive() {
  std::string head(length_size, '\0');
  if (const auto received = receive_all(socket_.get(), head); !received) {
    return received.error();
  }
  std::size_t length = 0;
  for (const char c : head) {
    length = length << 8U | static_cast<unsigned char>(c);
  }
  if (length == 0 || length > largest_packet) {
    return Error{ErrorCode::system, "charon's answer is no vici packet"};
  }
  std::string body(length, '\0');
  if (const auto received = receive_all(socket_.get(), body); !received) {
    return received.error();
  }
  Packet packet;
  packet.type = static_cast<std::uint8_t>(body.front());
  std::string_view content(body);
  content.remove_prefix(1);
  if (packet.type == event) {
    const auto name = content.empty() ? 0U : static_cast<unsigned char>(content.front());
    if (content.size() < 1U + name) {
      return Error{ErrorCode::system, "charon's answer is no vici packet"};
    }
    content.remove_prefix(1U + name);
  }
  if (packet.type == command_response || packet.type == event) {
    auto message = decode(content);
    if (!message) {
      return Error{ErrorCode::system, message.error().message};
    }
    packet.message = std::move(*message);
  }
  return packet;
}

Result<Message> Vici::request(std::string_view command, const Message& arguments) {
  if (const auto sent = send(command_request, command, &arguments); !sent) {
    return sent.error();
  }
  auto answer = receive();
  if (!answer) {
    return answer.error();
  }
  if (answer->type == command_unknown) {
    return Error{ErrorCode::invalid, fmt::format("it does not know {}", command)};
  }
  if (answer->type != command_response) {
    return Error{ErrorCode::system, "charon's answer is no vici packet"};
  }
  if (answer->message.value("success") == "no") {
    return Error{ErrorCode::invalid, std::string(answer->message.value("errmsg"))};
  }
  return std::move(answer->message);
}

Result<void> Vici::listen_to(std::string_view name, bool on) {
  if (const auto sent = send(on ? event_register : event_unregister, name, nullptr); !sent) {
    return sent.error();
  }
  const auto answer = receive();
  if (!answer) {
    return answer.error();
  }
  return answer->type == event_confirm ? Result<void>()
                                       : Error{ErrorCode::system, fmt::format("charon has no event {}", name)};
}

Result<std::vector<Message>> Vici::list(std::string_view command, std::string_view name, const Message& arguments) {
  if (const auto listening = listen_to(name, true); !listening) {
    return listening.error();
  }
  if (const auto sent = send(command_request, command, &arguments); !sent) {
    return sent.error();
  }
  std::vector<Message> things;
  for (;;) {
    auto packet = receive();
    if (!packet) {
      return packet.error();
    }
    if (packet->type == event) {
      things.push_back(std::move(packet->message));
      continue;
    }
    if (packet->type != command_response) {
      return Error{ErrorCode::system, fmt::format("charon does not know {}", command)};
    }
    if (const auto listening = listen_to(name, false); !listening) {
      return listening.error();
    }
    return things;
  }
}

}  // namespace cip::ipsec
