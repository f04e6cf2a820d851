#include "reconciler/sockets/connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "state/file.h"

namespace cip::sockets {
namespace {

using Clock = std::chrono::steady_clock;
using Addresses = std::unordered_set<IpAddress>;

constexpr std::uint32_t bit(unsigned state) {
  return 1U << state;
}
// Not TCP_LISTEN, TCP_CLOSE and TCP_TIME_WAIT. TCP_SYN_RECV stands for half-open connections of a listener, too.
constexpr std::uint32_t ended_states = bit(TCP_ESTABLISHED) | bit(TCP_SYN_SENT) | bit(TCP_SYN_RECV) |
                                       bit(TCP_FIN_WAIT1) | bit(TCP_FIN_WAIT2) | bit(TCP_CLOSE_WAIT) |
                                       bit(TCP_LAST_ACK) | bit(TCP_CLOSING);
constexpr std::size_t batch = 64;  // destroyed with one system call

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// A socket as the kernel names it, and what it connects.
struct Found {
  std::uint8_t family = 0;
  inet_diag_sockid id{};
  Connection connection;
};

Error failed(const char* what, int error_number) {
  return {ErrorCode::system, std::string(what) + ": " + std::generic_category().message(error_number)};
}

IpAddress address_of(std::uint8_t family, const std::uint32_t (&words)[4]) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), words, bytes.size());
  static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (family == AF_INET) {
    return *IpAddress::from_bytes(std::span(bytes).first(4));
  }
  if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
    return *IpAddress::from_bytes(std::span(bytes).last(4));
  }
  return *IpAddress::from_bytes(bytes);
}

Connection connection_of(std::uint8_t family, const inet_diag_sockid& id) {
  return {address_of(family, id.idiag_src), ntohs(id.idiag_sport), address_of(family, id.idiag_dst),
          ntohs(id.idiag_dport)};
}

