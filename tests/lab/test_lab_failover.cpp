// Two CLIMs that are both alive: cables, operators.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/lab/capture.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"
#include "tests/lab/process.h"
#include "tests/lab/tcp.h"
#include "tests/lab/udp.h"

using namespace cip::lab;

namespace {

bool n1_eth1_resources_on(const Clim& clim) {
  return clim.has_route("10.91.0.0/16 via 10.1.0.254 dev eth1") &&
         clim.has_route("2001:db8:91::/48 via 2001:db8:1::fe dev eth1") &&
         clim.has_neighbor("10.1.0.253 dev eth1 lladdr 02:00:00:00:00:fd PERMANENT");
}

bool no_n1_eth1_resources_on(const Clim& clim) {
  return !clim.has_route("10.91.0.0/16") && !clim.has_route("2001:db8:91::/48") &&
         !clim.has_neighbor("02:00:00:00:00:fd");
}

}  // namespace

TEST_CASE("carrier loss moves everything of the interface, and only of it", "[.failover]") {
  Pair pair;
  // Dynamic routes of both families, with an address somebody added: they are of n1, and stay there.
  pair.n1.network().ip({"addr add 10.1.0.77/24 dev eth1", "route add 10.77.0.0/16 via 10.1.0.250 dev eth1 proto bird",
                        "route add 2001:db8:77::/48 via fe80::250 dev eth1 proto bird"});
  const Capture capture(pair.lab.lan("blue"));
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 2ms);
  const Pinger pinger6(pair.lab.host("r1"), "2001:db8:1::1", 2ms);
  const Pinger other(pair.lab.host("r1"), "10.2.0.1", 2ms);
  REQUIRE(pinger.answered(2s));
  REQUIRE(pinger6.answered(2s));
  const Time cut = Clock::now();
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_EVENTUALLY(pair.lab, 5s, n1_eth1_resources_on(pair.n2));
  CHECK_EVENTUALLY(pair.lab, 5s, no_n1_eth1_resources_on(pair.n1));
  CHECK(pinger.answered(2s));
  CHECK(pinger6.answered(2s));
  CHECK(pair.all_at(n2_eth1, "n2.eth1"));
  CHECK(pair.all_at(n1_eth2, "n1.eth2"));
  CHECK(other.report(cut).lost == 0);
  CHECK_SERVED(pair.lab, cut, 0ms);

  // Not before the link pulse time; and the LAN was told, by the new owner only.
  auto announced = capture.claims("10.1.0.1", cut);
  std::erase_if(announced, [](const auto& claim) { return claim.kind != AddressPacket::Kind::announcement; });
  REQUIRE_FALSE(announced.empty());
  for (const auto& claim : announced) {
    CHECK(claim.port == "n2.eth1");
    CHECK(milliseconds_between(cut, claim.time) >= 200ms);
  }
  CHECK_FALSE(capture.claims("2001:db8:1::1", cut).empty());

  CHECK(pair.n1.has_route("10.77.0.0/16 via 10.1.0.250 dev eth1 proto bird"));
  CHECK(pair.n1.has_route("2001:db8:77::/48 via fe80::250 dev eth1 proto bird"));
  CHECK(pair.n1.has_address("eth1", "10.1.0.77/24"));
  CHECK_FALSE(pair.n2.has_route("10.77.0.0/16"));
  CHECK_FALSE(pair.n2.has_route("2001:db8:77::/48"));

  for (Clim* clim : {&pair.n1, &pair.n2}) {
    CAPTURE(clim->name(), clim->ctl({"status"}).out);
    CHECK_EVENTUALLY(pair.lab, 2s, Pair::shown(*clim, "n1.eth1", "placement") == "BkFO");
    CHECK(Pair::shown(*clim, "n1.eth1", "location") == "n2.eth1");
  }
  CHECK(Pair::shown(pair.n1, "n1.eth1", "state") == "DOWN");
  CHECK(Pair::shown(pair.n1, "n1.eth1", "flags").find('F') != std::string::npos);
  CHECK(Pair::shown(pair.n2, "n1.eth1", "flags").find('V') != std::string::npos);
  CHECK(Pair::has_event(pair.n1, {"n1.eth1"}));
  CHECK(Pair::has_event(pair.n2, {"n1.eth1"}));

  // No failback by itself (F4), and back on command.
  const Time restored = Clock::now();
  pair.lab.set_cable("n1.eth1", Cable::connected);
  CHECK_STAYS(pair.lab, 1500ms, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK(pair.lab.owners().changes(restored) == 0);
  CHECK(Pair::shown(pair.n1, "n1.eth1", "state") == "RDY");
  const Outcome back = pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"});
  CAPTURE(back.out, back.err);
  CHECK(back.status == 0);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.at_home());
  CHECK_EVENTUALLY(pair.lab, 5s, n1_eth1_resources_on(pair.n1) && no_n1_eth1_resources_on(pair.n2));
  CHECK(pinger.answered(2s));
  CHECK(pinger6.answered(2s));
  CHECK_EVENTUALLY(pair.lab, 2s, Pair::shown(pair.n1, "n1.eth1", "placement") == "HOME");
  CHECK_SERVED(pair.lab, cut, 0ms);
}

