// Statements whose parts come in any order: routes and rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/lang/words.h"

namespace cip::lang {

template <class T>
const Origin& origin_of(const Sourced<T>& part) {
  return part.origin;
}
inline const Origin& origin_of(const Origin& part) {
  return part;
}
template <class T>
const Origin& origin_of(const std::pair<T, Origin>& part) {
  return part.second;
}

// Puts a part in its place, unless there is one already (E0004).
template <class T>
void put(Arguments& arguments, std::optional<T>& place, std::optional<T> part, std::string_view what) {
  if (!part) {
    return;
  }
  if (place) {
    arguments.fail();
    arguments.reading().findings.add(
        {diagnostics::Code::e0004,
         "the " + std::string(what) + " of the " + std::string(arguments.statement().word) + " is set twice",
         {origin_of(*part), "set again here"},
         {{origin_of(*place), "first set here"}}});
    return;
  }
  place = std::move(part);
}

// Reports a word that is no keyword of the statement (E0002), and skips the rest.
void report_unknown_keyword(Block& block, Arguments& arguments, const syntax::Argument& word);

// Reports that two parts of the statement are of different families (E0108).
void report_families(Arguments& arguments, const std::string& part, const Origin& origin, Family family,
                     const std::string& other, const Origin& other_origin, Family other_family);

}  // namespace cip::lang