class Diagnosis {
 public:
  static Result<Diagnosis> open(std::chrono::milliseconds limit) {
    FileDescriptor fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!fd) {
      return failed("no socket for connections", errno);
    }
    // 0 would mean no limit at all.
    const auto micros = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::microseconds>(limit).count());
    const timeval timeout{micros / 1000000, micros % 1000000};
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);  // errors without a copy of the request
    return Diagnosis(std::move(fd), Clock::now() + limit);
  }

  bool time_is_over() const { return Clock::now() >= deadline_; }

  using Each = std::function<void(const Found&)>;

  // Sockets in ended_states whose local address is one of `locals`.
  Result<void> list(std::span<const IpAddress> locals, const Each& each) {
    const Addresses wanted(locals.begin(), locals.end());
    for (const auto family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
      if (wanted.empty()) {
        break;
      }
      if (auto listed = list(family, wanted, each); !listed) {
        return listed;
      }
    }
    return {};
  }

  // At most `batch` of them.
  Result<void> destroy(std::span<const Found> sockets, Ended& ended) {
    std::array<Request, batch> requests{};
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      requests[i] = make(sockets[i].family, SOCK_DESTROY, NLM_F_ACK);
      requests[i].body.id = sockets[i].id;
    }
    if (auto sent = send(requests.data(), sockets.size() * sizeof(Request)); !sent) {
      return sent;
    }
    std::size_t answers = 0;
    while (answers < sockets.size()) {
      auto received = receive([&](const nlmsghdr& header) {
        if (header.nlmsg_type == NLMSG_ERROR) {
          const int error = error_of(header);
          ended.ended += error == 0 ? 1U : 0U;
          ended.failed += error != 0 && error != -ENOENT ? 1U : 0U;
          ++answers;
        }
      });
      if (!received) {
        return received;
      }
    }
    return {};
  }

 private:
  Diagnosis(FileDescriptor fd, Clock::time_point deadline) : fd_(std::move(fd)), deadline_(deadline) {}

  Result<void> list(std::uint8_t family, const Addresses& locals, const Each& each) {
    Request request = make(family, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
    if (auto sent = send(&request, sizeof request); !sent) {
      return sent;
    }
    int error = 0;
    bool more = true;
    while (more) {
      auto received = receive([&](const nlmsghdr& header) {
        if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
          error = error_of(header);
          more = false;
        } else if (header.nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
          take(header, locals, each);
        }
      });
      if (!received) {
        return received;
      }
      if (more && time_is_over()) {
        return failed("connections not listed", ETIMEDOUT);
      }
    }
    return error == 0 ? Result<void>{} : failed("connections not listed", -error);
  }

  Request make(std::uint8_t family, std::uint16_t type, int flags) {
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    request.header.nlmsg_seq = ++sequence_;
    request.body.sdiag_family = family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ended_states;
    return request;
  }

  Result<void> send(const void* data, std::size_t size) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const auto sent = sendto(fd_.get(), data, size, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    return sent == static_cast<ssize_t>(size) ? Result<void>{} : failed("kernel not asked for connections", errno);
  }

  Result<void> receive(const std::function<void(const nlmsghdr&)>& each) {
    alignas(nlmsghdr) static thread_local std::array<char, 65536> buffer;
    ssize_t received = 0;
    do {
      received = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    } while (received < 0 && errno == EINTR);
    if (received < 0) {
      return failed("no answer about connections", errno == EAGAIN ? ETIMEDOUT : errno);
    }
    auto size = static_cast<std::size_t>(received);
    const char* at = buffer.data();
    while (size >= sizeof(nlmsghdr)) {
      const auto& header = *reinterpret_cast<const nlmsghdr*>(at);
      if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > size) {
        break;
      }
      each(header);
      const auto step = std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), size);
      at += step;
      size -= step;
    }
    return {};
  }

  // 0, or the negative errno of NLMSG_ERROR and NLMSG_DONE.
  static int error_of(const nlmsghdr& header) {
    int error = 0;
    if (header.nlmsg_len >= NLMSG_LENGTH(sizeof error)) {
      std::memcpy(&error, NLMSG_DATA(&header), sizeof error);
    }
    return error;
  }

  static void take(const nlmsghdr& header, const Addresses& locals, const Each& each) {
    inet_diag_msg message{};
    std::memcpy(&message, NLMSG_DATA(&header), sizeof message);
    auto connection = connection_of(message.idiag_family, message.id);
    if (locals.contains(connection.local)) {
      each({message.idiag_family, message.id, connection});
    }
  }

  FileDescriptor fd_;
  Clock::time_point deadline_;
  std::uint32_t sequence_ = 0;
};

}  // namespace

Result<std::vector<Connection>> list_connections(std::span<const IpAddress> locals, std::chrono::milliseconds limit) {
  auto diagnosis = Diagnosis::open(limit);
  if (!diagnosis) {
    return diagnosis.error();
  }
  std::vector<Connection> connections;
  const auto listed = diagnosis->list(locals, [&](const Found& found) { connections.push_back(found.connection); });
  return listed ? Result<std::vector<Connection>>(std::move(connections)) : listed.error();
}

Result<std::size_t> count_connections(std::span<const IpAddress> locals, std::chrono::milliseconds limit) {
  const auto connections = list_connections(locals, limit);
  return connections ? Result<std::size_t>(connections->size()) : connections.error();
}

Result<Ended> end_connections(std::span<const IpAddress> locals, std::chrono::milliseconds limit) {
  auto diagnosis = Diagnosis::open(limit);
  if (!diagnosis) {
    return diagnosis.error();
  }
  std::vector<Found> found;
  Ended ended;
  const auto listed = diagnosis->list(locals, [&](const Found& one) {
    ended.found.push_back(one.connection);
    found.push_back(one);
  });
  if (!listed) {
    return listed.error();
  }
  for (std::span<const Found> rest(found); !rest.empty();) {
    if (diagnosis->time_is_over()) {
      ended.complete = false;
      break;
    }
    const auto now = rest.first(std::min(rest.size(), batch));
    rest = rest.subspan(now.size());
    if (auto destroyed = diagnosis->destroy(now, ended); !destroyed) {
      return destroyed.error();
    }
  }
  return ended;
}

}  // namespace cip::sockets
