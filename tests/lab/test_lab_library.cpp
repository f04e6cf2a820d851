// The lab's own tests, with plain tools instead of the programs under test: what it says must be true before it may
// judge.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <sys/wait.h>

#include "tests/lab/capture.h"
#include "tests/lab/clear_text.h"
#include "tests/lab/idle_connections.h"
#include "tests/lab/lab.h"
#include "tests/lab/pinger.h"
#include "tests/lab/process.h"
#include "tests/lab/tcp.h"

using namespace cip::lab;

namespace {

// Gives a CLIM's interface an address, as cipd would.
void hold(Clim& clim, const std::string& interface, const std::string& address) {
  clim.network().ip({"link set dev " + interface + " up", "addr add " + address + " dev " + interface});
}

bool carrier(const Clim& clim, const std::string& interface) {
  return clim.network().ip_json("link show dev " + interface).find("LOWER_UP") != std::string::npos;
}

}  // namespace

TEST_CASE("a process gives its output and its end", "[lab]") {
  const Outcome outcome = run({"sh", "-c", "cat; echo trouble >&2; exit 7"}, {.input = "typed\n"});
  CHECK(outcome.status == 7);
  CHECK(outcome.out == "typed\n");
  CHECK(outcome.err == "trouble\n");
  CHECK(run({"sh", "-c", "echo $COLOUR; kill -9 $$"}, {.environment = {"COLOUR=blue"}}).status == 128 + SIGKILL);
  CHECK(run({"no-such-program"}).status == 127);
  CHECK_THROWS(run({"sleep", "10"}, {}, 20ms));
}

TEST_CASE("a process ends with its owner, also when the owner is killed", "[lab]") {
  int pid = 0;
  {
    Process sleeper({"sleep", "100"});
    pid = sleeper.pid();
    REQUIRE(kill(pid, 0) == 0);
  }
  CHECK(kill(pid, 0) != 0);

  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const int owner = fork();
  if (owner == 0) {
    const Process sleeper({"sleep", "100"});
    const int child = sleeper.pid();
    if (write(ends[1], &child, sizeof child) == sizeof child) pause();
    _exit(1);
  }
  REQUIRE(read(ends[0], &pid, sizeof pid) == sizeof pid);
  REQUIRE(kill(owner, SIGKILL) == 0);
  REQUIRE(waitpid(owner, nullptr, 0) == owner);
  // Who adopts it may take its time to reap it: a zombie has ended, too.
  CHECK(wait_until(2s, [&] {
    const Outcome state = run({"ps", "-o", "stat=", "-p", std::to_string(pid)});
    return state.out.empty() || state.out[0] == 'Z';
  }));
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a remote host reaches a CLIM in both families, and every cable state does what it says", "[lab]") {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  hold(n1, "eth1", "10.1.0.1/24");
  n1.network().ip({"addr add 2001:db8:1::1/64 dev eth1 nodad"});
  const Pinger pinger(lab.host("r1"), "10.1.0.1", 2ms);
  const Pinger pinger6(lab.host("r1"), "2001:db8:1::1", 2ms);
  REQUIRE(pinger.answered(3s));
  REQUIRE(pinger6.answered(3s));
  CHECK(n1.addresses("eth1") == std::vector<std::string>{"10.1.0.1/24", "2001:db8:1::1/64"});
  CHECK(n1.has_route("10.1.0.0/24 dev eth1"));
  CHECK(n1.mtu("eth1") == 1500);

  for (const Cable state : {Cable::unplugged, Cable::silent, Cable::deaf, Cable::mute}) {
    CAPTURE(static_cast<int>(state));
    lab.set_cable("n1.eth1", state);
    CHECK(carrier(n1, "eth1") == (state != Cable::unplugged));
    CHECK_FALSE(pinger.answered(100ms));
    CHECK_FALSE(pinger6.answered(100ms));
    lab.set_cable("n1.eth1", Cable::connected);
    CHECK(pinger.answered(3s));
    CHECK(pinger6.answered(3s));
  }
}

