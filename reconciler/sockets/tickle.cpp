#include "reconciler/sockets/tickle.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <net/if.h>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <utility>

#include "state/file.h"

namespace cip::sockets {
namespace {

constexpr std::size_t tcp_size = 20;
constexpr std::uint8_t time_to_live = 64;
constexpr std::uint8_t flag_ack = 0x10;
constexpr unsigned window = 1024;  // of no consequence

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& bytes, std::span<const std::uint8_t> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append16(Bytes& bytes, unsigned value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void append32(Bytes& bytes, std::uint32_t value) {
  append16(bytes, value >> 16U);
  append16(bytes, value & 0xffffU);
}

// RFC 1071.
std::uint16_t checksum(std::span<const std::uint8_t> even) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < even.size(); i += 2) {
    sum += static_cast<std::uint32_t>(even[i]) << 8U | even[i + 1];
  }
  while (sum >> 16U != 0) {
    sum = (sum & 0xffffU) + (sum >> 16U);
  }
  return static_cast<std::uint16_t>(~sum);
}

Bytes tcp_header(const Connection& connection, std::uint32_t sequence) {
  Bytes header;
  append16(header, connection.local_port);
  append16(header, connection.remote_port);
  append32(header, sequence);
  append32(header, 0);  // acknowledges what was never sent
  header.push_back(tcp_size / 4 << 4);
  header.push_back(flag_ack);
  append16(header, window);
  append32(header, 0);  // checksum, urgent pointer
  Bytes pseudo;         // RFC 9293, section 3.1; both sums of it are of even length
  append(pseudo, connection.local.bytes());
  append(pseudo, connection.remote.bytes());
  append32(pseudo, tcp_size);
  append32(pseudo, IPPROTO_TCP);
  append(pseudo, header);
  const auto sum = checksum(pseudo);
  header[16] = static_cast<std::uint8_t>(sum >> 8U);
  header[17] = static_cast<std::uint8_t>(sum);
  return header;
}

// What one system call needs of a packet, at addresses that stay.
struct Packet {
  Bytes bytes;
  sockaddr_storage to{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  iovec part{};
};

template <class Info>
void set_control(msghdr& message, Packet& packet, int level, int type, const Info& info) {
  message.msg_control = packet.control.data();
  message.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

// The source address is in the packet; it is said once more, so that the route is that of the address.
void address(msghdr& message, Packet& packet, const Connection& connection, unsigned interface) {
  if (connection.remote.family() == Family::ipv4) {
    auto& to = reinterpret_cast<sockaddr_in&>(packet.to);
    to.sin_family = AF_INET;
    std::memcpy(&to.sin_addr, connection.remote.bytes().data(), sizeof to.sin_addr);
    message.msg_namelen = sizeof to;
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, connection.local.bytes().data(), sizeof info.ipi_spec_dst);
    set_control(message, packet, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    auto& to = reinterpret_cast<sockaddr_in6&>(packet.to);
    to.sin6_family = AF_INET6;
    std::memcpy(&to.sin6_addr, connection.remote.bytes().data(), sizeof to.sin6_addr);
    to.sin6_scope_id = connection.remote.is_link_local() ? interface : 0;
    message.msg_namelen = sizeof to;
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, connection.local.bytes().data(), sizeof info.ipi6_addr);
    set_control(message, packet, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  message.msg_name = &packet.to;
  packet.part = {packet.bytes.data(), packet.bytes.size()};
  message.msg_iov = &packet.part;
  message.msg_iovlen = 1;
}

}  // namespace

std::vector<std::uint8_t> tickle(const Connection& connection, std::uint32_t sequence) {
  Bytes packet;
  if (connection.local.family() == Family::ipv4) {
    constexpr unsigned ip_size = 20;
    append16(packet, 0x4500);  // version, header length
    append16(packet, ip_size + tcp_size);
    append32(packet, 0);  // the kernel gives it a number
    packet.push_back(time_to_live);
    packet.push_back(IPPROTO_TCP);
    append16(packet, 0);
    append(packet, connection.local.bytes());
    append(packet, connection.remote.bytes());
    const auto sum = checksum(packet);
    packet[10] = static_cast<std::uint8_t>(sum >> 8U);
    packet[11] = static_cast<std::uint8_t>(sum);
  } else {
    append32(packet, 0x60000000);  // version
    append16(packet, tcp_size);
    packet.push_back(IPPROTO_TCP);
    packet.push_back(time_to_live);
    append(packet, connection.local.bytes());
    append(packet, connection.remote.bytes());
  }
  append(packet, tcp_header(connection, sequence));
  return packet;
}

class Tickler::Rounds {
 public:
  explicit Rounds(boost::asio::io_context& io) : timer_(io), random_(std::random_device{}()) {}

  void add(const InterfaceRef& home, const InterfaceName& here, std::vector<Connection> connections) {
    if (connections.empty() || !rounds_.try_emplace(home, Round{here, std::move(connections), 0}).second) {
      return;
    }
    if (!waiting_) {
      send_burst();
    }
  }

  void remove(const InterfaceRef& home) { rounds_.erase(home); }

  std::uint64_t sent() const { return sent_; }
  std::uint64_t failed() const { return failed_; }

 private:
  struct Round {
    InterfaceName here;
    std::vector<Connection> connections;
    std::size_t done = 0;
  };

  // One round after the other; each burst is of one home interface and one family, so that one system call sends it.
  void send_burst() {
    const auto began = std::chrono::steady_clock::now();
    if (!rounds_.empty()) {
      auto& [home, round] = *rounds_.begin();
      auto next = std::span(std::as_const(round.connections)).subspan(round.done);
      next = next.first(std::min(next.size(), burst));
      const auto family = next.front().local.family();
      const auto end =
          std::find_if(next.begin(), next.end(), [&](const Connection& each) { return each.local.family() != family; });
      next = next.first(static_cast<std::size_t>(end - next.begin()));
      round.done += send(next, family, round.here);
      if (round.done == round.connections.size()) {
        rounds_.erase(rounds_.begin());
      }
    }
    if (rounds_.empty()) {
      sockets_ = {};
    }
    waiting_ = true;
    timer_.expires_at(began + pause);  // what else is to be done gets its turn, also when that is over
    timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code&) {
      if (alive.expired()) {
        return;
      }
      waiting_ = false;
      if (!rounds_.empty()) {
        send_burst();
      }
    });
  }

