// Where a value comes from: its place in the text, and the templates and loops that it came through.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/syntax/source.h"

namespace cip::syntax {

// One step of the way from a specification to a piece of its text: a template that is used, an iteration of a loop.
class Expansion {
 public:
  Expansion() = default;
  Expansion(const Expansion&) = delete;
  Expansion& operator=(const Expansion&) = delete;
  virtual ~Expansion() = default;

  virtual Span span() const = 0;               // the `use` or `for`
  virtual std::string text() const = 0;        // "in template edge(id: 3)": lower case, no full stop
  virtual const Expansion* outer() const = 0;  // the step around this one; null: none
  virtual bool is_import() const = 0;          // a template of another file
};

struct Origin {
  Span span;
  // The place in the text as a whole: an imported file stands where its import does, what a template has where it is
  // used. Of two contradicting statements the one with the higher rank is the later.
  std::uint32_t rank = 0;
  const Expansion* expansion = nullptr;  // innermost; null: the text stands for itself
};

}  // namespace cip::syntax
