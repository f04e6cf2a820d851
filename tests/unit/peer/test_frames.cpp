#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "reconciler/peer/frames.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;

namespace {

const MacAddress own({2, 0, 0, 0, 0, 1});

std::string hex(const Frame& frame) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : frame) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

}  // namespace

TEST_CASE("an ARP probe has sender address 0") {
  CHECK(hex(arp_probe(own, ip("192.0.2.1"))) ==
        "ffffffffffff020000000001"
        "0806"
        "0001080006040001"
        "02000000000100000000"
        "000000000000c0000201");
}

TEST_CASE("an ARP announcement has the address as sender and target") {
  CHECK(hex(arp_announcement(own, ip("192.0.2.1"), false)) ==
        "ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c0000201");
  CHECK(hex(arp_announcement(own, ip("192.0.2.1"), true)) ==
        "ffffffffffff02000000000108060001080006040002020000000001c0000201020000000001c0000201");
}

TEST_CASE("a solicitation goes from nowhere to the solicited-node group") {
  const auto frame = neighbor_solicitation(own, ip("2001:db8::12:3456"));
  CHECK(
      hex(frame).starts_with("3333ff123456"
                             "020000000001"
                             "86dd"
                             "6000000000183aff"
                             "00000000000000000000000000000000"
                             "ff0200000000000000000001ff123456"
                             "8700"));
  CHECK(frame.size() == 14 + 40 + 24);
}

TEST_CASE("an advertisement overrides, and says router only if it is one") {
  const auto frame = neighbor_advertisement(own, ip("2001:db8::1"), false);
  CHECK(
      hex(frame).starts_with("333300000001"
                             "020000000001"
                             "86dd"
                             "6000000000203aff"
                             "20010db8000000000000000000000001"
                             "ff020000000000000000000000000001"
                             "8800"));
  CHECK(frame[14 + 40 + 4] == 0x20);
  CHECK(neighbor_advertisement(own, ip("2001:db8::1"), true)[14 + 40 + 4] == 0xa0);
  CHECK(read_claim(frame) == Claim{ip("2001:db8::1"), own, true});
}

TEST_CASE("claims are read from requests and replies") {
  CHECK(read_claim(arp_announcement(own, ip("192.0.2.1"), false)) == Claim{ip("192.0.2.1"), own, false});
  CHECK(read_claim(arp_announcement(own, ip("192.0.2.1"), true)) == Claim{ip("192.0.2.1"), own, true});
  CHECK(read_claim(arp_probe(own, ip("192.0.2.1"))) == Claim{ip("0.0.0.0"), own, false});
  CHECK_FALSE(read_claim(neighbor_solicitation(own, ip("2001:db8::1"))));
  auto padded = arp_announcement(own, ip("192.0.2.1"), true);
  padded.resize(60);
  CHECK(read_claim(padded) == Claim{ip("192.0.2.1"), own, true});
}

TEST_CASE("an advertisement without the option speaks for the frame's source") {
  auto frame = neighbor_advertisement(own, ip("2001:db8::1"), false);
  frame.resize(frame.size() - 8);
  frame[19] = 24;
  // 8 bytes less in the pseudo header's length and 8 less in the option: type 2, length 1, and the MAC address.
  std::uint32_t sum = (static_cast<std::uint32_t>(frame[56]) << 8U) + frame[57] + 8 + 0x0201 + 0x0200 + 0x0001;
  sum = (sum & 0xffffU) + (sum >> 16U);
  frame[56] = static_cast<std::uint8_t>(sum >> 8U);
  frame[57] = static_cast<std::uint8_t>(sum);
  std::copy_n(std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 9}.begin(), 6, frame.begin() + 6);
  CHECK(read_claim(frame) == Claim{ip("2001:db8::1"), MacAddress({2, 0, 0, 0, 0, 9}), true});
}

TEST_CASE("cut and changed frames are no claims, and no reason to crash") {
  const auto advertisement = neighbor_advertisement(own, ip("2001:db8::1"), false);
  const auto reply = arp_announcement(own, ip("192.0.2.1"), true);
  for (const auto& frame : {advertisement, reply}) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Frame cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(read_claim(cut));
    }
  }
  // Everything from the IPv6 source address on is under the checksum; version, next header and hop limit are looked at.
  for (std::size_t i = ethernet_header; i < advertisement.size(); ++i) {
    const bool ignored = (i > 14 && i < 18);  // traffic class, flow label
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto changed = advertisement;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      INFO("byte " << i << " bit " << bit);
      CHECK(read_claim(changed).has_value() == (ignored || (i == 14 && bit < 4)));
    }
  }
}

TEST_CASE("nobody is a multicast MAC address") {
  CHECK_FALSE(read_claim(arp_announcement(broadcast_mac, ip("192.0.2.1"), true)));
  CHECK_FALSE(read_claim(arp_announcement(MacAddress{}, ip("192.0.2.1"), true)));
  CHECK_FALSE(read_claim(neighbor_advertisement(all_nodes_mac, ip("2001:db8::1"), false)));
}
