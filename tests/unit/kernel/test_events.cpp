#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reconciler/kernel/events.h"
#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

namespace {

class Listener {
 public:
  explicit Listener(std::size_t buffer = std::size_t{8} << 20) : socket_(open(buffer)) {}

  // Waits until an event for which `matches` is true; those before it are dropped.
  template <class Kind>
  Kind wait_for(auto matches) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      while (!events_.empty()) {
        const auto event = events_.front();
        events_.pop_front();
        if (const auto* kind = std::get_if<Kind>(&event); kind != nullptr && matches(*kind)) return *kind;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left <= 0ms) FAIL("the event did not come");
      pollfd readable{socket_.fd(), POLLIN, 0};
      REQUIRE(poll(&readable, 1, static_cast<int>(left.count())) >= 0);
      take();
    }
  }

  std::size_t take(std::size_t limit = 1024) {
    auto received = socket_.receive(limit);
    REQUIRE(received);
    events_.insert(events_.end(), received->begin(), received->end());
    return received->size();
  }

 private:
  static kernel::EventSocket open(std::size_t buffer) {
    auto socket = kernel::EventSocket::open(buffer);
    REQUIRE(socket);
    return std::move(*socket);
  }

  kernel::EventSocket socket_;
  std::deque<kernel::Event> events_;
};

}  // namespace

TEST_CASE("carrier, admin state, new name and removal of a link are heard") {
  Namespace ns;
  Listener listener;
  const auto a = ns.link("eth1");
  const auto about_a = [&](auto rest) {
    return [&a, rest](const kernel::LinkChanged& event) { return event.link.id.index == a.index && rest(event); };
  };
  shell("ip link set eth2 down");
  listener.wait_for<kernel::LinkChanged>(
      about_a([](const auto& e) { return e.link.up && !e.link.carrier && !e.gone; }));
  shell("ip link set eth2 up");
  listener.wait_for<kernel::LinkChanged>(about_a([](const auto& e) { return e.link.up && e.link.carrier; }));
  shell("ip link set eth1 down");
  listener.wait_for<kernel::LinkChanged>(
      about_a([](const auto& e) { return !e.link.up && !e.link.carrier && !e.gone; }));
  shell("ip link set eth1 name eth9");
  listener.wait_for<kernel::LinkChanged>(about_a([](const auto& e) { return e.link.id.name.str() == "eth9"; }));
  shell("ip link del eth9");
  listener.wait_for<kernel::LinkChanged>(about_a([](const auto& e) { return e.gone; }));
}

TEST_CASE("a port that leaves its bridge is not a link that is gone") {
  Namespace ns;
  shell("ip link add br0 type bridge && ip link set eth1 master br0");
  Listener listener;
  const auto a = ns.link("eth1");
  shell("ip link set eth1 nomaster");
  shell("ip link set eth1 mtu 1400");
  listener.take();
  shell("ip link del br0");  // its event comes last
  listener.wait_for<kernel::LinkChanged>([&](const auto& event) {
    if (event.link.id.index == a.index) CHECK_FALSE(event.gone);
    return event.gone;
  });
}

TEST_CASE("addresses, routes and neighbours that come and go are heard") {
  Namespace ns;
  const auto a = ns.link("eth1");
  Listener listener;
  for (const auto* text : {"10.1.0.1/24", "2001:db8:1::1/64"}) {
    CAPTURE(text);
    const auto matches = [&](bool gone) {
      return [=](const kernel::AddressChanged& e) {
        return e.gone == gone && e.address.link.index == a.index && e.address.address == ifaddr(text);
      };
    };
    shell(fmt::format("ip addr add {} dev eth1 nodad", text));
    listener.wait_for<kernel::AddressChanged>(matches(false));
    shell(fmt::format("ip addr del {} dev eth1", text));
    listener.wait_for<kernel::AddressChanged>(matches(true));
  }
  for (const auto* text : {"10.9.0.0/16", "2001:db8:9::/48"}) {
    CAPTURE(text);
    const auto matches = [&](bool gone) {
      return [=](const kernel::RouteChanged& e) {
        return e.gone == gone && e.route.link.index == a.index && e.route.route.destination.str() == text &&
               e.route.protocol == 12;
      };
    };
    shell(fmt::format("ip route add {} dev eth1 proto bird", text));
    listener.wait_for<kernel::RouteChanged>(matches(false));
    shell(fmt::format("ip route del {} dev eth1", text));
    listener.wait_for<kernel::RouteChanged>(matches(true));
  }
  for (const auto* text : {"10.1.0.9", "2001:db8:1::9"}) {
    CAPTURE(text);
    const auto matches = [&](bool gone) {
      return [=](const kernel::NeighborChanged& e) {
        return e.gone == gone && e.neighbor.link.index == a.index && e.neighbor.neighbor.address == ip(text);
      };
    };
    shell(fmt::format("ip neigh add {} lladdr 02:00:00:00:00:01 dev eth1 nud permanent", text));
    CHECK(listener.wait_for<kernel::NeighborChanged>(matches(false)).neighbor.permanent);
    shell(fmt::format("ip neigh del {} dev eth1", text));
    listener.wait_for<kernel::NeighborChanged>(matches(true));
  }
}

TEST_CASE("the end of duplicate address detection is heard") {
  Namespace ns;
  Listener listener;
  REQUIRE(ns.run(plan::AddAddress{ns.link("eth1"), ifaddr("2001:db8::1/64"), {}, false}).ok());
  listener.wait_for<kernel::AddressChanged>(
      [](const auto& e) { return !e.gone && !e.address.tentative && e.address.address == ifaddr("2001:db8::1/64"); });
}

