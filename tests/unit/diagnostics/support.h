// What the tests of this room share.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"

namespace cip::tests {

// The place of the first `text` in the file.
inline syntax::Span find(const syntax::SourceFile& file, std::string_view text) {
  const std::size_t at = file.bytes().find(text);
  REQUIRE(at != std::string_view::npos);
  return {file.id(), static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + text.size())};
}

inline diagnostics::Finding error_at(const syntax::Span& span, std::string label = {}, std::string message = "wrong") {
  diagnostics::Finding finding;
  finding.code = diagnostics::Code::e0007;
  finding.message = std::move(message);
  finding.primary = {span, std::move(label)};
  return finding;
}

}  // namespace cip::tests
