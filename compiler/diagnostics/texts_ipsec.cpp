#include <array>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

namespace {

constexpr std::array ipsec_entries = {
    CodeEntry{
        .code = Code::e0401,
        .name = "E0401",
        .severity = Severity::error,
        .title = "IPsec differs between CLIMs for an address that can fail over",
        .domain = "P8",
        .explanation = R"(IPsec is not migrated: the side that takes an address over negotiates with the
remote end anew, from its own configuration. If that is missing there or says
something else, the address moves and its connections do not come back; worse,
what was to be protected may leave in clear text. Write one `ipsec` for all
CLIMs that can have the address, so that it is the same on all of them.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
ipsec partner on n1 {
  local 10.1.0.1;
  remote 192.0.2.20;
  proposal ike aes256gcm16-prfsha384-ecp384;
  proposal esp aes256gcm16-ecp384;
  auth psk file "/etc/cip/secrets/partner.psk";
  protect 10.1.0.1/32 to 198.51.100.0/24;
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
ipsec partner on n1, n2 {
  local 10.1.0.1;
  remote 192.0.2.20;
  proposal ike aes256gcm16-prfsha384-ecp384;
  proposal esp aes256gcm16-ecp384;
  auth psk file "/etc/cip/secrets/partner.psk";
  protect 10.1.0.1/32 to 198.51.100.0/24;
}
)",
    },
    CodeEntry{
        .code = Code::e0402,
        .name = "E0402",
        .severity = Severity::error,
        .title = "IPsec names a secret in clear text",
        .domain = "",
        .explanation = R"(A specification is kept in version control, mailed, reviewed and shown in
diagnostics: a secret in it is one no longer. `file` names a file on the CLIMs
that has it, readable by root alone; its content never passes through the
compiler, the state tree or the mirrors. A secret that has stood in a
specification, if only for one commit, is to be replaced.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
ipsec partner on n1, n2 {
  local 10.1.0.1;
  remote 192.0.2.20;
  proposal ike aes256gcm16-prfsha384-ecp384;
  proposal esp aes256gcm16-ecp384;
  auth psk "correct horse battery staple";
  protect 10.1.0.1/32 to 198.51.100.0/24;
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
ipsec partner on n1, n2 {
  local 10.1.0.1;
  remote 192.0.2.20;
  proposal ike aes256gcm16-prfsha384-ecp384;
  proposal esp aes256gcm16-ecp384;
  auth psk file "/etc/cip/secrets/partner.psk";
  protect 10.1.0.1/32 to 198.51.100.0/24;
}
)",
    },
    CodeEntry{
        .code = Code::e0403,
        .name = "E0403",
        .severity = Severity::error,
        .title = "local address of IPsec cannot be on the CLIM",
        .domain = "P8",
        .explanation = R"(IPsec is configured on a CLIM for an address that the CLIM has at home or can
get by a failover. For any other address the CLIM would never negotiate: the
entry is dead, and the address that was meant (another digit, another CLIM) has
no protection.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
ipsec partner on n1, n2 {
  local 10.1.0.10;
  remote 192.0.2.20;
  proposal ike aes256gcm16-prfsha384-ecp384;
  proposal esp aes256gcm16-ecp384;
  auth psk file "/etc/cip/secrets/partner.psk";
  protect 10.1.0.10/32 to 198.51.100.0/24;
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
ipsec partner on n1, n2 {
  local 10.1.0.1;
  remote 192.0.2.20;
  proposal ike aes256gcm16-prfsha384-ecp384;
  proposal esp aes256gcm16-ecp384;
  auth psk file "/etc/cip/secrets/partner.psk";
  protect 10.1.0.1/32 to 198.51.100.0/24;
}
)",
    },
};

}  // namespace

std::span<const CodeEntry> ipsec_texts() {
  return ipsec_entries;
}

}  // namespace cip::diagnostics
