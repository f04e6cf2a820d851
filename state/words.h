// The words of the enumerations, as the kernel, swanctl.conf and iproute2 write them: one table for the language, for
// the state tree and for messages. An enumeration of another room gets its words by a specialisation of words_of.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "state/objects.h"

namespace cip {

template <class Enum>
struct EnumWord {
  Enum value;
  std::string_view word;
};

// Every value of the enumeration once, the default first.
template <class Enum>
inline constexpr std::array<EnumWord<Enum>, 0> words_of{};

// rtnetlink(7), ip-route(8).
template <>
inline constexpr std::array words_of<RouteType>{
    EnumWord<RouteType>{RouteType::unicast, "unicast"},
    EnumWord<RouteType>{RouteType::blackhole, "blackhole"},
    EnumWord<RouteType>{RouteType::unreachable, "unreachable"},
    EnumWord<RouteType>{RouteType::prohibit, "prohibit"},
    EnumWord<RouteType>{RouteType::throw_, "throw"},
};

// docs/domain.md, Interface kinds.
template <>
inline constexpr std::array words_of<InterfaceKind>{
    EnumWord<InterfaceKind>{InterfaceKind::loopback, "loopback"},
    EnumWord<InterfaceKind>{InterfaceKind::maintenance, "maintenance"},
    EnumWord<InterfaceKind>{InterfaceKind::physical, "physical"},
    EnumWord<InterfaceKind>{InterfaceKind::bond, "bond"},
    EnumWord<InterfaceKind>{InterfaceKind::vlan, "vlan"},
    EnumWord<InterfaceKind>{InterfaceKind::tunnel, "tunnel"},
};

// The rest: drivers/net/bonding/bond_options.c and Documentation/networking/bonding.rst.
template <>
inline constexpr std::array words_of<BondMode>{
    EnumWord<BondMode>{BondMode::balance_rr, "balance-rr"},
    EnumWord<BondMode>{BondMode::active_backup, "active-backup"},
    EnumWord<BondMode>{BondMode::balance_xor, "balance-xor"},
    EnumWord<BondMode>{BondMode::broadcast, "broadcast"},
    EnumWord<BondMode>{BondMode::ieee_802_3ad, "802.3ad"},
    EnumWord<BondMode>{BondMode::balance_tlb, "balance-tlb"},
    EnumWord<BondMode>{BondMode::balance_alb, "balance-alb"},
};

template <>
inline constexpr std::array words_of<PrimaryReselect>{
    EnumWord<PrimaryReselect>{PrimaryReselect::always, "always"},
    EnumWord<PrimaryReselect>{PrimaryReselect::better, "better"},
    EnumWord<PrimaryReselect>{PrimaryReselect::failure, "failure"},
};

template <>
inline constexpr std::array words_of<LacpRate>{
    EnumWord<LacpRate>{LacpRate::slow, "slow"},
    EnumWord<LacpRate>{LacpRate::fast, "fast"},
};

template <>
inline constexpr std::array words_of<HashPolicy>{
    EnumWord<HashPolicy>{HashPolicy::layer2, "layer2"},
    EnumWord<HashPolicy>{HashPolicy::layer2_3, "layer2+3"},
    EnumWord<HashPolicy>{HashPolicy::layer3_4, "layer3+4"},
    EnumWord<HashPolicy>{HashPolicy::encap2_3, "encap2+3"},
    EnumWord<HashPolicy>{HashPolicy::encap3_4, "encap3+4"},
    EnumWord<HashPolicy>{HashPolicy::vlan_srcmac, "vlan+srcmac"},
};

// How the value is written.
template <class Enum>
constexpr std::string_view word(Enum value) {
  static_assert(!words_of<Enum>.empty(), "the enumeration has no words");
  for (const auto& row : words_of<Enum>) {
    if (row.value == value) {
      return row.word;
    }
  }
  return {};
}

template <class Enum>
constexpr std::optional<Enum> from_word(std::string_view text) {
  static_assert(!words_of<Enum>.empty(), "the enumeration has no words");
  for (const auto& row : words_of<Enum>) {
    if (row.word == text) {
      return row.value;
    }
  }
  return std::nullopt;
}

// For a message: "slow, fast".
template <class Enum>
std::string all_words() {
  std::string list;
  for (const auto& row : words_of<Enum>) {
    list += (list.empty() ? "" : ", ") + std::string(row.word);
  }
  return list;
}

// K6: whether the kernel has a primary slave in this mode.
constexpr bool has_primary(BondMode mode) {
  return mode == BondMode::active_backup || mode == BondMode::balance_tlb || mode == BondMode::balance_alb;
}

}  // namespace cip
