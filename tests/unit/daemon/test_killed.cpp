// Who writes to the disk of a CLIM may be killed before any of its system calls: what is read then is the old content
// or the new one, and what is left over goes with the next write.
#include <catch2/catch.hpp>
#include <csignal>
#include <set>
#include <sys/wait.h>

#include "reconciler/daemon/data_directory.h"
#include "tests/kill_point.h"
#include "tests/unit/daemon/temporary.h"
#include "tests/unit/state/sample.h"

using namespace cip;
using namespace cip::daemon;
namespace fs = std::filesystem;

namespace {

// Where syncing costs nothing, if there is such a place: it is done some hundred times.
fs::path memory() {
  return fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
}

// What is in the directory itself, sorted.
std::set<std::string> names_in(const fs::path& dir) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir)) names.insert(entry.path().filename());
  return names;
}

// Kills `write` before its first call, its second, and so on, each time in a directory that `prepare` has filled, and
// looks at what is there. How often it was killed.
long kill_everywhere(const std::function<void()>& prepare, const std::function<void()>& write,
                     const std::function<void(bool ended)>& look) {
  for (long calls = 0;; ++calls) {
    prepare();
    KillPoint point;
    point.kill_at = calls;
    const int status = run_to_kill_point(point, write);
    CAPTURE(calls, status);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    REQUIRE((killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));
    look(!killed);
    if (!killed) return calls;
  }
}

ClimState changed_state() {
  auto state = example_state();
  auto& eth1 = state.home.at(InterfaceName("eth1"));
  auto changed = *eth1.interface;
  changed.addresses = {*InterfaceAddress::parse("10.1.0.77/24")};
  eth1 = home_file(changed);
  state.home.erase(InterfaceName("eth2"));
  std::erase_if(state.clim.interfaces, [](const auto& entry) { return entry.name == InterfaceName("eth2"); });
  for (auto& entry : state.clim.interfaces) entry.digest = state.home.at(entry.name).digest;
  return state;
}

void require(const Result<void>& done) {
  if (!done) _exit(1);
}

}  // namespace

TEST_CASE("a last good tree whose writer is killed is the old one or the new one", "[daemon][killed]") {
  const TemporaryDirectory temporary(memory());
  const DataDirectory data(temporary.path() / "data");
  const auto before = example_state();
  const auto after = changed_state();
  REQUIRE_FALSE(before.clim == after.clim);
  const Unproven unproven{Digest::of("x"), "it was not confirmed"};
  bool first = false;
  SECTION("there is one") {}
  SECTION("there is none") {
    first = true;
  }
  const auto prepare = [&] {
    fs::remove_all(temporary.path() / "data");
    fs::create_directories(temporary.path() / "data");
    if (first) return;
    REQUIRE(data.write_last_tree(before));
    REQUIRE(data.write_unproven(Unproven{Digest::of("y"), "it was undone"}));
  };
  std::set<std::string> seen;
  const auto look = [&](bool ended) {
    std::vector<std::string> damaged;
    const auto tree = data.read_last_tree(ClimName("n1"));
    const auto mark = data.read_unproven(damaged);
    CHECK(damaged.empty());
    if (first && !tree) {
      CHECK(tree.error().code == ErrorCode::not_found);
    } else {
      REQUIRE(tree);
      CHECK((tree->clim == before.clim || tree->clim == after.clim));
    }
    const bool is_new = tree && tree->clim == after.clim;
    const auto why = mark ? mark->why : "none";
    CHECK((why == (first ? "none" : "it was undone") || why == unproven.why));
    // The mark is made once the tree that may stay is there.
    if (why == unproven.why) CHECK(is_new);
    if (ended) CHECK((is_new && why == unproven.why));
    seen.insert((is_new ? "new " : "old ") + why);

    // It goes on where it was, and leaves nothing.
    for (const auto& name : names_in(temporary.path() / "data")) {
      CHECK((name == "tree" || name == "unproven.json" || name == ".tree.new" || name == ".unproven.json.new"));
    }
    REQUIRE(data.write_last_tree(after));
    REQUIRE(data.write_unproven(unproven));
    CHECK(data.read_last_tree(ClimName("n1"))->clim == after.clim);
    CHECK(names_in(temporary.path() / "data") == std::set<std::string>{"tree", "unproven.json"});
  };
  const auto killed = kill_everywhere(
      prepare,
      [&] {
        require(data.write_last_tree(after));
        require(data.write_unproven(unproven));
      },
      look);
  CHECK(killed > 20);
  CHECK(seen.size() == 3);  // neither, the tree, both
}

TEST_CASE("a record or mirror whose writer is killed is the old one or the new one", "[daemon][killed]") {
  const TemporaryDirectory temporary(memory());
  const DataDirectory data(temporary.path());
  const auto home = ref("n2", "eth1");
  const auto record = [](std::uint64_t epoch) {
    failover::Saved saved;
    saved.record = {ClimName("n2"), failover::Epoch{epoch}, failover::Reason::failure, false};
    return saved;
  };
  const auto mirror = home_file(home_interface("n2", "eth1", "10.1.0.2/24"));
  const auto file = data.record_file(home);
  const auto mirror_file = data.mirror_file(home, mirror.digest);
  const auto prepare = [&] {
    for (const auto* name : {"records", "mirrors"}) fs::remove_all(temporary.path() / name);
    fs::create_directories(file.parent_path());
    fs::create_directories(mirror_file.parent_path());
    REQUIRE(write_file_atomically(file, to_json(home, record(1))));
  };
  const auto write = [&] {
    require(write_file_atomically(file, to_json(home, record(2))));
    require(write_file_atomically(mirror_file, to_json(*mirror.interface)));
  };
  const auto look = [&](bool ended) {
    std::vector<std::string> damaged;
    const auto records = data.read_records(damaged);
    const auto mirrors = data.read_mirrors(damaged);
    CHECK(damaged.empty());
    REQUIRE(records.size() == 1);
    const bool is_new = records.at(home) == record(2);
    CHECK((is_new || records.at(home) == record(1)));
    if (!mirrors.empty()) CHECK((is_new && *mirrors.at(home).at(mirror.digest).interface == *mirror.interface));
    if (ended) CHECK_FALSE(mirrors.empty());
    write();
    CHECK(names_in(file.parent_path()) == std::set<std::string>{file.filename()});
    CHECK(names_in(mirror_file.parent_path()) == std::set<std::string>{mirror_file.filename()});
  };
  CHECK(kill_everywhere(prepare, write, look) >= 6);
}

TEST_CASE("a tree whose build is killed is the old one or the new one", "[daemon][killed]") {
  const TemporaryDirectory temporary(memory());
  const auto out = temporary.path() / "out";
  const auto before = sample::tree();
  auto changed = sample::home("n1", "n2");
  changed.mtu = 1500;
  const auto after = sample::tree_with(changed);
  const auto prepare = [&] {
    for (const auto& name : names_in(temporary.path())) fs::remove_all(temporary.path() / name);
    REQUIRE(write_tree(out, before));
  };
  const auto look = [&](bool ended) {
    const auto state = read_clim_state(out, ClimName("n1"));
    REQUIRE(state);
    const bool is_new = *state->home.at(InterfaceName("eth1")).interface == changed;
    CHECK((is_new || *state->home.at(InterfaceName("eth1")).interface == sample::home("n1", "n2")));
    if (ended) CHECK(is_new);
    REQUIRE(write_tree(out, after));
    CHECK(names_in(temporary.path()) == std::set<std::string>{"out"});
  };
  CHECK(kill_everywhere(
            prepare, [&] { require(write_tree(out, after)); }, look) > 10);
}