  // How many are done with: sent, or refused.
  std::size_t send(std::span<const Connection> connections, Family family, const InterfaceName& here) {
    const auto& socket = open(family);
    const unsigned interface = if_nametoindex(here.str().c_str());
    std::vector<Packet> packets(connections.size());
    std::vector<mmsghdr> messages(connections.size());
    for (std::size_t i = 0; i < connections.size(); ++i) {
      packets[i].bytes = sockets::tickle(connections[i], static_cast<std::uint32_t>(random_()));
      address(messages[i].msg_hdr, packets[i], connections[i], interface);
    }
    std::size_t done = 0;
    while (done < messages.size()) {
      const int taken = sendmmsg(socket.get(), &messages[done], static_cast<unsigned>(messages.size() - done), 0);
      if (taken > 0) {
        sent_ += static_cast<std::uint64_t>(taken);
        done += static_cast<std::size_t>(taken);
      } else if (errno == EAGAIN || errno == ENOBUFS) {
        break;  // its buffer is full: go on after the pause
      } else if (errno != EINTR) {
        ++failed_;
        ++done;
      }
    }
    return done;
  }

  // IPPROTO_RAW: packets come with their IP header, and none is received.
  const FileDescriptor& open(Family family) {
    auto& socket = sockets_[family == Family::ipv4 ? 0 : 1];
    if (!socket) {
      const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
      socket = FileDescriptor(::socket(domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW));
    }
    return socket;
  }

  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool waiting_ = false;
  std::mt19937 random_;
  std::map<InterfaceRef, Round> rounds_;
  std::array<FileDescriptor, 2> sockets_;
  std::uint64_t sent_ = 0;
  std::uint64_t failed_ = 0;
};

Tickler::Tickler(boost::asio::io_context& io) : rounds_(std::make_unique<Rounds>(io)) {}

Tickler::~Tickler() = default;

void Tickler::tickle(const InterfaceRef& home, const InterfaceName& here, std::vector<Connection> connections) {
  rounds_->add(home, here, std::move(connections));
}

void Tickler::withdraw(const InterfaceRef& home) {
  rounds_->remove(home);
}

std::uint64_t Tickler::sent() const {
  return rounds_->sent();
}

std::uint64_t Tickler::failed() const {
  return rounds_->failed();
}

}  // namespace cip::sockets