TEST_CASE("a flap shorter than the link pulse time moves nothing", "[.failover]") {
  Pair pair(Pair::Begin::serving,
            pair_specification("", "heartbeat 50ms; dead 300ms; link-pulse 600ms; settle 300ms; startup-wait 1s;"));
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
  REQUIRE(pinger.answered(2s));
  const Time begin = Clock::now();
  for (int flap = 0; flap < 3; ++flap) {
    pair.lab.set_cable("n1.eth1", Cable::unplugged);
    CHECK_STAYS(pair.lab, 150ms, pair.at_home());
    pair.lab.set_cable("n1.eth1", Cable::connected);
    CHECK(pinger.answered(2s));
  }
  CHECK_STAYS(pair.lab, 1s, pair.at_home());
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("visiting resources go home when the interface they visit fails, and only then", "[.failover]") {
  Pair pair;
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  SECTION("home is usable") {
    pair.lab.set_cable("n1.eth1", Cable::connected);
    REQUIRE_EVENTUALLY(pair.lab, 5s, Pair::shown(pair.n1, "n1.eth1", "state") == "RDY");
    const Time cut = Clock::now();
    pair.lab.set_cable("n2.eth1", Cable::unplugged);
    CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n1.eth1"));
    CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n2_eth1, "n1.eth1"));  // n2's own, too
    const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
    const Pinger pinger2(pair.lab.host("r1"), "10.1.0.2", 5ms);
    CHECK(pinger.answered(2s));
    CHECK(pinger2.answered(2s));
    CHECK(Pair::shown(pair.n1, "n1.eth1", "placement") == "HOME");
    CHECK_SERVED(pair.lab, cut, 0ms);
  }
  SECTION("home is not: everything stays, and the first side that can takes it") {
    pair.lab.set_cable("n2.eth1", Cable::unplugged);
    CHECK_STAYS(pair.lab, 1s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n2_eth1, "n2.eth1"));
    const Time usable = Clock::now();
    pair.lab.set_cable("n1.eth1", Cable::connected);
    CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n1.eth1"));
    CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n2_eth1, "n1.eth1"));
    CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
    CHECK_SERVED(pair.lab, usable, 0ms);
  }
}

TEST_CASE("an operator moves an interface, a provider, a CLIM, and back", "[.failover]") {
  Pair pair;
  const std::string hooked = pair.n2.dir() / "hooked";
  std::filesystem::create_directory(pair.n2.dir() / "hooks");
  for (const auto* event : {"resources-here", "resources-leave"}) {
    const auto hook = pair.n2.dir() / "hooks" / event;
    std::ofstream(hook) << "#!/bin/sh\necho $CIP_EVENT $CIP_SUBJECT >> " << hooked << "\n";
    std::filesystem::permissions(hook, std::filesystem::perms(0755));
  }
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 2ms);
  REQUIRE(pinger.answered(2s));
  const Time begin = Clock::now();
  const auto done = [&](Clim& clim, const std::vector<std::string>& words) {
    const Outcome outcome = clim.ctl(words);
    CAPTURE(words, outcome.out, outcome.err);
    CHECK(outcome.status == 0);
  };
  done(pair.n1, {"switch", "failover", "n1.eth1", "--yes"});
  CHECK_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK(pair.all_at(n1_eth2, "n1.eth2"));
  CHECK_EVENTUALLY(pair.lab, 2s, Pair::shown(pair.n1, "n1.eth1", "placement") == "BkOP");
  CHECK_EVENTUALLY(pair.lab, 2s, Pair::shown(pair.n2, "n1.eth1", "placement") == "BkOP");
  CHECK_STAYS(pair.lab, 1s, pair.all_at(n1_eth1, "n2.eth1"));

  // The whole CLIM: what is away already stays; and the command works on either side.
  done(pair.n2, {"switch", "failover", "n1", "--yes"});
  CHECK_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth2, "n2.eth2"));
  CHECK(pair.all_at(n1_eth1, "n2.eth1"));
  done(pair.n2, {"switch", "restore", "n1", "--provider", "blue", "--yes"});
  CHECK_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n1.eth1"));
  CHECK(pair.all_at(n1_eth2, "n2.eth2"));
  done(pair.n1, {"switch", "restore", "n1", "--yes"});
  CHECK_EVENTUALLY(pair.lab, 3s, pair.at_home());
  CHECK(pinger.answered(2s));
  CHECK_SERVED(pair.lab, begin, 0ms);
  // The hooks of n2 have seen all of it, in order.
  CHECK_EVENTUALLY(pair.lab, 3s,
                   run({"cat", hooked}).out ==
                       "resources-here n1.eth1\nresources-here n1.eth2\nresources-leave n1.eth1\n"
                       "resources-leave n1.eth2\n");
  // An address that both sides serve in turn is away only for moments.
  CHECK(pinger.report(begin).longest_gap < 1s);
}

