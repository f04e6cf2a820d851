#include "compiler/diagnostics/suggest.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>

using namespace cip::diagnostics;

TEST_CASE("edit distance") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "ab") == 1);
  CHECK(edit_distance("abc", "axc") == 1);
  CHECK(edit_distance("abc", "acb") == 1);  // neighbours swapped
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ca", "abc") == 3);  // optimal string alignment: no edit between the swapped
}

TEST_CASE("did you mean") {
  constexpr std::array<std::string_view, 6> words = {"address", "mtu", "provider", "route", "lan", "red"};
  CHECK(suggestion("adress", words) == "address");
  CHECK(suggestion("mtuu", words) == "mtu");
  CHECK(suggestion("tmu", words) == "mtu");
  CHECK(suggestion("Provider", words) == "provider");
  CHECK(suggestion("ROUTE", words) == "route");
  CHECK(suggestion("proivder", words) == "provider");
  CHECK_FALSE(suggestion("gateway", words));
  CHECK_FALSE(suggestion("x", words));
  CHECK_FALSE(suggestion("", words));
  CHECK_FALSE(suggestion(std::string(100'000, 'a'), words));
  CHECK_FALSE(suggestion("adress", {}));
}

TEST_CASE("of equally near words it is the first") {
  constexpr std::array<std::string_view, 2> words = {"eth1", "eth2"};
  CHECK(suggestion("eth3", words) == "eth1");
}
