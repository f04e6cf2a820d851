// `cipc import`: a specification from what another tool prints. Pure: text in, text out.
//
// Whatever is read is in the specification, as a statement or, where there is no equivalent, as a comment at the place
// where it belongs. The compiler has the last word: a statement that it refuses becomes a comment with its reason
// (settle.h). So the result of an import always compiles without an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/result.h"

namespace cip::importing {

// One file.
struct Input {
  std::string name;  // what warnings show
  std::string bytes;
};

struct Options {
  std::string clim;  // whose lines these are where they do not say so; empty: not given
  std::string maintenance = "eth0";
};

struct Imported {
  std::string text;                   // the specification
  std::vector<std::string> warnings;  // "FILE:LINE: ...", for what was not understood or not accepted; in input order
};

// The largest input, all files together, in bytes.
inline constexpr std::size_t size_limit = std::size_t{64} << 20;

// The `add` commands that `climconfig ... -obeyform` prints, of any number of CLIMs. Errors (invalid): no command at
// all, a CLIM without a name, `clim` is no CLIM's name.
Result<Imported> from_climconfig(const std::vector<Input>& inputs, const Options& options);

// The JSON of `ip -j addr`, `ip -d -j link`, `ip -j route`, `ip -j rule`, `ip -j neigh` of one box, in any combination.
// Errors (invalid): not JSON, not that of `ip`, no name for the CLIM.
Result<Imported> from_iproute(const std::vector<Input>& inputs, const Options& options);

// Either, by name ("climconfig", "iproute"), from one input; what fuzzing calls. CLIMs without a name are called n1.
Result<Imported> import_one(std::string_view kind, std::string_view bytes);

}  // namespace cip::importing
