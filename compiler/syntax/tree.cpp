#include "compiler/syntax/tree.h"

namespace cip::syntax {

std::optional<std::string> plain_text(const Argument& argument) {
  if (argument.kind != ArgumentKind::string) return std::nullopt;
  std::string text;
  for (const StringPart& part : argument.parts) {
    if (part.expression) return std::nullopt;
    text += part.text;
  }
  return text;
}

}  // namespace cip::syntax
