#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "reconciler/sockets/connections.h"
#include "tests/unit/sockets/hosts.h"

using namespace cip;
using namespace cip::sockets;
using namespace cip::sockets::test;

TEST_CASE("connections of both families end, and everything else stays") {
  const Hosts hosts;
  const auto listener4 = listener("0.0.0.0", 5000);
  const auto listener6 = listener("2001:db8::1", 5000);
  const auto both = listener("::", 5001);  // IPv4 comes in as ::ffff:192.0.2.1
  const auto moved4 = talk(hosts, listener4, "192.0.2.2", "192.0.2.1", 5000);
  const auto moved6 = talk(hosts, listener6, "2001:db8::2", "2001:db8::1", 5000);
  const auto mapped = talk(hosts, both, "192.0.2.2", "192.0.2.1", 5001);
  const auto other4 = talk(hosts, listener4, "192.0.2.2", "192.0.2.3", 5000);
  const auto other6 = talk(hosts, both, "2001:db8::2", "2001:db8::3", 5001);
  const std::vector addresses{ip("192.0.2.1"), ip("2001:db8::1")};

  CHECK(*count_connections(addresses) == 3);
  const auto ended = end_connections(addresses);
  REQUIRE(ended);
  CHECK(ended->ended == 3);
  CHECK(ended->failed == 0);
  CHECK(ended->complete);

  for (const auto* gone : {&moved4, &moved6, &mapped}) {
    CHECK(fate(gone->local) == ECONNABORTED);
    CHECK(fate(gone->remote) == ECONNRESET);
  }
  for (const auto* stays : {&other4, &other6}) {
    CHECK(fate(stays->local) == -1);
    CHECK(send(stays->remote.get(), "x", 1, MSG_NOSIGNAL) == 1);
    char byte = 0;
    CHECK(recv(stays->local.get(), &byte, 1, 0) == 1);
  }
  // The listeners, on the moved address and on all, take new connections.
  talk(hosts, listener4, "192.0.2.2", "192.0.2.1", 5000);
  talk(hosts, listener6, "2001:db8::2", "2001:db8::1", 5000);
  talk(hosts, both, "192.0.2.2", "192.0.2.1", 5001);
}

TEST_CASE("connections are listed with both ends, IPv4-mapped ones as what they are") {
  const Hosts hosts;
  const auto both = listener("::", 5001);
  const auto mapped = talk(hosts, both, "192.0.2.2", "192.0.2.1", 5001);
  const auto six = talk(hosts, both, "2001:db8::2", "2001:db8::1", 5001);
  auto list = list_connections(std::vector{ip("192.0.2.1"), ip("2001:db8::1")});
  REQUIRE(list);
  std::sort(list->begin(), list->end());
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].local == ip("192.0.2.1"));
  CHECK((*list)[0].local_port == 5001);
  CHECK((*list)[0].remote == ip("192.0.2.2"));
  CHECK((*list)[0].remote_port > 0);
  CHECK((*list)[1].local == ip("2001:db8::1"));
  CHECK((*list)[1].remote == ip("2001:db8::2"));
}

TEST_CASE("what we opened ourselves ends too, and so does what is not open yet") {
  const Hosts hosts;
  FileDescriptor at;
  {
    const auto there = hosts.cable.right.enter();
    at = listener("192.0.2.2", 6000);
  }
  const auto opened = connect_to("192.0.2.1", "192.0.2.2", 6000);
  // SYN-SENT: nobody answers.
  hosts.cable.left.run("ip neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev left");
  FileDescriptor opening(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto local = socket_address("192.0.2.1", 0);
  const auto nobody = socket_address("192.0.2.99", 6000);
  REQUIRE(bind(opening.get(), local.get(), local.size) == 0);
  REQUIRE(connect(opening.get(), nobody.get(), nobody.size) == -1);
  REQUIRE(errno == EINPROGRESS);
  CHECK(*count_connections(std::vector{ip("192.0.2.1")}) == 2);
  CHECK(end_connections(std::vector{ip("192.0.2.1")})->ended == 2);
  CHECK(fate(opened) == ECONNABORTED);
  CHECK(fate(opening) == ECONNABORTED);
}

TEST_CASE("listeners and TIME-WAIT do not count") {
  const Hosts hosts;
  const auto at = listener("192.0.2.1", 5000);
  {
    auto closing = talk(hosts, at, "192.0.2.2", "192.0.2.1", 5000);
    closing.local = {};  // we close first, so TIME-WAIT is ours
    CHECK(fate(closing.remote) == 0);
  }
  CHECK(*count_connections(std::vector{ip("192.0.2.1")}) == 0);
  CHECK(end_connections(std::vector{ip("192.0.2.1")})->ended == 0);
  talk(hosts, at, "192.0.2.2", "192.0.2.1", 5000);
}

TEST_CASE("no addresses, no connections") {
  const Hosts hosts;
  const auto at = listener("192.0.2.1", 5000);
  const auto open = talk(hosts, at, "192.0.2.2", "192.0.2.1", 5000);
  CHECK(*count_connections({}) == 0);
  CHECK(end_connections({})->ended == 0);
  CHECK(end_connections(std::vector{ip("192.0.2.77")})->ended == 0);
  CHECK(fate(open.local) == -1);
}

TEST_CASE("many connections end, in as many calls as the time of each takes, and what is said is so") {
  const Hosts hosts;
  const auto at = listener("192.0.2.1", 5000);
  std::vector<Talk> talks;
  talks.reserve(300);
  for (int i = 0; i < 300; ++i) {
    talks.push_back(talk(hosts, at, "192.0.2.2", "192.0.2.1", 5000));
  }
  const std::vector addresses{ip("192.0.2.1")};
  std::size_t left = talks.size();
  for (int limit = 0; left > 0 && limit < 1000; ++limit) {  // the first ones are too short for all
    const auto ended = end_connections(addresses, std::chrono::milliseconds(limit));
    left -= ended ? ended->ended : 0;
    REQUIRE(*count_connections(addresses) == left);
    if (ended && ended->complete) {
      CHECK(left == 0);
    }
  }
  CHECK(left == 0);
  CHECK(fate(talks.front().local) == ECONNABORTED);
  CHECK(fate(talks.back().remote) == ECONNRESET);
}
