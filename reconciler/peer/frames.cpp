#include "reconciler/peer/frames.h"

#include <algorithm>
#include <array>

namespace cip::peer {
namespace {

constexpr std::size_t arp_size = 28;
constexpr std::size_t ipv6_header = 40;
constexpr std::size_t nd_size = 24;  // solicitation and advertisement without options
constexpr std::uint16_t arp_request = 1;
constexpr std::uint16_t arp_reply = 2;
constexpr std::uint8_t next_header_icmpv6 = 58;
constexpr std::uint8_t hop_limit = 255;  // proves that no router was in between
constexpr std::uint8_t type_solicitation = 135;
constexpr std::uint8_t type_advertisement = 136;
constexpr std::uint8_t flag_router = 0x80;
constexpr std::uint8_t flag_override = 0x20;
constexpr std::uint8_t option_target_mac = 2;

using Bytes16 = std::array<std::uint8_t, 16>;

void append(Frame& frame, std::span<const std::uint8_t> bytes) {
  frame.insert(frame.end(), bytes.begin(), bytes.end());
}

void append16(Frame& frame, unsigned value) {
  frame.push_back(static_cast<std::uint8_t>(value >> 8U));
  frame.push_back(static_cast<std::uint8_t>(value));
}

unsigned read16(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return static_cast<unsigned>(bytes[offset]) << 8U | bytes[offset + 1];
}

Bytes16 bytes16(const IpAddress& address) {
  Bytes16 bytes{};
  std::copy_n(address.bytes().begin(), address.bytes().size(), bytes.begin());
  return bytes;
}

Frame arp(const MacAddress& own, const IpAddress& sender, const IpAddress& target, std::uint16_t operation) {
  auto frame = ethernet_frame(broadcast_mac, own, ether_type_arp);
  append16(frame, 1);       // Ethernet
  append16(frame, 0x0800);  // IPv4
  append(frame, std::array<std::uint8_t, 2>{6, 4});
  append16(frame, operation);
  append(frame, own.bytes());
  append(frame, sender.bytes());
  // Unknown in a request; in a gratuitous reply that is broadcast, what CTDB and arping put there: our own.
  append(frame, operation == arp_reply ? own.bytes() : MacAddress{}.bytes());
  append(frame, target.bytes());
  return frame;
}

// RFC 4443, section 2.3: the sum over a pseudo header and the message, whose own checksum is 0.
std::uint16_t checksum(const Bytes16& from, const Bytes16& to, std::span<const std::uint8_t> message) {
  std::uint32_t sum = static_cast<std::uint32_t>(message.size()) + next_header_icmpv6;
  const auto add = [&sum](std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8U : bytes[i];
    }
  };
  add(from);
  add(to);
  add(message);
  while (sum > 0xffff) {
    sum = (sum & 0xffffU) + (sum >> 16U);
  }
  return static_cast<std::uint16_t>(~sum);
}

Frame icmpv6(const MacAddress& to_mac, const MacAddress& own, const Bytes16& from, const Bytes16& to,
             std::vector<std::uint8_t> message) {
  const auto sum = checksum(from, to, message);
  message[2] = static_cast<std::uint8_t>(sum >> 8U);
  message[3] = static_cast<std::uint8_t>(sum);
  auto frame = ethernet_frame(to_mac, own, ether_type_ipv6);
  append(frame, std::array<std::uint8_t, 4>{0x60, 0, 0, 0});
  append16(frame, static_cast<unsigned>(message.size()));
  append(frame, std::array<std::uint8_t, 2>{next_header_icmpv6, hop_limit});
  append(frame, from);
  append(frame, to);
  append(frame, message);
  return frame;
}

std::vector<std::uint8_t> nd_message(std::uint8_t type, std::uint8_t flags, const Bytes16& target) {
  std::vector<std::uint8_t> message{type, 0, 0, 0, flags, 0, 0, 0};
  append(message, target);
  return message;
}

std::optional<Claim> read_arp(std::span<const std::uint8_t> arp) {
  constexpr std::array<std::uint8_t, 6> ethernet_ipv4{0, 1, 8, 0, 6, 4};
  if (arp.size() < arp_size || !std::equal(ethernet_ipv4.begin(), ethernet_ipv4.end(), arp.begin())) {
    return std::nullopt;
  }
  const auto operation = read16(arp, 6);
  const auto mac = *MacAddress::from_bytes(arp.subspan(8, 6));
  if ((operation != arp_request && operation != arp_reply) || mac.is_multicast() || mac == MacAddress{}) {
    return std::nullopt;
  }
  return Claim{*IpAddress::from_bytes(arp.subspan(14, 4)), mac, operation == arp_reply};
}

// The MAC address of the target link-layer address option; `otherwise` if there is none. Nothing: malformed options.
std::optional<MacAddress> target_mac(std::span<const std::uint8_t> options, const MacAddress& otherwise) {
  auto mac = otherwise;
  while (!options.empty()) {
    const auto size = options.size() < 2 ? 0 : std::size_t{options[1]} * 8;
    if (size == 0 || size > options.size()) {
      return std::nullopt;
    }
    if (options[0] == option_target_mac && size == 8) {
      mac = *MacAddress::from_bytes(options.subspan(2, 6));
    }
    options = options.subspan(size);
  }
  return mac;
}

std::optional<Claim> read_advertisement(std::span<const std::uint8_t> packet, const MacAddress& source) {
  if (packet.size() < ipv6_header + nd_size || packet[0] >> 4U != 6 || packet[6] != next_header_icmpv6 ||
      packet[7] != hop_limit) {
    return std::nullopt;
  }
  const std::size_t size = read16(packet, 4);
  if (size < nd_size || packet.size() < ipv6_header + size) {
    return std::nullopt;
  }
  const auto message = packet.subspan(ipv6_header, size);
  Bytes16 from{};
  Bytes16 to{};
  std::copy_n(packet.begin() + 8, 16, from.begin());
  std::copy_n(packet.begin() + 24, 16, to.begin());
  // The sum of a message with its right checksum in it is 0.
  if (message[0] != type_advertisement || message[1] != 0 || checksum(from, to, message) != 0) {
    return std::nullopt;
  }
  const auto target = *IpAddress::from_bytes(message.subspan(8, 16));
  const auto mac = target_mac(message.subspan(nd_size), source);
  if (target.is_multicast() || !mac || mac->is_multicast()) {
    return std::nullopt;
  }
  return Claim{target, *mac, true};
}

}  // namespace

