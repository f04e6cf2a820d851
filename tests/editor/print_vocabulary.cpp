// Prints the words of the language, one a line with what it is: "block clim", "statement mtu", "keyword via", "reserved
// for".
#include <iostream>

#include "compiler/lang/words.h"
#include "compiler/syntax/tokens.h"

int main() {
  for (const auto& form : cip::lang::vocabulary()) {
    std::cout << (form.with_block ? "block " : "statement ") << form.word << "\n";
    for (const auto keyword : form.keywords) {
      std::cout << "keyword " << keyword << "\n";
    }
  }
  for (const auto word : cip::syntax::reserved_words()) {
    std::cout << "reserved " << word << "\n";
  }
  return std::cout.flush() ? 0 : 1;
}
