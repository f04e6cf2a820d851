// Whole trees: what is read, what is verified, and what only shows when all changes are seen together.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "diff_sample.h"
#include "sample.h"
#include "state/diff.h"
#include "state/json.h"
#include "state/tree.h"
#include "temporary_directory.h"

using namespace cip;
using sample::address;

namespace {

// What a cluster is made of; `files` is its tree.
struct Cluster {
  std::map<ClimName, Clim> clims;
  std::map<InterfaceRef, HomeInterface> homes;
  std::map<ClimName, std::string> swanctl;
  std::string compiler = "0.1.0";

  HomeInterface& home(const std::string& clim, const std::string& interface) {
    const auto name = sample::ref(clim, interface);
    clims[name.clim].name = name.clim;
    auto& result = homes[name];
    result.name = name;
    return result;
  }
  TreeFiles files() const {
    TreeFiles tree;
    auto all = clims;
    for (const auto& [name, home] : homes) {
      const auto bytes = to_json(home);
      tree[name.clim.str() + "/home/" + name.interface.str() + ".json"] = bytes;
      all.at(name.clim).interfaces.push_back({name.interface, Digest::of(bytes)});
      if (home.failover) {
        const auto& to = *home.failover;
        tree[to.clim.str() + "/mirror/" + name.clim.str() + "/" + name.interface.str() + ".json"] = bytes;
        all.at(to.clim).mirrors.push_back({name, to.interface, Digest::of(bytes)});
      }
    }
    for (const auto& [name, text] : swanctl) {
      tree[name.str() + "/ipsec/swanctl.conf"] = text;
      all.at(name).ipsec = Digest::of(text);
    }
    Manifest manifest;
    manifest.compiler = compiler;
    for (auto& [name, clim] : all) {
      clim.cluster = ClusterName("lab");
      const auto bytes = to_json(clim);
      tree[name.str() + "/clim.json"] = bytes;
      manifest.clims.push_back({name, Digest::of(bytes)});
    }
    manifest.generation = generation_digest(manifest.clims);
    tree["manifest.json"] = to_json(manifest);
    return tree;
  }
};

Cluster pair() {
  Cluster cluster;
  cluster.home("n1", "eth1").addresses = {address("10.1.0.1/24")};
  cluster.home("n2", "eth1").addresses = {address("10.1.0.2/24")};
  cluster.home("n1", "eth1").failover = sample::ref("n2", "eth1");
  cluster.home("n1", "eth2").addresses = {address("10.2.0.1/24")};
  cluster.home("n2", "eth9");
  return cluster;
}

// Remembers what was read.
class Watched : public TreeSource {
 public:
  explicit Watched(TreeFiles files) : files_(std::move(files)) {}
  Result<std::string> read(const std::string& path) const override {
    seen.insert(path);
    const auto file = files_.find(path);
    return file != files_.end() ? Result<std::string>(file->second) : Error{ErrorCode::not_found, path + ": not there"};
  }
  std::string shown(const std::string& path) const override { return "old/" + path; }
  mutable std::set<std::string> seen;

