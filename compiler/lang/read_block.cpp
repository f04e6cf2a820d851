// Statements of a block, by the table of words.cpp; and what an unknown one means for the rest.
#include <string>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/control.h"
#include "compiler/lang/expression.h"
#include "compiler/lang/modules.h"
#include "compiler/lang/words.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using syntax::Statement;

void report(Block& block, Finding finding) {
  block.building.reading.findings.add(std::move(finding));
}

void forget_interface(Interface& interface, Fact fact) {
  const bool all = fact == Fact::all;
  interface.provider_unknown |= all || fact == Fact::provider || fact == Fact::some_name;
  interface.lan_unknown |= all || fact == Fact::lan;
  interface.mtu_unknown |= all || fact == Fact::mtu || fact == Fact::some_number;
  interface.addresses_unknown |= all || fact == Fact::addresses;
  interface.routes_unknown |= all || fact == Fact::routes;
  interface.failover_unknown |= all || fact == Fact::failover;
  interface.bond.slaves_unknown |= all || fact == Fact::slaves || fact == Fact::some_name;
  interface.bond.mode_unknown |= all || fact == Fact::mode || fact == Fact::some_name;
  interface.vlan.link_unknown |= all || fact == Fact::link || fact == Fact::some_name;
  interface.vlan.id_unknown |= all || fact == Fact::id || fact == Fact::some_number;
  interface.tunnel.local_unknown |= all || fact == Fact::local || fact == Fact::some_address;
  interface.tunnel.remote_unknown |= all || fact == Fact::remote || fact == Fact::some_address;
}

// What a statement that nobody knows may have been about, as far as its form tells.
Fact guess(Place place, const Statement& statement) {
  using syntax::ArgumentKind;
  const auto kind = statement.arguments.empty() ? ArgumentKind::malformed : statement.arguments.front().kind;
  if (place == Place::file) {
    return statement.has_block ? Fact::clims : kind == ArgumentKind::reference ? Fact::failover : Fact::providers;
  }
  if (place == Place::clim) {
    return statement.has_block ? Fact::interfaces : Fact::control;
  }
  if (place == Place::ipsec) {
    return Fact::all;
  }
  switch (kind) {
    case ArgumentKind::network:
      return Fact::addresses;
    case ArgumentKind::reference:
      return Fact::failover;
    case ArgumentKind::word:
      return Fact::some_name;
    case ArgumentKind::integer:
      return Fact::some_number;
    case ArgumentKind::ip:
      return Fact::some_address;
    default:
      return Fact::nothing;
  }
}

void report_misplaced(Block& block, const Statement& statement, const std::vector<Place>& places) {
  std::string where;
  for (std::size_t i = 0; i < places.size(); ++i) {
    where += (i == 0 ? "" : i + 1 == places.size() ? " or " : ", ") + std::string(describe(places[i]));
  }
  const auto word = "`" + std::string(statement.word) + "`";
  report(block, {Code::e0002,
                 word + " cannot stand " + std::string(describe(block.place)),
                 {statement.word_span, "unknown here"},
                 {},
                 {word + " belongs " + where},
                 {},
                 {}});
  forget(block, guess(block.place, statement));
}

// Reports the word, and marks what the statement may have been about.
void read_unknown(Block& block, const Statement& statement) {
  if (const auto places = places_of(statement.word); !places.empty()) {
    report_misplaced(block, statement, places);
    return;
  }
  const auto& known = words_of(block.place);
  const auto meant = diagnostics::suggestion(statement.word, known);
  const std::string_view kind = block.place >= Place::loopback ? "attribute" : "statement";
  Finding finding{
      Code::e0002,
      "unknown " + std::string(kind) + " `" + std::string(statement.word) + "` " + std::string(describe(block.place)),
      {statement.word_span, "unknown here"},
      {},
      {},
      {},
      {}};
  if (meant) {
    finding.help.push_back("did you mean `" + std::string(*meant) + "`?");
  } else {
    std::string list;
    for (const auto word : known) {
      list += (list.empty() ? "" : ", ") + std::string(word);
    }
    finding.notes.push_back("known here: " + list);
  }
  report(block, std::move(finding));
  forget(block, meant ? find_word(block.place, *meant)->fact : guess(block.place, statement));
}

bool has_right_ending(Block& block, const Word& word, const Statement& statement) {
  const auto name = "`" + std::string(statement.word) + "`";
  if (statement.has_block && word.ending == Word::Ending::semicolon) {
    report(block, {Code::e0001, name + " has no block", {statement.head, "expected `;` after this"}, {}, {}, {}, {}});
    return false;
  }
  if (!statement.has_block && word.ending == Word::Ending::block && !statement.broken) {
    report(block, {Code::e0001,
                   name + " needs a block",
                   {syntax::end_of(statement.head), "expected `{`"},
                   {},
                   {},
                   {"write `{ }` if there is nothing to say"},
                   {}});
    return false;
  }
  return true;
}

