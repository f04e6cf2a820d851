// IPsec connections (P8), with the attributes of swanctl.conf(5).
#include <string>
#include <utility>

#include "compiler/lang/ipsec_words.h"
#include "compiler/lang/keyword.h"
#include "compiler/lang/missing.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;

// It is a section of swanctl.conf, where other characters have a meaning.
std::optional<Sourced<std::string>> read_connection_name(Arguments& arguments) {
  auto name = arguments.name("the name of a connection");
  if (name && !is_clim_name(name->value)) {
    arguments.error(Code::e0007, backticked(name->value) + " cannot be the name of a connection", name->origin.span, "",
                    "use letters, digits, `_` and `-`, at most 63");
    return std::nullopt;
  }
  return name;
}

void read_clims(Arguments& arguments, Ipsec& connection) {
  if (!arguments.expect_word("on")) {
    return;
  }
  do {
    const auto name = arguments.name("the name of a CLIM");
    if (!name) {
      return;
    }
    connection.clims.push_back({ClimName(name->value), name->origin});
  } while (arguments.take_punctuation(","));
}

// The CLIMs of a connection: those it lists, or the one whose block it stands in.
void place_connection(Block& block, Arguments& arguments, const Sourced<std::string>& name, Ipsec& connection) {
  if (block.place == Place::file) {
    read_clims(arguments, connection);
  } else if (const auto* next = arguments.peek(); next != nullptr && next->is(syntax::ArgumentKind::word, "on")) {
    arguments.error(Code::e0002, "`on` is not known in a CLIM", next->span, "the connection is on this CLIM",
                    "move it to the top level if it is on several CLIMs");
    arguments.skip_all();
  } else {
    connection.clims.push_back({block.clim->name, name.origin});
  }
  connection.clims_unknown = arguments.failed();
}

// A connection through a tunnel needs to know for whom it is; in transport mode that is its two ends (swanctl.conf,
// `dynamic`).
bool needs_protect(const Block& block) {
  const Ipsec& connection = *block.ipsec;
  return connection.mode ? connection.mode->value == IpsecMode::tunnel : block.knows(Fact::mode);
}

void check_missing(Block& block) {
  const Ipsec& connection = *block.ipsec;
  std::vector<Missing> missing;
  if (!connection.local && block.knows(Fact::local)) {
    missing.push_back({"`local`", "local ADDRESS;"});
  }
  if (!connection.remote && block.knows(Fact::remote)) {
    missing.push_back({"`remote`", "remote ADDRESS;"});
  }
  if (connection.ike.empty() && block.knows(Fact::proposals)) {
    missing.push_back({"`proposal ike`", "proposal ike SUITE;"});
  }
  if (connection.esp.empty() && block.knows(Fact::proposals)) {
    missing.push_back({"`proposal esp`", "proposal esp SUITE;"});
  }
  if (!connection.auth && block.knows(Fact::auth)) {
    missing.push_back({"`auth`", "auth psk file \"/PATH\";"});
  }
  if (connection.protections.empty() && block.knows(Fact::protections) && needs_protect(block)) {
    missing.push_back({"`protect`", "protect PREFIX to PREFIX;"});
  }
  block.ipsec->unknown |= !missing.empty();
  report_missing(block, "connection " + connection.name, connection.origin, missing);
}

// What is between the two ends, where nothing else is said (mode transport).
void add_own_protection(Block& block) {
  Ipsec& connection = *block.ipsec;
  if (!connection.protections.empty() || !block.knows(Fact::protections) || needs_protect(block) || !connection.mode ||
      !connection.local || !connection.remote) {
    return;
  }
  const auto alone = [](const IpAddress& address) { return Prefix(address, address_bits(address.family())); };
  connection.protections.push_back(
      {{alone(connection.local->value), alone(connection.remote->value)}, connection.mode->origin});
}

void check_families(Block& block) {
  Ipsec& connection = *block.ipsec;
  if (!connection.local || !connection.remote ||
      connection.local->value.family() == connection.remote->value.family()) {
    return;
  }
  connection.unknown = true;
  const auto* earlier = &*connection.local;
  const auto* later = &*connection.remote;
  if (later->origin.rank < earlier->origin.rank) {
    std::swap(earlier, later);
  }
  const auto family = [](const Sourced<IpAddress>& address) { return std::string(name(address.value.family())); };
  block.building.reading.findings.add({Code::e0108,
                                       "the ends of connection " + connection.name + " are of different families",
                                       {later->origin, "this is " + family(*later) + " ..."},
                                       {{earlier->origin, "... and this is " + family(*earlier)}}});
}

}  // namespace

void read_ipsec(Block& block, Arguments& arguments) {
  Ipsec connection;
  const auto name = read_connection_name(arguments);
  if (name) {
    connection.name = name->value;
    connection.origin = name->origin;
    place_connection(block, arguments, *name, connection);
  } else {
    arguments.skip_all();
  }
  Block inner{Place::ipsec, block.building};
  inner.ipsec = &connection;
  inner.discarded = block.discarded || !name;
  const auto& statement = arguments.statement();
  if (statement.block_broken) {
    forget(inner, Fact::all);
  }
  read_block(statement.block, inner);
  if (inner.discarded) {
    return;
  }
  check_missing(inner);
  check_families(inner);
  add_own_protection(inner);
  block.building.cluster.ipsec.push_back(std::move(connection));
}

template <auto Member>
void read_ipsec_end(Block& block, Arguments& arguments) {
  constexpr bool local = Member == &Ipsec::local;
  block.ipsec->*Member = arguments.ip(
      local ? "the local address of a connection" : "the remote address of a connection", AddressUse::end_point);
}
template void read_ipsec_end<&Ipsec::local>(Block&, Arguments&);
template void read_ipsec_end<&Ipsec::remote>(Block&, Arguments&);

template <auto Member>
void read_identity(Block& block, Arguments& arguments) {
  auto identity = arguments.string("an identity as a string");
  if (identity && identity->value.empty()) {
    arguments.error(Code::e0007, "an identity cannot be empty", identity->origin.span, "",
                    "leave the statement out: the identity is the address then");
    return;
  }
  block.ipsec->*Member = std::move(identity);
}
template void read_identity<&Ipsec::local_id>(Block&, Arguments&);
template void read_identity<&Ipsec::remote_id>(Block&, Arguments&);

void read_ipsec_mode(Block& block, Arguments& arguments) {
  block.ipsec->mode = read_keyword<IpsecMode>(arguments, "an IPsec mode");
}

void read_start_action(Block& block, Arguments& arguments) {
  block.ipsec->start_action = read_keyword<StartAction>(arguments, "a start action");
}

void read_protect(Block& block, Arguments& arguments) {
  const auto local = arguments.prefix("the prefix of a network");
  if (!local || !arguments.expect_word("to")) {
    return;
  }
  const auto remote = arguments.prefix("the prefix of a network");
  if (!remote) {
    return;
  }
  if (local->value.family() != remote->value.family()) {
    arguments.fail();
    arguments.reading().findings.add(
        {Code::e0108,
         "the two sides of `protect` are of different families",
         {remote->origin, "this is " + std::string(name(remote->value.family())) + " ..."},
         {{local->origin, "... and this is " + std::string(name(local->value.family()))}}});
    return;
  }
  block.ipsec->protections.push_back({{local->value, remote->value}, local->origin});
}

}  // namespace cip::lang
