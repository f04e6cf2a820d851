// Tunnels and policy rules: every word, every bound.
#include <catch2/catch.hpp>

#include "tests/unit/lang/compile_text.h"

namespace cip::lang {
namespace {

std::string in_tunnel(const std::string& text) {
  return Compiled("clim n1 { tunnel tun1 { " + text + " } }").codes();
}

std::string in_interface(const std::string& text) {
  return Compiled("clim n1 { interface eth1 { " + text + " } }").codes();
}

const Interface& only(const Compiled& compiled) {
  return compiled.cluster.clims.at(0).interfaces.at(0);
}

}  // namespace

TEST_CASE("a tunnel has all that its block says") {
  const Compiled compiled(R"(clim n1 { tunnel tun1 {
  local 10.1.0.1; remote 192.0.2.9; ttl 64; mtu 1400; address 2001:db8:ff::1/64;
  route 2001:db8:aa::/48; route default; route default via 2001:db8:ff::2;
} })");
  CHECK(compiled.codes().empty());
  const auto& tunnel = only(compiled);
  CHECK(tunnel.kind == InterfaceKind::tunnel);
  CHECK(tunnel.tunnel.local.value().value.str() == "10.1.0.1");
  CHECK(tunnel.tunnel.remote.value().value.str() == "192.0.2.9");
  CHECK(compiled.place(tunnel.tunnel.remote->origin) == "2:26");
  CHECK(tunnel.tunnel.ttl.value().value == 64);
  CHECK(tunnel.mtu.value().value == 1400);
  CHECK(tunnel.addresses.size() == 1);
  REQUIRE(tunnel.routes.size() == 3);
  CHECK(tunnel.routes[1].value.destination.str() == "::/0");
  CHECK(tunnel.routes[1].value.metric == 1024);
}

TEST_CASE("bounds and families of a tunnel") {
  CHECK(in_tunnel("remote 192.0.2.9;").empty());
  CHECK(in_tunnel("remote 192.0.2.9; ttl 1;").empty());
  CHECK(in_tunnel("remote 192.0.2.9; ttl 255;").empty());
  CHECK(in_tunnel("remote 192.0.2.9; ttl 0;") == "E0007");
  CHECK(in_tunnel("remote 192.0.2.9; ttl 256;") == "E0007");
  CHECK(in_tunnel("remote 224.0.0.1;") == "E0007");
  CHECK(in_tunnel("remote 127.0.0.1;") == "E0007");
  CHECK(in_tunnel("remote 0.0.0.0;") == "E0007");
  CHECK(in_tunnel("local 0.0.0.0; remote 192.0.2.9;") == "E0007");
  CHECK(in_tunnel("remote 2001:db8::1;") == "E0005");
  CHECK(in_tunnel("local 2001:db8::1; remote 192.0.2.9;").empty());  // E0301
  CHECK(in_tunnel("remote 192.0.2.9; address 10.5.0.1/24;") == "E0005");
  CHECK(in_tunnel("remote 192.0.2.9; route 10.5.0.0/16;") == "E0108");
  CHECK(in_tunnel("remote 192.0.2.9; route default via 10.5.0.1;") == "E0108");
}

TEST_CASE("a tunnel has no other words, and each once") {
  for (const std::string text : {"provider blue;", "lan upper;", "rule from ::/0 table 7;", "description \"x\";",
                                 "neighbor 2001:db8::1 at 02:00:00:00:00:01;", "match-mac 02:00:00:00:00:01;"}) {
    INFO(text);
    CHECK(in_tunnel("remote 192.0.2.9; " + text) == "E0002");
  }
  CHECK(in_tunnel("remote 192.0.2.9; remote 192.0.2.9;") == "E0004");
  CHECK(in_tunnel("remote 192.0.2.9; failover n2.eth1;").empty());  // E0204
}

TEST_CASE("a tunnel without its remote end, unless something else explains it") {
  CHECK(in_tunnel("") == "E0011");
  CHECK(in_tunnel("local 10.1.0.1; ttl 500;") == "E0011 E0007");
  CHECK(in_tunnel("remote 192.0.2.300;") == "E0007");
  CHECK(in_tunnel("remot 192.0.2.9;") == "E0002");
  CHECK(in_tunnel("peer 192.0.2.9;") == "E0002");
  CHECK(in_tunnel("remote 192.0.2.9") == "E0001");
  CHECK(in_tunnel("colour \"blue\";") == "E0011 E0002");
}

TEST_CASE("a rule has its parts in any order, and defaults") {
  const Compiled compiled(R"(clim n1 { interface eth1 {
  rule table 7 to 10.2.0.0/16 priority 5 from 10.1.0.0/24;
  rule from ::/0 table 4294967295;
  rule to 10.9.0.0/16 priority 4294967295 table 1;
} })");
  CHECK(compiled.codes().empty());
  const auto& rules = only(compiled).rules;
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].value == Rule{Prefix::parse("10.1.0.0/24"), Prefix::parse("10.2.0.0/16"), 5, 7});
  CHECK(compiled.place(rules[0].origin) == "2:3");
  CHECK(rules[1].value == Rule{Prefix::parse("::/0"), std::nullopt, 1000, 0xffffffff});
  CHECK(rules[2].value.family() == Family::ipv4);
}

TEST_CASE("what a rule must have, once, and of one family") {
  CHECK(in_interface("rule from 10.1.0.0/24;") == "E0011");
  CHECK(in_interface("rule table 7;") == "E0108");
  CHECK(in_interface("rule;") == "E0011");
  CHECK(in_interface("rule from 10.1.0.0/24 to 2001:db8::/32 table 7;") == "E0108");
  CHECK(in_interface("rule from 10.1.0.0/24 from 10.2.0.0/24 table 7;") == "E0004");
  CHECK(in_interface("rule from 10.1.0.0/24 table 7 table 8;") == "E0004");
  CHECK(in_interface("rule from 10.1.0.1/24 table 7;") == "E0007");
  CHECK(in_interface("rule from 10.1.0.0/24 table 0;") == "E0007");
  CHECK(in_interface("rule from 10.1.0.0/24 table 7 priority 0;") == "E0007");
  CHECK(in_interface("rule from 10.1.0.0/24 table 7 priority 4294967296;") == "E0007");
  CHECK(in_interface("rule from 10.1.0.1 table 7;") == "E0005");
  CHECK(in_interface("rule frm 10.1.0.0/24 table 7;") == "E0002");
  CHECK(in_interface("rule from 10.1.0.0/24 lookup 7;") == "E0002");
  CHECK(in_interface("rule 10.1.0.0/24 table 7;") == "E0001");
  CHECK(in_interface("rule from table 7;") == "E0003");
  CHECK(Compiled("clim n1 { maintenance eth0 { rule from 10.1.0.0/24 table 7; } }").codes().empty());
  CHECK(Compiled("clim n1 { loopback lo { rule from 10.1.0.0/24 table 7; } }").codes() == "E0002");
}

TEST_CASE("a word in the place of a route's destination is a name; a misspelt keyword is none") {
  CHECK(in_interface("route network via 10.1.0.254;") == "E0003");
  CHECK(in_interface("route vai 10.1.0.254;") == "E0002");
  CHECK(in_interface("route 10.9.0.0/16 vai 10.1.0.254;") == "E0002");
  CHECK(in_interface("route 10.9.0.0/16 network;") == "E0002");
  CHECK(in_interface("const network = 10.9.0.0/16; route network via 10.1.0.254; rule from network table 7;").empty());
  CHECK(in_interface("route +;") == "E0001");
  CHECK(in_interface("rule + table 7;") == "E0001");
}

}  // namespace cip::lang
