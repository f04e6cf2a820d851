// A value that is one of the words of an enumeration (state/words.h).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/arguments.h"
#include "state/words.h"

namespace cip::lang {

// Whether the argument is a string whose text is not known, in a check without values.
inline bool is_unknown_text(const Arguments& arguments, const syntax::Argument* argument) {
  return arguments.dry() && argument != nullptr && argument->kind == syntax::ArgumentKind::string &&
         std::any_of(argument->parts.begin(), argument->parts.end(), [](const auto& part) { return part.expression; });
}

// A bare word, or a string. E0002 if it is none of the enumeration's; `what` is what a message calls it: "a bond mode".
template <class Enum>
std::optional<Sourced<Enum>> read_keyword(Arguments& arguments, std::string_view what) {
  const bool unknown = is_unknown_text(arguments, arguments.peek());
  const auto text = arguments.name(what);
  if (!text) {
    return std::nullopt;
  }
  if (unknown) {
    return Sourced<Enum>{cip::words_of<Enum>.front().value, text->origin};
  }
  // Of the kernel's words with a `+`, the language takes only `layer3+4` bare.
  if (const auto* next = arguments.peek(); next != nullptr && next->is_punctuation("+")) {
    arguments.error(diagnostics::Code::e0001, "a word with a `+` is written as a string",
                    syntax::join(text->origin.span, arguments.statement().arguments.back().span), "reads as a sum",
                    "write it in quotes: `\"" + text->value + "+...\"`");
    arguments.skip_all();
    return std::nullopt;
  }
  const auto value = cip::from_word<Enum>(text->value);
  if (!value) {
    std::vector<std::string_view> words;
    words.reserve(cip::words_of<Enum>.size());
    for (const auto& row : cip::words_of<Enum>) {
      words.push_back(row.word);
    }
    const auto meant = diagnostics::suggestion(text->value, words);
    arguments.error(diagnostics::Code::e0002, backticked(text->value) + " is not " + std::string(what),
                    text->origin.span, "unknown here",
                    meant ? "did you mean " + backticked(*meant) + "?" : "it is one of: " + cip::all_words<Enum>());
    return std::nullopt;
  }
  return Sourced<Enum>{*value, text->origin};
}

}  // namespace cip::lang
