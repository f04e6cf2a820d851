// The command line of cipd.
#include <catch2/catch.hpp>

#include "reconciler/daemon/options.h"

using namespace cip;
using namespace cip::daemon;

namespace {

std::string refused_options(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments);
  return parsed ? "" : parsed.error().message;
}

}  // namespace

TEST_CASE("cipd takes its options and has defaults for most", "[daemon][options]") {
  const auto parsed = parse_options({"--clim", "n1", "--state", "/s"});
  REQUIRE(parsed);
  const auto& options = std::get<Options>(*parsed);
  CHECK(options.clim == ClimName("n1"));
  CHECK(options.state == "/s");
  CHECK(options.runtime_dir == "/run/cip");
  CHECK(options.data_dir == "/var/lib/cip");
  CHECK(options.mode == Options::Mode::daemon);
  CHECK_FALSE(options.boot_id_file);
  CHECK_FALSE(options.metrics);

  const auto more = parse_options({"--clim=n1", "--state=/s", "--runtime-dir", "/r", "--data-dir", "/d", "--key", "/k",
                                   "--boot-id-file", "/b", "--metrics", "127.0.0.1:9780", "--dry-run"});
  REQUIRE(more);
  const auto& all = std::get<Options>(*more);
  CHECK(all.runtime_dir == "/r");
  CHECK(all.data_dir == "/d");
  CHECK(all.key == "/k");
  CHECK(all.boot_id_file == "/b");
  REQUIRE(all.metrics);
  CHECK(to_text(*all.metrics) == "127.0.0.1:9780");
  CHECK(all.mode == Options::Mode::dry_run);
}

TEST_CASE("cipd says what is wrong with its command line", "[daemon][options]") {
  CHECK(refused_options({}).find("--clim") != std::string::npos);
  CHECK(refused_options({"--clim", "n1"}).find("--state") != std::string::npos);
  CHECK(refused_options({"--clim", "n1.eth1", "--state", "/s"}).find("n1.eth1") != std::string::npos);
  CHECK(refused_options({"--clim", "../x", "--state", "/s"}).find("../x") != std::string::npos);
  CHECK(refused_options({"--clim", "n1", "--state", "/s", "--once", "--dry-run"}).find("--once") != std::string::npos);
  CHECK(refused_options({"--clim", "n1", "--state", "/s", "--data", "/d"}).find("--data") !=
        std::string::npos);  // no guessing
  CHECK_FALSE(refused_options({"--clim", "n1", "--state", "/s", "word"}).empty());
  CHECK(refused_options({"--clim", "n1", "--state", "/s", "--metrics", "10.0.0.1:80"}).find("loopback") !=
        std::string::npos);
}

TEST_CASE("cipd explains itself", "[daemon][options]") {
  const auto help = parse_options({"--help"});
  REQUIRE(help);
  const auto& text = std::get<std::string>(*help);
  for (const auto* word : {"--clim", "--metrics", "--once", "--dry-run", "example:", "Exit codes"}) {
    CHECK(text.find(word) != std::string::npos);
  }
  CHECK(text.find("boot-id") == std::string::npos);
  CHECK(std::get<std::string>(*parse_options({"--version"})).find("cipd ") == 0);
}
