// What charon is told, by a charon that only writes it down.
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <sys/stat.h>

#include "reconciler/ipsec/charon.h"
#include "tests/unit/daemon/temporary.h"
#include "tests/unit/ipsec/fake_charon.h"

using namespace cip;
using namespace cip::ipsec;
using namespace std::chrono_literals;
using Told = std::vector<std::string>;

namespace {

struct Side {
  TemporaryDirectory temporary;
  std::unique_ptr<test::FakeCharon> fake = std::make_unique<test::FakeCharon>(temporary.path() / "vici");
  Charon charon{temporary.path() / "vici", 2s};
  Charon::Clock::time_point now = Charon::Clock::now();
  std::set<IpAddress> here;

  Side() { secret("a.psk", "one"); }
  void secret(const std::string& name, const std::string& content) const {
    const auto file = temporary.path() / name;
    std::filesystem::remove(file);
    std::ofstream(file) << content;
    REQUIRE(chmod(file.c_str(), 0400) == 0);
  }
  Connection connection(const std::string& name, const std::string& start = "trap",
                        const std::string& local = "10.1.0.1") const {
    const auto path = temporary.path().string();
    const std::string text = "connections {\n " + name + " {\n local_addrs = " + local +
                             "\n remote_addrs = 10.1.0.254\n local {\n auth = psk\n }\n remote {\n auth = psk\n }\n"
                             "children {\n" +
                             name + "-1 {\n local_ts = " + local +
                             "/32\n remote_ts = 10.50.0.0/24\n start_action = " + start +
                             "\n }\n }\n }\n }\nsecrets {\n ike-" + name + " {\n file = " + path +
                             "/a.psk\n id-local = " + local + "\n id-remote = 10.1.0.254\n }\n}\n";
    const auto connections = read_connections(text);
    if (!connections) {
      FAIL(connections.error().message);
    }
    return connections->front();
  }
  Connection with_certificate(const std::string& name) const {
    auto result = connection(name);
    result.auth = Certificate{temporary.path() / "a.pem", temporary.path() / "a.key"};
    return result;
  }
  // Another cipd, of the same charon.
  void restart() { charon = Charon(temporary.path() / "vici", 2s); }
  Report pass(const std::vector<Connection>& wanted) { return charon.pass(wanted, here, now); }
  void arrives(const char* address = "10.1.0.1") { here.insert(*IpAddress::parse(address)); }
  void leaves(const char* address = "10.1.0.1") { here.erase(*IpAddress::parse(address)); }
};

}  // namespace

TEST_CASE("connections are loaded where their address is not, and nothing is negotiated", "[ipsec][charon]") {
  Side side;
  const std::vector<Connection> wanted{side.connection("a"), side.connection("b", "start")};
  const auto report = side.pass(wanted);
  CHECK_FALSE(report.absent);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a", "load-shared cip:b", "load-conn cip:b"});
  REQUIRE(report.connections.size() == 2);
  CHECK(report.connections[0].state == ConnectionState::away);
  CHECK(report.connections[0].problem.empty());
  CHECK(side.fake->shared[charon_name(wanted[0])] == "one");
  CHECK(side.fake->connections[charon_name(wanted[0])].section("children")->section("a-1") != nullptr);
  side.pass(wanted);
  CHECK(side.fake->told().empty());
}

TEST_CASE("an address that arrives has its SAs negotiated, and when it leaves they go", "[ipsec][charon]") {
  Side side;
  const auto start = GENERATE("trap", "start");
  const std::vector<Connection> wanted{side.connection("a", start)};
  side.pass(wanted);
  side.fake->told();
  side.arrives();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"install cip:a a-1", "initiate cip:a a-1"});
  auto report = side.pass(wanted);
  CHECK(side.fake->told().empty());
  CHECK(report.connections[0].state == ConnectionState::up);
  CHECK(report.connections[0].up == 1);
  side.leaves();
  report = side.pass(wanted);
  CHECK(side.fake->told() == Told{"uninstall cip:a a-1", "terminate cip:a"});
  CHECK(report.connections[0].state == ConnectionState::away);
  side.pass(wanted);
  CHECK(side.fake->told().empty());
  CHECK(side.fake->connections.count(charon_name(wanted[0])) == 1);
  // Again.
  side.arrives();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"install cip:a a-1", "initiate cip:a a-1"});
}

