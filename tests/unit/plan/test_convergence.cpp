// Properties of the plan, on random worlds: whatever was there and whatever is wanted, carrying out plans ends, the end
// is what was wanted, ownership is right at every moment, and nothing of others is touched.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/desired.h"
#include "tests/unit/plan/build.h"
#include "tests/unit/plan/model.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

namespace {

class World {
 public:
  explicit World(unsigned seed) : random_(seed), model(two_links()) {
    for (const int index : {3, 4}) {
      auto link = model.state.links.front();
      link.id = {index, InterfaceName("eth" + std::to_string(index))};
      model.state.links.push_back(link);
    }
  }

  bool chance(int percent) { return std::uniform_int_distribution<int>(1, 100)(random_) <= percent; }
  template <class Value>
  Value one_of(const std::vector<Value>& values) {
    return values[std::uniform_int_distribution<std::size_t>(0, values.size() - 1)(random_)];
  }

  // Few values, so that they meet often.
  std::string address() {
    return one_of(std::vector<std::string>{"10.1.0.1/24", "10.1.0.2/24", "10.1.0.3/24", "10.1.0.1/16", "10.2.0.1/24",
                                           "2001:db8:1::1/64", "2001:db8:1::2/64", "2001:db8:1::1/48"});
  }
  Route some_route() {
    static const std::vector<std::pair<const char*, const char*>> shapes{
        {"10.9.0.0/16", "10.1.0.254"}, {"10.9.0.0/16", "10.1.0.253"},         {"10.9.0.0/16", "10.77.0.1"},
        {"10.77.0.0/24", ""},          {"0.0.0.0/0", "10.1.0.254"},           {"10.66.0.0/16", ""},
        {"2001:db8:9::/48", ""},       {"2001:db8:9::/48", "2001:db8:1::fe"}, {"::/0", "2001:db8:1::fe"}};
    const auto [destination, gateway] = one_of(shapes);
    Route made = route(destination, gateway);
    if (!made.gateway && chance(40)) made.type = RouteType::blackhole;
    if (made.family() == Family::ipv4 && made.gateway && chance(30)) made.source = ip("10.1.0.2");
    if (chance(20)) made.metric = 20;
    if (made.gateway && chance(20)) made.onlink = true;
    return made;
  }
  plan::Homes some_homes() { return chance(50) ? plan::Homes{home1} : plan::Homes{visitor}; }
  InterfaceName some_link() { return one_of(std::vector{eth1, eth2}); }

  plan::Desired desired() {
    plan::Desired wanted;
    for (const auto& name : {eth1, eth2}) {
      plan::DesiredLink link{name, chance(90), {}, plan::settings_for(InterfaceKind::physical), {home1}};
      if (chance(30)) link.mtu = chance(50) ? 9000 : 1200;
      if (chance(90)) wanted.links.push_back(link);
    }
    made_links(wanted);
    if (chance(50)) {
      wanted.rules.push_back({{Prefix::parse("10.1.0.0/24"), {}, chance(50) ? 1000U : 1001U, 100}, some_homes()});
    }
    for (int i = 0; i < 5; ++i) {
      plan::DesiredAddress want{some_link(), ifaddr(address()), {}, chance(50), some_homes()};
      if (want.movable) want.lifetime = chance(50) ? 10s : 300s;
      wanted.addresses.push_back(want);
      wanted.routes.push_back({some_link(), some_route(), some_homes()});
    }
    if (chance(50)) {
      wanted.neighbors.push_back({some_link(), {ip("10.1.0.9"), mac("02:00:00:00:00:09")}, some_homes()});
    }
    return wanted;
  }

