// docs/language.md and the tables of the compiler say the same. What repeats them stands between markers, and
// UPDATE_EXPECTED=1 writes it anew; ranges and defaults of attributes are tried.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "compiler/diagnostics/codes.h"
#include "compiler/lang/functions.h"
#include "compiler/lang/ipsec_words.h"
#include "compiler/lang/reading.h"
#include "compiler/lang/words.h"
#include "compiler/output/state_tree.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/tokens.h"
#include "compiler/syntax/values.h"
#include "state/words.h"
#include "tests/corpus/corpus.h"

namespace cip {
namespace {

using corpus::Compiled;
using lang::Place;

const std::filesystem::path page = "docs/language.md";  // tests run in the root of the repository
constexpr std::string_view end_mark = "<!-- end -->";

template <class Range>
std::string joined(const Range& words, std::string_view between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

std::string words_table() {
  std::string text = "| | once | repeated | blocks |\n| --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i < lang::place_count; ++i) {
    const auto place = static_cast<Place>(i);
    std::map<std::string, std::vector<std::string>> columns;
    for (const auto word : lang::words_of(place)) {
      const auto& row = *lang::find_word(place, word);
      const auto* column = row.ending == lang::Word::Ending::semicolon ? (row.once ? "once" : "repeated") : "blocks";
      columns[column].push_back(fmt::format("`{}`", word));
    }
    text += fmt::format("| {} | {} | {} | {} |\n", lang::describe(place), joined(columns["once"]),
                        joined(columns["repeated"]), joined(columns["blocks"]));
  }
  return text;
}

std::string enumerations_table() {
  return fmt::format(
      "| of | words |\n| --- | --- |\n"
      "| `mode` of a bond | {} |\n| `primary-reselect` | {} |\n| `lacp-rate` | {} |\n| `hash-policy` | {} |\n"
      "| `auth` | {} |\n| `mode` of a connection | {} |\n| `start-action` | {} |\n",
      all_words<BondMode>(), all_words<PrimaryReselect>(), all_words<LacpRate>(), all_words<HashPolicy>(),
      all_words<lang::IpsecAuth>(), all_words<lang::IpsecMode>(), all_words<lang::StartAction>());
}

std::string types_table() {
  const std::map<std::string_view, std::string_view> written{
      {"bool", "`true`, `false`"},
      {"int", "`9000`"},
      {"string", "`\"n{i}.eth1\"`"},
      {"duration", "`50ms`, `2s`, `5m`, `1h`"},
      {"ip", "an `ip4` or `ip6`"},
      {"ip4", "`10.1.0.1`"},
      {"ip6", "`2001:db8::1`"},
      {"prefix", "a `prefix4` or `prefix6`"},
      {"prefix4", "`10.1.0.0/24`"},
      {"prefix6", "`2001:db8::/32`"},
      {"ifaddr", "`10.1.0.1/24`, `2001:db8::1/64`"},
      {"mac", "`02:00:00:00:00:fd`"},
  };
  std::string text = "| type | written |\n| --- | --- |\n";
  for (const auto word : lang::kind_words()) {
    text += fmt::format("| `{}` | {} |\n", word, written.at(word));
  }
  return text + "| `[T]` | `[a, b]`, of int also `1..4`; lists of lists up to " +
         std::to_string(lang::list_depth_limit) + " deep |\n";
}

std::string functions_table() {
  std::string text = "| function | gives |\n| --- | --- |\n";
  for (const auto& function : lang::all_functions()) {
    std::vector<std::string> parameters;
    for (std::size_t i = 0; i < function.parameters.size(); ++i) {
      const bool any = function.types[i].kind == lang::Kind::any;
      parameters.push_back(
          fmt::format("{}: {}", function.parameters[i], any ? "[T]" : lang::to_string(function.types[i])));
    }
    text +=
        fmt::format("| `{}({})` | `{}` |\n", function.name, joined(parameters, ", "), lang::to_string(function.result));
  }
  return text;
}

std::string limits_table() {
  return fmt::format(
      "| of | at most |\n| --- | --- |\n"
      "| statements after expansion | {} |\n| blocks, loops and templates inside each other, as expanded | {} |\n"
      "| blocks, and brackets, inside each other in the text | {} |\n| bytes of a file | {} |\n",
      lang::statement_limit, lang::expansion_depth_limit, syntax::depth_limit, syntax::Sources::size_limit);
}

// All codes; what the page says of one stays, a new one gets the title that `cipc explain` has.
std::string codes_table(const std::string& old) {
  std::map<std::string, std::string> rows;
  std::istringstream lines(old);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace(line.substr(0, line.find(" |", 2)), line);
  }
  std::string text = "| code | says | domain |\n| --- | --- | --- |\n";
  for (const auto& entry : diagnostics::all_codes()) {
    const auto row = rows.find("| " + std::string(entry.name));
    text += row != rows.end() ? row->second + "\n"
                              : fmt::format("| {} | {} | {} |\n", entry.name, entry.title, entry.domain);
  }
  return text;
}

// The text between the markers of this name.
struct Region {
  std::size_t begin;
  std::size_t end;
};
Region region(const std::string& text, const std::string& name) {
  const std::string mark = "<!-- generated: " + name + " -->\n";
  const auto at = text.find(mark);
  INFO(name);
  REQUIRE(at != std::string::npos);
  const auto end = text.find(end_mark, at);
  REQUIRE(end != std::string::npos);
  return {at + mark.size(), end};
}

// ---- attributes

struct Attribute {
  std::string place;  // "a bond", from the heading
  std::string statement;
  std::string range;
  std::string fallback;