TEST_CASE("a connection that waits for the other end negotiates nothing", "[ipsec][charon]") {
  Side side;
  side.arrives();
  const std::vector<Connection> wanted{side.connection("a", "none")};
  CHECK(side.pass(wanted).connections[0].state == ConnectionState::idle);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a"});
  side.fake->sas[7] = {charon_name(wanted[0]), "ESTABLISHED", {{"a-1", "INSTALLED"}}};
  CHECK(side.pass(wanted).connections[0].state == ConnectionState::up);
  side.leaves();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"terminate cip:a"});
}

TEST_CASE("a negotiation that gets no answer is begun again soon, and later left to charon", "[ipsec][charon]") {
  Side side;
  side.fake->ike_state = "CONNECTING";
  side.fake->child_state = "";
  side.fake->answered = false;
  side.arrives();
  const auto start = GENERATE(as<std::string>{}, "trap", "start");
  const std::vector<Connection> wanted{side.connection("a", start)};
  auto report = side.pass(wanted);
  CHECK(report.connections[0].state == ConnectionState::negotiating);
  CHECK(report.again == 500ms);
  side.fake->told();
  const Told again{"terminate cip:a", "initiate cip:a a-1"};
  side.now += 499ms;
  report = side.pass(wanted);
  CHECK(report.again == 1ms);
  CHECK(side.fake->told().empty());
  side.now += 1ms;
  side.pass(wanted);
  CHECK(side.fake->told() == again);
  side.now += 1s;
  side.pass(wanted);
  CHECK(side.fake->told() == again);
  side.now += 2s;
  side.pass(wanted);
  CHECK(side.fake->told() == again);
  for (int i = 0; i < 30; ++i) {
    side.now += 1s;
    side.pass(wanted);
    CHECK(side.fake->told().empty());
  }
  // charon gives up: what is to be up always is begun again, the other one waits for traffic.
  side.fake->sas.clear();
  Told later;
  for (int i = 0; i < 11; ++i) {
    side.now += 1s;
    side.pass(wanted);
    const auto told = side.fake->told();
    later.insert(later.end(), told.begin(), told.end());
  }
  CHECK(later == (start == "start" ? Told{"initiate cip:a a-1"} : Told{}));
}

TEST_CASE("a negotiation that was answered is not given up", "[ipsec][charon]") {
  Side side;
  side.fake->ike_state = "CONNECTING";
  side.fake->child_state = "";
  side.arrives();
  const std::vector<Connection> wanted{side.connection("a", "start")};
  side.pass(wanted);
  side.fake->told();
  for (int i = 0; i < 30; ++i) {
    side.now += 1s;
    CHECK(side.pass(wanted).connections[0].state == ConnectionState::negotiating);
    CHECK(side.fake->told().empty());
  }
  // It failed.
  side.fake->sas.clear();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"initiate cip:a a-1"});
}

TEST_CASE("SAs of addresses that are about to leave end at once", "[ipsec][charon]") {
  Side side;
  side.charon.end_now({"a"});  // nobody has been asked for anything yet
  side.arrives();
  const std::vector<Connection> wanted{side.connection("a"), side.connection("b")};
  side.pass(wanted);
  side.fake->told();
  side.charon.end_now({"a"});
  CHECK(side.fake->told() == Told{"terminate cip:a"});
  side.leaves();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"uninstall cip:a a-1", "uninstall cip:b b-1", "terminate cip:b"});
}

