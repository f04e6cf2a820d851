// The grammar's rule for a whole file is for readers; the compiler pairs braces itself. Both must see the same
// statements.
#include <CipLexer.h>
#include <CipParser.h>
#include <algorithm>
#include <antlr4-runtime.h>
#include <catch2/catch.hpp>

#include "tests/unit/syntax/parsing.h"

using cip::grammar::CipLexer;
using cip::grammar::CipParser;
using namespace cip::syntax;
using namespace cip::syntax::testing;

namespace {

// Both trees as the words of the statements with their blocks.
std::string words(const std::vector<CipParser::StatementContext*>& statements) {
  std::string text;
  for (CipParser::StatementContext* statement : statements) {
    text += statement->head()->WORD()->getText();
    text += "/" + std::to_string(statement->head()->item().size());
    text += statement->block() != nullptr ? "{" + words(statement->block()->statement()) + "}" : ";";
  }
  return text;
}

std::string words(const std::vector<Statement>& statements) {
  std::string text;
  for (const Statement& statement : statements) {
    text += statement.word;
    text += "/" + std::to_string(statement.arguments.size());
    text += statement.has_block ? "{" + words(statement.block) + "}" : ";";
  }
  return text;
}

}  // namespace

TEST_CASE("the grammar and the compiler read the same statements") {
  std::size_t compared = 0;
  for (const std::string& name : data_files()) {
    CAPTURE(name);
    const Parsed parsed(read_data(name));
    antlr4::ANTLRInputStream input(std::string(parsed.file.bytes()));
    CipLexer lexer(&input);
    antlr4::CommonTokenStream tokens(&lexer);
    CipParser parser(&tokens);
    parser.removeErrorListeners();
    CipParser::FileContext* file = parser.file();
    const auto syntax_errors = parsed.findings();
    const bool accepted = std::none_of(syntax_errors.begin(), syntax_errors.end(), [](const std::string& finding) {
      return finding.find("E0001") != std::string::npos;
    });
    if (!accepted) continue;  // the compiler may see more: a missing `;` on one line with the next statement
    CHECK(parser.getNumberOfSyntaxErrors() == 0);
    CHECK(words(file->statement()) == words(parsed.tree.statements));
    ++compared;
  }
  CHECK(compared == 7);
}