  std::string word() const { return statement.substr(0, statement.find(' ')); }
};

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" `");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" `") + 1 - begin);
}

std::vector<Attribute> attributes(const std::string& text) {
  std::vector<Attribute> result;
  std::string place;
  std::istringstream lines(text.substr(text.find("\n## Attributes")));
  for (std::string line; std::getline(lines, line) && line != "### Words";) {
    if (line.starts_with("### In ")) {
      place = line.substr(7);
    } else if (!place.empty() && line.starts_with("| `")) {
      std::istringstream cells(line.substr(1));
      Attribute attribute{place, {}, {}, {}};
      std::string* const members[] = {&attribute.statement, &attribute.range, &attribute.fallback};
      for (std::string* member : members) {
        std::getline(cells, *member, '|');
        *member = trimmed(*member);
      }
      result.push_back(std::move(attribute));
    }
  }
  return result;
}

// A specification in which nothing is wrong before the statement is added.
std::string around(const Attribute& attribute, const std::string& statement) {
  const bool needs_lacp = attribute.word() == "lacp-rate";
  const std::map<std::string, std::string> blocks{
      {"a cluster", "cluster lab {{ {} }} clim n1 {{ control 192.168.100.1; }}"},
      {"an interface",
       "clim n1 {{ control 192.168.100.1; interface eth1 {{ address 10.1.0.1/24; address 2001:db8::1/64; {} }} }}"},
      {"a bond", std::string("clim n1 {{ control 192.168.100.1; bond bond0 {{ slaves eth1; {} ") +
                     (needs_lacp ? "mode 802.3ad; " : "") + "}} }}"},
      {"a VLAN", "clim n1 {{ control 192.168.100.1; interface eth1 {{ }} vlan v {{ link eth1; {} }} }}"},
      {"a tunnel",
       "clim n1 {{ control 192.168.100.1; interface eth1 {{ mtu 65535; address 10.1.0.1/24; }} tunnel t {{ "
       "local 10.1.0.1; remote 192.0.2.1; address 2001:db8::1/64; {} }} }}"},
      {"an IPsec connection",
       "clim n1 {{ control 192.168.100.1; interface eth1 {{ address 10.1.0.1/24; }} ipsec p {{ local 10.1.0.1; "
       "remote 192.0.2.1; proposal ike default; proposal esp default; auth psk file \"/k\"; "
       "protect 10.1.0.0/24 to 198.51.100.0/24; {} }} }}"}};
  return fmt::format(fmt::runtime(blocks.at(attribute.place)), statement);
}

std::string with_value(std::string statement, const std::string& value) {
  for (const auto& [name, text] : {std::pair<std::string, std::string>{"PREFIX", "10.9.0.0/16"},
                                   {"TIME", value},
                                   {"WORD", value},
                                   {"IP", "10.1.0.9"},
                                   {" N", " " + value}}) {
    if (const auto at = statement.find(name); at != std::string::npos) {
      statement.replace(at, name.size(), text);
    }
  }
  return statement + ";";
}

// The value `by` more: "1ms", "9000".
std::string moved(const std::string& value, std::int64_t by) {
  const auto time = syntax::parse_duration(value);
  return time ? std::to_string(time->count() + by) + "ms" : std::to_string(*syntax::parse_integer(value) + by);
}

// Whether the value is out of its range, as the compiler says it: E0007, or E0111 for an MTU that IPv6 needs.
bool out_of_range(const Attribute& attribute, const std::string& value) {
  Compiled compiled;
  corpus::compile_text(around(attribute, with_value(attribute.statement, value)), compiled);
  const auto text = compiled.text();
  return text.find("out of range") != std::string::npos || text.find("E0111") != std::string::npos;
}

