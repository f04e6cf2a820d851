// Text from outside cannot break out of the place where it is put.
#include "compiler/import/address_words.h"
#include "compiler/import/specification.h"
#include "compiler/import/text.h"
#include "tests/unit/import/importing.h"

namespace cip::importing {

TEST_CASE("a comment is one line of harmless text, whatever it quotes") {
  CHECK(comment_text("plain text */ { } \" \\ ä") == "plain text */ { } \" \\ ä");
  CHECK(comment_text("a\nb\rc\td\x1b[31m") == "a\\x0ab\\x0dc\\x09d\\x1b[31m");
  CHECK(comment_text(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(comment_text("\xff good \xc3") == "\\xff good \\xc3");
  CHECK(comment_text("a\u2028b\u202ec\u0085d") == "a\\xe2\\x80\\xa8b\\xe2\\x80\\xaec\\xc2\\x85d");
  const auto cut = comment_text(std::string(10'000, 'x'));
  CHECK(cut.size() < 300);
  CHECK(cut.substr(cut.size() - 4) == " ...");
}

TEST_CASE("a string is escaped, and what no string can hold is none") {
  CHECK(string_literal("a \"b\" {c} \\") == "\"a \\\"b\\\" \\{c\\} \\\\\"");
  CHECK_FALSE(string_literal("a\nb"));
  CHECK_FALSE(string_literal("\xff"));
  CHECK_FALSE(string_literal("\u202e"));
}

TEST_CASE("names are bare where the language has them as names") {
  CHECK(name_literal("eth1") == "eth1");
  CHECK(name_literal("n-1") == "n-1");
  for (const std::string name : {"eth1.100", "1st", "a-", "-a", "for", "a b", "ä"}) {
    CHECK(name_literal(name) == "\"" + name + "\"");
  }
  CHECK(reference_literal("n1", "eth1") == "n1.eth1");
  CHECK(reference_literal("n1", "eth1.100") == "\"n1.eth1.100\"");
}

TEST_CASE("words that announce a secret") {
  CHECK(may_hold_secret("psk -add 10.1.1.9 -KEY x"));
  CHECK(may_hold_secret("-Community x"));
  CHECK_FALSE(may_hold_secret("sysctl -update net.ipv4.tcp_window_scaling 1"));
}

TEST_CASE("netmasks and MAC addresses in the forms of other tools") {
  CHECK(mask_length("255.255.255.0", Family::ipv4) == 24);
  CHECK(mask_length("0.0.0.0", Family::ipv4) == 0);
  CHECK(mask_length("255.255.255.255", Family::ipv4) == 32);
  CHECK(mask_length("0xffffff00", Family::ipv4) == 24);
  CHECK(mask_length("/24", Family::ipv4) == 24);
  CHECK(mask_length("64", Family::ipv6) == 64);
  CHECK(mask_length("ffff:ffff::", Family::ipv6) == 32);
  for (const auto* wrong : {"255.0.255.0", "33", "-1", "", "/", "ffff::", "255.255.255", "0xzz", "24x"}) {
    INFO(wrong);
    CHECK_FALSE(mask_length(wrong, Family::ipv4));
  }
  CHECK(mac_address("02-00-00-00-00-FD")->str() == "02:00:00:00:00:fd");
  CHECK(mac_address("2:0:0:0:0:fd")->str() == "02:00:00:00:00:fd");
  for (const auto* wrong :
       {"", "02:00:00:00:00", "02:00:00:00:00:fd:01", "02:00:00:00:00:zz", "020:0:0:0:0:1", ":::::"}) {
    INFO(wrong);
    CHECK_FALSE(mac_address(wrong));
  }
}

TEST_CASE("routes and rules as statements") {
  Route route;
  route.destination = *Prefix::parse("0.0.0.0/0");
  CHECK(route_statement(route) == "route 0.0.0.0/0");  // no gateway tells the family of `default`
  route.gateway = IpAddress::parse("10.1.0.254");
  route.metric = 5;
  route.table = 100;
  route.mtu = 1400;
  route.onlink = true;
  CHECK(route_statement(route) == "route default via 10.1.0.254 metric 5 table 100 mtu 1400 onlink");
  Route ipv6;
  ipv6.destination = *Prefix::parse("2001:db8::/32");
  ipv6.metric = 1024;
  ipv6.type = RouteType::blackhole;
  CHECK(route_statement(ipv6) == "route 2001:db8::/32 blackhole");
  CHECK(rule_statement({Prefix::parse("10.0.0.0/8"), Prefix::parse("10.1.0.0/16"), 7, 100}) ==
        "rule from 10.0.0.0/8 to 10.1.0.0/16 priority 7 table 100");
}

}  // namespace cip::importing