TEST_CASE("the smallest packet is seen in clear text, in both families and directions", "[lab]") {
  using cip::Prefix;
  Lab lab;
  Clim& n1 = lab.clim("n1");
  hold(n1, "eth1", "10.1.0.1/24");
  n1.network().ip({"addr add 2001:db8:1::1/64 dev eth1 nodad", "addr add 10.1.0.5/24 dev eth1"});
  for (const auto& [address, here, there] : {std::tuple("10.1.0.1", "10.1.0.0/30", "10.1.0.128/25"),
                                             {"2001:db8:1::1", "2001:db8:1::1/128", "2001:db8:1::/64"}}) {
    const ClearText watched(lab.lan("blue"), {{*Prefix::parse(here), *Prefix::parse(there)}});
    const Pinger other(lab.host("r1"), "10.1.0.5", 2ms);  // of no pair
    REQUIRE(other.answered(3s));
    CHECK(wait_until(2s, [&] { return watched.frames() > 0; }));
    CHECK(watched.leaks().empty());
    const Pinger pinger(lab.host("r1"), address, 2ms);
    REQUIRE(pinger.answered(3s));
    const std::string at = address;
    const auto seen = [&](const std::string& what) {
      const auto leaks = watched.leaks();
      return std::any_of(leaks.begin(), leaks.end(),
                         [&](const auto& leak) { return leak.find(what) != std::string::npos; });
    };
    CAPTURE(watched.leaks());
    CHECK(wait_until(2s, [&] { return seen("> " + at + " protocol ") && seen(at + " > "); }));
    CHECK(watched.missed() == 0);
  }
}

TEST_CASE("so many packets of a cable are lost as was asked for", "[lab]") {
  Lab lab;
  hold(lab.clim("n1"), "eth1", "10.1.0.1/24");
  const Pinger pinger(lab.host("r1"), "10.1.0.1", 1ms);
  REQUIRE(pinger.answered(3s));
  lab.set_loss("n1.eth1", 30);
  const Time begin = Clock::now();
  std::this_thread::sleep_for(1s);
  lab.set_loss("n1.eth1", 0);
  const Time end = Clock::now();
  std::this_thread::sleep_for(200ms);
  const auto after = pinger.report(end).lost;
  const auto during = pinger.report(begin);
  CAPTURE(during.sent, during.lost);
  // An echo goes both ways: 51 % of them are lost.
  CHECK(during.lost > (during.sent - 200) * 0.35);
  CHECK(during.lost < during.sent * 0.65);
  CHECK(after <= 1);
}

TEST_CASE("deaf and mute are one-way", "[lab]") {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  Clim& n2 = lab.clim("n2");
  hold(n1, "eth1", "10.1.0.1/24");
  hold(n2, "eth1", "10.1.0.2/24");
  const Capture at_lan(lab.lan("blue"));
  const auto asks = [](Clim& clim, const std::string& address) {
    clim.network().ip({"neigh flush dev eth1"});
    run({"ping", "-c1", "-W1", address}, {.where = &clim.network()});
  };
  const auto heard_by = [](Clim& clim, const std::string& address) {
    return clim.network().ip_json("-s neigh show " + address).find("lladdr") != std::string::npos;
  };
  lab.set_cable("n1.eth1", Cable::deaf);
  asks(n1, "10.1.0.2");
  CHECK(heard_by(n2, "10.1.0.1"));  // the question came through, and the answer did not
  CHECK_FALSE(heard_by(n1, "10.1.0.2"));
  lab.set_cable("n1.eth1", Cable::mute);
  n2.network().ip({"neigh flush all"});
  asks(n2, "10.1.0.1");
  CHECK(heard_by(n1, "10.1.0.2"));
  CHECK_FALSE(heard_by(n2, "10.1.0.1"));
}

