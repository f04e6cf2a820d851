// What is wanted in the kernel, from configuration and decisions: pure.
#include <algorithm>
#include <catch2/catch.hpp>

#include "reconciler/daemon/desired_index.h"
#include "reconciler/daemon/desired_state.h"
#include "reconciler/daemon/once.h"
#include "reconciler/plan/desired.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::daemon;

namespace {

Wanted nothing_decided() {
  Wanted wanted;
  wanted.configuration = std::make_shared<const ClimState>(example_state());
  return wanted;
}

Placement placement_of(const Wanted& wanted, const InterfaceRef& home) {
  const auto& configuration = *wanted.configuration;
  const auto& file =
      home.clim == configuration.clim.name ? configuration.home.at(home.interface) : configuration.mirrors.at(home);
  return {file.interface, InterfaceName("eth1"), std::chrono::seconds(10), false};
}

std::vector<std::string> addresses(const plan::Desired& desired) {
  std::vector<std::string> texts;
  for (const auto& each : desired.addresses) {
    texts.push_back(each.link.str() + " " + each.address.str() +
                    (each.lifetime ? " for " + std::to_string(each.lifetime->count()) : ""));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

}  // namespace

TEST_CASE("before anything is decided, data interfaces are up and bare (F8)", "[daemon][desired]") {
  auto wanted = nothing_decided();
  const auto desired = desired_state(wanted);
  CHECK(desired.links.size() == 4);
  CHECK(std::all_of(desired.links.begin(), desired.links.end(), [](const auto& link) { return link.up; }));
  // Loopback and maintenance never fail over and are asked nobody about (K4).
  CHECK(addresses(desired) == std::vector<std::string>{"eth0 192.168.100.1/24", "lo 10.255.0.1/32"});
  CHECK(desired.routes.empty());

  wanted.stopped.insert(InterfaceName("eth1"));
  for (const auto& link : desired_state(wanted).links) CHECK(link.up == (link.name.str() != "eth1"));
}

TEST_CASE("home and visiting resources live side by side, the home's first", "[daemon][desired]") {
  auto wanted = nothing_decided();
  wanted.placements[ref("n1", "eth1")] = placement_of(wanted, ref("n1", "eth1"));
  wanted.placements[ref("n2", "eth1")] = placement_of(wanted, ref("n2", "eth1"));
  const auto desired = desired_state(wanted);
  CHECK(addresses(desired) == std::vector<std::string>{"eth0 192.168.100.1/24", "eth1 10.1.0.1/24 for 10",
                                                       "eth1 10.1.0.2/24 for 10", "lo 10.255.0.1/32"});
  const auto of = [&](const std::string& clim) {
    return std::find_if(desired.addresses.begin(), desired.addresses.end(),
                        [&](const auto& each) { return each.homes.count(ref(clim, "eth1")) != 0; });
  };
  CHECK(of("n1") < of("n2"));
  // Both want the route to 10.9.0.0/16: it goes with the last of them.
  REQUIRE(desired.routes.size() == 2);
  wanted.placements.erase(ref("n1", "eth1"));
  CHECK(desired_state(wanted).routes.size() == 1);
  wanted.placements.clear();
  CHECK(desired_state(wanted).routes.empty());
}

TEST_CASE("a tunnel comes and goes with its home interface, one without a local address stays", "[daemon][desired]") {
  auto wanted = nothing_decided();
  auto placement = placement_of(wanted, ref("n1", "eth1"));
  auto home = *placement.content;
  home.rules = {{Prefix::parse("10.1.0.0/24"), {}, 1000, 100}};
  home.tunnels = {{InterfaceName("tun1"),
                   IpAddress::parse("10.1.0.1"),
                   *IpAddress::parse("192.0.2.9"),
                   64,
                   1400,
                   {*InterfaceAddress::parse("2001:db8:ff::1/64")},
                   {}}};
  placement.content = std::make_shared<const HomeInterface>(home);
  const auto bare = desired_state(wanted);
  wanted.placements[ref("n1", "eth1")] = placement;
  const auto desired = desired_state(wanted);
  REQUIRE(desired.links.size() == bare.links.size() + 1);
  CHECK(desired.links.back().name == InterfaceName("tun1"));
  CHECK(desired.links.back().mtu == 1400U);
  CHECK(desired.rules.size() == 1);
  const auto list = addresses(desired);
  CHECK(std::find(list.begin(), list.end(), "tun1 2001:db8:ff::1/64 for 10") != list.end());

  HomeInterface alone;
  alone.name = ref("n1", "tun2");
  alone.kind = InterfaceKind::tunnel;
  alone.tunnels = {{InterfaceName("tun2"), {}, *IpAddress::parse("192.0.2.10"), 64, {}, {}, {}}};
  auto configuration = *wanted.configuration;
  configuration.home.emplace(InterfaceName("tun2"), home_file(alone));
  wanted.configuration = std::make_shared<const ClimState>(configuration);
  wanted.placements.clear();
  const auto stays = desired_state(wanted);
  CHECK(stays.links.size() == bare.links.size() + 1);
  CHECK(std::holds_alternative<plan::TunnelOptions>(stays.links.back().made));
}

TEST_CASE("without routes, all the rest is desired all the same", "[daemon][desired]") {
  auto wanted = nothing_decided();
  wanted.placements[ref("n1", "eth1")] = placement_of(wanted, ref("n1", "eth1"));
  const auto whole = desired_state(wanted);
  const auto most = desired_state(wanted, plan::Extent::without_routes);
  CHECK(whole.routes.size() == 1);
  CHECK(most.routes.empty());
  CHECK(addresses(most) == addresses(whole));
  CHECK(most.links.size() == whole.links.size());
  CHECK(most.neighbors.size() == whole.neighbors.size());
}

TEST_CASE("nothing is added to what is undecided, and nothing of it goes", "[daemon][desired]") {
  auto wanted = nothing_decided();
  auto adopted = placement_of(wanted, ref("n1", "eth1"));
  adopted.undecided = true;
  wanted.placements[ref("n1", "eth1")] = adopted;
  wanted.placements[ref("n2", "eth1")] = placement_of(wanted, ref("n2", "eth1"));
  const plan::LinkId eth1{3, InterfaceName("eth1")};
  const auto address = *InterfaceAddress::parse("10.1.0.1/24");
  const plan::Homes both{ref("n1", "eth1"), ref("n2", "eth1")};
  HomeInterface with_tunnel = *adopted.content;
  with_tunnel.tunnels = {{InterfaceName("tun1"), {}, *IpAddress::parse("192.0.2.9"), 64, {}, {}, {}}};
  wanted.placements[ref("n1", "eth1")].content = std::make_shared<const HomeInterface>(with_tunnel);
  const std::vector<plan::Operation> tunnel{
      {plan::AddLink{{7, InterfaceName("tun1")}, plan::TunnelOptions{}}, {ref("n1", "eth1")}},
      {plan::SetUp{{7, InterfaceName("tun1")}, true}, {ref("n1", "eth1")}},
      {plan::RemoveLink{{7, InterfaceName("old")}, "sit"}, {ref("n1", "eth1")}},
      {plan::AddRule{{Prefix::parse("10.1.0.0/24"), {}, 1000, 100}}, {ref("n1", "eth1")}}};
  CHECK(decided(wanted, tunnel).empty());
  CHECK(decided(wanted, {{plan::AddLink{{7, InterfaceName("bond0")}, plan::BondOptions{}}, {ref("n1", "eth1")}},
                         {plan::RemoveLink{{8, InterfaceName("bond1")}, "bond"}, {ref("n1", "eth1")}}})
            .size() == 2);
  const std::vector<plan::Operation> operations{
      {plan::AddAddress{eth1, address, std::nullopt, false}, {ref("n1", "eth1")}},
      {plan::RemoveAddress{eth1, address}, {ref("n1", "eth1")}},
      {plan::AddAddress{eth1, address, std::nullopt, false}, {ref("n2", "eth1")}},
      {plan::AddAddress{eth1, address, std::nullopt, false}, both},
      {plan::SetUp{eth1, true}, {ref("n1", "eth1")}},
      {plan::RemoveAddress{eth1, address}, {}},
  };
  const auto left = decided(wanted, operations);
  REQUIRE(left.size() == 4);
  CHECK(left[0].homes == plan::Homes{ref("n2", "eth1")});
  CHECK(left[1].homes == both);
  CHECK(std::holds_alternative<plan::SetUp>(left[2].action));
  CHECK(left[3].homes.empty());
}

TEST_CASE("witnesses are gateways and neighbours, never our own addresses", "[daemon][desired]") {
  const auto home = *example_state().home.at(InterfaceName("eth1")).interface;
  CHECK(witnesses_of(home) == std::vector<IpAddress>{*IpAddress::parse("10.1.0.254"), *IpAddress::parse("10.1.0.253")});
  auto own_gateway = home;
  own_gateway.addresses.push_back(*InterfaceAddress::parse("10.1.0.254/24"));
  CHECK(witnesses_of(own_gateway) == std::vector<IpAddress>{*IpAddress::parse("10.1.0.253")});
}

TEST_CASE("--once adds nothing that may be elsewhere", "[daemon][once]") {
  const auto configuration = std::make_shared<const ClimState>(example_state());
  const auto home = ref("n1", "eth1");
  const auto visitor = ref("n2", "eth1");

  const auto alone = wanted_once(configuration, {}, {}, {});
  CHECK(addresses(desired_state(alone)) ==
        std::vector<std::string>{"eth0 192.168.100.1/24", "eth2 10.2.0.1/24", "lo 10.255.0.1/32"});

  // Held and ours: completed, for as long as nobody else can take it.
  const auto held = wanted_once(configuration, {}, {}, {home, visitor});
  REQUIRE(held.placements.count(home) == 1);
  CHECK_FALSE(held.placements.at(home).undecided);
  CHECK(held.placements.at(home).lifetime == std::chrono::seconds(300));
  // A visitor that no record of ours names: as it is.
  REQUIRE(held.placements.count(visitor) == 1);
  CHECK(held.placements.at(visitor).undecided);

  std::map<InterfaceRef, failover::Saved> records;
  records[home].record.owner = ClimName("n2");
  CHECK(wanted_once(configuration, records, {}, {home}).placements.at(home).undecided);
  records[home].record.owner = ClimName("n1");
  records[home].record.stopped = true;
  CHECK(wanted_once(configuration, records, {}, {home}).placements.at(home).undecided);
  records[home].interface_stopped = true;
  const auto stopped = wanted_once(configuration, records, {}, {home});
  CHECK(stopped.stopped == std::set<InterfaceName>{InterfaceName("eth1")});
  CHECK(stopped.placements.count(home) == 0);

  // A visitor of ours by record: only with the mirror that was announced (F10).
  records.clear();
  records[visitor].record.owner = ClimName("n1");
  records[visitor].announced = configuration->mirrors.at(visitor).digest;
  CHECK_FALSE(wanted_once(configuration, records, {}, {visitor}).placements.at(visitor).undecided);
  records[visitor].announced = Digest::of("a newer one");
  CHECK(wanted_once(configuration, records, {}, {visitor}).placements.at(visitor).undecided);
}

namespace {

std::shared_ptr<const HomeInterface> with_rule(HomeInterface home) {
  home.rules = {{Prefix::parse("10.1.0.0/24"), {}, 1000, 100}};
  return std::make_shared<const HomeInterface>(std::move(home));
}

}  // namespace

TEST_CASE("an event of the kernel is looked up in what is desired", "[daemon][drift]") {
  auto wanted = nothing_decided();
  wanted.placements[ref("n1", "eth1")] = placement_of(wanted, ref("n1", "eth1"));
  plan::ObservedLink eth1;
  eth1.id = {3, InterfaceName("eth1")};
  eth1.up = eth1.carrier = true;
  eth1.settings = plan::settings_for(InterfaceKind::physical);
  wanted.placements[ref("n1", "eth1")].content = with_rule(*wanted.placements[ref("n1", "eth1")].content);
  const DesiredIndex index(desired_state(wanted), {eth1});
  const auto concerns = [&](const kernel::Event& event, bool waiting = false) {
    return index.concerns_us(event, waiting);
  };

  plan::ObservedAddress address;
  address.address = *InterfaceAddress::parse("10.1.0.1/24");
  address.lifetime = std::chrono::seconds(7);
  CHECK(concerns(kernel::AddressChanged{address, true}));
  CHECK_FALSE(concerns(kernel::AddressChanged{address, false}));  // our own refresh
  CHECK(concerns(kernel::AddressChanged{address, false}, true));
  address.lifetime.reset();  // somebody took the fence away
  CHECK(concerns(kernel::AddressChanged{address, false}));
  address.address = *InterfaceAddress::parse("10.77.0.1/24");
  CHECK_FALSE(concerns(kernel::AddressChanged{address, false}));
  CHECK(concerns(kernel::AddressChanged{address, true}));  // may have taken routes with it

  plan::ObservedRoute route;
  route.route.destination = *Prefix::parse("10.9.0.0/16");
  route.protocol = plan::our_protocol;
  CHECK(concerns(kernel::RouteChanged{route, true}));
  CHECK_FALSE(concerns(kernel::RouteChanged{route, false}));
  route.protocol = 186;  // bird
  CHECK_FALSE(concerns(kernel::RouteChanged{route, true}));
  CHECK(concerns(kernel::RouteChanged{route, true},
                 true));  // it may have been in the way
  route.route.destination = *Prefix::parse("10.8.0.0/16");
  CHECK_FALSE(concerns(kernel::RouteChanged{route, true}, true));
  route.protocol = plan::our_protocol;
  CHECK(concerns(kernel::RouteChanged{route, false}));  // a leftover

  plan::ObservedNeighbor neighbor;
  neighbor.neighbor = {*IpAddress::parse("10.1.0.253"), *MacAddress::parse("02:00:00:00:00:fd")};
  neighbor.permanent = true;
  CHECK_FALSE(concerns(kernel::NeighborChanged{neighbor, false}));
  CHECK(concerns(kernel::NeighborChanged{neighbor, true}));
  neighbor.neighbor.mac = *MacAddress::parse("02:00:00:00:00:01");
  CHECK(concerns(kernel::NeighborChanged{neighbor, false}));
  neighbor.neighbor.address = *IpAddress::parse("10.1.0.99");
  CHECK_FALSE(concerns(kernel::NeighborChanged{neighbor, true}));

  // Links: what is not as it was when the kernel was read, and what is wanted and was not there.
  CHECK_FALSE(concerns(kernel::LinkChanged{eth1, false}));
  CHECK(concerns(kernel::LinkChanged{eth1, true}));
  const auto changed = [&](auto change) {
    auto link = eth1;
    change(link);
    return concerns(kernel::LinkChanged{link, false});
  };
  CHECK_FALSE(changed([](auto& link) { link.carrier = false; }));
  CHECK(changed([](auto& link) { link.up = false; }));
  CHECK(changed([](auto& link) { link.mtu = 1400; }));
  CHECK(changed([](auto& link) { link.master = 7; }));
  CHECK(changed([](auto& link) { link.id.name = InterfaceName("renamed"); }));
  CHECK(changed([](auto& link) { link.shape = plan::BondOptions{}; }));
  CHECK(changed([](auto& link) { link.settings[plan::Setting::arp_ignore] = 0; }));
  CHECK_FALSE(changed([](auto& link) { link.settings.clear(); }));  // an event that does not tell them
  plan::ObservedLink other = eth1;
  other.id.index = 9;
  CHECK(concerns(kernel::LinkChanged{other, false}));  // eth1 is a new device now
  other.id.name = InterfaceName("docker0");
  CHECK_FALSE(concerns(kernel::LinkChanged{other, false}));
  CHECK(concerns(kernel::LinkChanged{other, false}, true));  // it may be the one that is looked for by its MAC address

  plan::ObservedRule rule{Family::ipv4, {Prefix::parse("10.1.0.0/24"), {}, 1000, 100}, plan::our_protocol};
  CHECK_FALSE(concerns(kernel::RuleChanged{rule, false}));
  CHECK(concerns(kernel::RuleChanged{rule, true}));
  rule.protocol = 4;
  CHECK_FALSE(concerns(kernel::RuleChanged{rule, true}));
  CHECK(concerns(kernel::RuleChanged{rule, true}, true));
  rule.rule.table = 101;
  CHECK_FALSE(concerns(kernel::RuleChanged{rule, false}));
  rule.protocol = plan::our_protocol;
  CHECK(concerns(kernel::RuleChanged{rule, false}));  // a leftover
  CHECK(concerns(kernel::Overrun{}));
}
