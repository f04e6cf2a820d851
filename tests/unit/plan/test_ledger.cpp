#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;

namespace {

const char* const example = R"({
  "addresses": [
    {
      "address": "10.1.0.1/24",
      "homes": [
        "n1.eth1",
        "n2.eth2.100"
      ],
      "index": 3,
      "link": "eth1",
      "movable": true
    }
  ],
  "format": 1,
  "instance": "boot/1",
  "links": [
    {
      "homes": [
        "n1.eth1"
      ],
      "index": 7,
      "kind": "bond",
      "link": "bond0"
    }
  ],
  "neighbors": [
    {
      "address": "2001:db8::9",
      "homes": [],
      "index": 4,
      "link": "eth2.100"
    }
  ]
}
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a ledger is written in one form and read back") {
  plan::Ledger ledger{"boot/1", {}, {}};
  ledger.addresses.push_back(
      {{3, eth1}, ifaddr("10.1.0.1/24"), true, {home1, {ClimName("n2"), InterfaceName("eth2.100")}}});
  ledger.neighbors.push_back({{4, InterfaceName("eth2.100")}, ip("2001:db8::9"), {}});
  ledger.links.push_back({{7, InterfaceName("bond0")}, "bond", {home1}});
  CHECK(to_json(ledger) == example);
  const auto read = plan::ledger_from_json(example, "ledger.json");
  REQUIRE(read);
  CHECK(*read == ledger);
  // An upgrade keeps what the program before it owned.
  auto text = std::string(example);
  const auto links = text.find("  \"links\"");
  text.erase(links, text.find("  \"neighbors\"") - links);
  const auto older = plan::ledger_from_json(text, "ledger.json");
  REQUIRE(older);
  CHECK(older->links.empty());
  CHECK(older->addresses == ledger.addresses);
  const auto empty = plan::ledger_from_json(to_json(plan::Ledger{}), "ledger.json");
  REQUIRE(empty);
  CHECK(*empty == plan::Ledger{});
}

TEST_CASE("a ledger that is damaged is refused, with the place") {
  const auto refusal = [](const std::string& text) {
    const auto read = plan::ledger_from_json(text, "ledger.json");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::invalid);
    return read.error().message;
  };
  CHECK(refusal("") == "ledger.json: is not JSON");
  CHECK(refusal(with(example, "\"kind\": \"bond\"", "\"kind\": 1")).find("links[0].kind") != std::string::npos);
  CHECK(refusal(std::string(example).substr(0, 200)) == "ledger.json: is not JSON");
  CHECK(refusal("[]") == "ledger.json: is not an object");
  CHECK(refusal(with(example, "\"format\": 1", "\"format\": 2")).find("another version") != std::string::npos);
  CHECK(refusal(with(example, "\"format\": 1,", "")) == "ledger.json: `format` is missing");
  CHECK(refusal(with(example, "\"format\": 1", "\"format\": -1")).find("ledger.json.format") == 0);
  CHECK(refusal(with(example, "\"instance\"", "\"instanze\"")) == "ledger.json: unknown key `instanze`");
  CHECK(refusal(with(example, "10.1.0.1/24", "10.1.0.1/99")) ==
        "ledger.json: addresses[0].address: `10.1.0.1/99` is no interface address");
  CHECK(refusal(with(example, "\"index\": 3", "\"index\": 0")) == "ledger.json: addresses[0].index: out of range");
  CHECK(refusal(with(example, "\"index\": 3", "\"index\": 99999999999")) ==
        "ledger.json: addresses[0].index: out of range");
  CHECK(refusal(with(example, "\"index\": 3", "\"index\": \"3\"")).find("addresses[0].index") != std::string::npos);
  CHECK(refusal(with(example, "\"link\": \"eth1\"", "\"link\": \"a/b\"")) ==
        "ledger.json: addresses[0].link: `a/b` is no interface name");
  CHECK(refusal(with(example, "\"n1.eth1\"", "\"n1\"")).find("CLIM.INTERFACE") != std::string::npos);
  CHECK(refusal(with(example, "\"n1.eth1\"", "1")).find("CLIM.INTERFACE") != std::string::npos);
  CHECK(refusal(with(example, "\"movable\": true", "\"movable\": 1")).find("addresses[0].movable") !=
        std::string::npos);
  CHECK(refusal(with(example, "2001:db8::9", "2001:db8::9/64")).find("neighbors[0].address") != std::string::npos);
  CHECK(refusal(with(example, "[\n    {\n      \"address\": \"10", "[1, {\n      \"address\": \"10")) ==
        "ledger.json: addresses[0]: is not an object");
}

TEST_CASE("what failed to go is still ours, what failed to come is not") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24"), seen("10.1.0.2/24"), seen("10.1.0.3/24")};
  const auto ledger = owning(observed.addresses);
  plan::Desired desired;
  desired.addresses = {want("10.1.0.3/24"), want("10.2.0.1/24"), want("10.2.0.2/24")};
  desired.neighbors = {{eth1, {ip("10.1.0.9"), mac("02:00:00:00:00:09")}, {home1}}};
  const auto plan = make_plan(desired, observed, ledger);
  REQUIRE(lines(plan).size() == 5);
  CHECK(plan.before.addresses.size() == 5);

  const auto owned = [&](const std::vector<int>& errors) {
    std::vector<plan::OperationResult> results;
    results.reserve(errors.size());
    for (const int error : errors) results.push_back({error, error == 0 ? "" : "refused"});
    Lines text;
    const auto after = settle(plan, results);
    for (const auto& entry : after.addresses) text.push_back(entry.address.str());
    for (const auto& entry : after.neighbors) text.push_back(entry.address.str());
    return text;
  };
  CHECK(owned({0, 0, 0, 0, 0}) == Lines{"10.1.0.3/24", "10.2.0.1/24", "10.2.0.2/24", "10.1.0.9"});
  CHECK(owned({EPERM, 0, 0, 0, 0}) == Lines{"10.1.0.1/24", "10.1.0.3/24", "10.2.0.1/24", "10.2.0.2/24", "10.1.0.9"});
  CHECK(owned({EADDRNOTAVAIL, ENODEV, 0, 0, 0}) == Lines{"10.1.0.3/24", "10.2.0.1/24", "10.2.0.2/24", "10.1.0.9"});
  CHECK(owned({0, 0, EEXIST, 0, EEXIST}) == Lines{"10.1.0.3/24", "10.2.0.2/24"});
}
