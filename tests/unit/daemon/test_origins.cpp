// Where in the specification something comes from.
#include <catch2/catch.hpp>
#include <filesystem>

#include "reconciler/daemon/origins.h"
#include "tests/unit/daemon/temporary.h"
#include "tests/unit/state/sample.h"

using namespace cip;
using namespace cip::daemon;

TEST_CASE("what a problem is about is found in the file of its home interface", "[daemon][origins]") {
  const auto home = sample::home("n1", "n2");
  const InterfaceName here("eth7");  // it visits
  const auto pointer = [&](const plan::Subject& subject) { return pointer_to(home, here, subject); };
  CHECK(pointer({here, home.addresses[1]}) == "/addresses/1");
  CHECK(pointer({here, home.routes[2]}) == "/routes/2");
  CHECK(pointer({here, home.neighbors[0]}) == "/neighbors/0");
  CHECK(pointer({{}, home.rules[1]}) == "/rules/1");
  CHECK(pointer({InterfaceName("tun1"), home.tunnels[0].addresses[0]}) == "/tunnels/0/addresses/0");
  CHECK(pointer({InterfaceName("tun1"), home.tunnels[0].routes[0]}) == "/tunnels/0/routes/0");
  CHECK(pointer({InterfaceName("tun2"), {}}) == "/tunnels/1");
  CHECK(pointer({here, {}}) == "");
  CHECK_FALSE(pointer({here, *InterfaceAddress::parse("10.99.0.1/24")}));
  const auto bond = sample::bond("n1", "n2");
  CHECK(pointer_to(bond, bond.name.interface, {InterfaceName("eth3"), {}}) == "/bond/slaves/1");
  CHECK(pointer_to(bond, bond.name.interface, {bond.name.interface, {}}) == "");
}

TEST_CASE("its place is told, if the tree on disk is the one in use", "[daemon][origins]") {
  const TemporaryDirectory temporary;
  auto files = sample::tree();
  files["n1/source-map.json"] =
      R"({"format": 1, "objects": {"home/eth1.json": "a.cip:3:1", "home/eth1.json#/routes/0": "a.cip:5:2", "x": 1}})";
  REQUIRE(write_tree(temporary.path() / "state", files));
  const auto read = read_clim_state(temporary.path() / "state", ClimName("n1"));
  REQUIRE(read);
  auto state = *read;
  const auto& home = *state.home.at(InterfaceName("eth1")).interface;
  Origins origins(temporary.path() / "state");
  const auto place = [&](const plan::Subject& subject) {
    return origins.of(state, home, InterfaceName("eth1"), subject);
  };
  CHECK(place({InterfaceName("eth1"), home.routes[0]}) == "a.cip:5:2");
  CHECK(place({InterfaceName("eth1"), home.routes[1]}) == "a.cip:3:1");  // of what it is in
  CHECK(place({InterfaceName("eth1"), *InterfaceAddress::parse("10.99.0.1/24")}).empty());
  std::filesystem::remove(temporary.path() / "state/n1/source-map.json");
  CHECK(place({InterfaceName("eth1"), home.routes[0]}) == "a.cip:5:2");  // remembered
  state.generation = Digest::of("another");
  CHECK(place({InterfaceName("eth1"), home.routes[0]}).empty());
}