Frame ethernet_frame(const MacAddress& to, const MacAddress& from, std::uint16_t ether_type) {
  Frame frame;
  frame.reserve(96);
  append(frame, to.bytes());
  append(frame, from.bytes());
  append16(frame, ether_type);
  return frame;
}

Frame arp_probe(const MacAddress& own, const IpAddress& address) {
  return arp(own, IpAddress{}, address, arp_request);
}

Frame neighbor_solicitation(const MacAddress& own, const IpAddress& address) {
  const auto target = bytes16(address);
  // The target's solicited-node address (RFC 4291, section 2.7.1), and the group's MAC address (RFC 2464, section 7).
  const Bytes16 to{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, target[13], target[14], target[15]};
  const MacAddress group({0x33, 0x33, 0xff, target[13], target[14], target[15]});
  return icmpv6(group, own, Bytes16{}, to, nd_message(type_solicitation, 0, target));
}

Frame arp_announcement(const MacAddress& own, const IpAddress& address, bool as_reply) {
  return arp(own, address, address, as_reply ? arp_reply : arp_request);
}

Frame neighbor_advertisement(const MacAddress& own, const IpAddress& address, bool router) {
  const auto target = bytes16(address);
  const Bytes16 all_nodes{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const auto flags = static_cast<std::uint8_t>(flag_override | (router ? flag_router : 0));
  auto message = nd_message(type_advertisement, flags, target);
  append(message, std::array<std::uint8_t, 2>{option_target_mac, 1});
  append(message, own.bytes());
  return icmpv6(all_nodes_mac, own, target, all_nodes, std::move(message));
}

std::optional<Claim> read_claim(std::span<const std::uint8_t> frame) {
  if (frame.size() < ethernet_header) {
    return std::nullopt;
  }
  const auto payload = frame.subspan(ethernet_header);
  switch (read16(frame, 12)) {
    case ether_type_arp:
      return read_arp(payload);
    case ether_type_ipv6:
      return read_advertisement(payload, *MacAddress::from_bytes(frame.subspan(6, 6)));
    default:
      return std::nullopt;
  }
}

}  // namespace cip::peer
