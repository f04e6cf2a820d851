#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "reconciler/kernel/events.h"
#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

TEST_CASE("an address is added, read back and removed") {
  const auto* text = GENERATE("10.1.0.1/24", "2001:db8:1::1/64", "10.9.9.9/32", "2001:db8::9/128");
  CAPTURE(text);
  Namespace ns;
  const auto a = ns.link("eth1");
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr(text), {}, true}).ok());
  auto observed = ns.read();
  const auto* address = find(observed, "eth1", text);
  REQUIRE(address != nullptr);
  CHECK(address->link == a);
  CHECK_FALSE(address->lifetime);
  CHECK_FALSE(address->has_peer);
  CHECK_FALSE(address->tentative);
  CHECK_FALSE(address->secondary);
  CHECK(shell("ip addr show dev eth1").find(text) != std::string::npos);

  const auto again = ns.run(plan::AddAddress{a, ifaddr(text), {}, true});
  CHECK(again.error == EEXIST);
  CHECK_FALSE(again.text.empty());

  CHECK(ns.run(plan::RemoveAddress{a, ifaddr(text)}).ok());
  CHECK(find(ns.read(), "eth1", text) == nullptr);
  const auto gone = ns.run(plan::RemoveAddress{a, ifaddr(text)});
  CHECK(gone.error == EADDRNOTAVAIL);
}

TEST_CASE("everything but routes is read without them") {
  Namespace ns;
  const auto whole = ns.read();
  REQUIRE_FALSE(whole.routes.empty());
  const auto most = ns.kernel.read(plan::Extent::without_routes);
  REQUIRE(most);
  CHECK(most->routes.empty());
  CHECK(most->links.size() == whole.links.size());
  CHECK(most->addresses.size() == whole.addresses.size());
  CHECK(most->neighbors.size() == whole.neighbors.size());
  CHECK(most->rules.size() == whole.rules.size());
}

TEST_CASE("duplicate address detection runs unless it is skipped") {
  Namespace ns;
  const auto a = ns.link("eth1");
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("2001:db8::1/64"), {}, false}).ok());
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("2001:db8::2/64"), {}, true}).ok());
  const auto observed = ns.read();
  REQUIRE(find(observed, "eth1", "2001:db8::1/64") != nullptr);
  CHECK(find(observed, "eth1", "2001:db8::1/64")->tentative);
  REQUIRE(find(observed, "eth1", "2001:db8::2/64") != nullptr);
  CHECK_FALSE(find(observed, "eth1", "2001:db8::2/64")->tentative);
}

TEST_CASE("secondary and point-to-point addresses are told apart") {
  Namespace ns;
  shell(
      "ip addr add 10.1.0.1/24 dev eth1 && ip addr add 10.1.0.2/24 dev eth1 && ip addr add 10.3.0.1 peer 10.3.0.2/32 "
      "dev eth1");
  const auto observed = ns.read();
  REQUIRE(find(observed, "eth1", "10.1.0.2/24") != nullptr);
  CHECK_FALSE(find(observed, "eth1", "10.1.0.1/24")->secondary);
  CHECK(find(observed, "eth1", "10.1.0.2/24")->secondary);
  REQUIRE(find(observed, "eth1", "10.3.0.1/32") != nullptr);
  CHECK(find(observed, "eth1", "10.3.0.1/32")->has_peer);
}

TEST_CASE("a lifetime runs down, is refreshed and made eternal") {
  const auto* text = GENERATE("10.1.0.1/24", "2001:db8:1::1/64");
  CAPTURE(text);
  Namespace ns;
  const auto a = ns.link("eth1");
  const auto lifetime = [&] {
    const auto observed = ns.read();
    const auto* address = find(observed, "eth1", text);
    REQUIRE(address != nullptr);
    CHECK_FALSE(address->deprecated);
    return address->lifetime;
  };
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr(text), 100s, true}).ok());
  REQUIRE(lifetime());
  CHECK(*lifetime() <= 100s);
  CHECK(*lifetime() >= 90s);
  REQUIRE(ns.run(plan::RefreshAddress{a, ifaddr(text), 300s}).ok());
  CHECK(*lifetime() >= 290s);
  REQUIRE(ns.run(plan::RefreshAddress{a, ifaddr(text), 50s}).ok());
  CHECK(*lifetime() <= 50s);
  REQUIRE(ns.run(plan::RefreshAddress{a, ifaddr(text), {}}).ok());
  CHECK_FALSE(lifetime());
}

TEST_CASE("the kernel itself removes an address that nobody refreshes") {
  Namespace ns;
  const auto a = ns.link("eth1");
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("10.1.0.1/24"), 1s, false}).ok());
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("2001:db8:1::1/64"), 1s, true}).ok());
  for (;;) {
    const auto observed = ns.read();
    const bool ipv4 = find(observed, "eth1", "10.1.0.1/24") != nullptr;
    const bool ipv6 = find(observed, "eth1", "2001:db8:1::1/64") != nullptr;
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited < 1s) {
      REQUIRE(ipv4);
      REQUIRE(ipv6);
    }
    if (!ipv4 && !ipv6) break;
    REQUIRE(waited < 10s);
    std::this_thread::sleep_for(20ms);
  }
}

TEST_CASE("a refresh does not bring back what is gone") {
  const auto* text = GENERATE("10.1.0.1/24", "2001:db8:1::1/64");
  CAPTURE(text);
  Namespace ns;
  const auto result = ns.run(plan::RefreshAddress{ns.link("eth1"), ifaddr(text), 10s});
  CHECK(result.error == EADDRNOTAVAIL);
  CHECK(find(ns.read(), "eth1", text) == nullptr);
}

TEST_CASE("our addresses carry our mark where the kernel keeps it") {
  Namespace ns;
  const auto a = ns.link("eth1");
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("10.1.0.1/24"), {}, false}).ok());
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("2001:db8::1/64"), {}, true}).ok());
  shell("ip addr add 10.2.0.1/24 dev eth1");
  const auto observed = ns.read();
  const auto is_ours_or_unknown = [](const plan::ObservedAddress* address) {
    return address != nullptr && (!address->protocol || address->protocol == plan::our_protocol);
  };
  CHECK(is_ours_or_unknown(find(observed, "eth1", "10.1.0.1/24")));
  CHECK(is_ours_or_unknown(find(observed, "eth1", "2001:db8::1/64")));
  REQUIRE(find(observed, "eth1", "10.2.0.1/24") != nullptr);
  CHECK(find(observed, "eth1", "10.2.0.1/24")->protocol != plan::our_protocol);
}
