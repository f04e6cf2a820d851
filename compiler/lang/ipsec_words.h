// The words of the IPsec enumerations (state/words.h), as swanctl.conf(5) writes them.
#pragma once

#include "compiler/lang/model.h"
#include "state/words.h"

namespace cip {

template <>
inline constexpr std::array words_of<lang::IpsecAuth>{
    EnumWord<lang::IpsecAuth>{lang::IpsecAuth::psk, "psk"},
    EnumWord<lang::IpsecAuth>{lang::IpsecAuth::cert, "cert"},
};

template <>
inline constexpr std::array words_of<lang::IpsecMode>{
    EnumWord<lang::IpsecMode>{lang::IpsecMode::tunnel, "tunnel"},
    EnumWord<lang::IpsecMode>{lang::IpsecMode::transport, "transport"},
};

template <>
inline constexpr std::array words_of<lang::StartAction>{
    EnumWord<lang::StartAction>{lang::StartAction::trap, "trap"},
    EnumWord<lang::StartAction>{lang::StartAction::start, "start"},
    EnumWord<lang::StartAction>{lang::StartAction::none, "none"},
};

}  // namespace cip