TEST_CASE("connections do not move: when an operator switches, both ends learn at once", "[.failover]") {
  Pair pair;
  const auto address = GENERATE(as<std::string>(), "10.1.0.1", "2001:db8:1::1");
  CAPTURE(address);
  TcpListener listener(pair.n1.network(), 5000);
  TcpConnection remote(pair.lab.host("r1"), address, 5000);
  TcpConnection local = listener.accept();
  TcpConnection bystander(pair.lab.host("r1"), "10.2.0.1", 5000);
  TcpConnection its_end = listener.accept();

  // It counts them first, and does nothing without a yes.
  const Outcome asked = pair.n1.ctl({"switch", "failover", "n1.eth1"});
  CAPTURE(asked.out, asked.err);
  CHECK(asked.status == 1);
  CHECK((asked.out + asked.err).find("1 ") != std::string::npos);
  CHECK_STAYS(pair.lab, 200ms, pair.at_home() && remote.error() == 0);

  REQUIRE(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_EVENTUALLY(pair.lab, 1s, local.error() == ECONNABORTED);
  CHECK_EVENTUALLY(pair.lab, 1s, remote.error() == ECONNRESET);
  CHECK(bystander.error() == 0);
  CHECK(its_end.error() == 0);
}

// R8, and what docs/applications.md says about each of them.
TEST_CASE("listeners and UDP sockets stay, and serve where the address is", "[.failover]") {
  Pair pair;
  const bool v4 = GENERATE(true, false);
  const std::string remote = v4 ? "10.1.0.254" : "2001:db8:1::fe";
  const std::string moves = v4 ? "10.1.0.1" : "2001:db8:1::1";
  const std::string stays = v4 ? "10.2.0.1" : "2001:db8:2::1";  // on n1
  CAPTURE(moves);
  constexpr std::uint16_t all = 6000, bound = 6001, nonlocal = 6002, port = 6003;
  const NetworkNamespace& n1 = pair.n1.network();
  const NetworkNamespace& n2 = pair.n2.network();
  const NetworkNamespace& host = pair.lab.host("r1");
  CHECK_THROWS(UdpSocket(n2, moves, bound));
  TcpListener all_tcp1(n1, all), bound_tcp1(n1, bound, 16, moves);
  TcpListener all_tcp2(n2, all), bound_tcp2(n2, bound, 16, moves, Bind::free);
  UdpSocket all_udp1(n1, "::", all), bound_udp1(n1, moves, bound);
  UdpSocket all_udp2(n2, "::", all), bound_udp2(n2, moves, bound, Bind::free);
  n2.set_sysctl(v4 ? "ipv4/ip_nonlocal_bind" : "ipv6/ip_nonlocal_bind", "1");
  UdpSocket nonlocal_udp2(n2, moves, nonlocal);
  UdpSocket r1(host, "::", port);
  const auto read = [](UdpSocket& socket, const std::string& text, Duration within) {
    auto datagram = socket.receive(within);
    while (datagram && datagram->text != text) datagram = socket.receive(within);
    return datagram;
  };
  // Where the answer of a server seems to come from that r1 asks at an address. A question may be lost, as r1 hears of
  // the move a moment after the kernel that has the address: it is asked again. An answer may have to wait for the
  // neighbour's MAC address, which is asked for once a second.
  int asked = 0;
  const auto source_of_answer = [&](UdpSocket& server, const std::string& to, std::uint16_t at, bool as_asked = true) {
    for (int tries = 0; tries < 20; ++tries) {
      const std::string text = "question " + std::to_string(++asked);
      if (r1.send(text, to, at) != 0) return std::string("not sent");
      const auto question = read(server, text, 200ms);
      if (!question) continue;
      if (server.send(text, question->from, port, as_asked ? question->to : "") != 0)
        return std::string("not answered");
      const auto answer = read(r1, text, 3s);
      return answer ? answer->from : std::string("no answer");
    }
    return std::string("not received");
  };
  const auto accepted = [&](TcpListener& listener, const std::string& to, std::uint16_t at) {
    TcpConnection there(host, to, at);
    TcpConnection here = listener.accept();
    return there.error() == 0 && here.error() == 0;
  };
  const auto served_at_home = [&] {
    CHECK(source_of_answer(all_udp1, moves, all) == moves);
    CHECK(source_of_answer(bound_udp1, moves, bound) == moves);
    CHECK(accepted(all_tcp1, moves, all));
    CHECK(accepted(bound_tcp1, moves, bound));
  };
  served_at_home();

  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK(source_of_answer(all_udp2, moves, all) == moves);
  CHECK(source_of_answer(bound_udp2, moves, bound) == moves);
  CHECK(source_of_answer(nonlocal_udp2, moves, nonlocal) == moves);
  // Who does not say from where to answer leaves it to the kernel, which has an older address in that network.
  if (v4) CHECK(source_of_answer(all_udp2, moves, all, false) == "10.1.0.2");
  CHECK(accepted(all_tcp2, moves, all));
  CHECK(accepted(bound_tcp2, moves, bound));
  CHECK_FALSE(bound_udp1.receive(0ms));
  CHECK(bound_udp1.send("from nowhere", remote, port) == (v4 ? ENETUNREACH : 0));  // IPv6 sources are not checked
  CHECK_FALSE(r1.receive(50ms));
  CHECK(accepted(all_tcp1, stays, all));
  CHECK(source_of_answer(all_udp1, stays, all) == stays);

  pair.lab.set_cable("n1.eth1", Cable::connected);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.at_home());
  served_at_home();
  CHECK_FALSE(bound_udp2.receive(0ms));
}

