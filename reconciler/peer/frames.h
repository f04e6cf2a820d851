// The frames that ask and tell a LAN who has an address: ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861).
// Made and read here, sent and received elsewhere. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "state/address.h"

namespace cip::peer {

using Frame = std::vector<std::uint8_t>;

inline constexpr std::size_t ethernet_header = 14;
inline constexpr std::uint16_t ether_type_arp = 0x0806;
inline constexpr std::uint16_t ether_type_ipv6 = 0x86DD;
inline const MacAddress broadcast_mac({0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
inline const MacAddress all_nodes_mac({0x33, 0x33, 0, 0, 0, 1});  // of ff02::1 (RFC 2464, section 7)

// Just the header.
Frame ethernet_frame(const MacAddress& to, const MacAddress& from, std::uint16_t ether_type);

// "Who has `address`?", for no address of ours (RFC 5227, section 2.1.1; RFC 4862, section 5.4.2).
Frame arp_probe(const MacAddress& own, const IpAddress& address);
Frame neighbor_solicitation(const MacAddress& own, const IpAddress& address);

// "`address` is here" (announce.h).
Frame arp_announcement(const MacAddress& own, const IpAddress& address, bool as_reply);
Frame neighbor_advertisement(const MacAddress& own, const IpAddress& address, bool router);

// Who says in a frame that he has an address. `asked`: it is an answer (ARP reply, neighbour advertisement); otherwise
// an ARP request. `address` is 0.0.0.0 in somebody's ARP probe. Nothing: any other frame, or a malformed one: RFC 4861,
// section 7.1.2, says what to check of an advertisement.
struct Claim {
  IpAddress address;
  MacAddress mac;
  bool answer = false;

  bool operator==(const Claim&) const = default;
};
std::optional<Claim> read_claim(std::span<const std::uint8_t> frame);

}  // namespace cip::peer
