// IPsec connections: every word; what must be there; and that no secret is taken, or shown.
#include <catch2/catch.hpp>

#include "compiler/diagnostics/finding.h"
#include "compiler/diagnostics/render.h"
#include "tests/unit/lang/compile_text.h"

namespace cip::lang {
namespace {

// A connection that lacks nothing, without the statement that begins with `without`.
std::string whole(const std::string& without = "-") {
  std::string text;
  for (const std::string statement :
       {"local 10.1.0.1; ", "remote 192.0.2.20; ", "proposal ike aes256gcm16-prfsha384-ecp384; ",
        "proposal esp aes256gcm16-ecp384; ", "auth psk file \"/etc/cip/partner.psk\"; ",
        "protect 10.1.0.1/32 to 198.51.100.0/24; "}) {
    if (!statement.starts_with(without)) {
      text += statement;
    }
  }
  return text;
}

std::string in_ipsec(const std::string& text) {
  return Compiled("clim n1 { } ipsec partner on n1 { " + text + " }").codes();
}

// With another `auth` than the usual.
std::string with_auth(const std::string& auth) {
  return in_ipsec(whole("auth") + auth);
}

}  // namespace

TEST_CASE("a connection has all that its block says") {
  const Compiled compiled(R"(clim n1 { } clim n2 { }
ipsec partner on n1, n2 {
  local 10.1.0.1; remote 192.0.2.20; local-id "n1.example.org"; remote-id "C=CH, O=partner";
  proposal ike aes256gcm16-prfsha384-ecp384, "aes128-sha256-x25519";
  proposal ike default;
  proposal esp aes256gcm16-ecp384;
  auth cert file "/etc/cip/n.crt" key file "/etc/cip/n.key";
  mode transport; start-action start;
  protect 10.1.0.1/32 to 198.51.100.0/24;
  protect 2001:db8::/64 to 2001:db8:1::/64;
})");
  CHECK(compiled.codes().empty());
  REQUIRE(compiled.cluster.ipsec.size() == 1);
  const Ipsec& ipsec = compiled.cluster.ipsec[0];
  CHECK(ipsec.name == "partner");
  CHECK(compiled.place(ipsec.origin) == "2:7");
  REQUIRE(ipsec.clims.size() == 2);
  CHECK(ipsec.clims[1].value.str() == "n2");
  CHECK(ipsec.local.value().value.str() == "10.1.0.1");
  CHECK(ipsec.remote.value().value.str() == "192.0.2.20");
  CHECK(ipsec.local_id.value().value == "n1.example.org");
  CHECK(ipsec.remote_id.value().value == "C=CH, O=partner");
  REQUIRE(ipsec.ike.size() == 3);
  CHECK(ipsec.ike[1].value == "aes128-sha256-x25519");
  CHECK(ipsec.ike[2].value == "default");
  CHECK(ipsec.esp.size() == 1);
  CHECK(ipsec.auth.value().value.kind == IpsecAuth::cert);
  CHECK(ipsec.auth.value().value.file == "/etc/cip/n.crt");
  CHECK(ipsec.auth.value().value.key_file == "/etc/cip/n.key");
  CHECK(ipsec.mode.value().value == IpsecMode::transport);
  CHECK(ipsec.start_action.value().value == StartAction::start);
  REQUIRE(ipsec.protections.size() == 2);
  CHECK(ipsec.protections[0].value.remote.str() == "198.51.100.0/24");
  CHECK_FALSE(ipsec.unknown);
  CHECK_FALSE(ipsec.clims_unknown);
}

TEST_CASE("transport mode that does not say what it protects protects what its ends say to each other") {
  for (const auto& [local, remote, length] :
       {std::tuple("10.1.0.1", "192.0.2.20", "/32"), {"2001:db8::1", "2001:db8::2", "/128"}}) {
    const Compiled compiled(std::string("clim n1 { } ipsec partner on n1 { local ") + local + "; remote " + remote +
                            "; proposal ike default; proposal esp default; auth psk file \"/a\"; mode transport; }");
    CHECK(compiled.codes().empty());
    const auto& protections = compiled.cluster.ipsec.at(0).protections;
    REQUIRE(protections.size() == 1);
    CHECK(protections[0].value.local.str() == std::string(local) + length);
    CHECK(protections[0].value.remote.str() == std::string(remote) + length);
  }
}

TEST_CASE("a connection is on the CLIMs it names, or on the one it stands in") {
  const Compiled inside("clim n1 { ipsec partner { " + whole() + " } }");
  CHECK(inside.codes().empty());
  CHECK(inside.cluster.ipsec.at(0).clims.at(0).value.str() == "n1");
  const auto codes = [](const std::string& head, const std::string& clims = "clim n1 { } ") {
    return Compiled(clims + head + " { " + whole() + " }").codes();
  };
  CHECK(codes("ipsec partner on n2") == "E0003");
  CHECK(codes("ipsec partner on n2", "clmi n2 { } ") == "E0002");
  CHECK(codes("ipsec partner on n1, n1") == "E0004");
  CHECK(codes("ipsec partner") == "E0001");
  CHECK(codes("ipsec partner onn n1") == "E0002");
  CHECK(codes("ipsec on n1") == "E0002");
  CHECK(codes("ipsec \"a b\" on n1") == "E0007");
  CHECK(Compiled("clim n1 { ipsec partner on n1 { " + whole() + " } }").codes() == "E0002");
  // the same name on different CLIMs is for the rule that compares them (E0401)
  const std::string two = "clim n1 { } clim n2 { } ipsec p on n1 { " + whole() + " } ipsec p on ";
  CHECK(Compiled(two + "n2 { " + whole() + " }").codes().empty());
  CHECK(Compiled(two + "n2, n1 { " + whole() + " }").codes() == "E0004");
}

TEST_CASE("what a connection lacks is one error, unless something else explains it") {
  CHECK(in_ipsec(whole()).empty());
  for (const std::string word : {"local", "remote", "proposal ike", "proposal esp", "auth", "protect"}) {
    INFO(word);
    CHECK(in_ipsec(whole(word)) == "E0011");
  }
  CHECK(in_ipsec("") == "E0011");
  CHECK(in_ipsec(whole("protect") + "mode transport;").empty());
  CHECK(in_ipsec(whole("protect") + "mode tunnel;") == "E0011");
  CHECK(in_ipsec(whole("protect") + "mode transprot;") == "E0002");
  CHECK(in_ipsec(whole("local") + "local 10.1.0.300;") == "E0007");
  CHECK(in_ipsec(whole("local") + "locl 10.1.0.1;") == "E0002");
  CHECK(in_ipsec(whole("remote") + "peer 192.0.2.20;") == "E0002");
  CHECK(in_ipsec(whole("proposal ike") + "proposal ike aes256gmc16-prfsha384-ecp384;") == "E0002");
  // a wrong statement hides no other error
  CHECK(in_ipsec(whole("remote") + "local-id \"\";") == "E0011 E0007");
}

TEST_CASE("families and bounds of a connection") {
  CHECK(in_ipsec(whole("local") + "local 2001:db8::1;") == "E0108");
  CHECK(in_ipsec(whole("protect") + "protect 10.1.0.1/32 to 2001:db8::/64;") == "E0108");
  CHECK(in_ipsec(whole("protect") + "protect 10.1.0.1/24 to 198.51.100.0/24;") == "E0007");
  CHECK(in_ipsec(whole("protect") + "protect 10.1.0.1/32 -> 198.51.100.0/24;") == "E0001");
  CHECK(in_ipsec(whole("protect") + "protect 10.1.0.1/32 unto 198.51.100.0/24;") == "E0002");
  CHECK(in_ipsec(whole("remote") + "remote 127.0.0.1;") == "E0007");
  CHECK(in_ipsec(whole() + "local-id n1;") == "E0003");
  CHECK(in_ipsec(whole() + "start-action strat;") == "E0002");
  CHECK(in_ipsec(whole() + "mode tunnel; mode tunnel;") == "E0004");
  CHECK(in_ipsec(whole() + "address 10.1.0.1/32;") == "E0002");
  CHECK(in_ipsec(whole() + "provider blue;") == "E0002");
}

TEST_CASE("secrets are in files") {
  CHECK(with_auth("auth psk file \"/etc/psk\";").empty());
  CHECK(with_auth("auth psk file \"psk\";") == "E0007");
  CHECK(with_auth("auth psk file \"\";") == "E0007");
  CHECK(with_auth("auth psk file;") == "E0001");
  CHECK(with_auth("auth psk;") == "E0001");
  CHECK(with_auth("auth;") == "E0001");
  CHECK(with_auth("auth psk fiel \"/etc/psk\";") == "E0002");
  CHECK(with_auth("auth pks file \"/etc/psk\";") == "E0002");
  CHECK(with_auth("auth cert file \"/etc/crt\";") == "E0001");
  CHECK(with_auth("auth cert file \"/etc/crt\" kee file \"/etc/key\";") == "E0002");
  CHECK(with_auth("auth cert \"/etc/crt\" key file \"/etc/key\";") == "E0001");
  CHECK(with_auth("auth psk file \"/etc/psk\" key file \"/etc/key\";") == "E0001");
}

TEST_CASE("a secret in clear text is told, and not shown") {
  for (const std::string auth :
       {"auth psk \"swordfish\";", "auth psk swordfish;", "auth psk secret \"swordfish\";", "auth \"swordfish\";",
        "auth secret \"swordfish\";", "auth cert file \"/etc/crt\" key \"swordfish\";", "secret \"swordfish\";",
        "psk \"swordfish\";", "auth psk [swordfish];", "auth psk 12345;"}) {
    INFO(auth);
    const Compiled compiled("clim n1 { } ipsec partner on n1 { " + whole("auth") + auth + " }");
    CHECK(compiled.codes() == "E0402");
    for (const auto* finding : compiled.findings.sorted()) {
      CHECK(finding->message.find("swordfish") == std::string::npos);
      CHECK(finding->primary.text.find("swordfish") == std::string::npos);
      for (const auto& help : finding->help) {
        CHECK(help.find("swordfish") == std::string::npos);
      }
    }
  }
}

TEST_CASE("proposals are made of the algorithms of strongSwan") {
  const auto ike = [](const std::string& suite) {
    return in_ipsec(whole("proposal ike") + "proposal ike " + suite + ";");
  };
  const auto esp = [](const std::string& suite) {
    return in_ipsec(whole("proposal esp") + "proposal esp " + suite + ";");
  };
  for (const std::string suite :
       {"aes256gcm16-prfsha384-ecp384", "aes128-sha256-modp3072", "aes256-sha512-prfsha512-x25519", "default",
        "chacha20poly1305-prfsha256-curve25519", "aes256gcm-prfsha384-x448-ke1_mlkem768", "\"3des-sha1-modp2048\"",
        "aes256ccm128-aes128gcm96-prfaesxcbc-ecp256bp", "camellia256-sha2_256-modp2048s256"}) {
    INFO(suite);
    CHECK(ike(suite).empty());
  }
  for (const std::string suite : {"aes256gcm16", "aes256gcm16-esn", "aes128-sha256", "null-sha256", "aes256gmac",
                                  "aes256gcm16-x25519-ke7_mlkem1024", "default"}) {
    INFO(suite);
    CHECK(esp(suite).empty());
  }
  CHECK(ike("aes256gmc16-prfsha384-ecp384") == "E0002");
  CHECK(ike("aes256gcm16-prfsha384-ke8_mlkem768") == "E0002");
  CHECK(ike("aes256gcm16-prfsha384-ke1_sha256") == "E0002");
  CHECK(ike("aes256gcm16_prfsha384") == "E0002");
  CHECK(ike("\"aes256gcm16--ecp384\"") == "E0002");
  CHECK(ike("\"AES256GCM16-prfsha384-ecp384\"") == "E0002");
  CHECK(ike("aes256gcm16-prfsha384") == "E0011");
  CHECK(ike("aes256gcm16-prfsha384-ke1_mlkem768") == "E0011");
  CHECK(ike("aes256gcm16-ecp384") == "E0011");
  CHECK(ike("aes256-prfsha256-ecp384") == "E0011");
  CHECK(ike("prfsha256-ecp384") == "E0011");
  CHECK(ike("aes256-aes256gcm16-sha256-ecp384") == "E0007");
  CHECK(esp("sha256") == "E0011");
  CHECK(esp("aes256-aes256gcm16-sha256") == "E0007");
  CHECK(in_ipsec(whole("proposal ike") + "proposal ikee aes256gcm16-prfsha384-ecp384;") == "E0002");
  CHECK(in_ipsec(whole() + "proposal ah aes256gmac;") == "E0002");
  CHECK(in_ipsec(whole() + "proposal;") == "E0001");
  CHECK(in_ipsec(whole() + "proposal ike;") == "E0001");
}

TEST_CASE("an unknown algorithm is underlined alone") {
  const Compiled compiled("clim n1 { } ipsec partner on n1 { " + whole("proposal ike") +
                          "\nproposal ike aes256gcm16-prfsha348-ecp384, \"aes256gcm16-prfsha384-ecp38\"; }");
  REQUIRE(compiled.codes() == "E0002 E0002");
  const auto found = compiled.findings.sorted();
  const auto& source = compiled.sources[found[0]->primary.span.source];
  CHECK(source.text(found[0]->primary.span) == "prfsha348");
  CHECK(found[0]->help.at(0) == "did you mean `prfsha384`?");
  CHECK(source.text(found[1]->primary.span) == "ecp38");
}

TEST_CASE("the members of etcd") {
  const auto etcd = [](const std::string& urls) { return Compiled("cluster lab { etcd " + urls + "; }").codes(); };
  const Compiled compiled(
      R"(cluster lab { etcd "http://192.168.100.9:2379", "https://e2.example.org"; etcd "http://[fd00::9]:2379/"; })");
  CHECK(compiled.codes().empty());
  REQUIRE(compiled.cluster.etcd.size() == 3);
  CHECK(compiled.cluster.etcd[1].value == "https://e2.example.org");
  for (const std::string url :
       {"", "192.168.100.9:2379", "ftp://h", "http://", "http://h:0", "http://h:65536", "http://h:", "http://h:x",
        "http://h/v3", "http://user:pass@h", "http://[fd00::9", "http://[10.0.0.1]"}) {
    INFO(url);
    CHECK(etcd("\"" + url + "\"") == "E0007");
  }
  CHECK(etcd("\"http://h\", \"http://h\"") == "E0004");
  CHECK(etcd("h") == "E0003");
  CHECK(etcd("") == "E0001");
}

TEST_CASE("a secret that goes through templates is not shown, whatever is wrong with them, and in whatever order") {
  const std::string inner = "template inner(k: string) for ipsec { auth psk k; wrong; }\n";
  // Checked where they are defined, and not expanded.
  const std::string outer = "template outer(k: string) for ipsec { use middle(k); wrong; }\n";
  const std::string middle = "template middle(k: string) for ipsec { use inner(k); }\n";
  for (const auto& templates :
       {inner + middle + outer, outer + middle + inner, middle + outer + inner, inner + outer + middle}) {
    for (const std::string use : {"use outer(\"zebra\"); x;", "use middle(\"zebra\"); x;", "use inner(\"zebra\"); x;",
                                  "if false { use outer(\"zebra\"); } x;", "if false { use middle(\"zebra\"); } x;",
                                  "for z in [\"zebra\"] { use outer(\"{z}\"); } x;"}) {
      INFO(templates + use);
      const Compiled compiled(templates + "clim n1 { } ipsec partner on n1 { " + use + " }");
      CHECK(compiled.codes().find("E0402") != std::string::npos);
      CHECK(to_text(compiled.findings, compiled.sources).find("x; }") != std::string::npos);  // its line is shown
      CHECK(to_text(compiled.findings, compiled.sources).find("zebra") == std::string::npos);
    }
  }
}

TEST_CASE("a secret that came through a long row of constants does not break the stack") {
  std::string text = "const c0 = \"zebra\"; const X = nothing;\n";  // the error shows the line of the secret
  for (int i = 1; i < 100'000; ++i) {
    text += "const c" + std::to_string(i) + " = c" + std::to_string(i - 1) + ";\n";
  }
  const Compiled compiled(text + "clim n1 { } ipsec partner on n1 { " + whole("auth") + "auth psk c99999; }");
  CHECK(compiled.codes() == "E0003 E0402");
  CHECK(to_text(compiled.findings, compiled.sources).find("zebra") == std::string::npos);
}

}  // namespace cip::lang
