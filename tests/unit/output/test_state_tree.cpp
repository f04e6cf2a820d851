// The state tree of everything that the language can say.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compiler/output/state_tree.h"
#include "state/json.h"
#include "tests/unit/output/everything.h"
#include "tests/unit/state/temporary_directory.h"

using namespace cip;
using test::Everything;
namespace fs = std::filesystem;

namespace {

const fs::path golden = "tests/unit/output/everything";

HomeInterface home(const TreeFiles& tree, const std::string& name) {
  const auto read = home_interface_from_json(tree.at("n1/home/" + name + ".json"), name);
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  return *read;
}

std::string tunnels(const TreeFiles& tree, const std::string& name) {
  std::string names;
  for (const auto& tunnel : home(tree, name).tunnels) {
    names += (names.empty() ? "" : " ") + tunnel.name.str();
  }
  return names;
}

TreeFiles files_below(const fs::path& dir) {
  TreeFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files.emplace(entry.path().lexically_relative(dir).generic_string(), *read_file(entry.path()));
    }
  }
  return files;
}

// The JSON pointers of all elements of lists, at any depth.
std::vector<std::string> elements_of(const nlohmann::json& json, const std::string& pointer) {
  std::vector<std::string> pointers;
  for (const auto& [key, value] : json.items()) {
    const auto below = pointer + "/" + key;
    if (json.is_array()) {
      pointers.push_back(below);
    }
    if (value.is_structured()) {
      const auto deeper = elements_of(value, below);
      pointers.insert(pointers.end(), deeper.begin(), deeper.end());
    }
  }
  return pointers;
}

}  // namespace

TEST_CASE("the tree of everything is the golden one, byte for byte") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  if (std::getenv("UPDATE_EXPECTED") != nullptr) {
    fs::remove_all(golden);
    for (const auto& [file, bytes] : tree) {
      fs::create_directories((golden / file).parent_path());
      std::ofstream(golden / file, std::ios::binary) << bytes;
    }
  }
  CHECK(tree == files_below(golden));
}

TEST_CASE("a reader takes all that is written") {
  const Everything everything;
  const TemporaryDirectory dir;
  REQUIRE(write_tree(dir.path() / "out", output::state_tree(everything.cluster, everything.sources)));
  for (const auto* clim : {"n1", "n2"}) {
    const auto state = read_clim_state(dir.path() / "out", ClimName(clim));
    INFO((state ? "" : state.error().message));
    REQUIRE(state);
    CHECK(state->clim.etcd.size() == 2);
    CHECK_THAT(state->swanctl, Catch::Contains("  partner {"));
  }
}

TEST_CASE("a slave's block goes into its bond's file, and has none of its own") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  const auto bond = home(tree, "bond0").bond;
  REQUIRE(bond);
  CHECK(bond->slaves ==
        std::vector<BondSlave>{{InterfaceName("eth2"), MacAddress::parse("02:00:00:00:00:02"), "a slave"},
                               {InterfaceName("eth3"), {}, {}}});
  CHECK(tree.count("n1/home/eth2.json") == 0);
  const auto clim = clim_from_json(tree.at("n1/clim.json"), "");
  REQUIRE(clim);
  CHECK(std::none_of(clim->interfaces.begin(), clim->interfaces.end(),
                     [](const auto& entry) { return entry.name.str() == "eth2"; }));
}

TEST_CASE("what a bond's block leaves out has the defaults of the state tree") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  Bond expected;
  expected.slaves = {{InterfaceName("eth4"), {}, {}}};
  CHECK(home(tree, "bond1").bond == expected);
}

TEST_CASE("a tunnel is a resource of the interface that has its local address, in the order of the specification") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  CHECK(tunnels(tree, "eth1") == "tun2 tun1");
  CHECK(tunnels(tree, "bond0") == "tun3");
  CHECK(tunnels(tree, "bond0.100") == "tun4");
  CHECK(tunnels(tree, "lo") == "tun5");
  CHECK(tunnels(tree, "eth0") == "tun6");
  CHECK(tree.count("n1/home/tun1.json") == 0);
  // It moves with it: the mirror is the same file.
  CHECK(tree.at("n2/mirror/n1/eth1.json") == tree.at("n1/home/eth1.json"));
}

TEST_CASE("a tunnel without a local address has a file of its own (R4)") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  const auto tun9 = home(tree, "tun9");
  CHECK(tun9.kind == InterfaceKind::tunnel);
  CHECK(tun9.addresses.empty());
  REQUIRE(tun9.tunnels.size() == 1);
  CHECK_FALSE(tun9.tunnels[0].local);
  CHECK(tun9.tunnels[0].ttl == 64);
  CHECK(tun9.tunnels[0].addresses.size() == 1);
}

TEST_CASE("the source map says where everything comes from, also through templates") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  const auto map = nlohmann::json::parse(tree.at("n1/source-map.json")).at("objects");
  CHECK(map.at("home/bond0.json#/bond/slaves/0") == "everything.cip:28:12");
  // The statement in the template, and the outermost `use`.
  CHECK(map.at("home/bond0.json#/bond/slaves/0/match-mac") == "everything.cip:5:3 via everything.cip:26:20");
  CHECK(map.at("home/eth1.json#/rules/1") == "everything.cip:23:5");
  CHECK(map.at("home/eth1.json#/tunnels/0") == "everything.cip:14:10");
  CHECK(map.at("home/eth1.json#/tunnels/1/routes/0") == "everything.cip:52:5");
  CHECK(map.at("home/tun9.json#/tunnels/0/addresses/0") == "everything.cip:58:44");
  CHECK(map.at("home/bond0.100.json#/vlan/id") == "everything.cip:43:8");
  CHECK(map.at("ipsec/swanctl.conf#/connections/partner/children/partner-2") == "everything.cip:72:11");
  CHECK(map.at("clim.json#/etcd/1") == "everything.cip:1:49");
}

TEST_CASE("the keys of the source map are JSON pointers into the tree") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  const auto map = nlohmann::json::parse(tree.at("n1/source-map.json")).at("objects");
  for (const auto& [key, place] : map.items()) {
    const auto hash = key.find('#');
    const auto& bytes = tree.at("n1/" + key.substr(0, hash));
    if (hash == std::string::npos || key.compare(0, 5, "ipsec") == 0) {
      continue;
    }
    INFO(key);
    const auto json = nlohmann::json::parse(bytes);
    CHECK_NOTHROW(json.at(nlohmann::json::json_pointer(key.substr(hash + 1))));
  }
}

TEST_CASE("every object in a list of a home interface is in the source map") {
  const Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  const auto map = nlohmann::json::parse(tree.at("n1/source-map.json")).at("objects");
  std::size_t elements = 0;
  for (auto file = tree.lower_bound("n1/home/"); file->first.compare(0, 8, "n1/home/") == 0; ++file) {
    for (const auto& pointer : elements_of(nlohmann::json::parse(file->second), "")) {
      INFO(file->first << pointer);
      CHECK(map.contains(file->first.substr(3) + "#" + pointer));
      ++elements;
    }
  }
  CHECK(elements == 20);
}
