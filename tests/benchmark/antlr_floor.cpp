// The floor for the compiler: what ANTLR's own parse of a file takes, with its tree and nothing else.
//   antlr_floor FILE    prints seconds; the caller measures memory
#include <antlr4-runtime.h>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

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
  const auto begin = std::chrono::steady_clock::now();
  antlr4::ANTLRInputStream input(file);
  cip::grammar::CipLexer lexer(&input);
  antlr4::CommonTokenStream tokens(&lexer);
  cip::grammar::CipParser parser(&tokens);
  parser.file();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  std::printf("%.3f\n", taken.count());
  return parser.getNumberOfSyntaxErrors() == 0 ? 0 : 1;
}
