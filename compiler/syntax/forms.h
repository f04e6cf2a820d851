// The vocabulary as the parser asks for it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "compiler/syntax/parse.h"

namespace cip::syntax {

// The block that a statement stands in, by its word; "" is the file. Nothing: unknown, everything may stand there.
using Place = std::optional<std::string_view>;

class Forms {
 public:
  explicit Forms(const Vocabulary& vocabulary);

  bool known(std::string_view word) const { return forms_.contains(word); }
  bool needs_block(std::string_view word) const;  // known, and never ends with `;`
  bool may_have_block(std::string_view word) const;
  // Whether `keyword` may stand among the arguments of `word`.
  bool has_keyword(std::string_view word, std::string_view keyword) const;
  bool is_keyword(std::string_view word) const { return keywords_.contains(word); }  // of any statement
  // Whether the statement may stand there; unknown ones may stand anywhere.
  bool allowed(std::string_view word, const Place& place) const;
  // Whether `word` means that the word behind it still belongs to the statement: an operator, `as`, `for`, ...
  static bool binds(std::string_view word);

 private:
  struct Form {
    std::set<std::string_view> places;
    std::set<std::string_view> keywords;
    bool anywhere = false;
    bool with_semicolon = false;
    bool with_block = false;
  };
  void add_builtin(std::string_view word, bool anywhere, bool block, std::set<std::string_view> keywords);

  std::map<std::string_view, Form> forms_;
  std::set<std::string_view> keywords_;
};

}  // namespace cip::syntax
