// The tree of a specification. It is permissive: a statement is a word, its arguments, and `;` or a block. Which words
// exist, where, and with which arguments is for compiler/lang to say, by table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/source.h"

namespace cip::syntax {

// What a piece of an argument list looks like; literals of these kinds are well formed and in range as such (an octet
// is at most 255, an integer fits 64 bits): parse the `text` with state/address.h or values.h without expecting a
// failure.
enum class ArgumentKind : std::uint8_t {
  word,       // a name without dots: eth1, link-pulse, 802.3ad, layer3+4; also the reserved words and, in, true, ...
  reference,  // names with dots between: n1.eth1, n1.eth2.100, bond.active_backup, and a bare eth2.100
  integer,    // decimal, at most 2^63 - 1; a sign is punctuation
  duration,   // an integer and ms, s, m or h
  ip,         // IPv4 or IPv6 address
  network,    // address/length: an ifaddr; a prefix too, if its host bits are zero
  mac,
  string,       // see `parts`
  punctuation,  // , : = -> <-> .. + - * / % == != < <= > >=
  call,         // name(...): `text` is the name, without the parenthesis; the inside is in `items`
  group,        // (...)
  list,         // [...]
  malformed,    // looks like a literal and is none; E0007 has been reported: say nothing more about it
};

struct StringPart;

struct Argument {
  ArgumentKind kind = ArgumentKind::word;
  Span span;
  std::string_view text;          // as in the source; a string with its quotes
  std::vector<Argument> items;    // of call, group, list: what stands inside, commas included
  std::vector<StringPart> parts;  // of a string; an empty string has none

  bool is(ArgumentKind wanted, std::string_view wanted_text) const { return kind == wanted && text == wanted_text; }
  bool is_punctuation(std::string_view wanted) const { return is(ArgumentKind::punctuation, wanted); }
};

struct StringPart {
  bool expression = false;           // "{...}": text is the source of the expression, without the braces
  std::string text;                  // otherwise unescaped
  Span span;                         // of this part in the source
  std::vector<Argument> items = {};  // of an expression
};

// The unescaped text of a string without `{expr}`; nothing for a string that has one, or for another kind.
std::optional<std::string> plain_text(const Argument& argument);

struct Statement {
  std::string_view word;
  Span word_span;
  std::vector<Argument> arguments;
  bool has_block = false;
  std::vector<Statement> block;
  Span head;            // from the word to the last argument: what a finding about the statement underlines
  Span span;            // from the word to the `;` or `}`
  bool broken = false;  // a syntax error or malformed literal in its head has been reported: what it has can be used,
                        // but what it lacks is no news. Statements in its block have flags of their own
  bool block_broken = false;  // something in its block, or its end, could not be read: statements may be missing there
};

struct Tree {
  SourceId source{};
  std::vector<Statement> statements;
  bool broken = false;  // something at the top level could not be read at all: declarations may be missing
};

}  // namespace cip::syntax