TEST_CASE("a pinger measures how long an address was away", "[lab]") {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  hold(n1, "eth1", "10.1.0.1/24");
  const Pinger pinger(lab.host("r1"), "10.1.0.1", 2ms);
  REQUIRE(pinger.answered(3s));
  const Time before = Clock::now();
  CHECK(pinger.answered(1s));
  CHECK(pinger.report(before).lost == 0);
  n1.network().ip({"addr del 10.1.0.1/24 dev eth1"});
  std::this_thread::sleep_for(200ms);
  n1.network().ip({"addr add 10.1.0.1/24 dev eth1"});
  REQUIRE(pinger.answered(3s));
  std::this_thread::sleep_for(120ms);
  const PingReport report = pinger.report(before);
  CAPTURE(report.longest_gap.count(), report.lost, report.sent);
  CHECK(report.longest_gap >= 195ms);
  CHECK(report.longest_gap <= 300ms);
  CHECK(report.lost >= 90);
  CHECK(report.lost < report.sent);
  CHECK(report.gap_from >= before);
}

TEST_CASE("the watcher sees every owner, in the order of the kernel", "[lab]") {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  Clim& n2 = lab.clim("n2");
  const Time begin = Clock::now();
  CHECK(lab.holder("10.1.0.1") == "nobody");
  hold(n1, "eth1", "10.1.0.1/24");
  CHECK(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "n1.eth1"; }));
  n1.network().ip({"addr del 10.1.0.1/24 dev eth1"});
  hold(n2, "eth1", "10.1.0.1/24");
  CHECK(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "n2.eth1"; }));
  CHECK_FALSE(lab.owners().worst_overlap());
  CHECK(lab.owners().changes(begin) == 3);

  SECTION("two owners that can hear each other") {
    hold(n1, "eth1", "10.1.0.1/24");
    std::this_thread::sleep_for(50ms);
    CHECK(lab.holder("10.1.0.1") == "n1.eth1 n2.eth1");
    n2.network().ip({"addr del 10.1.0.1/24 dev eth1"});
    REQUIRE(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "n1.eth1"; }));
    const auto overlap = lab.owners().worst_overlap();
    REQUIRE(overlap);
    CHECK(overlap->address == "10.1.0.1");
    CHECK(overlap->length >= 50ms);
    CHECK(overlap->length < 500ms);
  }
  SECTION("two owners that cannot, until they can") {
    lab.set_cable("n1.eth1", Cable::silent);
    hold(n1, "eth1", "10.1.0.1/24");
    std::this_thread::sleep_for(50ms);
    CHECK_FALSE(lab.owners().worst_overlap());
    lab.set_cable("n1.eth1", Cable::connected);
    std::this_thread::sleep_for(20ms);
    const auto overlap = lab.owners().worst_overlap();
    REQUIRE(overlap);
    CHECK(overlap->length < 50ms);
  }
  SECTION("nobody") {
    const Time gone = Clock::now();
    n2.network().ip({"addr del 10.1.0.1/24 dev eth1"});
    std::this_thread::sleep_for(60ms);
    hold(n1, "eth1", "10.1.0.1/24");
    REQUIRE(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "n1.eth1"; }));
    CHECK(lab.owners().longest_unowned("10.1.0.1", gone) >= 60ms);
    CHECK(lab.owners().longest_unowned("10.1.0.1", gone) < 500ms);
  }
}

