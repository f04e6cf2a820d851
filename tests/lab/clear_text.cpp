#include "tests/lab/clear_text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace cip::lab {
namespace {

constexpr std::size_t link_header = 14;
constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv6_header = 40;

struct Packet {
  IpAddress source, destination;
  int protocol = 0;
  std::size_t payload = 0;  // where it begins
};

// Extension headers are no header that we expect: what has one counts as its own protocol.
std::optional<Packet> parse(const unsigned char* frame, std::size_t size) {
  if (size < link_header + ipv4_header) return std::nullopt;
  const auto address = [&](std::size_t at, std::size_t length) {
    return *IpAddress::from_bytes(std::span<const std::uint8_t>(frame + at, length));
  };
  const int type = frame[12] << 8 | frame[13];
  if (type == ETHERTYPE_IP) {
    return Packet{address(link_header + 12, 4), address(link_header + 16, 4), frame[link_header + 9],
                  link_header + (frame[link_header] & 0xfU) * std::size_t{4}};
  }
  if (type != ETHERTYPE_IPV6 || size < link_header + ipv6_header) return std::nullopt;
  return Packet{address(link_header + 8, 16), address(link_header + 24, 16), frame[link_header + 6],
                link_header + ipv6_header};
}

bool is_ike(const Packet& packet, const unsigned char* frame, std::size_t size) {
  if (packet.protocol != IPPROTO_UDP || size < packet.payload + 4) return false;
  const int port = frame[packet.payload + 2] << 8 | frame[packet.payload + 3];
  return port == 500 || port == 4500;
}

bool is_discovery(const Packet& packet, const unsigned char* frame, std::size_t size) {
  if (packet.protocol != IPPROTO_ICMPV6 || size <= packet.payload) return false;
  return frame[packet.payload] >= 133 && frame[packet.payload] <= 137;
}

}  // namespace

ClearText::ClearText(const NetworkNamespace& lan, std::vector<Pair> protected_pairs)
    : pairs_(std::move(protected_pairs)) {
  const Inside inside(lan);
  socket_ = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)), "packet socket");
  constexpr int buffer = 8 << 20;
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  reader_ = std::thread([this] { read(); });
}

ClearText::~ClearText() {
  stop_ = true;
  reader_.join();
}

void ClearText::read() {
  std::array<unsigned char, 2048> frame{};
  while (!stop_) {
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, 50) <= 0) continue;
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        recvfrom(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size > 0) look(frame.data(), static_cast<std::size_t>(size), from.sll_ifindex);
  }
}

void ClearText::look(const unsigned char* frame, std::size_t size, int link) {
  constexpr std::size_t most_told = 20;
  const std::lock_guard lock(mutex_);
  ++frames_;
  const auto packet = parse(frame, size);
  if (!packet) return;
  if (packet->protocol == IPPROTO_ESP) {
    ++esp_;
    return;
  }
  const bool ours = std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& pair) {
    return (pair.first.contains(packet->source) && pair.second.contains(packet->destination)) ||
           (pair.second.contains(packet->source) && pair.first.contains(packet->destination));
  });
  if (!ours || is_ike(*packet, frame, size) || is_discovery(*packet, frame, size)) return;
  if (leaks_.size() >= most_told) return;
  ifreq name{};
  name.ifr_ifindex = link;
  const bool known = ioctl(socket_.get(), SIOCGIFNAME, &name) == 0;
  leaks_.push_back(fmt::format("{} > {} protocol {} at {}", packet->source.str(), packet->destination.str(),
                               packet->protocol, known ? name.ifr_name : "?"));
}

std::vector<std::string> ClearText::leaks() const {
  const std::lock_guard lock(mutex_);
  return leaks_;
}

std::size_t ClearText::esp() const {
  const std::lock_guard lock(mutex_);
  return esp_;
}

std::size_t ClearText::frames() const {
  const std::lock_guard lock(mutex_);
  return frames_;
}

std::size_t ClearText::missed() const {
  const std::lock_guard lock(mutex_);
  tpacket_stats statistics{};
  socklen_t length = sizeof statistics;
  // The kernel begins to count anew.
  if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0) {
    missed_ += statistics.tp_drops;
  }
  return missed_;
}

}  // namespace cip::lab