TEST_CASE("the example of docs/applications.md counts on over a failover and back", "[.failover]") {
  Pair pair;
  std::ifstream page("docs/applications.md");
  const std::string text(std::istreambuf_iterator<char>(page), {});
  const auto program = [&](const std::string& name) {
    const std::string begin = "```python " + name + "\n";
    const auto from = text.find(begin);
    REQUIRE(from != std::string::npos);
    const auto path = pair.lab.dir() / name;
    std::ofstream(path) << text.substr(from + begin.size(), text.find("\n```\n", from) - from - begin.size()) << '\n';
    return std::vector<std::string>{"/usr/bin/python3", path, "10.1.0.1", "7000"};
  };
  Process server1(program("server.py"), {.where = &pair.n1.network()});
  Process server2(program("server.py"), {.where = &pair.n2.network()});
  Process client(program("client.py"), {.where = &pair.lab.host("r1")});
  std::map<std::string, int> errors;
  // The last number that was confirmed; 0 if there is a gap.
  const auto last = [&] {
    int number = 0;
    errors.clear();
    std::istringstream lines(client.out());
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
      if (line.find(':') != std::string::npos) {
        ++errors[line];
      } else if (std::atoi(line.c_str()) != ++number) {
        return 0;
      }
    }
    return number;
  };
  CHECK_EVENTUALLY(pair.lab, 5s, last() > 10);
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  const int moved = last();
  CHECK_EVENTUALLY(pair.lab, 5s, last() > moved + 10);
  CHECK_EVENTUALLY(pair.lab, 1s, server1.out().find("Software caused connection abort") != std::string::npos);
  pair.lab.set_cable("n1.eth1", Cable::connected);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.at_home());
  const int home = last();
  CHECK_EVENTUALLY(pair.lab, 5s, last() > home + 10);
  CHECK_EVENTUALLY(pair.lab, 1s, server2.out().find("Software caused connection abort") != std::string::npos);
  CAPTURE(client.err(), server1.err(), server2.err());
  CHECK(moved > 0);
  CHECK(home > moved);
  CHECK(errors["session: [Errno 104] Connection reset by peer"] >= 2);  // a new one may come too early
  const std::string told = server1.out() + server2.out();
  for (int number = last(); number > 0; --number) {
    CAPTURE(number);
    CHECK(told.find("number is " + std::to_string(number) + "\n") != std::string::npos);
  }
  for (Process* each : {&server1, &server2, &client}) CHECK(each->running());
}

