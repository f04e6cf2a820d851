// What the state tree can say and cipd cannot configure yet is refused as a whole.
#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>

#include "reconciler/daemon/configuration_source.h"
#include "reconciler/daemon/once.h"
#include "reconciler/daemon/unsupported.h"
#include "tests/unit/daemon/temporary.h"
#include "tests/unit/state/sample.h"

using namespace cip;
using namespace cip::daemon;

namespace {

// What is said of the example with its eth2 changed.
template <class Change>
std::string refusal_with(Change change) {
  auto state = example_state();
  change(state.home.at(InterfaceName("eth2")).interface);
  const auto result = supported(std::move(state));
  return result ? "" : result.error().message;
}

// Runs cipd --once or --dry-run; what it says, and its exit code.
std::pair<int, std::string> run(const Options& options) {
  std::ostringstream said;
  auto* const before = std::cerr.rdbuf(said.rdbuf());
  const int code = run_once(options);
  std::cerr.rdbuf(before);
  return {code, said.str()};
}

const std::string everything =
    "n1/home/bond0.json: this version of cipd does not configure bonds; "
    "n1/home/bond0.100.json: this version of cipd does not configure VLANs; "
    "n1/home/eth1.json: this version of cipd does not configure tunnels; "
    "n1/home/eth1.json: this version of cipd does not configure policy rules; "
    "n1/home/eth1.json: this version of cipd does not configure an interface that is found by its MAC address; "
    "n1/ipsec/swanctl.conf: this version of cipd does not configure IPsec; "
    "n1/clim.json: this version of cipd does not configure leases in etcd";

}  // namespace

TEST_CASE("what cipd can configure passes as it is", "[daemon][unsupported]") {
  const auto state = supported(example_state());
  REQUIRE(state);
  CHECK(state->clim == example_state().clim);
  const auto missing = supported(Error{ErrorCode::not_found, "no such tree"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "no such tree");
}

TEST_CASE("each kind that cipd cannot configure is refused by a sentence of its own", "[daemon][unsupported]") {
  CHECK(refusal_with([](auto& home) { home.bond.emplace(); }) ==
        "n1/home/eth2.json: this version of cipd does not configure bonds");
  CHECK(refusal_with([](auto& home) { home.vlan.emplace(); }) ==
        "n1/home/eth2.json: this version of cipd does not configure VLANs");
  CHECK(refusal_with([](auto& home) { home.tunnels.emplace_back(); }) ==
        "n1/home/eth2.json: this version of cipd does not configure tunnels");
  CHECK(refusal_with([](auto& home) { home.rules.emplace_back(); }) ==
        "n1/home/eth2.json: this version of cipd does not configure policy rules");
  CHECK(refusal_with([](auto& home) { home.match_mac.emplace(); }) ==
        "n1/home/eth2.json: this version of cipd does not configure an interface that is found by its MAC address");
  auto state = example_state();
  state.clim.ipsec = Digest::of("");
  CHECK(supported(state).error().message == "n1/ipsec/swanctl.conf: this version of cipd does not configure IPsec");
  state = example_state();
  state.clim.etcd = {"http://192.168.100.9:2379"};
  CHECK(supported(state).error().message == "n1/clim.json: this version of cipd does not configure leases in etcd");
}

TEST_CASE("of a kind, the first file is named; a mirror counts as well", "[daemon][unsupported]") {
  auto state = example_state();
  for (auto& [name, file] : state.home) {
    file.interface.rules.emplace_back();
  }
  state.mirrors.at(ref("n2", "eth1")).interface.rules.emplace_back();
  state.mirrors.at(ref("n2", "eth1")).interface.bond.emplace();
  CHECK(supported(state).error().message ==
        "n1/home/eth0.json: this version of cipd does not configure policy rules; "
        "n1/mirror/n2/eth1.json: this version of cipd does not configure bonds");
}

TEST_CASE("a mirror that cipd cannot configure is refused when it arrives, and on the disk", "[daemon][unsupported]") {
  const auto bond = sample::bond("n2", "n1");
  CHECK(unsupported(bond, "mirror of n2.bond0")->message ==
        "mirror of n2.bond0: this version of cipd does not configure bonds");
  CHECK_FALSE(unsupported(home_interface("n2", "eth1", "10.1.0.2/24"), "x"));
  const TemporaryDirectory temporary;
  const DataDirectory data(temporary.path());
  const auto file = home_file(bond);
  const auto path = data.mirror_file(bond.name, file.digest);
  std::filesystem::create_directories(path.parent_path());
  REQUIRE(write_new_file(path, file.bytes));
  std::vector<std::string> damaged;
  CHECK(data.read_mirrors(damaged).empty());
  CHECK(damaged == std::vector<std::string>{path.string() + ": this version of cipd does not configure bonds"});
}

TEST_CASE("--once and --dry-run refuse such a generation before they touch anything", "[daemon][unsupported]") {
  const TemporaryDirectory temporary;
  REQUIRE(write_tree(temporary.path() / "state", sample::tree()));
  Options options;
  options.clim = ClimName("n1");
  options.state = temporary.path() / "state";
  options.data_dir = temporary.path() / "data";
  options.runtime_dir = temporary.path() / "run";
  for (const auto mode : {Options::Mode::once, Options::Mode::dry_run}) {
    options.mode = mode;
    const auto [code, text] = run(options);
    CHECK(code == cip::daemon::exit_refused);
    CHECK(text == "cipd: " + everything + "\n");
  }
  CHECK_FALSE(std::filesystem::exists(options.data_dir));
  CHECK_FALSE(std::filesystem::exists(options.runtime_dir));
}

TEST_CASE("a daemon that starts keeps what it had", "[daemon][unsupported]") {
  const TemporaryDirectory temporary;
  REQUIRE(write_tree(temporary.path() / "state", sample::tree()));
  Options options;
  options.clim = ClimName("n1");
  options.state = temporary.path() / "state";
  const DataDirectory data(temporary.path() / "data");
  auto first = first_configuration(options, data, {});
  CHECK_FALSE(first.state);
  CHECK(first.refused == everything);
  std::filesystem::create_directories(temporary.path() / "data");
  REQUIRE(data.write_last_tree(example_state()));
  first = first_configuration(options, data, {});
  REQUIRE(first.state);
  CHECK(first.state->clim == example_state().clim);
  CHECK(first.refused == everything);
}
