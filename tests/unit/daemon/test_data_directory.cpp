// What is on disk: round trips, damage, a full disk, two daemons.
#include <catch2/catch.hpp>
#include <fstream>
#include <sys/mount.h>
#include <unistd.h>

#include "reconciler/daemon/data_directory.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::daemon;
using failover::Epoch;
using failover::Reason;
using failover::Saved;

namespace {

Saved example_saved() {
  Saved saved;
  saved.record = {ClimName("n2"), Epoch{41}, Reason::command, true};
  saved.announced = Digest::of("something");
  saved.interface_stopped = true;
  return saved;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("a record comes back from its text as it was", "[daemon][store]") {
  const auto home = ref("n1", "eth2.100");
  for (const auto reason : {Reason::initial, Reason::failure, Reason::command, Reason::found}) {
    auto saved = example_saved();
    saved.record.reason = reason;
    const auto back = saved_from_json(to_json(home, saved), home, "file");
    REQUIRE(back);
    CHECK(*back == saved);
  }
  const Saved fresh{{ClimName("n1"), Epoch{0}, Reason::initial, false}, {}, false};
  CHECK(*saved_from_json(to_json(home, fresh), home, "file") == fresh);
}

TEST_CASE("a damaged record is refused, whatever the damage", "[daemon][store]") {
  const auto home = ref("n1", "eth1");
  const auto text = to_json(home, example_saved());
  REQUIRE(saved_from_json(text, home, "file"));
  // Every cut, and every single changed byte.
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(saved_from_json(text.substr(0, size), home, "file"));
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto changed = text;
    changed[at] = changed[at] == '7' ? '3' : '7';
    CAPTURE(at, changed);
    // White space between values carries nothing.
    const bool blank = text[at] == ' ' || text[at] == '\n';
    if (!blank) CHECK_FALSE(saved_from_json(changed, home, "file"));
  }
  // One of another interface, whole.
  const auto other = saved_from_json(to_json(ref("n1", "eth9"), example_saved()), home, "file");
  REQUIRE_FALSE(other);
  CHECK(other.error().message.find("another interface") != std::string::npos);
}

TEST_CASE(
    "records and mirrors are read by name; what is damaged is named and "
    "counts as absent",
    "[daemon][store]") {
  const TemporaryDirectory temporary;
  const DataDirectory data(temporary.path());
  std::vector<std::string> damaged;
  CHECK(data.read_records(damaged).empty());
  CHECK(data.read_mirrors(damaged).empty());
  CHECK(damaged.empty());  // nothing there is no damage

  const auto home = ref("n1", "eth1");
  write(data.record_file(home), to_json(home, example_saved()));
  write(data.record_file(ref("n1", "eth2")), "{}");
  write(temporary.path() / "records" / "nonsense.json", "{}");
  write(temporary.path() / "records" / "n1.eth3.json.tmp", "left by a crash");
  const auto mirror = home_file(home_interface("n2", "eth1", "10.1.0.2/24"));
  const auto bytes = to_json(*mirror.interface);
  write(data.mirror_file(mirror.interface->name, mirror.digest), bytes);
  write(data.mirror_file(mirror.interface->name, Digest::of("another")), bytes);
  write(data.mirror_file(ref("n2", "eth7"), mirror.digest), bytes);

  const auto records = data.read_records(damaged);
  REQUIRE(records.size() == 1);
  CHECK(records.at(home) == example_saved());
  CHECK(damaged.size() == 2);
  damaged.clear();
  const auto mirrors = data.read_mirrors(damaged);
  REQUIRE(mirrors.size() == 1);
  REQUIRE(mirrors.at(mirror.interface->name).size() == 1);
  CHECK(*mirrors.at(mirror.interface->name).at(mirror.digest).interface == *mirror.interface);
  CHECK(damaged.size() == 2);
}

TEST_CASE("the last good tree comes back whole", "[daemon][store]") {
  const TemporaryDirectory temporary;
  const DataDirectory data(temporary.path());
  CHECK_FALSE(data.read_last_tree(ClimName("n1")));
  auto state = example_state();
  state.swanctl = "connections {\n}\n";
  state.clim.ipsec = Digest::of(state.swanctl);
  for (int twice = 0; twice < 2; ++twice) {
    const auto written = data.write_last_tree(state);
    REQUIRE(written);
    const auto back = data.read_last_tree(ClimName("n1"));
    REQUIRE(back);
    CHECK(back->clim == state.clim);
    CHECK(back->swanctl == state.swanctl);
    CHECK(*back->home.at(InterfaceName("eth1")).interface == *state.home.at(InterfaceName("eth1")).interface);
    CHECK(*back->mirrors.at(ref("n2", "eth1")).interface == *state.mirrors.at(ref("n2", "eth1")).interface);
  }
}

TEST_CASE("the generation that may not be used is remembered, and forgotten", "[daemon][store]") {
  const TemporaryDirectory temporary;
  const DataDirectory data(temporary.path());
  std::vector<std::string> damaged;
  CHECK_FALSE(data.read_unproven(damaged));
  REQUIRE(data.write_unproven(Unproven{Digest::of("x"), "it was not confirmed"}));
  const auto read = data.read_unproven(damaged);
  REQUIRE(read);
  CHECK(read->generation == Digest::of("x"));
  CHECK(read->why == "it was not confirmed");
  REQUIRE(data.write_unproven(std::nullopt));
  CHECK_FALSE(data.read_unproven(damaged));
  REQUIRE(data.write_unproven(std::nullopt));
  CHECK(damaged.empty());
  for (const auto* text : {"", "[]", "{}", "{\"generation\": 1}", "{\"generation\": \"zz\"}"}) {
    std::filesystem::remove(temporary.path() / "unproven.json");
    REQUIRE(write_new_file(temporary.path() / "unproven.json", text));
    CHECK_FALSE(data.read_unproven(damaged));
  }
  CHECK(damaged.size() == 5);
}

TEST_CASE("one daemon at a time has the data directory", "[daemon][store]") {
  const TemporaryDirectory temporary;
  auto first = std::make_unique<DataDirectory>(temporary.path() / "made" / "by it");
  REQUIRE(first->lock());
  DataDirectory second(temporary.path() / "made" / "by it");
  const auto refused = second.lock();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("another cipd") != std::string::npos);
  first.reset();
  CHECK(second.lock());
}

TEST_CASE("names of interfaces are parsed as they are written", "[daemon][store]") {
  CHECK(parse_interface_ref("n1.eth1") == ref("n1", "eth1"));
  CHECK(parse_interface_ref("n1.eth2.100") == ref("n1", "eth2.100"));
  for (const auto* text : {"", "n1", "n1.", ".eth1", "n1.a/b", "n1.much-too-long-for-it", "../x.eth1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_interface_ref(text));
  }
}