TEST_CASE("a switch that the other side cannot take is refused", "[.failover]") {
  Pair pair;
  pair.lab.set_cable("n2.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n2_eth1, "n1.eth1"));
  const Time begin = Clock::now();
  for (Clim* clim : {&pair.n1, &pair.n2}) {
    const Outcome outcome = clim->ctl({"switch", "failover", "n1.eth1", "--yes"});
    CAPTURE(clim->name(), outcome.out, outcome.err);
    CHECK(outcome.status == 1);
    CHECK((outcome.out + outcome.err).find("n1.eth1") != std::string::npos);
  }
  // n2's own resources cannot go home either.
  CHECK(pair.n2.ctl({"switch", "restore", "n2.eth1", "--yes"}).status == 1);
  CHECK_STAYS(pair.lab, 500ms, pair.all_at(n1_eth1, "n1.eth1") && pair.all_at(n2_eth1, "n1.eth1"));
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("ifstop takes an interface out of service without failover, ifstart brings it back", "[.failover]") {
  Pair pair;
  const Time begin = Clock::now();
  const Outcome stopped = pair.n1.ctl({"ifstop", "eth1"});
  CAPTURE(stopped.out, stopped.err);
  CHECK(stopped.status == 0);
  CHECK_EVENTUALLY(pair.lab, 3s,
                   pair.lab.holder("10.1.0.1") == "nobody" && pair.lab.holder("2001:db8:1::1") == "nobody");
  CHECK_STAYS(pair.lab, 1s, pair.lab.holder("10.1.0.1") == "nobody");
  CHECK(Pair::shown(pair.n1, "n1.eth1", "state") == "DNOP");
  CHECK(pair.all_at(n2_eth1, "n2.eth1"));
  // A restart of the daemon does not undo what an operator has done.
  pair.n1.kill();
  pair.n1.start();
  CHECK_STAYS(pair.lab, 2s, pair.lab.holder("10.1.0.1") == "nobody");
  const Time usable = Clock::now();
  const Outcome started = pair.n1.ctl({"ifstart", "eth1"});
  CAPTURE(started.out, started.err);
  CHECK(started.status == 0);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.at_home());
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
  CHECK(pinger.answered(3s));
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
  CHECK_SERVED(pair.lab, usable, 0ms);
}

TEST_CASE("ifstop is refused while a visitor cannot go home", "[.failover]") {
  Pair pair;
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  const Outcome outcome = pair.n2.ctl({"ifstop", "eth1"});
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 1);
  CHECK((outcome.out + outcome.err).find("n1.eth1") != std::string::npos);
  CHECK_STAYS(pair.lab, 500ms, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n2_eth1, "n2.eth1"));
}

TEST_CASE("drift of visiting resources is repaired, too", "[.failover]") {
  Pair pair;
  const Time begin = Clock::now();
  REQUIRE(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n2.eth1") && n1_eth1_resources_on(pair.n2));
  pair.n2.network().ip({"addr del 10.1.0.1/24 dev eth1", "addr del 2001:db8:1::1/64 dev eth1"});
  CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1") && n1_eth1_resources_on(pair.n2));
  CHECK_SERVED(pair.lab, begin, 0ms);
}

TEST_CASE("what an operator types wrong gets an answer that helps", "[.failover]") {
  Pair pair;
  const Time begin = Clock::now();
  const auto refused = [&](const std::vector<std::string>& words, const std::string& hint) {
    const Outcome outcome = pair.n1.ctl(words);
    CAPTURE(words, outcome.out, outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find(hint) != std::string::npos);
  };
  refused({"statsu"}, "status");
  refused({"status", "n1.eth11"}, "n1.eth1");
  refused({"switch", "failover", "n1.eth11", "--yes"}, "n1.eth1");
  refused({"switch", "failover", "n3", "--yes"}, "n3");
  refused({"switch", "failover"}, "switch failover");
  refused({"switch", "over", "n1.eth1"}, "switch failover");
  refused({"switch", "failover", "n1", "--provider", "blu", "--yes"}, "blu");
  refused({"ifstop", "eth11"}, "eth1");
  refused({"ifstop", "eth0"}, "eth0");
  refused({"ifstop"}, "ifstop");
  refused({"status", "--format", "yaml"}, "json");
  CHECK_STAYS(pair.lab, 300ms, pair.at_home());
  CHECK(pair.lab.owners().changes(begin) == 0);

  pair.n1.stop();
  const Outcome nobody = pair.n1.ctl({"status"});
  CHECK(nobody.status == 3);
  CHECK(nobody.err.find("cipd.sock") != std::string::npos);
}

TEST_CASE("two CLIMs that are alive: several labs at once", "[lab][failover]") {
  CHECK_CASES("[.failover]", 2, 2min);  // they keep most of a processor busy each
}