// Whether the statement may stand here; a second of its kind may not.
bool is_first(Block& block, const Word& word, const Statement& statement) {
  if (!word.once) {
    return true;
  }
  const auto [entry, fresh] = block.set.emplace(word.word, statement.head);
  if (!fresh) {
    report(block, {Code::e0004,
                   "`" + std::string(word.word) + "` is set twice",
                   {statement.head, "set again here"},
                   {{entry->second, "first set here"}},
                   {},
                   {},
                   {}});
  }
  return fresh;
}

void read_word(Block& block, const Word& word, const Statement& statement) {
  if (!has_right_ending(block, word, statement)) {
    forget(block, word.fact);
    return;
  }
  if (!is_first(block, word, statement)) {
    return;
  }
  Arguments arguments(statement, block.building.reading);
  word.read(block, arguments);
  arguments.end();
  if (arguments.failed()) {
    forget(block, word.fact);
    block.wrong.insert(word.word);
  }
}

// `index` is that of the last statement that has been read afterwards.
void read_statement(Block& block, const std::vector<Statement>& statements, std::size_t& index) {
  const Statement& statement = statements[index];
  const Word* word = find_word(block.place, statement.word);
  if (word == nullptr && is_control(statement.word)) {
    read_control(statements, index, block);
    return;
  }
  // What is not known of one statement is not of the next, but of the block that they are in.
  Reporter& findings = block.building.reading.findings;
  const bool unknown = std::exchange(findings.unknown, false);
  if (word == nullptr) {
    read_unknown(block, statement);
  } else {
    read_word(block, *word, statement);
  }
  findings.unknown = findings.unknown || unknown;
}

// The specification is too large or too deep; nothing more of it is read.
void explode(Block& block, const Statement& statement, std::string message, std::string label) {
  Reading& reading = block.building.reading;
  const syntax::Expansion* outermost = reading.scope->step();
  while (outermost != nullptr && outermost->outer() != nullptr) {
    outermost = outermost->outer();
  }
  reading.exploded = true;
  reading.findings.add({Code::e0010,
                        std::move(message),
                        {outermost != nullptr ? outermost->span() : statement.head, std::move(label)},
                        {},
                        {},
                        {},
                        {}});
}

}  // namespace

void forget(Block& block, Fact fact) {
  if (fact == Fact::nothing) {
    return;
  }
  block.forgotten.set(static_cast<std::size_t>(fact));
  Cluster& cluster = block.building.cluster;
  switch (block.place) {
    case Place::file:
      cluster.providers_unknown |= fact == Fact::all || fact == Fact::providers;
      cluster.clims_unknown |= fact == Fact::all || fact == Fact::clims;
      cluster.failovers_unknown |= fact == Fact::all || fact == Fact::failover || fact == Fact::clims;
      cluster.ipsec_unknown |= fact == Fact::all || fact == Fact::ipsec || fact == Fact::clims;
      break;
    case Place::cluster:
      break;
    case Place::provider:
      block.provider->lans_unknown = true;
      break;
    case Place::clim:
      block.clim->control_unknown |= fact == Fact::all || fact == Fact::control;
      block.clim->interfaces_unknown |= fact == Fact::all || fact == Fact::interfaces;
      block.clim->addresses_unknown |= block.clim->interfaces_unknown;
      block.clim->slaves_unknown |= block.clim->interfaces_unknown;
      cluster.ipsec_unknown |= fact == Fact::all || fact == Fact::ipsec || fact == Fact::interfaces;
      break;
    case Place::loopback:
    case Place::maintenance:
    case Place::interface:
    case Place::bond:
    case Place::vlan:
    case Place::tunnel:
      forget_interface(*block.interface, fact);
      block.clim->addresses_unknown |= block.interface->addresses_unknown;
      block.clim->slaves_unknown |= block.place == Place::bond && block.interface->bond.slaves_unknown;
      break;
    case Place::ipsec:
      block.ipsec->unknown = true;
      break;
  }
}

void read_block(const std::vector<Statement>& statements, Block& block) {
  block.first = statements.empty() ? nullptr : &statements.front();
  read_statements(statements, block);
}

void read_statements(const std::vector<Statement>& statements, Block& block) {
  Reading& reading = block.building.reading;
  if (statements.empty() || reading.exploded) {
    return;
  }
  if (reading.depth >= expansion_depth_limit) {
    explode(block, statements.front(), "blocks, loops and templates are nested too deeply",
            "more than " + std::to_string(expansion_depth_limit) + " inside each other");
    return;
  }
  ++reading.depth;
  Scope* const around = reading.scope;
  if (&statements != &around->module().tree->statements && has_constants(statements)) {
    reading.scope = &reading.scopes->scopes.emplace_back(around->module(), around, around->step());
    declare_constants(statements, *reading.scope, reading);
    evaluate_constants(*reading.scope, reading);
  }
  for (std::size_t i = 0; i < statements.size() && !reading.exploded; ++i) {
    if (!reading.dry && ++reading.statements > statement_limit) {
      explode(block, statements[i], "this specification has too many statements",
              "more than " + std::to_string(statement_limit));
      break;
    }
    read_statement(block, statements, i);
  }
  reading.scope = around;
  --reading.depth;
}

}  // namespace cip::lang