 private:
  TreeFiles files_;
};

TreeDiff compare(const Cluster& before, const Cluster& after) {
  auto result = diff_trees(TreeInMemory(before.files(), "old"), TreeInMemory(after.files(), "new"));
  REQUIRE(result);
  return std::move(*result);
}

const Effect* effect(const Change& change, Impact impact) {
  for (const auto& one : change.effects) {
    if (one.impact == impact) return &one;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a tree does not differ from itself, nor by the version of the compiler") {
  auto other = pair();
  other.compiler = "9.9.9";
  CHECK(compare(pair(), pair()).empty());
  CHECK(compare(pair(), other).empty());
}

TEST_CASE("only what differs is read") {
  auto after = pair();
  after.home("n1", "eth1").mtu = 9000;
  const Watched old(pair().files());
  const Watched now(after.files());
  const auto result = diff_trees(old, now);
  REQUIRE(result);
  REQUIRE(result->clims.size() == 1);  // n2 has another mirror, and no change of its own
  CHECK(result->clims[0].name == ClimName("n1"));
  REQUIRE(result->clims[0].interfaces.size() == 1);
  CHECK(result->clims[0].interfaces[0].changes.size() == 1);
  const std::set<std::string> read{"manifest.json", "n1/clim.json", "n1/home/eth1.json", "n2/clim.json"};
  CHECK(old.seen == read);
  CHECK(now.seen == read);
}

TEST_CASE("every file that is looked at is verified, on both sides") {
  auto after = pair();
  after.home("n1", "eth1").mtu = 9000;
  after.swanctl[ClimName("n1")] = "connections {\n}\n";
  for (const auto* path : {"n1/clim.json", "n1/home/eth1.json", "n1/ipsec/swanctl.conf"}) {
    for (const bool in_old : {true, false}) {
      INFO(path << " " << in_old);
      auto files = after.files();
      files[path] += "\n";
      const TreeInMemory wrong(files, "tree");
      const TreeInMemory right(pair().files(), "other");
      const auto result = in_old ? diff_trees(wrong, right) : diff_trees(right, wrong);
      REQUIRE(!result);
      CHECK(result.error().code == ErrorCode::invalid);
      CHECK(result.error().message.find("tree: " + std::string(path) + ": its digest is not the one in") == 0);
      files.erase(path);
      const TreeInMemory cut(files, "tree");
      const auto missing = in_old ? diff_trees(cut, right) : diff_trees(right, cut);
      REQUIRE(!missing);
      CHECK(missing.error().code == ErrorCode::not_found);
      CHECK(missing.error().message == "tree: " + std::string(path) + ": is not in the tree");
    }
  }
  auto files = pair().files();
  auto manifest = *manifest_from_json(files["manifest.json"], "");
  manifest.clims.pop_back();
  files["manifest.json"] = to_json(manifest);
  const auto result = diff_trees(TreeInMemory(files, "tree"), TreeInMemory(pair().files(), "other"));
  REQUIRE(!result);
  CHECK(result.error().message == "tree: manifest.json: its generation is not that of its CLIMs");
}

TEST_CASE("a file that is about something else is refused") {
  auto files = pair().files();
  auto clim = *clim_from_json(files["n1/clim.json"], "");
  HomeInterface other;
  other.name = sample::ref("n9", "eth1");
  files["n1/home/eth1.json"] = to_json(other);
  clim.interfaces[0].digest = Digest::of(files["n1/home/eth1.json"]);
  files["n1/clim.json"] = to_json(clim);
  auto manifest = *manifest_from_json(files["manifest.json"], "");
  manifest.clims[0].digest = Digest::of(files["n1/clim.json"]);
  manifest.generation = generation_digest(manifest.clims);
  files["manifest.json"] = to_json(manifest);
  const auto result = diff_trees(TreeInMemory(files, "tree"), TreeInMemory(pair().files(), "other"));
  REQUIRE(!result);
  CHECK(result.error().message == "tree: n1/home/eth1.json: is about n9.eth1");
}

TEST_CASE("an address that leaves one interface and comes up on another moves") {
  auto after = pair();
  after.home("n1", "eth2").addresses.clear();
  after.home("n2", "eth9").addresses = {address("10.2.0.1/16")};
  after.home("n2", "eth9").addresses.push_back(address("10.2.0.7/16"));
  const auto diff = compare(pair(), after);
  REQUIRE(diff.clims.size() == 2);
  const auto& gone = diff.clims[0].interfaces.at(0).changes.at(0);
  REQUIRE(effect(gone, Impact::moves) != nullptr);
  CHECK(effect(gone, Impact::moves)->reason.find("goes to n2.eth9; the two CLIMs") == 0);
  CHECK(effect(gone, Impact::interrupts) != nullptr);
  const auto& come = diff.clims[1].interfaces.at(0).changes.at(0);
  REQUIRE(effect(come, Impact::moves) != nullptr);
  CHECK(effect(come, Impact::moves)->reason.find("comes from n1.eth2; the two CLIMs") == 0);
  CHECK(effect(come, Impact::hitless) == nullptr);
  CHECK(effect(diff.clims[1].interfaces.at(0).changes.at(1), Impact::moves) == nullptr);
}

TEST_CASE("an address moves to another interface of its CLIM, and one that is on both afterwards does not move") {
  auto after = pair();
  after.home("n1", "eth3").addresses = {address("10.2.0.1/24")};
  const auto copied = compare(pair(), after);
  CHECK(effect(copied.clims[0].interfaces[0].changes[1], Impact::moves) == nullptr);
  after.homes.erase(sample::ref("n1", "eth2"));
  const auto moved = compare(pair(), after);
  REQUIRE(moved.clims[0].interfaces.size() == 2);
  for (const auto& interface : moved.clims[0].interfaces) {
    const auto* moves = effect(interface.changes[1], Impact::moves);
    REQUIRE(moves != nullptr);
    CHECK(moves->reason == (interface.name.str() == "eth2" ? "goes to n1.eth3" : "comes from n1.eth2"));
  }
}

TEST_CASE("what stops a failover interface leaves its visitor unprotected") {
  auto after = pair();
  after.home("n2", "eth1").mtu = 9000;
  after.home("n2", "eth1").addresses.clear();
  const auto diff = compare(pair(), after);
  REQUIRE(diff.clims.size() == 1);
  const auto& changes = diff.clims[0].interfaces.at(0).changes;
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].attribute == "mtu");
  REQUIRE(effect(changes[0], Impact::unprotected) != nullptr);
  CHECK(effect(changes[0], Impact::unprotected)->reason == "n1.eth1 cannot fail over to it meanwhile");
  CHECK(effect(changes[1], Impact::unprotected) == nullptr);
}

