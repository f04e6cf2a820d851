#include "state/words.h"

#include <catch2/catch.hpp>

using namespace cip;

namespace {

// Every word leads back to its value, and the table has them in the order of the enumeration, none left out.
template <class Enum>
void check_table(std::size_t values) {
  CHECK(words_of<Enum>.size() == values);
  for (std::size_t i = 0; i < words_of<Enum>.size(); ++i) {
    const auto value = static_cast<Enum>(i);
    CHECK(words_of<Enum>.at(i).value == value);
    CHECK(from_word<Enum>(word(value)) == value);
  }
}

}  // namespace

TEST_CASE("every value of an enumeration has one word") {
  check_table<RouteType>(5);
  check_table<InterfaceKind>(6);
  check_table<BondMode>(7);
  check_table<PrimaryReselect>(3);
  check_table<LacpRate>(2);
  check_table<HashPolicy>(6);
}

TEST_CASE("the words of bonds are the kernel's") {
  CHECK(all_words<BondMode>() ==
        "balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb");
  CHECK(all_words<HashPolicy>() == "layer2, layer2+3, layer3+4, encap2+3, encap3+4, vlan+srcmac");
  CHECK(all_words<PrimaryReselect>() == "always, better, failure");
  CHECK(all_words<LacpRate>() == "slow, fast");
  CHECK_FALSE(from_word<BondMode>("active_backup"));
  CHECK_FALSE(from_word<BondMode>(""));
}

TEST_CASE("three modes have a primary slave") {
  std::string modes;
  for (const auto& row : words_of<BondMode>) {
    modes += has_primary(row.value) ? std::string(row.word) + " " : "";
  }
  CHECK(modes == "active-backup balance-tlb balance-alb ");
}
