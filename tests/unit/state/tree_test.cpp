#include "state/tree.h"

#include <catch2/catch.hpp>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/unit/state/sample.h"
#include "tests/unit/state/temporary_directory.h"

using namespace cip;
namespace fs = std::filesystem;

namespace {

TreeFiles files_below(const fs::path& dir) {
  TreeFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), dir).string()] = *read_file(entry.path());
    }
  }
  return files;
}

ino_t inode(const fs::path& file) {
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  return status.st_ino;
}

std::string refusal(const fs::path& dir) {
  const auto state = read_clim_state(dir, ClimName("n1"));
  REQUIRE_FALSE(state);
  return state.error().message;
}

}  // namespace

TEST_CASE("a tree is written and read") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  REQUIRE(write_tree(out, sample::tree()));
  CHECK(files_below(out) == sample::tree());
  const auto state = read_clim_state(out, ClimName("n1"));
  REQUIRE(state);
  CHECK(*state->home.at(InterfaceName("eth1")).interface == sample::home("n1", "n2"));
  CHECK(*state->home.at(InterfaceName("bond0")).interface == sample::bond("n1", "n2"));
  const InterfaceRef mirrored{ClimName("n2"), InterfaceName("eth1")};
  CHECK(to_json(*state->mirrors.at(mirrored).interface) == *read_file(out / "n2/home/eth1.json"));
  CHECK(state->swanctl == sample::swanctl);
  CHECK(state->clim.etcd == std::vector<std::string>{"http://192.168.100.9:2379", "https://etcd.example:2379"});
}

TEST_CASE("replacing a tree keeps unchanged files as they are and removes what is gone") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  auto files = sample::tree();
  files["n1/extra.json"] = "{}\n";
  REQUIRE(write_tree(out / "", files));
  const auto before = inode(out / "n1/clim.json");
  const auto manifest_before = inode(out / "manifest.json");
  files.erase("n1/extra.json");
  files["n2/extra.json"] = "{}\n";
  REQUIRE(write_tree(out, files));
  CHECK(files_below(out) == files);
  CHECK(inode(out / "n1/clim.json") == before);
  CHECK(inode(out / "manifest.json") == manifest_before);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("what is not a state tree is never replaced") {
  const TemporaryDirectory dir;
  REQUIRE(write_new_file(dir.path() / "thesis.txt", "years of work"));
  CHECK_THAT(write_tree(dir.path(), sample::tree()).error().message, Catch::Contains("holds `thesis.txt`"));
  CHECK_THAT(write_tree(dir.path() / "thesis.txt", sample::tree()).error().message,
             Catch::Contains("is not a directory"));
  const auto out = dir.path() / "out";
  REQUIRE(write_tree(out, sample::tree()));
  REQUIRE(write_new_file(out / "notes", "mine"));
  CHECK_THAT(write_tree(out, sample::tree()).error().message, Catch::Contains("holds `notes`"));
  fs::create_directory(dir.path() / "web");
  REQUIRE(write_new_file(dir.path() / "web/manifest.json", "{\"name\": \"app\"}"));
  CHECK_THAT(write_tree(dir.path() / "web", sample::tree()).error().message,
             Catch::Contains("its manifest.json is not that of a state tree"));
  CHECK(*read_file(dir.path() / "thesis.txt") == "years of work");
}

TEST_CASE("a failed or interrupted write leaves the old tree and no litter") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  REQUIRE(write_tree(out, sample::tree()));
  auto files = sample::tree();
  files["n1/" + std::string(300, 'x')] = "name too long";
  CHECK(write_tree(out, files).error().code == ErrorCode::system);
  CHECK(files_below(out) == sample::tree());
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
  fs::create_directories(dir.path() / ".out.new/n1/home");  // as a killed build leaves it
  REQUIRE(write_tree(out, sample::tree()));
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("two builds of one tree do not mix") {
  const TemporaryDirectory dir;
  fs::create_directory(dir.path() / ".out.new");
  const auto other = Directory::open(dir.path() / ".out.new");
  REQUIRE(flock(other->fd(), LOCK_EX) == 0);
  CHECK_THAT(write_tree(dir.path() / "out", sample::tree()).error().message, Catch::Contains("another build"));
}

TEST_CASE("a tree may be named relative to the working directory") {
  const TemporaryDirectory dir;
  const auto before = fs::current_path();
  fs::current_path(dir.path());
  const auto fresh = write_tree("out", sample::tree());
  const auto again = write_tree("out/", sample::tree());
  fs::current_path(before);
  CHECK(fresh);
  CHECK(again);
  CHECK(files_below(dir.path() / "out") == sample::tree());
}