TEST_CASE("what all CLIMs have alike is said once") {
  auto after = pair();
  for (auto& [name, clim] : after.clims) clim.times.settle = std::chrono::seconds(3);
  auto diff = compare(pair(), after);
  REQUIRE(diff.cluster.size() == 1);
  CHECK(diff.cluster[0].attribute == "settle");
  CHECK(diff.clims.empty());
  // A CLIM that comes has nothing to say about it; one that differs has.
  after.home("n3", "eth1");
  after.clims.at(ClimName("n3")).times.settle = std::chrono::seconds(3);
  diff = compare(pair(), after);
  CHECK(diff.cluster.size() == 1);
  REQUIRE(diff.clims.size() == 1);
  CHECK(diff.clims[0].changes.size() == 1);
  after.clims.at(ClimName("n2")).times.settle = std::chrono::seconds(4);
  diff = compare(pair(), after);
  CHECK(diff.cluster.empty());
  CHECK(diff.clims.size() == 3);
  // Nor is it the cluster's while one CLIM has it as before.
  after = pair();
  after.clims.at(ClimName("n1")).times.settle = std::chrono::seconds(3);
  diff = compare(pair(), after);
  CHECK(diff.cluster.empty());
  CHECK(diff.clims.size() == 1);
}

TEST_CASE("CLIMs that come and go are listed with all that they have") {
  auto after = pair();
  after.swanctl[ClimName("n1")] = "connections {\n  partner {\n    version = 2\n  }\n}\n";
  Cluster none;
  const auto added = compare(none, after);
  REQUIRE(added.clims.size() == 2);
  CHECK(added.clims[0].changes[0].after == "n1");
  CHECK(added.clims[0].interfaces.size() == 2);
  REQUIRE(added.clims[0].ipsec.size() == 1);
  CHECK(added.clims[0].ipsec[0].after == "2");
  const auto removed = compare(after, none);
  REQUIRE(removed.clims.size() == 2);
  CHECK(removed.clims[0].interfaces[0].changes[0].has(Impact::interrupts));
  CHECK(removed.clims[0].ipsec.size() == 1);
}

