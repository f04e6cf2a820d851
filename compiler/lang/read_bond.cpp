// Attributes of a bond, in the words of the kernel (Documentation/networking/bonding.rst).
#include <chrono>
#include <string>

#include "compiler/lang/keyword.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// The kernel takes up to 24 days; more than an hour is a wrong unit. Without miimon it does not look at the slaves'
// carrier at all, and the bond would never fail (K6).
constexpr milliseconds least_miimon = 1ms;
constexpr milliseconds longest = 1h;

std::string text(milliseconds time) {
  return std::to_string(time.count()) + "ms";
}

std::optional<Sourced<milliseconds>> read_bounded(Arguments& arguments, milliseconds least) {
  auto time = arguments.duration("a duration such as 100ms");
  if (time && (time->value < least || time->value > longest)) {
    arguments.error(
        Code::e0007, std::string(arguments.statement().word) + " is out of range", time->origin.span,
        "must be " + text(least) + " to 1h",
        time->value < least ? "without it the kernel does not look at the slaves, and the bond never fails" : "");
    return std::nullopt;
  }
  return time;
}

// The kernel counts delays in multiples of miimon and rounds down: it would not hold what the specification states.
void check_delay(Block& block, const std::optional<Sourced<milliseconds>>& delay, const std::string& word) {
  const auto& miimon = block.interface->bond.miimon;
  const milliseconds unit = miimon ? miimon->value : Bond{}.miimon;
  if (!delay || delay->value % unit == 0ms) {
    return;
  }
  const milliseconds below = delay->value / unit * unit;
  diagnostics::Finding finding{
      Code::e0007, word + " is not a multiple of miimon", {delay->origin, "the kernel would make it " + text(below)}};
  if (miimon) {
    finding.secondary.push_back({miimon->origin, "miimon is " + text(unit)});
  } else {
    finding.notes.push_back("miimon is " + text(unit) + " if the bond does not set it");
  }
  finding.help.push_back("write `" + word + " " + text(below) + ";` or `" + word + " " + text(below + unit) + ";`");
  block.building.reading.findings.add(std::move(finding));
}

}  // namespace

void read_slaves(Block& block, Arguments& arguments) {
  do {
    const auto name = read_interface_name(arguments);
    if (!name) {
      return;
    }
    block.interface->bond.slaves.push_back({InterfaceName(name->value), name->origin});
  } while (arguments.take_punctuation(","));
}

void read_bond_mode(Block& block, Arguments& arguments) {
  block.interface->bond.mode = read_keyword<BondMode>(arguments, "a bond mode");
}

void read_primary(Block& block, Arguments& arguments) {
  if (const auto name = read_interface_name(arguments)) {
    block.interface->bond.primary = Sourced<InterfaceName>{InterfaceName(name->value), name->origin};
  }
}

void read_primary_reselect(Block& block, Arguments& arguments) {
  block.interface->bond.primary_reselect =
      read_keyword<PrimaryReselect>(arguments, "a rule for the primary slave's return");
}

void read_miimon(Block& block, Arguments& arguments) {
  block.interface->bond.miimon = read_bounded(arguments, least_miimon);
}

void read_lacp_rate(Block& block, Arguments& arguments) {
  block.interface->bond.lacp_rate = read_keyword<LacpRate>(arguments, "a LACP rate");
}

void read_hash_policy(Block& block, Arguments& arguments) {
  block.interface->bond.hash_policy = read_keyword<HashPolicy>(arguments, "a hash policy");
}

template <auto Member>
void read_delay(Block& block, Arguments& arguments) {
  block.interface->bond.*Member = read_bounded(arguments, 0ms);
}
template void read_delay<&BondStatement::up_delay>(Block&, Arguments&);
template void read_delay<&BondStatement::down_delay>(Block&, Arguments&);

void finish_bond(Block& block) {
  const BondStatement& bond = block.interface->bond;
  if (block.knows(Fact::miimon)) {
    check_delay(block, bond.up_delay, "up-delay");
    check_delay(block, bond.down_delay, "down-delay");
  }
  // The kernel refuses it in all other modes (bond_options.c).
  const BondMode mode = bond.mode ? bond.mode->value : Bond{}.mode;
  if (bond.lacp_rate && !bond.mode_unknown && mode != BondMode::ieee_802_3ad) {
    diagnostics::Finding finding{Code::e0002,
                                 "`lacp-rate` is not known in mode " + std::string(cip::word(mode)),
                                 {bond.lacp_rate->origin, "LACP is spoken in mode 802.3ad only"}};
    if (bond.mode) {
      finding.secondary.push_back({bond.mode->origin, "the mode is set here"});
    }
    finding.help.push_back("write `mode 802.3ad;`, or remove `lacp-rate`");
    block.building.reading.findings.add(std::move(finding));
  }
}

}  // namespace cip::lang
