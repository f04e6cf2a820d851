#include "reconciler/kernel/socket.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <system_error>

namespace cip::kernel {

namespace {

constexpr int dump_attempts = 10;
// The kernel fills at most 32 KB per datagram of a dump.
constexpr std::size_t datagram_room = std::size_t{64} << 10;
// Answers are there when the request has been sent (the kernel works in our thread); this only bounds what must not
// happen.
constexpr timeval answer_time{5, 0};

bool set_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

}  // namespace

std::string error_text(int error, const std::string& kernel_words) {
  const std::string name = std::generic_category().message(error);
  return kernel_words.empty() ? name : fmt::format("{} ({})", name, kernel_words);
}

Error system_error(const std::string& what, int error) {
  return {ErrorCode::system, what + ": " + std::generic_category().message(error)};
}

void Socket::Free::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}

Socket::Socket(nl_sock* socket) : socket_(socket), buffer_(datagram_room) {}

Result<std::unique_ptr<Socket>> Socket::open(int protocol) {
  std::unique_ptr<Socket> socket(new Socket(nl_socket_alloc()));
  if (socket->socket_ == nullptr) throw std::bad_alloc();
  if (const int error = nl_connect(socket->socket_.get(), protocol); error < 0) {
    return Error{ErrorCode::system, std::string("netlink socket: ") + nl_geterror(error)};
  }
  // Bytes of the request are not sent back with an error; errors come with text; filters and headers are checked.
  for (const int option : {NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK}) {
    if (!set_option(socket->fd(), SOL_NETLINK, option, 1)) return system_error("netlink socket option", errno);
  }
  if (setsockopt(socket->fd(), SOL_SOCKET, SO_RCVTIMEO, &answer_time, sizeof answer_time) != 0) {
    return system_error("netlink socket option", errno);
  }
  return socket;
}

int Socket::fd() const {
  return nl_socket_get_fd(socket_.get());
}

std::uint32_t Socket::port() const {
  return nl_socket_get_local_port(socket_.get());
}

Socket::Received Socket::receive(int flags) {
  for (;;) {
    sockaddr_nl from{};
    iovec part{buffer_.data(), buffer_.size()};
    msghdr header{};
    header.msg_name = &from;
    header.msg_namelen = sizeof from;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t size = recvmsg(fd(), &header, flags | MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return {errno, {}};
    if ((header.msg_flags & MSG_TRUNC) != 0) return {EMSGSIZE, {}};
    if (from.nl_pid != 0) continue;  // not the kernel: any process may send to a netlink socket
    return {0, {buffer_.data(), static_cast<std::size_t>(size)}};
  }
}

std::string Socket::transmit(std::span<Message> requests) {
  std::vector<iovec> parts;
  parts.reserve(requests.size());
  for (auto& request : requests) {
    nlmsghdr* header = request.header();
    header->nlmsg_seq = ++sequence_;
    header->nlmsg_pid = port();
    parts.push_back({header, NLMSG_ALIGN(header->nlmsg_len)});
  }
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  msghdr datagram{};
  datagram.msg_name = &kernel;
  datagram.msg_namelen = sizeof kernel;
  datagram.msg_iov = parts.data();
  datagram.msg_iovlen = parts.size();
  while (sendmsg(fd(), &datagram, 0) < 0) {
    if (errno != EINTR) return std::generic_category().message(errno);
  }
  return {};
}

void for_each_message(std::span<const char> datagram, const std::function<void(const nlmsghdr*)>& each) {
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  int left = static_cast<int>(datagram.size());
  while (nlmsg_ok(message, left) != 0) {
    each(message);
    message = nlmsg_next(const_cast<nlmsghdr*>(message), &left);
  }
}

plan::OperationResult read_error(const nlmsghdr* message) {
  const auto* code = header_of<int>(message);
  if (code == nullptr) return {EPROTO, "the kernel's answer is too short"};
  if (*code == 0) return {};
  constexpr int last_errno = 4095;  // MAX_ERRNO
  if (*code > 0 || *code < -last_errno) return {EPROTO, "the kernel's answer is no error number"};
  // Behind the code: for an error the header of the request (NETLINK_CAP_ACK: no more of it), for a dump nothing.
  const std::size_t fixed = message->nlmsg_type == NLMSG_ERROR ? sizeof(nlmsgerr) : sizeof(int);
  Attributes<NLMSGERR_ATTR_MAX> attributes;
  std::string words;
  if ((message->nlmsg_flags & NLM_F_ACK_TLVS) != 0 && attributes.parse(message, fixed)) {
    words = text(attributes[NLMSGERR_ATTR_MSG]);
  }
  return {-*code, error_text(-*code, words)};
}

Result<Socket::DumpEnd> Socket::dump_once(Message& request, const std::function<void(const nlmsghdr*)>& each) {
  if (const auto failure = transmit({&request, 1}); !failure.empty()) {
    return Error{ErrorCode::system, "netlink request: " + failure};
  }
  bool interrupted = false;
  bool done = false;
  plan::OperationResult end;
  while (!done) {
    const auto received = receive(0);
    if (received.error != 0) return system_error("netlink answer", received.error);
    for_each_message(received.bytes, [&](const nlmsghdr* message) {
      if (message->nlmsg_seq != sequence_ || done) return;  // late answer to a request that was given up
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
      if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
        end = read_error(message);
        done = true;
      } else if (message->nlmsg_type >= NLMSG_MIN_TYPE) {
        each(message);
      }
    });
  }
  if (!end.ok()) return Error{ErrorCode::system, "the kernel does not answer: " + end.text};
  return interrupted ? DumpEnd::interrupted : DumpEnd::complete;
}

Result<void> Socket::dump(Message& request, const std::function<void()>& restart,
                          const std::function<void(const nlmsghdr*)>& each) {
  for (int attempt = 0; attempt < dump_attempts; ++attempt) {
    restart();
    const auto end = dump_once(request, each);
    if (!end) return end.error();
    if (*end == DumpEnd::complete) return {};
  }
  return Error{ErrorCode::system, fmt::format("the kernel's state changed {} times while it was read", dump_attempts)};
}

void Socket::collect(std::uint32_t first, std::vector<plan::OperationResult>& results) {
  const std::size_t last = results.size() - 1;
  bool done = false;
  while (!done) {
    const auto received = receive(0);
    if (received.error != 0) {
      // It is not known which requests failed: none may be believed.
      const auto text = "no answer from the kernel: " + std::generic_category().message(received.error);
      for (auto& result : results) {
        if (result.ok()) result = {received.error, text};
      }
      return;
    }
    for_each_message(received.bytes, [&](const nlmsghdr* message) {
      const std::uint32_t position = message->nlmsg_seq - first;  // wraps round for older ones
      if (position > last || message->nlmsg_type != NLMSG_ERROR) return;
      results[position] = read_error(message);
      done = done || position == last;
    });
  }
}

std::vector<plan::OperationResult> Socket::send(std::span<Message> requests) {
  std::vector<plan::OperationResult> results(requests.size());
  if (requests.empty()) return results;
  const std::uint32_t first = sequence_ + 1;
  // The kernel works through them in order, and reports every failure: who hears of the last has heard of all.
  requests.back().header()->nlmsg_flags |= NLM_F_ACK;
  if (const auto failure = transmit(requests); !failure.empty()) {
    for (auto& result : results) result = {EIO, "cannot send to the kernel: " + failure};
    return results;
  }
  collect(first, results);
  return results;
}

}  // namespace cip::kernel
