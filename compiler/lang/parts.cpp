#include "compiler/lang/parts.h"

#include "compiler/diagnostics/suggest.h"

namespace cip::lang {

using diagnostics::Code;

void report_unknown_keyword(Block& block, Arguments& arguments, const syntax::Argument& word) {
  const Word& row = *find_word(block.place, arguments.statement().word);
  const auto meant = diagnostics::suggestion(word.text, row.keywords);
  arguments.error(Code::e0002, "unknown keyword " + backticked(word.text) + " in " + backticked(row.word), word.span,
                  "unknown here", meant ? "did you mean " + backticked(*meant) + "?" : "");
  arguments.skip_all();
}

void report_families(Arguments& arguments, const std::string& part, const Origin& origin, Family family,
                     const std::string& other, const Origin& other_origin, Family other_family) {
  arguments.fail();
  arguments.reading().findings.add(
      {Code::e0108,
       part + " and " + other + " of the " + std::string(arguments.statement().word) + " are of different families",
       {origin, "this is " + std::string(name(family)) + " ..."},
       {{other_origin, "... and this is " + std::string(name(other_family))}}});
}

}  // namespace cip::lang
