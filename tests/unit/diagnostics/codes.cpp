// The table of codes. That its examples give what they promise is tested where they can be compiled.
#include "compiler/diagnostics/codes.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace cip::diagnostics;

TEST_CASE("every code has one row, found by its name") {
  const auto last = static_cast<std::size_t>(Code::e0403);
  CHECK(all_codes().size() == last + 1);
  std::set<std::string_view> names;
  for (const CodeEntry& row : all_codes()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(&entry(row.code) == &row);
    CHECK(find_code(row.name) == row.code);
    CHECK(row.name.size() == 5);
    CHECK(row.name.starts_with(row.severity == Severity::error ? 'E' : 'W'));
  }
}

TEST_CASE("rows are in the order of their numbers") {
  std::string_view before;
  for (const CodeEntry& row : all_codes()) {
    CHECK(before < row.name.substr(1));
    before = row.name.substr(1);
  }
}

TEST_CASE("every row has its texts, in the style of messages") {
  for (const CodeEntry& row : all_codes()) {
    CAPTURE(row.name);
    REQUIRE_FALSE(row.title.empty());
    CHECK(row.title.back() != '.');
    const bool term = row.title.starts_with("MTU") || row.title.starts_with("IPsec");
    CHECK((term || (row.title[0] >= 'a' && row.title[0] <= 'z')));
    CHECK(row.explanation.size() > 100);
    CHECK(row.explanation.ends_with(".\n"));
    CHECK(row.wrong.ends_with('\n'));
    CHECK(row.right.ends_with('\n'));
    CHECK(row.wrong != row.right);
    std::size_t line_start = 0;
    for (std::size_t i = 0; i < row.explanation.size(); ++i) {
      if (row.explanation[i] != '\n') continue;
      CHECK(i - line_start <= 80);
      line_start = i + 1;
    }
  }
}

TEST_CASE("codes by name") {
  CHECK(find_code("E0205") == Code::e0205);
  CHECK(find_code("e0205") == Code::e0205);
  CHECK(find_code("w0212") == Code::w0212);
  for (const std::string_view text : {"", "E", "0205", "E9999", "E02050"}) CHECK_FALSE(find_code(text));
  CHECK(name(Code::e0007) == "E0007");
  CHECK(severity(Code::w0211) == Severity::warning);
}
