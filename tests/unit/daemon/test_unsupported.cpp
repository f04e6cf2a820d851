// What the state tree can say and cipd cannot configure is refused as a whole.
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

// Runs cipd --once or --dry-run; what it says, and its exit code.
std::pair<int, std::string> run(const Options& options) {
  std::ostringstream said;
  auto* const before = std::cerr.rdbuf(said.rdbuf());
  const int code = run_once(options);
  std::cerr.rdbuf(before);
  return {code, said.str()};
}

const std::string everything = "n1/clim.json: this version of cipd does not configure leases in etcd";

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
  auto state = example_state();
  state.swanctl = "connections {\n}\nsecrets {\n}\n";
  state.clim.ipsec = Digest::of(state.swanctl);
  CHECK(supported(state));
  state.swanctl = "connections {\n}\nsecrets {\n}\npools {\n}\n";
  state.clim.ipsec = Digest::of(state.swanctl);
  CHECK(supported(state).error().message ==
        "n1/ipsec/swanctl.conf: connections and secrets must be there, and nothing else");
  state = example_state();
  state.clim.etcd = {"http://192.168.100.9:2379"};
  CHECK(supported(state).error().message == "n1/clim.json: this version of cipd does not configure leases in etcd");
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