TEST_CASE("the end of a lifetime is heard") {
  const auto* text = GENERATE("10.1.0.1/24", "2001:db8::1/64");
  CAPTURE(text);
  Namespace ns;
  Listener listener;
  REQUIRE(ns.run(plan::AddAddress{ns.link("eth1"), ifaddr(text), 1s, true}).ok());
  listener.wait_for<kernel::AddressChanged>([&](const auto& e) { return e.gone && e.address.address == ifaddr(text); });
}

TEST_CASE("events that were lost are known to be lost, and the socket goes on") {
  Namespace ns;
  Listener listener(4096);
  shell("ip addr add 10.1.0.1/24 dev eth1");
  std::vector<plan::Operation> operations;
  operations.reserve(250);
  for (int i = 0; i < 250; ++i) {
    operations.push_back({plan::AddRoute{ns.link("eth1"), route(fmt::format("10.50.{}.0/24", i), "10.1.0.254")}, {}});
  }
  for (const auto& result : ns.kernel.execute(operations)) REQUIRE(result.ok());
  listener.wait_for<kernel::Overrun>([](const auto&) { return true; });
  while (listener.take() != 0) {
  }
  shell("ip addr add 10.2.0.1/24 dev eth1");
  listener.wait_for<kernel::AddressChanged>([](const auto& e) { return e.address.address == ifaddr("10.2.0.1/24"); });
}

TEST_CASE("only the kernel is believed") {
  Namespace ns;
  auto events = kernel::EventSocket::open();
  REQUIRE(events);
  sockaddr_nl victim{};
  socklen_t size = sizeof victim;
  REQUIRE(getsockname(events->fd(), reinterpret_cast<sockaddr*>(&victim), &size) == 0);
  victim.nl_groups = 0;

  struct {
    nlmsghdr header;
    ifinfomsg link;
  } forged{};
  forged.header = {sizeof forged, RTM_DELLINK, 0, 0, 0};
  forged.link.ifi_index = ns.link("eth1").index;
  const int forger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  REQUIRE(forger >= 0);
  CHECK(sendto(forger, &forged, sizeof forged, 0, reinterpret_cast<sockaddr*>(&victim), size) ==
        static_cast<ssize_t>(sizeof forged));
  close(forger);
  const auto received = events->receive();
  REQUIRE(received);
  CHECK(received->empty());
}

TEST_CASE("a storm is taken in portions and nothing is lost with the default buffer") {
  Namespace ns;
  shell("ip addr add 10.1.0.1/24 dev eth1");
  auto events = kernel::EventSocket::open();
  REQUIRE(events);
  std::vector<plan::Operation> operations;
  operations.reserve(2000);
  for (int i = 0; i < 2000; ++i) {
    const auto destination = fmt::format("10.{}.{}.0/24", 50 + i / 250, i % 250);
    operations.push_back({plan::AddRoute{ns.link("eth1"), route(destination, "10.1.0.254")}, {}});
  }
  for (const auto& result : ns.kernel.execute(operations)) REQUIRE(result.ok());
  std::size_t routes = 0;
  for (;;) {
    const auto portion = events->receive(100);
    REQUIRE(portion);
    CHECK(portion->size() <= 100);  // of these, each has a datagram of its own
    if (portion->empty()) break;
    for (const auto& event : *portion) {
      CHECK_FALSE(std::holds_alternative<kernel::Overrun>(event));
      const auto* change = std::get_if<kernel::RouteChanged>(&event);
      if (change != nullptr && change->route.protocol == plan::our_protocol) ++routes;
    }
  }
  CHECK(routes == 2000);
}

TEST_CASE("what our own requests add is not heard if that is wished; what they take away, and what others do, is") {
  Namespace ns;
  shell("ip addr add 10.1.0.1/24 dev eth1");
  auto events = kernel::EventSocket::open();
  REQUIRE(events);
  REQUIRE(events->ignore_requests_of(ns.kernel.port()));
  const auto eth1 = ns.link("eth1");
  const std::vector<plan::Operation> operations{{plan::AddAddress{eth1, ifaddr("10.1.0.2/24"), {}, false}, {}},
                                                {plan::AddRoute{eth1, route("10.9.0.0/16", "10.1.0.254")}, {}},
                                                {plan::RemoveAddress{eth1, ifaddr("10.1.0.2/24")}, {}}};
  for (const auto& result : ns.kernel.execute(operations)) REQUIRE(result.ok());
  shell("ip addr add 10.1.0.3/24 dev eth1 && ip route add 10.8.0.0/16 via 10.1.0.254");
  const auto heard = events->receive();
  REQUIRE(heard);
  std::vector<std::string> routes;
  std::vector<std::string> addresses;
  for (const auto& event : *heard) {
    const auto* change = std::get_if<kernel::RouteChanged>(&event);
    if (change != nullptr && !change->gone) routes.push_back(change->route.route.destination.str());
    const auto* address = std::get_if<kernel::AddressChanged>(&event);
    if (address != nullptr) addresses.push_back((address->gone ? "-" : "+") + address->address.address.str());
  }
  CHECK(routes == std::vector<std::string>{"10.8.0.0/16"});
  CHECK(addresses == std::vector<std::string>{"-10.1.0.2/24", "+10.1.0.3/24"});
}
