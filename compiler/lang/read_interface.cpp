// Attributes of an interface.
#include <string>
#include <utility>

#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;

// The kernel keeps descriptions of at most this many bytes (IFALIASZ).
constexpr std::size_t description_limit = 255;

}  // namespace

void read_address(Block& block, Arguments& arguments) {
  const auto address = arguments.interface_address("an interface address");
  if (!address) {
    return;
  }
  // What is not known, in a check without values, has no family yet.
  const bool known = !arguments.reading().findings.unknown;
  if (block.place == Place::tunnel && known && address->value.family() == Family::ipv4) {
    arguments.error(Code::e0005, "an IPv4 address cannot be on a tunnel", address->origin.span, "this is an ip4",
                    "a tunnel carries IPv6 over IPv4: its addresses are IPv6");
    return;
  }
  block.interface->addresses.push_back(*address);
}

void read_match_mac(Block& block, Arguments& arguments) {
  const auto mac = arguments.mac("a MAC address");
  if (mac && mac->value.is_multicast()) {
    arguments.error(Code::e0007, backticked(mac->value.str()) + " is the address of no interface", mac->origin.span,
                    "this is a multicast address");
    return;
  }
  block.interface->match_mac = mac;
}

void read_description(Block& block, Arguments& arguments) {
  auto text = arguments.string("a text as a string");
  if (text && text->value.size() > description_limit) {
    arguments.error(
        Code::e0007, "the description is longer than the kernel keeps", text->origin.span,
        std::to_string(text->value.size()) + " bytes, and at most " + std::to_string(description_limit) + " are kept");
  } else {
    block.interface->description = std::move(text);
  }
}

void read_neighbor(Block& block, Arguments& arguments) {
  const auto address = arguments.ip("a neighbour's address", AddressUse::neighbor);
  if (arguments.failed() || !arguments.expect_word("at")) {
    return;
  }
  const auto mac = arguments.mac("a MAC address");
  if (address && mac) {
    block.interface->neighbors.push_back({{address->value, mac->value}, address->origin});
  }
}

void read_failover(Block& block, Arguments& arguments) {
  const auto target = arguments.interface("an interface such as n2.eth1");
  if (target && !block.discarded) {
    const Interface& home = *block.interface;
    block.building.cluster.failovers.push_back(
        {home.name, target->value, target->origin, home.origin, /*both_ways=*/false});
  }
}

}  // namespace cip::lang
