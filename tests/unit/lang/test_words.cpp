// The table of words, and what the parser is told from it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "compiler/lang/words.h"
#include "tests/unit/lang/compile_text.h"

namespace cip::lang {

TEST_CASE("a word is found in its places only") {
  REQUIRE(find_word(Place::interface, "mtu") != nullptr);
  CHECK(find_word(Place::loopback, "mtu") == nullptr);
  CHECK(find_word(Place::file, "provider") != find_word(Place::interface, "provider"));
  CHECK(places_of("mtu") ==
        std::vector<Place>{Place::maintenance, Place::interface, Place::bond, Place::vlan, Place::tunnel});
  CHECK(find_word(Place::bond, "mode") != find_word(Place::ipsec, "mode"));
  CHECK(find_word(Place::bond, "match-mac") == nullptr);
}

TEST_CASE("every word of a place can be read") {
  for (std::size_t i = 0; i < place_count; ++i) {
    const auto place = static_cast<Place>(i);
    CHECK_FALSE(words_of(place).empty());
    for (const auto word : words_of(place)) {
      INFO(word);
      CHECK(find_word(place, word)->read != nullptr);
    }
  }
}

TEST_CASE("a word that is there to say why not is nobody's suggestion") {
  REQUIRE(find_word(Place::tunnel, "failover") != nullptr);
  const auto& words = words_of(Place::tunnel);
  CHECK(std::count(words.begin(), words.end(), "failover") == 0);
  CHECK(places_of("secret").empty());
}

TEST_CASE("the parser knows every word, with all its places and endings") {
  const auto& forms = vocabulary();
  const auto form = [&](std::string_view word) {
    const auto found = std::find_if(forms.begin(), forms.end(), [&](const auto& entry) { return entry.word == word; });
    REQUIRE(found != forms.end());
    return *found;
  };
  CHECK(form("provider").places == std::vector<std::string_view>{"", "interface", "bond", "vlan"});
  CHECK(form("provider").with_semicolon);
  CHECK(form("provider").with_block);
  CHECK_FALSE(form("clim").with_semicolon);
  CHECK(form("clim").with_block);
  CHECK_FALSE(form("route").with_block);
  const auto keywords = form("route").keywords;
  CHECK(std::count(keywords.begin(), keywords.end(), "via") == 1);
  CHECK(form("bond").with_block);
}

TEST_CASE("names may be bare words or strings, values may not be names") {
  CHECK(Compiled("provider blue; clim n1 { interface eth1 { provider \"blue\"; } }").codes().empty());
  CHECK(Compiled("clim n1 { interface eth1 { mtu size; } }").codes() == "E0003");
  CHECK(Compiled("clim n1 { interface eth1 { mtu \"9000\"; } }").codes() == "E0005");
  CHECK(Compiled("clim n1 { interface eth1 { description text; } }").codes() == "E0003");
  CHECK(Compiled("const size = 9000; clim n1 { interface eth1 { mtu size; } }").codes().empty());
  CHECK(Compiled("clim n1 { interface eth1 { mtu (9000 + 1); } }").codes().empty());
}

}  // namespace cip::lang