  // A bond of eth3 and eth4, or one of them by itself; VLANs on it or on eth1; a tunnel.
  void made_links(plan::Desired& wanted) {
    const auto add = [&](const InterfaceName& name, const auto& what) {
      wanted.links.push_back({name, chance(90), {}, plan::settings_for(InterfaceKind::bond), {home1}});
      wanted.links.back().made = what;
      if (chance(30)) wanted.links.back().mtu = chance(50) ? 1400 : 1300;
    };
    const InterfaceName bond0{"bond0"};
    const InterfaceName vlan{"vlan"};
    if (chance(70)) {
      Bond bond;
      bond.mode = one_of(std::vector{BondMode::active_backup, BondMode::ieee_802_3ad, BondMode::balance_rr});
      bond.miimon = chance(50) ? 100ms : 50ms;
      bond.up_delay = chance(50) ? 0ms : 200ms;
      bond.lacp_rate = chance(50) ? LacpRate::slow : LacpRate::fast;
      if (chance(50)) bond.primary = InterfaceName("eth3");
      for (const auto& name : {InterfaceName("eth3"), InterfaceName("eth4")}) {
        if (chance(20)) continue;
        wanted.links.push_back({name, true, {}, {}, {home1}});
        wanted.links.back().bond = bond0;
      }
      add(bond0, bond);
      wanted.addresses.push_back({bond0, ifaddr("10.3.0.1/24"), {}, false, {home1}});
    } else {
      wanted.links.push_back({InterfaceName("eth3"), chance(80), {}, {}, {home1}});
    }
    if (chance(60)) {
      add(vlan, Vlan{chance(50) ? bond0 : eth1, static_cast<std::uint16_t>(chance(80) ? 7 : 8)});
      wanted.addresses.push_back({vlan, ifaddr("10.4.0.1/24"), {}, false, {home1}});
    }
    if (chance(40)) {
      add(InterfaceName("tun"), plan::TunnelOptions{{}, ip(chance(70) ? "192.0.2.1" : "192.0.2.2"), 64});
      wanted.addresses.push_back({InterfaceName("tun"), ifaddr("2001:db8:5::1/64"), {}, true, {home1}});
    }
  }

  // Somebody else takes a slave out, removes a link, makes one of a name that we may want, takes something down.
  void interfere_with_links() {
    const auto links = model.state.links;
    const auto& victim = one_of(links);
    if (chance(15) && victim.master != 0) model.execute(plan::SetMaster{victim.id, {}});
    if (chance(15) && victim.shape.index() != 0) model.execute(plan::RemoveLink{victim.id, victim.kind});
    if (chance(15)) model.execute(plan::SetUp{victim.id, chance(50)});
    if (chance(10)) {
      model.execute(plan::AddLink{{100 + foreign_links_++, InterfaceName(chance(50) ? "vlan" : "tun")},
                                  plan::TunnelOptions{{}, ip("192.0.2.77"), 64}});
    }
    if (chance(10) && victim.shape.index() != 0) {
      model.execute(plan::SetUp{victim.id, false});
      model.execute(plan::SetName{victim.id, InterfaceName("elsewhere" + std::to_string(foreign_links_++))});
    }
  }

  // Somebody else does something.
  void interfere() {
    auto& state = model.state;
    interfere_with_links();
    if (chance(40)) {
      const int link = chance(50) ? 1 : 2;
      model.execute(plan::AddAddress{{link, link == 1 ? eth1 : eth2}, ifaddr(address()), {}, true});
    }
    if (chance(40)) {
      auto foreign = seen(some_route(), 12, chance(50) ? 1 : 2);
      foreign.route.source.reset();
      state.routes.push_back(foreign);
    }
    if (chance(30) && !state.addresses.empty()) {
      const auto victim = one_of(state.addresses);
      model.execute(plan::RemoveAddress{victim.link, victim.address});
    }
    if (chance(30) && !state.routes.empty()) {
      const auto victim = one_of(state.routes);
      std::erase_if(state.routes, [&](const auto& r) { return r.route == victim.route && r.link == victim.link; });
    }
    if (chance(20)) {
      const bool up = chance(50);
      model.execute(plan::SetUp{{1, eth1}, up});
    }
    if (chance(20)) {
      const auto protocol = chance(50) ? std::optional<std::uint8_t>() : std::optional<std::uint8_t>(7);
      state.neighbors.push_back({{1, eth1}, {ip("10.1.0.9"), mac("02:00:00:00:00:ff")}, chance(50), protocol});
      for (std::size_t i = 0; i + 1 < state.neighbors.size(); ++i) {  // one entry for an address
        if (state.neighbors[i].neighbor.address == ip("10.1.0.9") && state.neighbors[i].link.index == 1) {
          state.neighbors.pop_back();
          break;
        }
      }
    }
    for (auto& address : state.addresses) address.tentative = false;
  }

