#include <array>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

namespace {

constexpr std::array language_entries = {
    CodeEntry{
        .code = Code::e0001,
        .name = "E0001",
        .severity = Severity::error,
        .title = "syntax error",
        .domain = "",
        .explanation = R"(A specification is made of statements. A statement starts with a word, has
arguments, and ends with `;` or with a block in `{ }`. Strings are written in
double quotes and end on their line; comments start with `#`. Too many or too
few arguments are a syntax error, too.

What is missing is reported at the end of the statement that lacks it, not where
the next one starts: that is where the `;` or `}` has to be written. A broken
statement hides no error in others.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1
  interface eth1 { address 10.1.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0002,
        .name = "E0002",
        .severity = Severity::error,
        .title = "unknown statement, attribute or keyword here",
        .domain = "",
        .explanation = R"(Every place of a specification has its words: `clim` and `provider` stand at the
top of a file, `control` and `interface` in a CLIM, `address` and `mtu` in an
interface, `via` and `metric` in a route. A word that is unknown where it stands
is never skipped, because what it was meant to say would silently be missing
from the network: an address, a route, or the failover interface.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { adress 10.1.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0003,
        .name = "E0003",
        .severity = Severity::error,
        .title = "unknown name",
        .domain = "",
        .explanation = R"(The name is declared nowhere in the specification, nor in the files that it
imports. The order of declarations does not matter, so declaring it later is as
good. A provider is declared once, at the top of a file, so that a misspelt
provider is found and does not quietly become a failover domain of its own.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider bleu; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; }
}
)",
    },
    CodeEntry{
        .code = Code::e0004,
        .name = "E0004",
        .severity = Severity::error,
        .title = "declared or set twice",
        .domain = "",
        .explanation = R"(Lists (`address`, `route`, `neighbor`, `control`) may be repeated and add up,
and a CLIM may be given in several blocks. Anything else has one value: if it is
set twice, one of the two is a mistake, and the compiler cannot know which. The
same holds for an interface or provider that is declared twice.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { mtu 9000; }
  interface eth1 { mtu 1500; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { mtu 9000; }
  interface eth2 { mtu 1500; }
}
)",
    },
    CodeEntry{
        .code = Code::e0005,
        .name = "E0005",
        .severity = Severity::error,
        .title = "type mismatch",
        .domain = "",
        .explanation = R"(Every value has a type, and every attribute wants one: an MTU is an integer, a
time a duration with its unit, a gateway an address, an interface address an
address with its prefix length. Nothing is converted silently, because a guess
such as /32 for a missing prefix length is a network that nobody wrote down.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.1; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0006,
        .name = "E0006",
        .severity = Severity::error,
        .title = "import not found, or a cycle of imports",
        .domain = "",
        .explanation = R"(The path of an `import` is relative to the file that it stands in, whatever the
current directory is, so that a specification means the same wherever it is
compiled. Paths that start with `std/` are in the library that comes with the
compiler. A file that imports itself, directly or through others, has no
meaning.
)",
        .wrong = R"(import "no/such/providers.cip";
clim n1 { control 192.168.100.1; }
)",
        .right = R"(# what the missing file was to declare can stand here just as well
provider blue;
clim n1 { control 192.168.100.1; }
)",
    },
    CodeEntry{
        .code = Code::e0007,
        .name = "E0007",
        .severity = Severity::error,
        .title = "malformed or out-of-range value",
        .domain = "",
        .explanation = R"(An address, prefix, MAC address, number or time that is not one, or that is
outside of what the kernel and the protocols accept: an octet above 255, a
prefix length above 32 (IPv6: 128), an MTU below 68 or above 65535. The
destination of a route is a network: its host bits are zero. The compiler does
not clear them, because it may as well be the length that is wrong.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.256/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.254/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0008,
        .name = "E0008",
        .severity = Severity::error,
        .title = "wrong arguments for a template or function, or template in the wrong place",
        .domain = "",
        .explanation = R"(A template names the place that it is written for, its parameters and their
types; a use has an argument for every parameter that has no default, and none
that the template does not have. Nothing is filled in or left out silently: an
interface of sixty-four that came up without its address would be found by the
people who cannot reach it.
)",
        .wrong = R"(template labelled(text: string) for interface { description text; }
clim n1 {
  control 192.168.100.1;
  interface eth1 { use labelled(); address 10.1.0.1/24; }
}
)",
        .right = R"(template labelled(text: string) for interface { description text; }
clim n1 {
  control 192.168.100.1;
  interface eth1 { use labelled("uplink"); address 10.1.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0009,
        .name = "E0009",
        .severity = Severity::error,
        .title = "assertion failed",
        .domain = "",
        .explanation = R"(An `assert` states what the author of a specification or template relies on:
that CLIMs come in pairs, that a network is large enough. Such limits are easily
crossed years later by somebody who changes one number; the assertion stops the
compilation with the author's words before the change reaches a CLIM.
)",
        .wrong = R"(const CLIMS = 3;
assert CLIMS % 2 == 0, "CLIMs come in pairs";
clim n1 { control 192.168.100.1; }
)",
        .right = R"(const CLIMS = 4;
assert CLIMS % 2 == 0, "CLIMs come in pairs";
clim n1 { control 192.168.100.1; }
)",
    },
    CodeEntry{
        .code = Code::e0010,
        .name = "E0010",
        .severity = Severity::error,
        .title = "expansion too large, or recursion",
        .domain = "",
        .explanation = R"(Every compilation ends, with a result that machines can hold: a template does
not use itself, directly or through others, and all templates and loops together
make at most 4 million statements. What is more is a mistake in a range or a
nesting, and no CLIM could apply it before its neighbours took it for dead.
)",
        .wrong = R"(template a() for clim { use b(); }
template b() for clim { use a(); }
clim n1 { control 192.168.100.1; use a(); }
)",
        .right = R"(template a() for clim { use b(); }
template b() for clim { interface eth1 { address 10.1.0.1/24; } }
clim n1 { control 192.168.100.1; use a(); }
)",
    },
    CodeEntry{
        .code = Code::e0011,
        .name = "E0011",
        .severity = Severity::error,
        .title = "something that must be there is missing",
        .domain = "",
        .explanation = R"(Some statements need others. The two CLIMs of a failover pair need a path
between them over the control LAN: both have a `control` address, and the n-th
addresses of the two make the n-th path. Without a path the CLIMs could neither
hear each other's heartbeats nor copy their configuration, so the pair could
never fail over.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  interface eth1 { provider blue; }
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
)",
    },
};

}  // namespace

std::span<const CodeEntry> language_texts() {
  return language_entries;
}

}  // namespace cip::diagnostics
