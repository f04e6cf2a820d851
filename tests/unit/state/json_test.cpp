#include "state/json.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/unit/state/sample.h"

using namespace cip;

namespace {

std::string with(const std::string& from, const std::string& to) {
  auto text = to_json(sample::home("n1", "n2"));
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  const auto result = home_interface_from_json(text, "home/eth1.json");
  REQUIRE_FALSE(result);
  return result.error().message;
}

}  // namespace

TEST_CASE("an object survives being written and read") {
  const auto interface = sample::home("n1", "n2");
  const auto text = to_json(interface);
  const auto read = home_interface_from_json(text, "x");
  REQUIRE(read);
  CHECK(*read == interface);
  CHECK(to_json(*read) == text);
}

TEST_CASE("defaults are left out") {
  HomeInterface bare;
  bare.name = {ClimName("n1"), InterfaceName("eth1")};
  CHECK(to_json(bare) == "{\n  \"format\": 1,\n  \"kind\": \"physical\",\n  \"name\": \"n1.eth1\"\n}\n");
}

TEST_CASE("the canonical form is that of a JSON library with sorted keys and two spaces of indentation") {
  auto strange = sample::home("n1", "n2");
  strange.description = "tab\t, quote \", backslash \\, bell \a, delete \x7f, \xc3\xa9, \xe2\x82\xac";
  for (const auto& text : {to_json(strange), to_json(sample::bond("n1", "n2"))}) {
    CHECK(nlohmann::json::parse(text).dump(2) + "\n" == text);
    const auto read = home_interface_from_json(text, "x");
    REQUIRE(read);
    CHECK(to_json(*read) == text);
  }
}

TEST_CASE("a reader names what is wrong and where") {
  CHECK(refusal(with("\"mtu\": 9000", "\"mut\": 9000")) == "home/eth1.json: unknown key `mut`");
  CHECK(refusal(with("\"10.1.0.254\"", "\"10.1.0.300\"")) ==
        "home/eth1.json: routes[0].gateway: must be an IP address");
  CHECK(refusal(with("\"mtu\": 9000", "\"mtu\": -1")) ==
        "home/eth1.json: mtu: must be a whole number up to 4294967295");
  CHECK(refusal(with("\"blackhole\"", "\"black\"")) ==
        "home/eth1.json: routes[2].type: must be one of unicast, blackhole, unreachable, prohibit, throw");
  CHECK(refusal(with("  \"kind\": \"physical\",\n", "")) == "home/eth1.json: `kind` is missing");
  CHECK(refusal(with("\"n1.eth1\"", "\"n1.eth1/../../x\"")) ==
        "home/eth1.json: name: must be an interface such as n1.eth1");
  CHECK(
      refusal("{\"format\": 2}") ==
      "home/eth1.json: format 2 is not known to this version, which reads format 1; compile the specification with the "
      "cipc of this version");
  CHECK(refusal("[]") == "home/eth1.json: must be an object");
  CHECK(refusal("") == "home/eth1.json: not JSON, or cut off");
}

TEST_CASE("there is one spelling: a key given twice, or another layout, is refused") {
  CHECK_THAT(refusal(with("\"mtu\": 9000", "\"mtu\": 1500,\n  \"mtu\": 9000")),
             Catch::Contains("not in canonical form"));
  CHECK_THAT(refusal(to_json(sample::home("n1", "n2")) + "\n"), Catch::Contains("not in canonical form"));
  CHECK_THAT(refusal(with("\"10.1.0.254\"", "\"\\u00310.1.0.254\"")), Catch::Contains("not in canonical form"));
  CHECK_THAT(refusal(with("\"mtu\": 9000", "\"mtu\":  9000")), Catch::Contains("not in canonical form"));
  CHECK_THAT(refusal(with("\"kind\": \"physical\",", "\"kind\": \"physical\",\n  \"addresses\": [],")),
             Catch::Contains("not in canonical form"));
}

TEST_CASE("every cut and every changed byte is refused or read, never worse") {
  const auto text = to_json(sample::home("n1", "n2"));
  int refused = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    refused += home_interface_from_json(text.substr(0, i), "x") ? 0 : 1;
  }
  CHECK(refused == static_cast<int>(text.size()));
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    auto changed = text;
    changed[random() % changed.size()] = static_cast<char>(random());
    if (const auto read = home_interface_from_json(changed, "x")) {
      CHECK(to_json(*read) == changed);
    }
  }
}