TEST_CASE("who answers for an address, at every moment: both, one, nobody", "[lab]") {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  Clim& n2 = lab.clim("n2");
  const std::string address = GENERATE(as<std::string>(), "10.1.0.1", "2001:db8:1::1");
  CAPTURE(address);
  const std::string add = address + (address.find(':') == std::string::npos ? "/24 dev eth1" : "/64 dev eth1 nodad");
  const std::string del = "addr del " + add.substr(0, add.find(" nodad"));
  for (Clim* clim : {&n1, &n2}) clim->network().set_up("eth1", true);
  n1.network().ip({"addr add " + add});
  // A link-local address, which an answer comes from, is tentative for a second.
  lab.ask("blue", {address});
  const auto& answers = lab.answers("blue");
  REQUIRE(wait_until(5s, [&] { return answers.answering(address) == std::vector<std::string>{"n1.eth1"}; }));
  const Time begin = Clock::now();
  std::this_thread::sleep_for(100ms);
  CHECK_FALSE(answers.longest_silence(address, begin));
  CHECK_FALSE(answers.worst_overlap());

  n1.network().ip({del});
  std::this_thread::sleep_for(100ms);
  CHECK(answers.answering(address).empty());
  n2.network().ip({"addr add " + add});
  REQUIRE(wait_until(5s, [&] { return answers.answering(address) == std::vector<std::string>{"n2.eth1"}; }));
  const auto silence = answers.longest_silence(address, begin);
  REQUIRE(silence);
  CHECK(silence->from >= begin + 100ms);
  CHECK(milliseconds_between(silence->from, *silence->to) >= 90ms);
  CHECK(*silence->to < Clock::now());
  CHECK_FALSE(lab.worst_overlap());

  const Time both = Clock::now();
  n1.network().ip({"addr add " + add});
  CHECK(wait_until(2s, [&] { return answers.answering(address) == std::vector<std::string>{"n1.eth1", "n2.eth1"}; }));
  std::this_thread::sleep_for(100ms);
  // One way is not enough for an answer.
  const Cable how = GENERATE(Cable::unplugged, Cable::silent, Cable::deaf, Cable::mute);
  CAPTURE(static_cast<int>(how));
  lab.set_cable("n1.eth1", how);
  const Time one = Clock::now();
  CHECK(answers.answering(address) == std::vector<std::string>{"n2.eth1"});
  const auto overlap = answers.worst_overlap();
  REQUIRE(overlap);
  CHECK(overlap->address == address);
  CHECK((overlap->first == "n1.eth1" && overlap->second == "n2.eth1"));
  CHECK(overlap->from >= both);
  CHECK(overlap->length >= 100ms);
  CHECK(overlap->from + overlap->length <= one + 20ms);
  CHECK_FALSE(answers.worst_overlap(one));
  CHECK_FALSE(answers.longest_silence(address, both));
  CHECK(answers.longest_pause() >= 10ms);
}

TEST_CASE("a capture shows who asks for an address and who claims it", "[lab]") {
  Lab lab;
  hold(lab.clim("n1"), "eth1", "10.1.0.1/24");
  lab.clim("n1").network().ip({"addr add 2001:db8:1::1/64 dev eth1 nodad"});
  const Capture capture(lab.lan("blue"));
  for (const std::string address : {"10.1.0.1", "2001:db8:1::1"}) {
    CAPTURE(address);
    REQUIRE(run({"ping", "-c1", "-W2", address}, {.where = &lab.host("r1")}).status == 0);
    REQUIRE(wait_until(1s, [&] { return !capture.claims(address).empty(); }));
    CHECK(capture.claims(address).front().port == "n1.eth1");
    REQUIRE_FALSE(capture.questions(address).empty());
    CHECK(capture.questions(address).front().port == "r1.eth0");
    CHECK(capture.questions(address).front().time <= capture.claims(address).front().time);
  }
  CHECK(capture.claims("10.1.0.1").front().mac.str() == "02:00:00:00:00:02");
  CHECK(capture.claims("10.1.0.77").empty());
}

TEST_CASE("a crash leaves nothing but the disk, and a boot begins bare", "[lab]") {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  hold(n1, "eth1", "10.1.0.1/24");
  REQUIRE(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "n1.eth1"; }));
  const std::string mac = n1.network().ip_json("link show dev eth1");
  lab.crash("n1");
  CHECK_FALSE(n1.powered());
  CHECK(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "nobody"; }));
  lab.boot("n1");
  CHECK(n1.addresses("eth1").empty());
  CHECK(mac.find("02:00:00:00:00:02") != std::string::npos);
  CHECK(n1.network().ip_json("link show dev eth1").find("02:00:00:00:00:02") != std::string::npos);
  hold(n1, "eth1", "10.1.0.1/24");
  CHECK(wait_until(1s, [&] { return lab.holder("10.1.0.1") == "n1.eth1"; }));
  CHECK(run({"ping", "-c1", "-W2", "10.1.0.1"}, {.where = &lab.host("r1")}).status == 0);
}