TEST_CASE("what traffic has begun is not begun twice", "[ipsec][charon]") {
  Side side;
  side.arrives();
  const std::vector<Connection> wanted{side.connection("a")};
  side.fake->sas[1] = {charon_name(wanted[0]), "CONNECTING", {}};
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a", "install cip:a a-1"});
}

TEST_CASE("SAs that end later are negotiated again where they are to be up always", "[ipsec][charon]") {
  Side side;
  side.arrives();
  const auto start = GENERATE(as<std::string>{}, "trap", "start");
  const std::vector<Connection> wanted{side.connection("a", start)};
  side.pass(wanted);
  REQUIRE(side.pass(wanted).connections[0].state == ConnectionState::up);
  side.fake->told();
  side.fake->sas.clear();
  side.now += 60s;
  const auto report = side.pass(wanted);
  CHECK(side.fake->told() == (start == "start" ? Told{"initiate cip:a a-1"} : Told{}));
  CHECK(report.connections[0].state == (start == "start" ? ConnectionState::negotiating : ConnectionState::idle));
}

TEST_CASE("only what has our prefix is touched", "[ipsec][charon]") {
  Side side;
  side.fake->connections["a"] = {};
  side.fake->shared["a"] = "theirs";
  side.fake->traps = {{"a", "a-1"}};
  side.fake->sas[1] = {"a", "ESTABLISHED", {{"a-1", "INSTALLED"}}};
  side.pass({side.connection("a")});
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a"});
  side.pass({});
  CHECK(side.fake->told() == Told{"unload-conn cip:a", "unload-shared cip:a"});
  CHECK(side.fake->connections.size() == 1);
  CHECK(side.fake->shared["a"] == "theirs");
  CHECK(side.fake->sas.size() == 1);
}

TEST_CASE("what a former cipd has left goes, with its SAs", "[ipsec][charon]") {
  Side side;
  side.fake->connections["cip:old"] = {};
  side.fake->shared["cip:old"] = "x";
  side.fake->traps = {{"cip:old", "old-1"}};
  side.fake->sas[1] = {"cip:old", "ESTABLISHED", {{"old-1", "INSTALLED"}}};
  side.pass({});
  CHECK(side.fake->told() ==
        Told{"uninstall cip:old old-1", "terminate cip:old", "unload-conn cip:old", "unload-shared cip:old"});
}

TEST_CASE("a cipd that starts while SAs are up leaves them", "[ipsec][charon]") {
  Side side;
  side.arrives();
  const std::vector<Connection> wanted{side.connection("a", "start")};
  side.pass(wanted);
  side.fake->told();
  side.restart();
  CHECK(side.pass(wanted).connections[0].state == ConnectionState::up);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a"});
}

TEST_CASE("a connection that changes is unloaded first, and its SAs end, also if it did while no cipd ran",
          "[ipsec][charon]") {
  Side side;
  side.arrives();
  side.pass({side.connection("a")});
  side.fake->told();
  auto changed = side.connection("a");
  changed.text.set("version", "2");
  if (GENERATE(false, true)) {
    side.restart();
  }
  side.pass({changed});
  CHECK(side.fake->told() == Told{"uninstall cip:a a-1", "terminate cip:a", "unload-conn cip:a", "unload-shared cip:a",
                                  "load-shared cip:a", "load-conn cip:a", "install cip:a a-1", "initiate cip:a a-1"});
}

TEST_CASE("a start action that changes ends nothing, and a trap goes that is not wanted any more", "[ipsec][charon]") {
  Side side;
  side.arrives();
  side.pass({side.connection("a", "start")});
  side.fake->told();
  CHECK(side.pass({side.connection("a", "none")}).connections[0].state == ConnectionState::up);
  CHECK(side.fake->told() == Told{"uninstall cip:a a-1"});
  CHECK(side.pass({side.connection("a", "trap")}).connections[0].state == ConnectionState::up);
  CHECK(side.fake->told() == Told{"install cip:a a-1"});
}

