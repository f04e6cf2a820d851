#include <catch2/catch.hpp>
#include <string>

#include "reconciler/ipsec/connections.h"
#include "reconciler/ipsec/settings.h"
#include "state/file.h"

using namespace cip;
using namespace cip::ipsec;

namespace {

// What cipc writes of tests/unit/output/everything.cip.
std::string everything() {
  const auto text = read_file("tests/unit/output/everything/n1/ipsec/swanctl.conf");
  REQUIRE(text);
  return *text;
}

std::string error(const std::string& text) {
  const auto connections = read_connections(text);
  return connections ? "" : connections.error().message;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("settings are read as cipc writes them", "[ipsec][settings]") {
  const auto root = parse_settings("# c\na {\n  b = 1,2\n  c = \"x \\\"y\\\" \\\\ \\n# {\"\n  d {\n  }\n}\n");
  REQUIRE(root);
  const auto* a = root->find_section("a");
  REQUIRE(a != nullptr);
  CHECK(*a->find("b") == "1,2");
  CHECK(*a->find("c") == "x \"y\" \\ \n# {");
  CHECK(a->find_section("d") != nullptr);
  CHECK(a->find("d") == nullptr);
}

TEST_CASE("settings that cipc does not write are refused, with the line", "[ipsec][settings]") {
  for (const auto& [text, what] : {std::pair("a {\n", "line 1: section a does not end"),
                                   {"a {\n}\n}\n", "line 3: a section ends that has not begun"},
                                   {"a {\n}\na {\n}\n", "line 3: section a is there twice"},
                                   {"a = 1\na = 2\n", "line 2: a is set twice"},
                                   {"include x\n", "line 1: neither a section nor a setting"},
                                   {"a = 1 2\n", "line 1: neither a section nor a setting"},
                                   {"a = \"x\n", "line 1: neither a section nor a setting"},
                                   {"a = \"x\" y\n", "line 1: neither a section nor a setting"},
                                   {"{\n}\n", "line 1: a section has no proper name"},
                                   {"a : b {\n}\n", "line 1: a section has no proper name"}}) {
    CAPTURE(text);
    const auto root = parse_settings(text);
    REQUIRE_FALSE(root);
    CHECK(root.error().message == what);
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    deep += "a {\n";
  }
  CHECK_FALSE(parse_settings(deep));
}

TEST_CASE("the connections of a state tree are read", "[ipsec][connections]") {
  const auto connections = read_connections(everything());
  REQUIRE(connections);
  REQUIRE(connections->size() == 2);
  const auto& branch = connections->at(0);
  CHECK(branch.name == "branch");
  CHECK(branch.local.str() == "2001:db8:1::1");
  CHECK(branch.remote.str() == "2001:db8:2::1");
  CHECK(std::get<Certificate>(branch.auth) == Certificate{"/etc/cip/certs/n1.pem", "/etc/cip/secrets/n1.key"});
  CHECK(branch.protections == std::vector<Protection>{{"branch-1", *Prefix::parse("2001:db8:1::1/128"),
                                                       *Prefix::parse("2001:db8:2::1/128"), StartAction::start}});
  CHECK(branch.text.section("local")->value("id") == "C=CH, O=strongSwan, CN=n1");
  const auto& partner = connections->at(1);
  CHECK(std::get<PresharedKey>(partner.auth) ==
        PresharedKey{"/etc/cip/secrets/partner.psk", {"10.1.0.1", "192.0.2.20"}});
  REQUIRE(partner.protections.size() == 2);
  CHECK(partner.protections[1].remote.str() == "203.0.113.0/24");
  CHECK(partner.protections[1].start == StartAction::trap);
  CHECK(partner.text.value("mobike") == "no");
  CHECK(partner.text.list("local_addrs") == std::vector<std::string>{"10.1.0.1"});
  CHECK(partner.text.list("proposals") ==
        std::vector<std::string>{"aes256gcm16-prfsha384-ecp384", "aes128gcm16-prfsha256-ecp256"});
  const auto* child = partner.text.section("children")->section("partner-1");
  REQUIRE(child != nullptr);
  CHECK(child->list("remote_ts") == std::vector<std::string>{"198.51.100.0/24"});
  CHECK(child->value("mode") == "tunnel");
}

TEST_CASE("charon gets no start action and no path of a file", "[ipsec][connections]") {
  const auto connections = read_connections(everything());
  REQUIRE(connections);
  for (const auto& connection : *connections) {
    const auto bytes = encode(connection.text);
    CHECK(bytes.find("start_action") == std::string::npos);
    CHECK(bytes.find("/etc/cip") == std::string::npos);
  }
}

TEST_CASE("what this version cannot honour is refused", "[ipsec][connections]") {
  const auto text = everything();
  REQUIRE(error(text).empty());
  CHECK(error(replaced(text, "mobike = no", "encap = yes")) ==
        "connection branch: this version of cipd does not know encap");
  CHECK(error(replaced(text, "mode = transport", "rekey_time = 5m")) ==
        "connection branch, branch-1: this version of cipd does not know rekey_time");
  CHECK(error(replaced(text, "start_action = start", "start_action = always")) ==
        "connection branch, branch-1: start_action must be trap, start or none");
  CHECK(error(replaced(text, "local_ts = 10.1.0.0/24", "local_ts = dynamic")) ==
        "connection partner, partner-2: local_ts and remote_ts must be networks of one family");
  CHECK(error(replaced(text, "local_addrs = 10.1.0.1", "local_addrs = %any")) ==
        "connection partner: local_addrs and remote_addrs must be one address each, of one family");
  CHECK(error(replaced(text, "ike-partner {", "ike-another {")) ==
        "connection partner: it has neither a pre-shared key nor a certificate with its key");
  CHECK(error(replaced(text, "secrets {", "pools {")) == "connections and secrets must be there, and nothing else");
  CHECK_FALSE(error(replaced(text, "partner {", std::string(201, 'x') + " {")).empty());
}

TEST_CASE("what a message to charon cannot hold is refused", "[ipsec][connections]") {
  const auto text = everything();
  const auto of_size = [&](const std::string& what, std::size_t size) {
    return replaced(text, what, what.substr(0, what.find('=')) + "= " + std::string(size, 'x'));
  };
  const std::string ids = "id-remote = 192.0.2.20";
  const std::string proposals = "esp_proposals = aes256gcm16-ecp384";
  for (const auto& setting : {ids, proposals}) {
    CAPTURE(setting);
    const auto longest = read_connections(of_size(setting, longest_value));
    REQUIRE(longest);
    CHECK_NOTHROW(encode(longest->at(1).text));
    CHECK_THAT(error(of_size(setting, longest_value + 1)),
               Catch::EndsWith(setting.substr(0, setting.find(' ')) + " is too long"));
  }
}
