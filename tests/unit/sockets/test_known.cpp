#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "reconciler/sockets/known.h"

using namespace cip;
using namespace cip::sockets;

namespace {

using List = std::vector<Connection>;

const InterfaceRef n1_eth1{ClimName{"n1"}, InterfaceName{"eth1"}};
const InterfaceRef n2_eth1{ClimName{"n2"}, InterfaceName{"eth1"}};

Connection four(std::uint32_t number) {
  const auto port = static_cast<std::uint16_t>(number);
  const auto remote = "198.51." + std::to_string(number >> 24U) + "." + std::to_string(number >> 16U & 255U);
  return {*IpAddress::parse("192.0.2.1"), 80, *IpAddress::parse(remote), port};
}

Connection six(std::uint16_t port) {
  return {*IpAddress::parse("2001:db8::1"), port, *IpAddress::parse("2001:db8::ffff"), 65535};
}

List some(std::uint32_t count) {
  List list;
  for (std::uint32_t i = 0; i < count; ++i) {
    list.push_back(four(i));
  }
  std::sort(list.begin(), list.end());
  return list;
}

void take(KnownConnections& known, const std::vector<Report>& reports) {
  for (const auto& report : reports) {
    REQUIRE(known.take(n1_eth1, report));
  }
}

bool are(std::span<const Connection> found, const List& list) {
  return std::equal(found.begin(), found.end(), list.begin(), list.end());
}

}  // namespace

TEST_CASE("what reports say is what the sender has, whatever came and went") {
  std::mt19937 random(1);
  KnownConnections known;
  List now;
  take(known, whole(now));
  for (int round = 0; round < 200; ++round) {
    List next;
    for (std::uint32_t i = 0; i < 100; ++i) {
      if (random() % 2 == 0) {
        next.push_back(i % 3 == 0 ? six(static_cast<std::uint16_t>(i)) : four(i));
      }
    }
    std::sort(next.begin(), next.end());
    take(known, random() % 10 == 0 ? whole(next) : changes(now, next));
    now = next;
    REQUIRE(are(known.of(n1_eth1), now));
    REQUIRE(known.size() == now.size());
  }
  CHECK(changes(now, now).empty());
}

TEST_CASE("a list that begins anew takes the place of what was told before, also when it is empty") {
  KnownConnections known;
  take(known, whole(some(3)));
  take(known, whole(List{six(1)}));
  CHECK(are(known.of(n1_eth1), {six(1)}));
  take(known, whole({}));
  CHECK(known.of(n1_eth1).empty());
}

TEST_CASE("long lists are told in pieces, of which only the first begins anew") {
  const auto list = some(2 * most_in_report + 1);
  const auto pieces = whole(list);
  REQUIRE(pieces.size() == 3);
  CHECK(pieces[0].whole);
  CHECK_FALSE(pieces[1].whole);
  CHECK(pieces[0].added.size() == most_in_report);
  CHECK(pieces[2].added.size() == 1);
  KnownConnections known;
  take(known, whole(List{six(7)}));
  take(known, pieces);
  CHECK(are(known.of(n1_eth1), list));
}

TEST_CASE("more than the most is not kept, and what is kept of one leaves no room for another") {
  KnownConnections known;
  const auto half = some(KnownConnections::most / 2);
  REQUIRE(known.take(n1_eth1, {true, half, {}}));
  CHECK_FALSE(known.take(n2_eth1, {true, some(KnownConnections::most / 2 + 1), {}}));
  CHECK(known.size() == KnownConnections::most);
  CHECK(are(known.of(n1_eth1), half));
  known.forget(n2_eth1);
  CHECK(known.size() == half.size());
  CHECK(known.take(n2_eth1, {true, half, {}}));
}

TEST_CASE("what a partner says twice, or of what was never there, changes nothing") {
  KnownConnections known;
  REQUIRE(known.take(n1_eth1, {false, {six(2), six(1), six(2)}, {six(9)}}));
  CHECK(are(known.of(n1_eth1), {six(1), six(2)}));
  REQUIRE(known.take(n1_eth1, {false, {six(1)}, {six(9), six(9)}}));
  CHECK(known.size() == 2);
  CHECK(known.of(n2_eth1).empty());
}

TEST_CASE("lists on the wire are what they were") {
  const List list{four(1), six(2), four(65535U), six(0)};
  const auto text = pack(list);
  CHECK(text.starts_with("04c00002010050c63300000001"));
  const auto again = unpack(text);
  REQUIRE(again);
  CHECK(*again == list);
  CHECK(unpack("")->empty());
}

TEST_CASE("lists that are damaged on the wire are errors") {
  const auto text = pack(List{four(1), six(2)});
  for (std::size_t size = 1; size < text.size(); ++size) {
    const auto cut = unpack(std::string_view(text).substr(0, size));
    INFO(size);
    CHECK((size == 26 ? cut && cut->size() == 1 : !cut));
  }
  CHECK_FALSE(unpack("05" + text.substr(2)));
  CHECK_FALSE(unpack("zz" + text.substr(2)));
}