TEST_CASE("all that the SAs of a connection depend on is in its name", "[ipsec][charon]") {
  const Side side;
  const auto connection = side.connection("a");
  auto owner = connection;
  std::get<PresharedKey>(owner.auth).owners.emplace_back("somebody.else");
  auto text = connection;
  text.text.set("mobike", "no");
  const std::set<std::string> names{charon_name(connection),
                                    charon_name(owner),
                                    charon_name(text),
                                    charon_name(side.connection("a", "trap", "10.1.0.2")),
                                    charon_name(side.with_certificate("a")),
                                    charon_name(side.connection("b"))};
  CHECK(names.size() == 6);
  CHECK(charon_name(side.connection("a", "start")) == charon_name(connection));
  CHECK_THAT(charon_name(connection), Catch::Matches("cip:a:[0-9a-f]{8}"));
}

TEST_CASE("a charon that was started again is loaded anew", "[ipsec][charon]") {
  Side side;
  side.arrives();
  const std::vector<Connection> wanted{side.connection("a")};
  side.pass(wanted);
  side.fake.reset();
  const auto report = side.pass(wanted);
  REQUIRE(report.absent);
  CHECK_THAT(*report.absent, Catch::Contains("No such file"));
  CHECK(report.connections[0].state == ConnectionState::unknown);
  side.fake = std::make_unique<test::FakeCharon>(side.temporary.path() / "vici");
  CHECK_FALSE(side.pass(wanted).absent);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a", "install cip:a a-1", "initiate cip:a a-1"});
  // Between two passes: nobody notices.
  side.fake.reset();
  side.fake = std::make_unique<test::FakeCharon>(side.temporary.path() / "vici");
  CHECK_FALSE(side.pass(wanted).absent);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a", "install cip:a a-1", "initiate cip:a a-1"});
}

TEST_CASE("what somebody unloads is loaded again", "[ipsec][charon]") {
  Side side;
  const std::vector<Connection> wanted{side.connection("a")};
  side.pass(wanted);
  side.fake->told();
  side.fake->connections.clear();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a"});
  side.fake->shared.clear();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"load-shared cip:a"});
}

TEST_CASE("a secret that cannot be read is said, and tried again", "[ipsec][charon]") {
  Side side;
  side.arrives();
  std::filesystem::remove(side.temporary.path() / "a.psk");
  const std::vector<Connection> wanted{side.connection("a")};
  auto report = side.pass(wanted);
  CHECK(report.connections[0].state == ConnectionState::refused);
  CHECK_THAT(report.connections[0].problem, Catch::Contains("a.psk: No such file"));
  CHECK(side.fake->told().empty());
  side.secret("a.psk", "one");
  report = side.pass(wanted);
  CHECK(report.connections[0].problem.empty());
  CHECK(side.fake->told() == Told{"load-shared cip:a", "load-conn cip:a", "install cip:a a-1", "initiate cip:a a-1"});
  // Later it is not read again, but when somebody says so.
  side.secret("a.psk", "two");
  side.pass(wanted);
  CHECK(side.fake->shared[charon_name(wanted[0])] == "one");
  side.charon.read_files_again();
  side.pass(wanted);
  CHECK(side.fake->shared[charon_name(wanted[0])] == "two");
  CHECK(side.fake->told() == Told{"load-shared cip:a"});
  // One that is not there any more ends nothing that is up.
  std::filesystem::remove(side.temporary.path() / "a.psk");
  side.charon.read_files_again();
  report = side.pass(wanted);
  CHECK(report.connections[0].state == ConnectionState::up);
  CHECK_FALSE(report.connections[0].problem.empty());
  CHECK(side.fake->told().empty());
}

TEST_CASE("what charon refuses is said in its words, and tried again", "[ipsec][charon]") {
  Side side;
  side.arrives();
  side.fake->refusals["load-conn"] = "invalid value for: proposals";
  const std::vector<Connection> wanted{side.connection("a"), side.connection("b")};
  auto report = side.pass(wanted);
  REQUIRE(report.connections.size() == 2);
  CHECK(report.connections[0].problem == "charon refuses it: invalid value for: proposals");
  CHECK(report.connections[1].state == ConnectionState::refused);
  side.fake->refusals.clear();
  side.pass(wanted);
  report = side.pass(wanted);
  CHECK(report.connections[0].state == ConnectionState::up);
  CHECK(report.connections[1].problem.empty());
}

