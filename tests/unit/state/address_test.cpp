#include "state/address.h"

#include <catch2/catch.hpp>

#include "state/digest.h"
#include "state/names.h"

using namespace cip;

TEST_CASE("addresses have one text form") {
  CHECK(IpAddress::parse("2001:DB8:0:0::1")->str() == "2001:db8::1");
  CHECK(IpAddress::parse("10.1.0.1")->family() == Family::ipv4);
  for (const auto* bad :
       {"", "10.1.0", "10.1.0.256", "10.01.0.1", "2001:db8::g", "::1%lo", "10.1.0.1 ", "1:2:3:4:5:6:7:8:9"}) {
    CAPTURE(bad);
    CHECK_FALSE(IpAddress::parse(bad));
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0", 9)));
}

TEST_CASE("addresses order by family, then by number") {
  CHECK(*IpAddress::parse("9.0.0.0") < *IpAddress::parse("10.0.0.0"));
  CHECK(*IpAddress::parse("255.255.255.255") < *IpAddress::parse("::"));
}

TEST_CASE("kinds of addresses") {
  CHECK(IpAddress::parse("127.1.2.3")->is_loopback());
  CHECK(IpAddress::parse("::1")->is_loopback());
  CHECK_FALSE(IpAddress::parse("::2")->is_loopback());
  CHECK(IpAddress::parse("fe80::1")->is_link_local());
  CHECK(IpAddress::parse("febf::1")->is_link_local());
  CHECK_FALSE(IpAddress::parse("fec0::1")->is_link_local());
  CHECK(IpAddress::parse("239.0.0.1")->is_multicast());
  CHECK_FALSE(IpAddress::parse("240.0.0.1")->is_multicast());
}

TEST_CASE("a prefix has no host bits") {
  CHECK(Prefix::parse("10.0.0.0/8")->str() == "10.0.0.0/8");
  CHECK(Prefix::parse("0.0.0.0/0")->is_default());
  for (const auto* bad :
       {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0", "::/129"}) {
    CAPTURE(bad);
    CHECK_FALSE(Prefix::parse(bad));
  }
  CHECK(Prefix(*IpAddress::parse("10.1.2.3"), 20).str() == "10.1.0.0/20");
  CHECK(Prefix(*IpAddress::parse("2001:db8:ffff::1"), 33).str() == "2001:db8:8000::/33");
}

TEST_CASE("containment") {
  const auto net = *Prefix::parse("10.1.0.0/23");
  CHECK(net.contains(*IpAddress::parse("10.1.1.255")));
  CHECK_FALSE(net.contains(*IpAddress::parse("10.1.2.0")));
  CHECK_FALSE(Prefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("::1")));
  CHECK(net.contains(*Prefix::parse("10.1.1.0/24")));
  CHECK_FALSE(net.contains(*Prefix::parse("10.0.0.0/8")));
}

TEST_CASE("an interface address keeps its host bits") {
  const auto address = *InterfaceAddress::parse("10.1.0.1/24");
  CHECK(address.str() == "10.1.0.1/24");
  CHECK(address.network().str() == "10.1.0.0/24");
}

TEST_CASE("MAC addresses") {
  CHECK(MacAddress::parse("02:00:00:00:00:FD")->str() == "02:00:00:00:00:fd");
  for (const auto* bad :
       {"", "02:00:00:00:00", "02-00-00-00-00-fd", "02:00:00:00:00:fg", "02:00:00:00:00:0", "2:00:00:00:00:fd0"}) {
    CAPTURE(bad);
    CHECK_FALSE(MacAddress::parse(bad));
  }
  CHECK(MacAddress::parse("ff:ff:ff:ff:ff:ff")->is_multicast());
}

TEST_CASE("a digest is SHA-256") {
  CHECK(Digest::of("abc").str() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Digest::parse(Digest::of("").str()) == Digest::of(""));
  CHECK_FALSE(Digest::parse("ba78"));
}

TEST_CASE("names that become paths are safe") {
  CHECK(is_interface_name("eth2.100"));
  for (const auto* bad : {"", ".", "..", "a/b", "eth2:1", "eth 1", "sixteen-bytes-ab"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_interface_name(bad));
  }
  CHECK(is_clim_name("n-1"));
  for (const auto* bad : {"", "..", "n.1", "a/b", "-n"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_clim_name(bad));
  }
}
