// Contents by digest: what the engine names is found, also when newer ones have
// come.
#include <catch2/catch.hpp>

#include "reconciler/daemon/contents.h"
#include "reconciler/daemon/lans.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::daemon;

namespace {

HomeFile mirror_number(int number) {
  return home_file(home_interface("n2", "eth1", "10.1.0." + std::to_string(number) + "/24"));
}

}  // namespace

TEST_CASE("a former configuration of ours is found by its digest", "[daemon][contents]") {
  Contents contents;
  auto state = example_state();
  const auto before = state.home.at(InterfaceName("eth1")).digest;
  CHECK(contents.take(std::make_shared<const ClimState>(state)).size() == 1);  // the mirror is new
  auto changed = *state.home.at(InterfaceName("eth1")).interface;
  changed.mtu = 9000;
  state.home.at(InterfaceName("eth1")) = home_file(changed);
  CHECK(contents.take(std::make_shared<const ClimState>(state)).empty());
  REQUIRE(contents.find(ref("n1", "eth1"), before));
  CHECK_FALSE(contents.find(ref("n1", "eth1"), before)->mtu);
  CHECK(contents.find(ref("n1", "eth1"), Digest::of(to_json(changed)))->mtu == 9000U);
  CHECK_FALSE(contents.find(ref("n1", "eth1"), Digest::of("never seen")));
  CHECK(contents.interface_here(ref("n2", "eth1")) == InterfaceName("eth1"));
  CHECK_FALSE(contents.interface_here(ref("n3", "eth1")));
}

TEST_CASE(
    "of mirrors, the announced one and that of the tree are kept, "
    "whatever comes",
    "[daemon][contents]") {
  Contents contents;
  const auto state = example_state();
  contents.take(std::make_shared<const ClimState>(state));
  const auto home = ref("n2", "eth1");
  const auto announced = mirror_number(100);
  contents.add_mirror(announced);
  std::size_t pruned = 0;
  for (int i = 101; i < 120; ++i) {
    contents.add_mirror(mirror_number(i));
    pruned += contents.prune(home, announced.digest).size();
  }
  CHECK(contents.digests(home).size() == Contents::most_others);
  CHECK(pruned == 1 + 1 + 19 - Contents::most_others);
  CHECK(contents.find(home, announced.digest));
  CHECK(contents.find(home, state.mirrors.at(home).digest));
  CHECK(contents.find(home, mirror_number(119).digest));
  CHECK_FALSE(contents.find(home, mirror_number(101).digest));
}

TEST_CASE(
    "the engine learns of data interfaces and mirrors, not of loopback "
    "and maintenance",
    "[daemon][contents]") {
  Mirrors on_disk;
  const auto older = mirror_number(50);
  on_disk[ref("n2", "eth1")].emplace(older.digest, older);
  const Contents contents(std::move(on_disk));
  const auto state = example_state();
  const auto configuration = contents.for_engine(state);
  REQUIRE(configuration.homes.size() == 3);
  CHECK(configuration.homes[0].home == ref("n1", "eth1"));
  CHECK(configuration.homes[0].failover == ref("n2", "eth1"));
  CHECK(configuration.homes[0].digest == state.home.at(InterfaceName("eth1")).digest);
  CHECK(configuration.homes[1].home == ref("n1", "eth2"));
  CHECK_FALSE(configuration.homes[1].failover);
  CHECK(configuration.homes[2].home == ref("n2", "eth1"));
  CHECK(configuration.homes[2].failover == ref("n1", "eth1"));
  CHECK(configuration.homes[2].mirrors == std::set<Digest>{older.digest, state.mirrors.at(ref("n2", "eth1")).digest});
}

TEST_CASE("a spare has nothing that a visitor would have to find beside it (F5)", "[daemon][contents]") {
  auto state = example_state();
  const auto spare = home_file(home_interface("n1", "eth3", ""));
  state.clim.interfaces.push_back({InterfaceName("eth3"), spare.digest});
  state.home.emplace(InterfaceName("eth3"), spare);
  auto visitor = home_interface("n2", "eth3", "10.3.0.1/24");
  visitor.failover = ref("n1", "eth3");
  const auto mirror = home_file(visitor);
  state.clim.mirrors.push_back({visitor.name, InterfaceName("eth3"), mirror.digest});
  state.mirrors.emplace(visitor.name, mirror);
  const auto configuration = Contents().for_engine(state);
  std::set<InterfaceRef> homes;
  for (const auto& home : configuration.homes) homes.insert(home.home);
  CHECK(homes == std::set<InterfaceRef>{ref("n1", "eth1"), ref("n1", "eth2"), ref("n2", "eth1"), ref("n2", "eth3")});
}

TEST_CASE("both families are probed, with three addresses at most", "[daemon][lans]") {
  auto home = home_interface("n1", "eth1", "10.1.0.1/24");
  for (const auto* text : {"10.1.0.2/24", "10.1.0.3/24", "10.1.0.4/24", "2001:db8::1/64"}) {
    home.addresses.push_back(*InterfaceAddress::parse(text));
  }
  const auto targets = probe_targets(home);
  REQUIRE(targets.size() == 3);
  CHECK(targets[0].str() == "10.1.0.1");
  CHECK(targets[1].str() == "2001:db8::1");
  CHECK(targets[2].str() == "10.1.0.2");
  CHECK(probe_targets(home_interface("n1", "eth1", "")).empty());
}