 private:
  std::mt19937 random_;
  int foreign_links_ = 0;

 public:
  Model model;
  plan::Ledger ledger{"boot/1", {}, {}};
};

using AddressKey = std::pair<int, InterfaceAddress>;

std::set<AddressKey> addresses_of(const plan::Ledger& ledger) {
  std::set<AddressKey> keys;
  for (const auto& owned : ledger.addresses) keys.insert({owned.link.index, owned.address});
  return keys;
}

std::set<AddressKey> addresses_of(const plan::Observed& state) {
  std::set<AddressKey> keys;
  for (const auto& address : state.addresses) keys.insert({address.link.index, address.address});
  return keys;
}

std::set<int> links_of(const std::vector<plan::ObservedLink>& links) {
  std::set<int> indices;
  for (const auto& link : links) indices.insert(link.id.index);
  return indices;
}

std::set<int> links_of(const std::vector<plan::OwnedLink>& links) {
  std::set<int> indices;
  for (const auto& owned : links) indices.insert(owned.link.index);
  return indices;
}

// Carries out a plan. After every single operation whatever is in the kernel and was not there before is in the ledger
// that is on disk: who dies here leaves nothing that nobody owns.
void carry_out(World& world, const plan::Plan& plan) {
  const auto before = addresses_of(world.model.state);
  const auto on_disk = addresses_of(plan.before);
  const auto links_before = links_of(world.model.state.links);
  const auto links_on_disk = links_of(plan.before.links);
  std::vector<plan::OperationResult> results;
  for (const auto& operation : plan.operations) {
    INFO(describe(operation));
    if (const auto* removal = std::get_if<plan::RemoveAddress>(&operation.action)) {
      CHECK(on_disk.contains({removal->link.index, removal->address}));
    }
    if (const auto* removal = std::get_if<plan::RemoveRoute>(&operation.action)) {
      CHECK(removal->route.protocol == plan::our_protocol);
    }
    results.push_back({world.model.execute(operation.action), ""});
    for (const auto& key : addresses_of(world.model.state)) CHECK((before.contains(key) || on_disk.contains(key)));
    for (const auto& link : world.model.state.links) {
      CHECK((links_before.contains(link.id.index) || links_on_disk.contains(link.id.index)));
    }
    if (const auto* removal = std::get_if<plan::RemoveLink>(&operation.action)) {
      CHECK(links_on_disk.contains(removal->link.index));
    }
  }
  world.ledger = settle(plan, results);
}

// What is not ours, apart from what the kernel itself drops with an address or link.
std::vector<plan::ObservedRoute> foreign_routes(const plan::Observed& state) {
  std::vector<plan::ObservedRoute> foreign;
  for (const auto& route : state.routes) {
    if (route.protocol != plan::our_protocol) foreign.push_back(route);
  }
  return foreign;
}

std::set<AddressKey> foreign_addresses(const World& world) {
  auto foreign = addresses_of(world.model.state);
  for (const auto& key : addresses_of(world.ledger)) foreign.erase(key);
  return foreign;
}

// Whether the kernel has dropped routes or IPv6 addresses of this link in passing.
bool disturbed(const Model& model, const plan::Desired& desired, int index, Family family) {
  const auto* link = model.state.find_link(index);
  for (const auto& want : desired.links) {
    if (want.name == link->id.name && !want.up) return true;
  }
  return family == Family::ipv6 ? link->mtu < 1280 : model.flushed.contains(index);
}

// Else an address goes with its primary, whosever it is.
bool promotes(const plan::ObservedLink& link) {
  const auto promote = link.settings.find(plan::Setting::promote_secondaries);
  return promote != link.settings.end() && promote->second != 0;
}

// Whether a link must have been without any IPv4 address for a moment although it has one in the end: an address moved
// to another link, or a primary took its secondaries with it.
bool may_be_bare(const plan::Observed& before, const plan::Desired& desired, const plan::ObservedLink& link) {
  if (!promotes(link)) return true;
  const auto moves = [&](const plan::ObservedAddress& there) {
    return there.link.index == link.id.index &&
           std::any_of(desired.addresses.begin(), desired.addresses.end(), [&](const plan::DesiredAddress& want) {
             return want.address.address == there.address.address && want.link != there.link.name;
           });
  };
  return std::any_of(before.addresses.begin(), before.addresses.end(), moves);
}

bool has_ipv4(const plan::Observed& state, int index) {
  return std::any_of(state.addresses.begin(), state.addresses.end(), [&](const auto& address) {
    return address.link.index == index && address.address.family() == Family::ipv4;
  });
}

bool there(const plan::Observed& state, const plan::DesiredAddress& want) {
  return std::any_of(state.addresses.begin(), state.addresses.end(), [&](const auto& address) {
    return address.link.name == want.link && address.address == want.address;
  });
}

bool there(const plan::Observed& state, const plan::DesiredRoute& want) {
  return std::any_of(state.routes.begin(), state.routes.end(), [&](const auto& route) {
    const bool placed = want.route.type != RouteType::unicast || route.link.name == want.link;
    return placed && route.route == want.route;
  });
}

template <class Object>
bool excused(const plan::Plan& end, const Object& want, const std::string& object) {
  const auto about = [&](const plan::Problem& problem) {
    return describe(problem.subject) == object &&
           std::includes(problem.homes.begin(), problem.homes.end(), want.homes.begin(), want.homes.end());
  };
  return std::any_of(end.problems.begin(), end.problems.end(), about);
}

// Whether a link is what is wanted: its shape, what it is on, its slaves.
bool there(const plan::Observed& state, const plan::DesiredLink& want) {
  const auto* link = state.find_link(want.name);
  if (link == nullptr) return false;
  if (!want.bond.empty()) {
    const auto* bond = state.find_link(want.bond);
    return bond != nullptr && link->master == bond->id.index;
  }
  if (const auto* vlan = std::get_if<Vlan>(&want.made)) {
    const auto* shape = std::get_if<plan::VlanOptions>(&link->shape);
    const auto* on = state.find_link(vlan->link);
    return shape != nullptr && on != nullptr && shape->link.index == on->id.index && shape->id == vlan->id;
  }
  if (const auto* tunnel = std::get_if<plan::TunnelOptions>(&want.made)) return link->shape == plan::Shape(*tunnel);
  if (const auto* bond = std::get_if<Bond>(&want.made)) {
    const auto* shape = std::get_if<plan::BondOptions>(&link->shape);
    return shape != nullptr && shape->mode == bond->mode &&
           shape->miimon == static_cast<std::uint32_t>(bond->miimon.count()) &&
           shape->up_delay == static_cast<std::uint32_t>(bond->up_delay.count()) &&
           (bond->mode != BondMode::ieee_802_3ad || shape->lacp_rate == bond->lacp_rate);
  }
  return true;
}

}  // namespace

