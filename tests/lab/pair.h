// The cluster that most lab tests use: n1 and n2 of examples/pair, with their own short times, and words to ask about
// it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/lab/lab.h"

namespace cip::lab {

// The addresses of the three home interfaces, without prefix length.
inline const std::vector<std::string> n1_eth1{"10.1.0.1", "2001:db8:1::1"};
inline const std::vector<std::string> n2_eth1{"10.1.0.2", "2001:db8:1::2"};
inline const std::vector<std::string> n1_eth2{"10.2.0.1", "2001:db8:2::1"};

// Times that keep the tests short where the default times do not matter. Those of an operator are written after them.
inline const std::string short_times =
    "heartbeat 50ms; dead 300ms; probe 60ms; link-pulse 200ms; settle 300ms; startup-wait 1s; retry 2s; fence 5s;";

// n1.eth1 <-> n2.eth1 on blue, n1.eth2 -> n2.eth2 on green. `in_n1_eth1` is added to that interface.
std::string pair_specification(const std::string& in_n1_eth1 = "", const std::string& times = short_times,
                               Control control = Control::one_lan);

class Pair {
 public:
  enum class Begin { stopped, serving };

  // serving: both daemons run, every resource is at home and a remote host reaches it, and each side knows of the
  // other.
  explicit Pair(Begin begin = Begin::serving, const std::string& specification = pair_specification(),
                Control control = Control::one_lan);

  Lab lab;
  Clim& n1;
  Clim& n2;

  // Whether each of the addresses is on that port ("n1.eth1") and on no other.
  bool all_at(const std::vector<std::string>& addresses, const std::string& port) const;
  // Whether everything is at home.
  bool at_home() const;

  // `cipctl status --format json`: the row of a home interface; throws if there is no answer or no such row.
  static nlohmann::json status(const Clim& clim, const std::string& home);
  // A text of that row: "placement", "state", "location", "flags"; empty if there is no answer.
  static std::string shown(const Clim& clim, const std::string& home, const std::string& key);
  // Whether `cipctl events` has a line with all these texts.
  static bool has_event(const Clim& clim, const std::vector<std::string>& texts);
};

// CHECK or REQUIRE that something comes true within a time. If it does not, the report of the lab is in the output.
#define CIP_EVENTUALLY_(ASSERTION, LAB, WITHIN, ...)                                      \
  do {                                                                                    \
    const bool came_true = ::cip::lab::wait_until(WITHIN, [&] { return (__VA_ARGS__); }); \
    if (!came_true) UNSCOPED_INFO("waited for: " #__VA_ARGS__ "\n" << (LAB).report());    \
    ASSERTION(came_true);                                                                 \
  } while (false)
#define CHECK_EVENTUALLY(LAB, WITHIN, ...) CIP_EVENTUALLY_(CHECK, LAB, WITHIN, __VA_ARGS__)
#define REQUIRE_EVENTUALLY(LAB, WITHIN, ...) CIP_EVENTUALLY_(REQUIRE, LAB, WITHIN, __VA_ARGS__)

// CHECK that something holds for the whole of a time.
#define CHECK_STAYS(LAB, DURING, ...)                                                      \
  do {                                                                                     \
    const bool stayed_true = ::cip::lab::stays(DURING, [&] { return (__VA_ARGS__); });     \
    if (!stayed_true) UNSCOPED_INFO("did not stay: " #__VA_ARGS__ "\n" << (LAB).report()); \
    CHECK(stayed_true);                                                                    \
  } while (false)

// CHECK that no address was on two ports of one LAN, nor answered by two, for longer than `tolerance` since then.
#define CHECK_NO_OVERLAP(LAB, SINCE, TOLERANCE)                                                                       \
  do {                                                                                                                \
    const auto overlap = (LAB).worst_overlap(SINCE);                                                                  \
    if (overlap) {                                                                                                    \
      INFO(overlap->address << " was on " << overlap->first << " and " << overlap->second << "\n" << (LAB).report()); \
      CHECK(overlap->length.count() <= ::cip::lab::Duration(TOLERANCE).count());                                      \
    } else {                                                                                                          \
      CHECK_FALSE(overlap);                                                                                           \
    }                                                                                                                 \
  } while (false)

// CHECK that also no address was without an answer for longer than a move takes. With short_times nothing that a move
// waits for (link pulse, dead, settle) is longer than 300 ms; the rest is for two processors that others use, too.
inline constexpr Duration longest_move = 300ms + 2s;
#define CHECK_SERVED(LAB, SINCE, TOLERANCE)                                                   \
  do {                                                                                        \
    CHECK_NO_OVERLAP(LAB, SINCE, TOLERANCE);                                                  \
    const auto [silence, address] = (LAB).worst_silence(SINCE);                               \
    if (silence > ::cip::lab::longest_move) UNSCOPED_INFO(address << "\n" << (LAB).report()); \
    CHECK(silence.count() <= ::cip::lab::longest_move.count());                               \
  } while (false)

// CHECK that the test cases of this program that have the tag pass, so many at a time, each in a process of its own.
#define CHECK_CASES(TAG, AT_A_TIME, WITHIN)                              \
  do {                                                                   \
    const auto outcomes = ::cip::lab::run_cases(TAG, AT_A_TIME, WITHIN); \
    REQUIRE_FALSE(outcomes.empty());                                     \
    for (const auto& [name, outcome] : outcomes) {                       \
      INFO(name << "\n" << outcome.out << outcome.err);                  \
      CHECK(outcome.status == 0);                                        \
    }                                                                    \
  } while (false)

}  // namespace cip::lab