TEST_CASE("a tree behind a symbolic link is replaced behind it") {
  const TemporaryDirectory dir;
  REQUIRE(write_tree(dir.path() / "real", sample::tree()));
  fs::create_symlink(dir.path() / "real", dir.path() / "link");
  REQUIRE(write_tree(dir.path() / "link", sample::tree()));
  CHECK(fs::is_symlink(dir.path() / "link"));
}

TEST_CASE("a reader refuses a tree that is not whole, and says which file") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  const auto write = [&](const TreeFiles& files) {
    fs::remove_all(out);
    REQUIRE(write_tree(out, files));
  };
  auto files = sample::tree();
  std::swap(files["n1/home/eth1.json"], files["n2/home/eth1.json"]);
  write(files);
  CHECK_THAT(refusal(out), Catch::Contains("n1/home/eth1.json: its digest is not the one in clim.json"));

  files = sample::tree();
  files.erase("n1/mirror/n2/eth1.json");
  write(files);
  CHECK_THAT(refusal(out), Catch::Contains("mirror/n2/eth1.json: No such file"));

  files = sample::tree();
  files["n1/clim.json"].resize(files["n1/clim.json"].size() / 2);
  write(files);
  CHECK_THAT(refusal(out), Catch::Contains("n1/clim.json: its digest is not the one in manifest.json"));

  files = sample::tree();
  files["n1/ipsec/swanctl.conf"] += "# changed\n";
  write(files);
  CHECK_THAT(refusal(out), Catch::Contains("n1/ipsec/swanctl.conf: its digest is not the one in clim.json"));

  CHECK_THAT(read_clim_state(out, ClimName("n7")).error().message, Catch::EndsWith("has no CLIM `n7`; it has n1, n2"));
  CHECK_THAT(read_clim_state(out, ClimName("../n1")).error().message, Catch::Contains("cannot be the name of a CLIM"));
  CHECK_THAT(refusal(dir.path() / "none"), Catch::Contains("No such file"));
}

TEST_CASE("what is known is shared, and its file is checked all the same") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  auto files = sample::tree();
  REQUIRE(write_tree(out, files));
  const auto known = read_clim_state(out, ClimName("n1"));
  REQUIRE(known);
  const auto again = read_clim_state(out, ClimName("n1"), &*known);
  REQUIRE(again);
  const InterfaceName eth1("eth1");
  const InterfaceRef mirrored{ClimName("n2"), eth1};
  CHECK(again->home.at(eth1).interface == known->home.at(eth1).interface);
  CHECK(again->mirrors.at(mirrored).interface == known->mirrors.at(mirrored).interface);
  const auto other = read_clim_state(out, ClimName("n2"), &*known);  // its home interface is our mirror
  REQUIRE(other);
  CHECK(other->home.at(eth1).interface == known->mirrors.at(mirrored).interface);

  files["n1/home/eth1.json"] += "\n";
  fs::remove_all(out);
  REQUIRE(write_tree(out, files));
  const auto refused = read_clim_state(out, ClimName("n1"), &*known);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("n1/home/eth1.json: its digest is not the one in clim.json"));
}

TEST_CASE("a reader refuses references that lead nowhere") {
  const TemporaryDirectory dir;
  auto files = sample::tree();
  auto clim = *clim_from_json(files["n1/clim.json"], "");
  clim.peers.clear();
  files["n1/clim.json"] = to_json(clim);
  auto manifest = *manifest_from_json(files["manifest.json"], "");
  manifest.clims[0].digest = Digest::of(files["n1/clim.json"]);
  manifest.generation = generation_digest(manifest.clims);
  files["manifest.json"] = to_json(manifest);
  REQUIRE(write_tree(dir.path() / "out", files));
  CHECK_THAT(refusal(dir.path() / "out"), Catch::Contains("n1.bond0 fails over to n2.bond0, which is not on a peer"));
}

TEST_CASE("a reader refuses slaves and links that K5 and K8 forbid") {
  const TemporaryDirectory dir;
  const auto refusal_with = [&](const HomeInterface& interface) {
    REQUIRE(write_tree(dir.path() / "out", sample::tree_with(interface)));
    return refusal(dir.path() / "out");
  };
  auto bond = sample::bond("n1", "n2");
  bond.bond->slaves[0].name = InterfaceName("eth1");
  CHECK(refusal_with(bond) == "clim.json: eth1 is a slave of bond0 and has a configuration of its own");
  auto vlan = sample::vlan("n1", "n2");
  for (const auto* link : {"eth9", "eth2", "tun9"}) {
    vlan.vlan->link = InterfaceName(link);
    CHECK(refusal_with(vlan) ==
          "clim.json: link " + std::string(link) + " of bond0.100 is no physical interface or bond here");
  }
  // Another bond, under the name of the VLAN.
  auto second = sample::bond("n1", "n2");
  second.name = vlan.name;
  second.failover = vlan.failover;
  CHECK(refusal_with(second) == "clim.json: eth2 is a slave of bond0 and of bond0.100");
}
