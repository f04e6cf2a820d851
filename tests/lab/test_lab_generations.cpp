// A new generation of the configuration: it is applied as a whole or not at all, and undoes itself unless confirmed.
#include <catch2/catch.hpp>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <sys/mount.h>

#include "tests/lab/lab.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

using namespace cip::lab;

namespace {

LabPlan one_clim() {
  return {.lans = {"control", "blue"},
          .clims = {{"n1", {{"eth0", "control"}, {"eth1", "blue"}}}},
          .hosts = {{"r1", {{"eth0", "blue"}}, {"addr add 10.1.0.254/24 dev eth0"}}}};
}

std::string specification(const std::string& in_eth1, const std::string& more = "") {
  return fmt::format(R"(edition 1;
cluster lab {{ {} }}
clim n1 {{
  control 192.168.100.1;
  maintenance eth0 {{ address 192.168.100.1/24; }}
  interface eth1 {{ {} }}
  {}
}}
)",
                     short_times, in_eth1, more);
}

const std::string old_one = "address 10.1.0.1/24; route 10.91.0.0/16 via 10.1.0.254;";
const std::string new_one = "address 10.1.0.2/24; route 10.92.0.0/16 via 10.1.0.254;";
// The kernel, or somebody, has something against one part of it.
const std::string bad_one = new_one + "route 10.93.0.0/16 via 10.1.0.254;";

struct One {
  Lab lab{one_clim()};
  Clim& n1 = lab.clim("n1");

  One() { lab.install(specification(old_one)); }

  void start() {
    n1.start({"--no-watch"});
    REQUIRE_EVENTUALLY(lab, 10s, has_old());
    n1.network().ip({"route add 10.93.0.0/16 via 10.1.0.253 proto bird"});
  }
  bool has_old() const { return only("10.1.0.1/24") && n1.has_route("10.91.0.0/16") && !n1.has_route("10.92.0.0/16"); }
  bool has_new() const { return only("10.1.0.2/24") && n1.has_route("10.92.0.0/16") && !n1.has_route("10.91.0.0/16"); }
  bool only(const std::string& address) const { return n1.addresses("eth1") == std::vector<std::string>{address}; }
  bool status_says(const std::string& words) const { return n1.ctl({"status"}).out.find(words) != std::string::npos; }
};

}  // namespace

TEST_CASE("a generation of which something cannot be done is undone, with a report", "[.generations]") {
  One one;
  one.start();
  one.n1.install(specification(bad_one));
  const Outcome outcome = one.n1.ctl({"reload"});
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("10.93.0.0/16") != std::string::npos);
  CHECK(outcome.err.find("[cluster.cip:6:") != std::string::npos);  // where it stands
  CHECK(outcome.err.find("is in use again") != std::string::npos);
  CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
  CHECK(one.n1.has_route("10.93.0.0/16 via 10.1.0.253 dev eth1 proto bird"));
  CHECK(one.status_says("the state tree on disk is refused"));
  CHECK(Pair::has_event(one.n1, {"is undone"}));

  // It is not used by a daemon that starts, either, but tried again by one who asks.
  one.n1.kill();
  one.n1.start({"--no-watch"});
  CHECK_STAYS(one.lab, 500ms, one.has_old());
  CHECK(one.status_says("may not be used"));
  one.n1.network().ip({"route del 10.93.0.0/16"});
  CHECK(one.n1.ctl({"reload"}).status == 0);
  CHECK(one.has_new());
  CHECK(one.n1.has_route("10.93.0.0/16 via 10.1.0.254"));
  one.n1.kill();
  one.n1.start({"--no-watch"});
  CHECK_STAYS(one.lab, 500ms, one.has_new());
}

TEST_CASE("what was missing before, too, is no reason to go back, and --partial is none at all", "[.generations]") {
  One one;
  one.start();
  SECTION("--partial") {
    one.n1.install(specification(bad_one));
    const Outcome outcome = one.n1.ctl({"reload", "--partial"});
    CAPTURE(outcome.out, outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("! n1.eth1: route 10.93.0.0/16") != std::string::npos);
    CHECK(one.has_new());
    // The rest comes when it can.
    one.n1.network().ip({"route del 10.93.0.0/16"});
    CHECK_EVENTUALLY(one.lab, 5s, one.n1.has_route("10.93.0.0/16 via 10.1.0.254"));
  }
  SECTION("an interface that is missing") {
    const std::string more = "interface eth7 { address 10.7.0.1/24; }";
    one.n1.install(specification(old_one, more));
    Outcome outcome = one.n1.ctl({"reload"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("eth7 does not exist") != std::string::npos);
    CHECK(one.n1.ctl({"reload", "--partial"}).status == 0);
    one.n1.install(specification(new_one, more));
    outcome = one.n1.ctl({"reload"});
    CAPTURE(outcome.out, outcome.err);
    CHECK(outcome.status == 0);
    CHECK(one.has_new());
  }
}

TEST_CASE("reload --confirm-within goes back unless it is confirmed", "[.generations]") {
  One one;
  one.start();
  one.n1.install(specification(new_one));
  const auto reload = [&](const char* time) {
    const Outcome outcome = one.n1.ctl({"reload", "--confirm-within", time});
    CAPTURE(outcome.out, outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("unless you say: cipctl confirm") != std::string::npos);
    CHECK(one.has_new());
  };
  SECTION("nobody confirms") {
    reload("2s");
    CHECK(one.status_says("goes back in"));
    CHECK_STAYS(one.lab, 1s, one.has_new());
    CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
    CHECK(one.status_says("was not confirmed within 2 s"));
    CHECK(one.n1.ctl({"confirm"}).status == 1);
  }
  SECTION("confirmed, also for a daemon that starts") {
    reload("2s");
    CHECK(one.n1.ctl({"confirm"}).status == 0);
    CHECK_STAYS(one.lab, 3s, one.has_new());
    one.n1.kill();
    one.n1.start({"--no-watch"});
    CHECK_STAYS(one.lab, 500ms, one.has_new());
  }
  SECTION("rolled back at once") {
    reload("60s");
    CHECK(one.n1.ctl({"rollback"}).status == 0);
    CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
    CHECK(one.n1.ctl({"rollback"}).status == 1);
  }
  SECTION("another one has to wait") {
    reload("60s");
    one.n1.install(specification(old_one + "address 10.1.0.3/24;"));
    const Outcome outcome = one.n1.ctl({"reload"});
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("waits to be confirmed") != std::string::npos);
    CHECK(one.has_new());
  }
  SECTION("the daemon is killed meanwhile") {
    reload("60s");
    one.n1.kill();
    one.n1.start({"--no-watch"});
    CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
    CHECK(one.status_says("may not be used"));
  }
  SECTION("the machine dies meanwhile") {
    reload("60s");
    one.lab.crash("n1");
    one.lab.boot("n1");
    one.n1.start({"--no-watch"});
    CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
  }
}

