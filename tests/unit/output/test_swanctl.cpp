// swanctl.conf: quoting, order, and that a connection is the same text everywhere (P8).
#include <catch2/catch.hpp>

#include "compiler/output/state_tree.h"
#include "compiler/output/swanctl.h"
#include "tests/unit/output/everything.h"

using namespace cip;
using output::section_name;
using output::swanctl_conf;

namespace {

lang::Ipsec connection(const std::string& name) {
  lang::Ipsec ipsec;
  ipsec.name = name;
  ipsec.local = lang::Sourced<IpAddress>{*IpAddress::parse("10.1.0.1"), {}};
  ipsec.remote = lang::Sourced<IpAddress>{*IpAddress::parse("192.0.2.20"), {}};
  ipsec.auth = lang::Sourced<lang::IpsecSecrets>{{lang::IpsecAuth::psk, "/etc/psk", ""}, {}};
  ipsec.protections = {{{*Prefix::parse("10.1.0.1/32"), *Prefix::parse("10.9.0.0/16")}, {}}};
  return ipsec;
}

// The text from a section's first line to its end, which is indented as it is.
std::string section(const std::string& text, const std::string& first) {
  const auto begin = text.find("\n" + first);
  REQUIRE(begin != std::string::npos);
  const auto indent = first.substr(0, first.find_first_not_of(' '));
  const auto end = text.find("\n" + indent + "}\n", begin);
  REQUIRE(end != std::string::npos);
  return text.substr(begin + 1, end - begin);
}

// The value that the text has for a local id.
std::string id_text(const std::string& id) {
  auto ipsec = connection("a");
  ipsec.local_id = lang::Sourced<std::string>{id, {}};
  const auto text = swanctl_conf({&ipsec});
  const auto begin = text.find("id = ") + 5;
  return text.substr(begin, text.find("\n    }", begin) - begin);
}

}  // namespace

TEST_CASE("a connection is what its statement says, with the defaults of the language") {
  const auto ipsec = connection("partner");
  CHECK(swanctl_conf({&ipsec}) ==
        R"(# Written by cipc for strongSwan 5.9 (swanctl.conf(5)). Secrets are files on the CLIM.
connections {
  partner {
    version = 2
    local_addrs = 10.1.0.1
    remote_addrs = 192.0.2.20
    mobike = no
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      partner-1 {
        local_ts = 10.1.0.1/32
        remote_ts = 10.9.0.0/16
        mode = tunnel
        start_action = trap
      }
    }
  }
}
secrets {
  ike-partner {
    file = /etc/psk
    id-local = 10.1.0.1
    id-remote = 192.0.2.20
  }
}
)");
}

TEST_CASE("the order of connections is that of their names") {
  const auto a = connection("a");
  const auto b = connection("b");
  const auto text = swanctl_conf({&b, &a});
  CHECK(text == swanctl_conf({&a, &b}));
  CHECK(text.find("  a {") < text.find("  b {"));
  CHECK(text.find("  ike-a {") < text.find("  ike-b {"));
}

TEST_CASE("ids are quoted where the parser of settings would take them apart") {
  CHECK(id_text("%any") == "%any");
  CHECK(id_text("2001:db8::1") == "2001:db8::1");
  CHECK(id_text("n1@example.com") == "n1@example.com");
  CHECK(id_text("C=CH, O=x y, CN=n1") == "\"C=CH, O=x y, CN=n1\"");
  CHECK(id_text("") == "\"\"");
  CHECK(id_text("a#b{c}") == "\"a#b{c}\"");
  CHECK(id_text("a\"b\\c") == R"("a\"b\\c")");
  CHECK(id_text("a\nb\rc") == R"("a\nb\rc")");
  CHECK(id_text("caf\xc3\xa9") == "\"caf\xc3\xa9\"");
}

TEST_CASE("a name is one section, whatever is in it, and two names are two") {
  CHECK(section_name("partner-1_B") == "partner-1_B");
  CHECK(section_name("edge.cip") == "edge+2ecip");
  CHECK(section_name("a b{") == "a+20b+7b");
  CHECK(section_name("a+2eb") != section_name("a.b"));
  CHECK(section_name("\xc3\xa4") == "+c3+a4");
  CHECK(output::child_name("a.b", 12) == "a+2eb-12");
}

TEST_CASE("a connection on two CLIMs is the same text on both (P8)") {
  const test::Everything everything;
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  const auto& n1 = tree.at("n1/ipsec/swanctl.conf");
  const auto& n2 = tree.at("n2/ipsec/swanctl.conf");
  CHECK(section(n1, "  partner {") == section(n2, "  partner {"));
  CHECK(section(n1, "  ike-partner {") == section(n2, "  ike-partner {"));
  CHECK(n2.find("branch") == std::string::npos);
}

TEST_CASE("no IPsec, no file") {
  test::Everything everything;
  everything.cluster.ipsec.pop_back();
  everything.cluster.ipsec[0].clims.pop_back();
  const auto tree = output::state_tree(everything.cluster, everything.sources);
  CHECK(tree.count("n1/ipsec/swanctl.conf") == 1);
  CHECK(tree.count("n2/ipsec/swanctl.conf") == 0);
  CHECK(tree.at("n2/clim.json").find("ipsec") == std::string::npos);
}
