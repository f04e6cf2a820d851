// Objects as the language writes them (docs/language.md): "10.9.0.0/16 via 10.1.0.253 metric 20". For what is shown to
// people; defaults are left out.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "state/objects.h"

namespace cip {

std::string statement(const Route& route);                       // without the word `route`, likewise below
std::string statement(const Rule& rule);                         // "from 10.1.0.0/16 priority 1000 table 100"
std::string statement(const Neighbor& neighbor);                 // "10.1.0.253 at 02:00:00:00:00:fd"
std::string statement(std::chrono::milliseconds time);           // "300ms", "2s"
std::string statement(const std::vector<IpAddress>& addresses);  // "192.168.100.1, 192.168.101.1"
std::string string_literal(std::string_view text);               // a string literal

}  // namespace cip