TEST_CASE("there and back are mirror images, whole trees too") {
  auto after = pair();
  after.home("n1", "eth2").addresses.clear();
  after.home("n2", "eth9").addresses = {address("10.2.0.1/24")};
  after.home("n3", "eth1").addresses = {address("10.3.0.1/24")};
  after.homes.erase(sample::ref("n2", "eth1"));
  after.home("n1", "eth1").failover = sample::ref("n3", "eth1");
  const auto there = compare(pair(), after);
  const auto back = compare(after, pair());
  REQUIRE(there.clims.size() == back.clims.size());
  for (std::size_t i = 0; i < there.clims.size(); ++i) {
    REQUIRE(there.clims[i].interfaces.size() == back.clims[i].interfaces.size());
    for (std::size_t j = 0; j < there.clims[i].interfaces.size(); ++j) {
      const auto& a = there.clims[i].interfaces[j];
      const auto& b = back.clims[i].interfaces[j];
      REQUIRE(a.changes.size() == b.changes.size());
      for (std::size_t k = 0; k < a.changes.size(); ++k) {
        CHECK(a.changes[k].before == b.changes[k].after);
        CHECK(a.changes[k].has(Impact::moves) == b.changes[k].has(Impact::moves));
      }
    }
  }
}

TEST_CASE("a tree is read from a directory") {
  const TemporaryDirectory dir;
  const auto path = dir.path() / "tree";
  REQUIRE(write_tree(path, pair().files()));
  auto directory = Directory::open(path);
  REQUIRE(directory);
  auto after = pair();
  after.home("n1", "eth1").mtu = 9000;
  const TreeDirectory tree(std::move(*directory), path);
  CHECK(tree.shown("n1/clim.json") == (path / "n1/clim.json").string());
  auto result = diff_trees(tree, TreeInMemory(after.files(), "new"));
  REQUIRE(result);
  CHECK(result->clims.size() == 1);
  std::filesystem::remove(path / "n1/home/eth1.json");
  result = diff_trees(tree, TreeInMemory(after.files(), "new"));
  REQUIRE(!result);
  CHECK(result.error().message.find("n1/home/eth1.json: No such file") != std::string::npos);
}

// A new member of an object that the comparison does not know would be a change that nobody sees.
TEST_CASE("no attribute that is in the files is left out") {
  for (const auto& home : {sample::bond(), sample::vlan(), sample::physical(), sample::home("n1", "n2")}) {
    const auto json = nlohmann::json::parse(to_json(home));
    const auto leaves = json.flatten();
    for (const auto& [pointer, value] : leaves.items()) {
      if (pointer == "/format" || pointer == "/name") continue;
      INFO(home.name.str() << " " << pointer);
      unsigned tried = 0;
      for (const nlohmann::json& other :
           {nlohmann::json("eth7"), nlohmann::json("10.1.0.1/16"), nlohmann::json("n7.eth7"),
            nlohmann::json("10.77.0.0/16"), nlohmann::json("10.77.0.7"), nlohmann::json("2001:db8:77::/64"),
            nlohmann::json("2001:db8:77::7"), nlohmann::json("02:00:00:00:00:77"), nlohmann::json(77),
            nlohmann::json(1500), nlohmann::json("balance-tlb"), nlohmann::json("unreachable"), nlohmann::json("eth3"),
            nlohmann::json("eth2"), nlohmann::json("better"), nlohmann::json()}) {
        auto changed = json;
        const nlohmann::json::json_pointer place(pointer);
        if (other.is_null()) {
          auto& parent = changed[place.parent_pointer()];
          if (!parent.is_object()) continue;
          parent.erase(place.back());
        } else {
          changed[place] = other;
        }
        const auto read = home_interface_from_json(changed.dump(2) + "\n", "");
        if (!read || *read == home) continue;
        ++tried;
        CHECK(!diff(&home, &*read).empty());
      }
      // These cannot change alone: the others of a kind, the slave that is primary, the tunnel's address on its
      // interface.
      const bool fixed = pointer == "/kind" || pointer == "/bond/slaves/0/name" || pointer.ends_with("/local");
      CHECK((tried != 0 || fixed));
    }
  }
}