TEST_CASE("what is in use already can be put on probation, and rolled back after it was kept", "[.generations]") {
  One one;
  one.start();
  CHECK(one.n1.ctl({"reload", "--confirm-within", "60s"}).status == 1);  // nothing to go back to
  one.n1.install(specification(new_one));
  REQUIRE(one.n1.ctl({"reload"}).status == 0);
  REQUIRE(one.has_new());
  SECTION("probation") {
    CHECK(one.n1.ctl({"reload", "--confirm-within", "1s"}).status == 0);
    CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
  }
  SECTION("rollback") {
    CHECK(one.n1.ctl({"rollback"}).status == 0);
    CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
    one.n1.kill();
    one.n1.start({"--no-watch"});
    CHECK_STAYS(one.lab, 500ms, one.has_old());
  }
}

TEST_CASE("a tree is used as soon as it is there, and who asks for it then hears what became of it", "[.generations]") {
  One one;
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.has_old());
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    one.n1.install(specification(round % 2 == 0 ? new_one : old_one));
    const Outcome outcome = one.n1.ctl({"reload"});
    CAPTURE(outcome.err);
    CHECK(outcome.status == 0);
    CHECK((round % 2 == 0 ? one.has_new() : one.has_old()));
  }
}

TEST_CASE("what is undone does not come again because its tree is noticed late", "[.generations]") {
  One one;
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.has_old());
  one.n1.install(specification(new_one));
  REQUIRE(one.n1.ctl({"reload"}).status == 0);
  REQUIRE(one.n1.ctl({"rollback"}).status == 0);
  CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
  CHECK_STAYS(one.lab, 500ms, one.has_old());
}

TEST_CASE("a restart takes nothing away, not for a moment, from an interface without failover", "[.generations]") {
  One one;
  one.start();
  const Pinger pinger(one.lab.host("r1"), "10.1.0.1", 2ms);
  REQUIRE(pinger.answered(2s));
  const Time begin = Clock::now();
  for (int round = 0; round < 3; ++round) {
    one.n1.kill();
    one.n1.start({"--no-watch"});
    CHECK_STAYS(one.lab, 300ms, one.has_old());
  }
  CHECK(one.n1.stop() == 0);
  one.n1.start({"--no-watch"});
  CHECK_STAYS(one.lab, 300ms, one.has_old());
  CHECK(pinger.report(begin).lost == 0);
  CHECK(one.lab.owners().changes(begin) == 0);
}

TEST_CASE("a disk that is full: no promise that cannot be kept, and all else goes on", "[.generations]") {
  One one;
  const std::string data = one.n1.data_dir();
  REQUIRE(mount("tmpfs", data.c_str(), "tmpfs", 0, "size=64k") == 0);
  one.start();
  {
    std::ofstream filler(data + "/filler");
    while (filler << std::string(1024, 'x') << std::flush) {
    }
  }
  one.n1.install(specification(new_one));
  Outcome outcome = one.n1.ctl({"reload", "--confirm-within", "60s"});
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find("No space left on device") != std::string::npos);
  CHECK(one.has_old());
  outcome = one.n1.ctl({"reload"});
  CHECK(outcome.status == 0);
  CHECK(one.has_new());
  CHECK(Pair::has_event(one.n1, {"could not be kept"}));

  // What is on disk is the old one, whole.
  one.n1.kill();
  REQUIRE(run({"rm", "-r", one.n1.state_dir()}).status == 0);
  one.n1.start({"--no-watch"});
  CHECK_EVENTUALLY(one.lab, 5s, one.has_old());
  one.n1.kill();
  CHECK(umount2(data.c_str(), MNT_DETACH) == 0);
}

TEST_CASE("generations: several labs at once", "[lab][generations]") {
  CHECK_CASES("[.generations]", 3, 2min);
}