std::map<std::string, std::string> tree_of(const std::string& text) {
  Compiled compiled;
  corpus::compile_text(text, compiled);
  INFO(text << "\n" << compiled.text());
  REQUIRE_FALSE(compiled.findings.has_errors());
  std::map<std::string, std::string> tree;
  for (const auto& [file, bytes] : output::state_tree(compiled.cluster, compiled.sources)) {
    if (file.find("source-map") == std::string::npos && file != "manifest.json") {
      tree.emplace(file, bytes);
    }
  }
  return tree;
}

}  // namespace

TEST_CASE("the tables of the language page are those of the compiler") {
  const std::string before = corpus::read_text(page);
  std::string text = before;
  const auto codes = region(text, "codes");
  const std::pair<std::string, std::string> tables[] = {
      {"words", words_table()},   {"enumerations", enumerations_table()},
      {"types", types_table()},   {"functions", functions_table()},
      {"limits", limits_table()}, {"codes", codes_table(text.substr(codes.begin, codes.end - codes.begin))}};
  for (const auto& [name, table] : tables) {
    const auto at = region(text, name);
    text.replace(at.begin, at.end - at.begin, table);
  }
  if (std::getenv("UPDATE_EXPECTED") != nullptr) {
    std::ofstream(page, std::ios::binary) << text;
  }
  CHECK(corpus::read_text(page) == text);
}

TEST_CASE("the page names the reserved words") {
  const std::string text = corpus::read_text(page);
  CHECK(text.find("Reserved: `" + joined(syntax::reserved_words()) + "`.") != std::string::npos);
}

TEST_CASE("every attribute has a row on the page") {
  const auto rows = attributes(corpus::read_text(page));
  const std::map<Place, std::vector<std::string>> tables{
      {Place::cluster, {"a cluster"}},           {Place::provider, {"a provider"}},
      {Place::loopback, {"an interface"}},       {Place::maintenance, {"an interface"}},
      {Place::interface, {"an interface"}},      {Place::bond, {"an interface", "a bond"}},
      {Place::vlan, {"an interface", "a VLAN"}}, {Place::tunnel, {"a tunnel"}},
      {Place::ipsec, {"an IPsec connection"}}};
  for (const auto& [place, names] : tables) {
    for (const auto word : lang::words_of(place)) {
      INFO(word << " " << lang::describe(place));
      CHECK(std::any_of(rows.begin(), rows.end(), [&, &names = names](const Attribute& row) {
        return row.word() == word && std::count(names.begin(), names.end(), row.place) != 0;
      }));
    }
  }
  // And no row is about a word that there is not.
  for (const auto& row : rows) {
    INFO(row.statement);
    CHECK_FALSE(lang::places_of(row.word()).empty());
  }
}

TEST_CASE("the ranges on the page are those that the compiler accepts") {
  std::size_t tried = 0;
  for (const auto& row : attributes(corpus::read_text(page))) {
    const auto middle = row.range.find(" to ");
    if (middle == std::string::npos) {
      continue;
    }
    ++tried;
    const std::string least = row.range.substr(0, middle);
    const std::string most = row.range.substr(middle + 4);
    INFO(row.place << ": " << row.statement);
    CHECK_FALSE(out_of_range(row, most));
    CHECK(out_of_range(row, moved(least, -1)));
    CHECK(out_of_range(row, moved(most, 1)));
    // The MTU that is the least has no room for the IPv6 address of the interface: another rule.
    if (row.statement != "mtu N" || row.place != "an interface") {
      CHECK_FALSE(out_of_range(row, least));
    }
  }
  CHECK(tried > 20);
}

TEST_CASE("the defaults on the page are those of the compiler") {
  std::size_t tried = 0;
  for (const auto& row : attributes(corpus::read_text(page))) {
    if (row.fallback.empty()) {
      continue;
    }
    ++tried;
    // A route or rule is there without the part that has a default; any other attribute is not there at all.
    const auto part = row.statement.rfind(' ', row.statement.rfind(' ') - 1);
    const bool whole = part == std::string::npos;
    const std::string without = whole ? "" : with_value(row.statement.substr(0, part), "");
    INFO(row.place << ": " << row.statement);
    CHECK(tree_of(around(row, with_value(row.statement, row.fallback))) == tree_of(around(row, without)));
  }
  CHECK(tried > 15);
}

}  // namespace cip
