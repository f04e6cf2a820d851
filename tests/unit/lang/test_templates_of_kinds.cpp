// Templates and loops for bonds, VLANs, tunnels and connections: a check without values takes no keyword for a wrong
// one.
#include <catch2/catch.hpp>

#include "tests/unit/lang/compile_text.h"

namespace cip::lang {

TEST_CASE("a template for a bond, whose words are parameters") {
  const std::string profile =
      "template profile(mode: string, policy: string = \"layer2+3\", wait: duration) for bond { mode \"{mode}\"; "
      "hash-policy \"{policy}\"; miimon 100ms; up-delay wait; primary \"{mode}\"; }\n";
  const auto use = [&](const std::string& arguments) {
    return Compiled(profile + "clim n1 { bond bond0 { slaves eth2; use profile(" + arguments + "); } }");
  };
  const Compiled good = use("mode: \"active-backup\", wait: 200ms");
  CHECK(good.codes().empty());
  const auto& bond = good.cluster.clims.at(0).interfaces.at(0).bond;
  CHECK(bond.mode.value().value == BondMode::active_backup);
  CHECK(bond.hash_policy.value().value == HashPolicy::layer2_3);
  CHECK(use("mode: \"actve-backup\", wait: 200ms").codes() == "E0002");
  CHECK(use("mode: \"active-backup\", wait: 250ms").codes() == "E0007");
  CHECK(Compiled("template profile(w: duration) for bond { mode actve-backup; up-delay w; }").codes() == "E0002");
  CHECK(Compiled("template spare(p: string) for interface { description p; }\n"
                 "clim n1 { interface eth1 { } bond b { slaves eth2; use spare(\"a\"); } "
                 "vlan v { link eth1; id 5; use spare(\"b\"); } }")
            .codes()
            .empty());
  CHECK(Compiled("template spare(p: string) for interface { description p; }\n"
                 "clim n1 { tunnel t { remote 192.0.2.9; use spare(\"a\"); } }")
            .codes() == "E0008");
}

TEST_CASE("a VLAN of each iteration") {
  const Compiled compiled(
      "clim n1 { interface eth1 { }\nfor v in 10..12 { vlan \"eth1.{v}\" { link \"eth{v - v + 1}\"; id v; } } }");
  CHECK(compiled.codes().empty());
  CHECK(compiled.cluster.clims.at(0).interfaces.size() == 4);
  CHECK(Compiled("clim n1 { interface eth1 { } for v in 4094..4095 { vlan \"eth1.{v}\" { link eth1; id v; } } }")
            .codes() == "E0007");
  CHECK(Compiled("template trunk(n: int) for clim { vlan \"eth1.{n}\" { link eth1; } }\n"
                 "clim n1 { interface eth1 { } use trunk(5); }")
            .codes() == "E0011");
}

TEST_CASE("a template for a tunnel or a connection") {
  CHECK(Compiled("template to(end: ip, inner: ifaddr, net: prefix) for tunnel { remote end; address inner; route net; "
                 "route default; }\nclim n1 { tunnel t { use to(192.0.2.9, 2001:db8::1/64, 2001:db8:9::/48); } }")
            .codes()
            .empty());
  CHECK(Compiled("template to(inner: ifaddr) for tunnel { remote 192.0.2.9; address inner; }\n"
                 "clim n1 { tunnel t { use to(10.1.0.1/24); } }")
            .codes() == "E0005");
  const std::string modern =
      "template modern(key: string, size: int, end: ip) for ipsec { local 10.1.0.1; remote end;\n"
      "proposal ike \"aes{size}gcm16-prfsha384-ecp384\"; proposal esp \"aes{size}gcm16-ecp384\"; "
      "auth psk file \"/etc/cip/{key}\"; mode transport; }\nclim n1 { ipsec p { ";
  CHECK(Compiled(modern + "use modern(\"p.psk\", 256, 192.0.2.20); } }").codes().empty());
  CHECK(Compiled(modern + "use modern(\"p.psk\", 257, 192.0.2.20); } }").codes() == "E0002 E0002");
  CHECK(Compiled(modern + "use modern(\"p.psk\", 256, 2001:db8::1); } }").codes() == "E0108");
  CHECK(Compiled(modern + "use modern(\"p.psk\", 256); } }").codes() == "E0008");
  CHECK(Compiled("template t(key: string) for ipsec { auth psk \"{key}\"; }\n").codes() == "E0402");
}

}  // namespace cip::lang
