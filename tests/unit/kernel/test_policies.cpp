// Policies without an IKE daemon: what they stop, and that they leave the place of charon's free.
#include <catch2/catch.hpp>

#include "reconciler/kernel/policies.h"
#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::kernel;
using cip::test::Namespace;
using cip::test::shell;

namespace {

Policy block(PolicyDirection direction, const char* source, const char* destination) {
  return {direction, *Prefix::parse(source), *Prefix::parse(destination), Policy::Kind::block};
}

// Whether the kernel sends a datagram; to the loopback interface it always does.
bool sends(const std::string& source, const std::string& destination, int port = 1000) {
  const auto said =
      shell("python3 -c 'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind((\"" + source +
            "\", " + std::to_string(port) + "))\ntry: print(s.sendto(b\"x\", (\"" + destination +
            "\", 9)))\nexcept PermissionError: print(\"refused\")'");
  REQUIRE((said == "1\n" || said == "refused\n"));
  return said == "1\n";
}

}  // namespace

TEST_CASE("policies are added, read back and removed", "[kernel][policies]") {
  const Namespace ns;
  auto policies = Policies::open();
  REQUIRE(policies);
  std::vector<Policy> wanted{block(PolicyDirection::in, "10.50.0.0/24", "10.1.0.1/32"),
                             block(PolicyDirection::out, "10.1.0.1/32", "10.50.0.0/24"),
                             block(PolicyDirection::forward, "2001:db8:1::/64", "::/0"),
                             {PolicyDirection::out, *Prefix::parse("2001:db8::1/128"),
                              *Prefix::parse("2001:db8::2/128"), Policy::Kind::solicitation},
                             {PolicyDirection::in, *Prefix::parse("2001:db8::2/128"), *Prefix::parse("2001:db8::1/128"),
                              Policy::Kind::advertisement}};
  REQUIRE(policies->add(wanted));
  REQUIRE(policies->add(wanted));  // no error
  std::sort(wanted.begin(), wanted.end());
  auto read = policies->read();
  REQUIRE(read);
  CHECK(*read == wanted);
  // Two for each that blocks, and one for each of the others.
  CHECK(shell("ip xfrm policy | grep -c 'dir '") == "8\n");
  REQUIRE(policies->remove({wanted.front()}));
  REQUIRE(policies->remove({wanted.front()}));
  wanted.erase(wanted.begin());
  CHECK(*policies->read() == wanted);
  CHECK(describe(block(PolicyDirection::out, "10.1.0.1/32", "10.50.0.0/24")) ==
        "block 10.1.0.1/32 to 10.50.0.0/24 (out)");
}

TEST_CASE("many policies are added and read", "[kernel][policies]") {
  const Namespace ns;
  auto policies = Policies::open();
  REQUIRE(policies);
  std::vector<Policy> wanted;
  for (int i = 0; i < 250; ++i) {
    wanted.push_back(block(PolicyDirection::out, "10.1.0.1/32", ("10.50." + std::to_string(i) + ".0/24").c_str()));
  }
  std::sort(wanted.begin(), wanted.end());
  REQUIRE(policies->add(wanted));
  CHECK(*policies->read() == wanted);
}

TEST_CASE("policies of others are neither seen nor touched, and have their place", "[kernel][policies]") {
  const Namespace ns;
  auto policies = Policies::open();
  REQUIRE(policies);
  const std::vector<Policy> ours{block(PolicyDirection::out, "10.1.0.1/32", "10.1.0.2/32")};
  REQUIRE(policies->add(ours));
  // As charon's: the same selector and direction.
  shell("ip xfrm policy update src 10.1.0.1/32 dst 10.1.0.2/32 dir out priority 300000 action allow");
  CHECK(*policies->read() == ours);
  CHECK(shell("ip xfrm policy | grep -c 'dir out'") == "3\n");
  REQUIRE(policies->remove(ours));
  CHECK(policies->read()->empty());
  CHECK(shell("ip xfrm policy | grep -c 'priority 300000'") == "1\n");
}

TEST_CASE("a block of which half has gone is not there", "[kernel][policies]") {
  const Namespace ns;
  auto policies = Policies::open();
  REQUIRE(policies);
  const std::vector<Policy> ours{block(PolicyDirection::out, "10.1.0.1/32", "10.1.0.2/32")};
  REQUIRE(policies->add(ours));
  shell("ip xfrm policy delete dir out index $(ip -s xfrm policy | sed -n 's/.*index \\([0-9]*\\).*/\\1/p' | head -1)");
  CHECK(policies->read()->empty());
  REQUIRE(policies->add(ours));
  CHECK(*policies->read() == ours);
}

TEST_CASE("what is blocked does not get out, unless a policy of an IKE daemon lets it", "[kernel][policies]") {
  const Namespace ns;
  shell("ip address add 10.1.0.1/24 dev eth1 && ip address add 10.1.0.3/24 dev eth1");
  REQUIRE(sends("10.1.0.1", "10.1.0.9"));
  auto policies = Policies::open();
  REQUIRE(policies);
  const std::vector<Policy> ours{block(PolicyDirection::out, "10.1.0.1/32", "10.1.0.8/30")};
  REQUIRE(policies->add(ours));
  for (const int port : {1000, 32767, 32768, 65535}) {
    CAPTURE(port);
    CHECK_FALSE(sends("10.1.0.1", "10.1.0.9", port));
  }
  CHECK(sends("10.1.0.3", "10.1.0.9"));
  CHECK(sends("10.1.0.1", "10.1.0.12"));
  shell("ip xfrm policy update src 10.1.0.1/32 dst 10.1.0.8/30 dir out priority 300000 action allow");
  CHECK(sends("10.1.0.1", "10.1.0.9"));
  CHECK(sends("10.1.0.1", "10.1.0.9", 65535));
  shell("ip xfrm policy delete src 10.1.0.1/32 dst 10.1.0.8/30 dir out");
  CHECK_FALSE(sends("10.1.0.1", "10.1.0.9"));
  REQUIRE(policies->remove(ours));
  CHECK(sends("10.1.0.1", "10.1.0.9"));
}
