// The floor for the compiler: what ANTLR's own parse of a file takes, with its tree and nothing else.
//   antlr_floor FILE    prints nothing; compiler_figures.py measures it
#include <antlr4-runtime.h>
#include <cstdio>
#include <fstream>

#include "CipLexer.h"
#include "CipParser.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: antlr_floor FILE\n", stderr);
    return 2;
  }
  std::ifstream file(argv[1]);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", argv[1]);
    return 1;
  }
  antlr4::ANTLRInputStream input(file);
  cip::grammar::CipLexer lexer(&input);
  antlr4::CommonTokenStream tokens(&lexer);
  cip::grammar::CipParser parser(&tokens);
  parser.file();
  return parser.getNumberOfSyntaxErrors() == 0 ? 0 : 1;
}