TEST_CASE("a connection shows how it ends", "[lab]") {
  Lab lab;
  hold(lab.clim("n1"), "eth1", "10.1.0.1/24");
  TcpListener listener(lab.clim("n1").network(), 5000);
  TcpConnection remote(lab.host("r1"), "10.1.0.1", 5000);
  {
    TcpConnection local = listener.accept();
    CHECK(remote.error() == 0);
    CHECK(local.error() == 0);
  }
  CHECK(wait_until(1s, [&] { return remote.error() == ESHUTDOWN; }));
  TcpConnection second(lab.host("r1"), "10.1.0.1", 5000);
  TcpConnection local = listener.accept();
  run({"ss", "-K", "sport", "=", "5000"}, {.where = &lab.clim("n1").network()});
  CHECK(wait_until(1s, [&] { return local.error() == ECONNABORTED; }));
  CHECK(wait_until(1s, [&] { return second.error() == ECONNRESET; }));
  CHECK_THROWS(TcpConnection(lab.host("r1"), "10.1.0.1", 5001));
}

TEST_CASE("of many idle connections each one's end is counted, and timed", "[lab]") {
  Lab lab;
  hold(lab.clim("n1"), "eth1", "10.1.0.1/24");
  const NetworkNamespace& server = lab.clim("n1").network();
  lab.host("r1").set_sysctl("ipv4/ip_local_port_range", "20000 21999");
  const IdleConnections connections(lab.host("r1"), server, "10.1.0.1", 5000, 1500);
  const IdleConnections bystanders(lab.host("r1"), server, "10.1.0.1", 5001, 10);
  const auto end = [](const NetworkNamespace& where, const std::string& filter) {
    return run({"ss", "--kill", "--tcp", "state", "established", filter}, {.where = &where});
  };
  const std::set<std::uint16_t> ports(connections.client_ports().begin(), connections.client_ports().end());
  CHECK(ports.size() == 1500);
  CHECK(*ports.begin() >= 20000);
  CHECK(*ports.rbegin() <= 21999);
  const Time begin = Clock::now();
  CHECK_FALSE(connections.wait_for_all(50ms));
  CHECK(connections.ends(begin).open == 1500);
  CHECK(connections.ends(begin).worst.count() == 0);

  // Some now (at most 400 of them have these ports), the others later; the last one by its own side.
  REQUIRE(end(server, "sport = :5000 and dport < :20400").status == 0);
  CHECK_FALSE(connections.wait_for_all(200ms));
  const auto first = connections.ends(begin);
  CHECK(first.reset > 0);
  CHECK(first.reset <= 400);
  CHECK(first.open == 1500 - first.reset);
  REQUIRE(end(lab.host("r1"), "dport = :5000 and sport = :20400").status == 0);
  REQUIRE(end(server, "sport = :5000").status == 0);
  REQUIRE(connections.wait_for_all(5s));
  const auto last = connections.ends(begin);
  CHECK(last.reset == 1499);
  CHECK(last.otherwise == 1);
  CHECK(last.open == 0);
  CHECK(last.median >= 250ms);
  CHECK(last.worst >= last.median);
  CHECK(last.worst <= Clock::now() - begin);
  CHECK(bystanders.ends(begin).open == 10);
  REQUIRE(end(lab.host("r1"), "dport = :5001").status == 0);
  CHECK(bystanders.wait_for_all(1s));
  CHECK(bystanders.ends(begin).otherwise == 10);
}

TEST_CASE("nothing of a lab stays behind", "[lab]") {
  std::filesystem::path dir;
  {
    const Lab lab;
    dir = lab.dir();
    REQUIRE(std::filesystem::exists(dir));
  }
  CHECK_FALSE(std::filesystem::exists(dir));
}
