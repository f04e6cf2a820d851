// The words of the language, by table. A new attribute is one row here (and a function that reads its arguments, where
// one line is not enough).
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/lang/arguments.h"
#include "compiler/lang/model.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/tree.h"

namespace cip::lang {

// Where a statement stands: at the top of a file, or in a block.
enum class Place : std::uint8_t {
  file,
  cluster,
  provider,
  clim,
  loopback,
  maintenance,
  interface,
  bond,
  vlan,
  tunnel,
  ipsec
};
inline constexpr std::size_t place_count = 11;
std::string_view describe(Place place);    // "in a CLIM"
std::string_view block_word(Place place);  // the word that opens such a block; "" is the file
// What templates can be for, as they say it, and the place that their statements stand in then.
const std::vector<std::string_view>& template_targets();
std::optional<Place> template_place(std::string_view target);

// What is not known of a block's subject when a statement in it is wrong (model.h, members `..._unknown`).
enum class Fact : std::uint8_t {
  nothing,
  provider,
  lan,
  mtu,
  addresses,
  routes,
  failover,
  lans,
  control,
  interfaces,
  providers,
  clims,
  slaves,
  mode,
  miimon,
  link,
  id,
  local,
  remote,
  auth,
  proposals,
  protections,
  ipsec,  // anything of a connection; a whole one where connections stand
  // What a statement that nobody knows may have been about, by its first argument.
  some_name,
  some_number,
  some_address,
  all
};
inline constexpr std::size_t fact_count = static_cast<std::size_t>(Fact::all) + 1;

// The model while it is built.
struct Building {
  Reading& reading;
  Cluster cluster{};
  std::optional<syntax::Span> cluster_span{};  // of the `cluster` statement's name
};

// A block that is being read, and what it is about.
struct Block {
  Place place;
  Building& building;
  Provider* provider = nullptr;
  Clim* clim = nullptr;
  Interface* interface = nullptr;
  Ipsec* ipsec = nullptr;
  // Read only for the errors inside: the block's subject has no name, or belongs to another block.
  bool discarded = false;
  const syntax::Statement* first = nullptr;                  // of the block
  std::unordered_map<std::string_view, syntax::Span> set{};  // words that may stand once, and where they do
  std::unordered_set<std::string_view> wrong{};              // words whose statement is wrong
  std::bitset<fact_count> forgotten{};                       // what is not known of its subject

  bool knows(Fact fact) const {
    return !forgotten.test(static_cast<std::size_t>(fact)) && !forgotten.test(static_cast<std::size_t>(Fact::all));
  }
};

struct Word {
  enum class Ending : std::uint8_t { semicolon, block, either };

  std::string_view word;
  std::vector<Place> places;
  Ending ending = Ending::semicolon;
  bool once = false;          // a second one is E0004; the others add up
  Fact fact = Fact::nothing;  // what is not known if it is wrong
  void (*read)(Block& block, Arguments& arguments) = nullptr;
  std::vector<std::string_view> keywords{};  // words of the language in its arguments
  bool refused = false;                      // there only to be told why not: nobody suggests it
};

const Word* find_word(Place place, std::string_view word);
// All words of a place that may be used there, for suggestions.
const std::vector<std::string_view>& words_of(Place place);
// The places where the word may be used.
std::vector<Place> places_of(std::string_view word);
const syntax::Vocabulary& vocabulary();

// Marks what is not known any more.
void forget(Block& block, Fact fact);

// Reads all statements of a block by the table. E0001 (form), E0002, E0004.
void read_block(const std::vector<syntax::Statement>& statements, Block& block);
// The same of a part of a block: what a loop, a branch or a template has.
void read_statements(const std::vector<syntax::Statement>& statements, Block& block);

}  // namespace cip::lang
