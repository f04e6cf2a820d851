#include "tests/lab/capture.h"

#include <arpa/inet.h>
#include <array>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <optional>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace cip::lab {
namespace {

// Incoming ARP, neighbour solicitations and advertisements; all else stays in the kernel, pings above all.
void attach_filter(int socket) {
  std::array<sock_filter, 10> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, static_cast<unsigned>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 7, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 4),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),  // without extension headers, as these always are
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 135, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 2048),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) fail("packet filter");
}

IpAddress address_at(std::span<const std::uint8_t> bytes) {
  return IpAddress::from_bytes(bytes).value_or(IpAddress{});
}

std::optional<AddressPacket> parse_arp(std::span<const std::uint8_t> frame) {
  if (frame.size() < 42) return {};
  AddressPacket packet;
  packet.mac = *MacAddress::from_bytes(frame.subspan(22, 6));
  packet.sender = address_at(frame.subspan(28, 4));
  packet.target = address_at(frame.subspan(38, 4));
  using Kind = AddressPacket::Kind;
  if (packet.sender == packet.target) {
    packet.kind = Kind::announcement;
  } else if (frame[21] == 2) {
    packet.kind = Kind::arp_reply;
    packet.target = packet.sender;
  } else {
    packet.kind = packet.sender.is_unspecified() ? Kind::arp_probe : Kind::arp_request;
  }
  return packet;
}

std::optional<AddressPacket> parse_neighbor_discovery(std::span<const std::uint8_t> frame) {
  if (frame.size() < 78 || frame[20] != 58) return {};
  AddressPacket packet;
  packet.mac = *MacAddress::from_bytes(frame.subspan(6, 6));
  packet.sender = address_at(frame.subspan(22, 16));
  packet.target = address_at(frame.subspan(62, 16));
  using Kind = AddressPacket::Kind;
  if (frame[54] == 135) {
    packet.kind = Kind::solicitation;
  } else {
    const bool solicited = (frame[58] & 0x40U) != 0;
    packet.kind = solicited ? Kind::advertisement : Kind::announcement;
    packet.overrides = (frame[58] & 0x20U) != 0;
    packet.sender = packet.target;
  }
  return packet;
}

}  // namespace

std::optional<AddressPacket> parse_address_packet(std::span<const std::uint8_t> frame) {
  if (frame.size() < 14) return {};
  return frame[12] == 0x08 ? parse_arp(frame) : parse_neighbor_discovery(frame);
}

Descriptor address_packet_socket(const NetworkNamespace& where, const std::string& interface) {
  const Inside inside(where);
  // Protocol 0 receives nothing until the filter is in place.
  Descriptor result(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "packet socket");
  attach_filter(result.get());
  constexpr int buffer = 4 << 20;
  setsockopt(result.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));  // 0: all
  if (bind(result.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind packet socket");
  return result;
}

Capture::Capture(const NetworkNamespace& lan) : socket_(address_packet_socket(lan, "")) {
  reader_ = std::thread([this] { read(); });
}

Capture::~Capture() {
  stop_ = true;
  reader_.join();
}

void Capture::read() {
  std::array<std::uint8_t, 2048> frame{};
  while (!stop_) {
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, 50) <= 0) continue;
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        recvfrom(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) continue;
    auto packet = parse_address_packet({frame.data(), static_cast<std::size_t>(size)});
    ifreq name{};
    name.ifr_ifindex = from.sll_ifindex;
    if (!packet || ioctl(socket_.get(), SIOCGIFNAME, &name) != 0) continue;
    packet->time = Clock::now();
    packet->port = name.ifr_name;
    if (packet->port == "lan0") continue;  // the bridge's own copy of a broadcast
    const std::lock_guard lock(mutex_);
    packets_.push_back(std::move(*packet));
  }
}

std::vector<AddressPacket> Capture::packets() const {
  const std::lock_guard lock(mutex_);
  return packets_;
}

std::vector<AddressPacket> Capture::claims(const std::string& address, Time since) const {
  std::vector<AddressPacket> result;
  for (auto& packet : packets()) {
    if (packet.claims() && packet.target.str() == address && packet.time >= since) result.push_back(packet);
  }
  return result;
}

std::vector<AddressPacket> Capture::questions(const std::string& address, Time since) const {
  std::vector<AddressPacket> result;
  for (auto& packet : packets()) {
    if (!packet.claims() && packet.target.str() == address && packet.time >= since) result.push_back(packet);
  }
  return result;
}

}  // namespace cip::lab