TEST_CASE("plans converge from any state to any other, and touch nothing of others") {
  std::size_t carried_out = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    World world(seed);
    for (int change = 0; change < 4; ++change) {
      CAPTURE(change);
      const auto desired = world.desired();
      world.interfere();
      const auto state_before = world.model.state;
      world.model.flushed.clear();
      const auto routes_before = foreign_routes(world.model.state);
      const auto addresses_before = foreign_addresses(world);
      auto foreign_links_before = links_of(world.model.state.links);
      for (const int index : links_of(world.ledger.links)) foreign_links_before.erase(index);

      plan::Plan plan = make_plan(desired, world.model.state, world.ledger);
      std::set<std::string> refused;
      for (int round = 0; round < 3 && !plan.empty(); ++round) {
        carried_out += plan.operations.size();
        refused.clear();
        carry_out(world, plan);
        for (auto& address : world.model.state.addresses) address.tentative = false;
        plan = make_plan(desired, world.model.state, world.ledger);
      }
      // What is left is refused by the kernel for a reason (a gateway that nothing reaches): the same every time.
      for (const auto& operation : plan.operations) {
        INFO(describe(operation));
        CHECK(world.model.execute(operation.action) != 0);
        refused.insert(describe(operation).substr(2));
      }
      const auto excuse = [&](const auto& want, const std::string& object) {
        const bool was_refused = std::any_of(refused.begin(), refused.end(),
                                             [&](const std::string& text) { return text.find(object) == 0; });
        return was_refused || excused(plan, want, object);
      };

      for (const auto& want : desired.links) {
        const auto object = "interface " + want.name.str();
        CAPTURE(object);
        CHECK((there(world.model.state, want) || excuse(want, object)));
        const auto* link = world.model.state.find_link(want.name);
        if (link == nullptr || excuse(want, object)) continue;
        const bool on_one_that_is_down =
            !want.up || std::any_of(desired.links.begin(), desired.links.end(), [&](const plan::DesiredLink& lower) {
              const auto* vlan = std::get_if<Vlan>(&want.made);
              return vlan != nullptr && !lower.up && vlan->link == lower.name;
            });
        CHECK(link->up == !on_one_that_is_down);
        if (want.mtu) CHECK((link->mtu == *want.mtu || excuse(want, "mtu " + std::to_string(*want.mtu))));
      }
      for (const auto& owned : world.ledger.links) {
        CHECK(std::any_of(desired.links.begin(), desired.links.end(),
                          [&](const auto& want) { return want.name == owned.link.name; }));
      }
      for (const auto& want : desired.rules) {
        CHECK(std::any_of(world.model.state.rules.begin(), world.model.state.rules.end(),
                          [&](const auto& rule) { return rule.rule == want.rule; }));
      }
      CHECK(world.model.state.rules.size() == desired.rules.size());
      for (const int index : foreign_links_before) CHECK(world.model.state.find_link(index) != nullptr);

      for (const auto& want : desired.addresses) {
        const auto object = "address " + want.address.str() + " on " + want.link.str();
        CAPTURE(object);
        CHECK((there(world.model.state, want) || excuse(want, object)));
      }
      for (const auto& want : desired.routes) {
        plan::Operation wanted{
            plan::AddRoute{{1, want.route.type == RouteType::unicast ? want.link : InterfaceName()}, want.route}, {}};
        const auto object = describe(wanted).substr(2);
        CAPTURE(object);
        CHECK((there(world.model.state, want) || excuse(want, object)));
      }
      for (const auto& route : world.model.state.routes) {
        if (route.protocol != plan::our_protocol) continue;
        // One that could not be replaced stays as it was.
        CHECK(std::any_of(desired.routes.begin(), desired.routes.end(),
                          [&](const auto& want) { return same_place(want.route, route.route); }));
      }
      for (const auto& owned : world.ledger.addresses) {
        CHECK(std::any_of(desired.addresses.begin(), desired.addresses.end(), [&](const auto& want) {
          return want.link == owned.link.name && want.address == owned.address;
        }));
      }

      for (const int index : world.model.flushed) {
        const auto* link = world.model.state.find_link(index);
        if (link == nullptr || !link->kind.empty()) continue;  // one that was removed, and perhaps made again
        CAPTURE(index);
        CHECK((!has_ipv4(world.model.state, index) || may_be_bare(state_before, desired, *link)));
      }
      const auto routes_after = foreign_routes(world.model.state);
      for (const auto& route : routes_before) {
        if (route.link.index != 0 && disturbed(world.model, desired, route.link.index, route.route.family())) {
          continue;
        }
        CAPTURE(route.route.destination.str());
        CHECK(std::any_of(routes_after.begin(), routes_after.end(),
                          [&](const auto& r) { return r.route == route.route && r.link == route.link; }));
      }
      const auto addresses_after = addresses_of(world.model.state);
      for (const auto& [index, address] : addresses_before) {
        if (address.family() == Family::ipv6 && disturbed(world.model, desired, index, Family::ipv6)) continue;
        if (address.family() == Family::ipv4 && !promotes(*state_before.find_link(index))) continue;
        CAPTURE(index, address.str());
        CHECK(addresses_after.contains({index, address}));
      }
    }
  }
  CHECK(carried_out > 10000);  // the worlds are not trivial
}