TEST_CASE("certificates and keys are handed over as they are, and a key of ours goes with its connection",
          "[ipsec][charon]") {
  Side side;
  side.secret("a.pem", "CERTIFICATE");
  side.secret("a.key", "KEY");
  const std::vector<Connection> wanted{side.with_certificate("a")};
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"load-key key:KEY", "load-shared cip-key:key:KEY", "load-conn cip:a"});
  CHECK(side.fake->connections[charon_name(wanted[0])].section("local")->list("certs") == Told{"CERTIFICATE"});
  side.pass(wanted);
  CHECK(side.fake->told().empty());
  side.secret("a.pem", "ANOTHER");
  side.charon.read_files_again();
  side.pass(wanted);
  CHECK(side.fake->told() == Told{"load-conn cip:a"});
  CHECK(side.fake->connections[charon_name(wanted[0])].section("local")->list("certs") == Told{"ANOTHER"});
  side.pass({});
  CHECK(side.fake->told() == Told{"unload-conn cip:a", "unload-key key:KEY", "unload-shared cip-key:key:KEY"});
  CHECK(side.fake->shared.empty());
}

TEST_CASE("a key goes when its file has another, and with the last connection that has it", "[ipsec][charon]") {
  Side side;
  side.secret("a.pem", "CERTIFICATE");
  side.secret("a.key", "KEY");
  const std::vector<Connection> wanted{side.with_certificate("a"), side.with_certificate("b")};
  side.pass(wanted);
  side.fake->told();
  side.pass({wanted[1]});
  CHECK(side.fake->told() == Told{"unload-conn cip:a"});
  side.secret("a.key", "NEXT");
  side.charon.read_files_again();
  side.pass({wanted[1]});
  CHECK(side.fake->told() == Told{"load-key key:NEXT", "load-shared cip-key:key:NEXT", "unload-key key:KEY",
                                  "unload-shared cip-key:key:KEY"});
  side.pass({wanted[1]});
  CHECK(side.fake->told().empty());
  side.pass({});
  CHECK(side.fake->told() == Told{"unload-conn cip:b", "unload-key key:NEXT", "unload-shared cip-key:key:NEXT"});
}

TEST_CASE("a key of a connection that went while no cipd ran goes, one that is wanted stays", "[ipsec][charon]") {
  Side side;
  side.secret("a.pem", "CERTIFICATE");
  side.secret("a.key", "KEY");
  auto other = side.with_certificate("b");
  side.secret("b.key", "OTHER");
  std::get<Certificate>(other.auth).key_file = (side.temporary.path() / "b.key").string();
  side.fake->keys["key:THEIRS"] = "THEIRS";
  side.pass({side.with_certificate("a"), other});
  side.fake->told();
  side.restart();
  side.pass({side.with_certificate("a")});
  CHECK(side.fake->told() == Told{"unload-conn cip:b", "load-key key:KEY", "load-conn cip:a", "unload-key key:OTHER",
                                  "unload-shared cip-key:key:OTHER"});
  side.pass({});
  CHECK(side.fake->told() == Told{"unload-conn cip:a", "unload-key key:KEY", "unload-shared cip-key:key:KEY"});
  CHECK(side.fake->keys.size() == 1);
}

TEST_CASE("a key that somebody else has loaded, too, stays", "[ipsec][charon]") {
  Side side;
  side.secret("a.pem", "CERTIFICATE");
  side.secret("a.key", "KEY");
  side.fake->keys["key:KEY"] = "KEY";
  side.pass({side.with_certificate("a")});
  side.fake->told();
  side.pass({});
  CHECK(side.fake->told() == Told{"unload-conn cip:a"});
}
