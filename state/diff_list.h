// What the parts of diff share: how changes are put down, and which elements of two lists belong together.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "state/diff.h"

namespace cip {

inline Effect hitless(std::string reason) {
  return {Impact::hitless, std::move(reason)};
}
inline Effect interrupts(std::string reason) {
  return {Impact::interrupts, std::move(reason)};
}
inline Effect unprotected(std::string reason) {
  return {Impact::unprotected, std::move(reason)};
}

// Two lists whose order has no meaning.
struct Pairing {
  std::vector<std::size_t> removed;                          // indices into the old list
  std::vector<std::pair<std::size_t, std::size_t>> changed;  // old, new: the same thing, different
  std::vector<std::size_t> added;                            // into the new one
};

class Pairer {
 public:
  Pairer(std::size_t before, std::size_t after) : old_left_(before), new_left_(after) {
    for (std::size_t i = 0; i < before; ++i) old_left_[i] = i;
    for (std::size_t i = 0; i < after; ++i) new_left_[i] = i;
  }

  // Pairs what is left by a key, equals in their order. `old_key` and `new_key` take an index. Returns the pairs.
  template <class OldKey, class NewKey>
  std::vector<std::pair<std::size_t, std::size_t>> pair(const OldKey& old_key, const NewKey& new_key) {
    std::multimap<decltype(old_key(0)), std::size_t> waiting;
    for (const auto i : old_left_) waiting.emplace(old_key(i), i);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::vector<std::size_t> unpaired;
    for (const auto i : new_left_) {
      const auto wanted = new_key(i);
      const auto found = waiting.lower_bound(wanted);  // the first of equals
      if (found == waiting.end() || found->first != wanted) {
        unpaired.push_back(i);
        continue;
      }
      pairs.emplace_back(found->second, i);
      waiting.erase(found);
    }
    new_left_ = std::move(unpaired);
    std::vector<bool> still(old_left_.empty() ? 0 : old_left_.back() + 1, false);
    for (const auto& [key, i] : waiting) still[i] = true;
    std::erase_if(old_left_, [&](std::size_t i) { return !still[i]; });
    return pairs;
  }
  const std::vector<std::size_t>& old_left() const { return old_left_; }
  const std::vector<std::size_t>& new_left() const { return new_left_; }

 private:
  std::vector<std::size_t> old_left_;  // ascending
  std::vector<std::size_t> new_left_;
};

// Equal elements belong together, then those with the same key, the first key first. An element without its pair is
// removed or added.
template <class T, class... Keys>
Pairing pair(const std::vector<T>& before, const std::vector<T>& after, const Keys&... keys) {
  Pairing result;
  Pairer pairer(before.size(), after.size());
  const auto by = [&](const auto& key) {
    return pairer.pair([&](std::size_t i) { return key(before[i]); }, [&](std::size_t i) { return key(after[i]); });
  };
  by([](const T& value) { return value; });
  const auto changed = [&](const auto& key) {
    const auto pairs = by(key);
    result.changed.insert(result.changed.end(), pairs.begin(), pairs.end());
  };
  (changed(keys), ...);
  result.removed = pairer.old_left();
  result.added = pairer.new_left();
  return result;
}

// Where changes are put down, in the order in which they are found.
class ChangeList {
 public:
  // A part of the object: what it is called, and where in the file ("/tunnels/0" before and after).
  struct Part {
    std::string name;
    std::string old_place;
    std::string new_place;
  };

  // An attribute that is there once, if it differs. `place` is below the part's: "/mtu".
  void attribute(const Part& part, const char* attribute, const std::string& place, std::optional<std::string> before,
                 std::optional<std::string> after, Effect effect) {
    if (before == after) return;
    auto old_place = before ? part.old_place + place : std::string();
    auto new_place = after ? part.new_place + place : std::string();
    changes_.push_back({part.name,
                        attribute,
                        std::move(before),
                        std::move(after),
                        std::move(old_place),
                        std::move(new_place),
                        {std::move(effect)}});
  }

  // Elements of a list, `place` is the list's. `text` gives an element as the language writes it; `effect` takes the
  // element before and after, null: not there.
  template <class T, class Text, class EffectOf>
  void elements(const Part& part, const char* attribute, const std::string& place, const std::vector<T>& before,
                const std::vector<T>& after, const Pairing& pairing, const Text& text, const EffectOf& effect) {
    const auto old_place = [&](std::size_t i) { return part.old_place + place + "/" + std::to_string(i); };
    const auto new_place = [&](std::size_t i) { return part.new_place + place + "/" + std::to_string(i); };
    for (const auto i : pairing.removed) {
      changes_.push_back({part.name, attribute, text(before[i]), {}, old_place(i), {}, {effect(&before[i], nullptr)}});
    }
    for (const auto& [i, j] : pairing.changed) {
      changes_.push_back({part.name,
                          attribute,
                          text(before[i]),
                          text(after[j]),
                          old_place(i),
                          new_place(j),
                          {effect(&before[i], &after[j])}});
    }
    for (const auto i : pairing.added) {
      changes_.push_back({part.name, attribute, {}, text(after[i]), {}, new_place(i), {effect(nullptr, &after[i])}});
    }
  }

  std::vector<Change>& all() { return changes_; }
  std::vector<Change> take() { return std::move(changes_); }

 private:
  std::vector<Change> changes_;
};

inline constexpr auto other_device =
    "another device may have the name from then on: what it carries and what the old one carried stops";

void compare_bond(ChangeList& changes, const std::optional<Bond>& before, const std::optional<Bond>& after);
// Routes of an interface or a tunnel.
void compare_routes(ChangeList& changes, const ChangeList::Part& part, const std::vector<Route>& before,
                    const std::vector<Route>& after);
// Addresses of an interface or a tunnel, with what happens to the primaries of their networks.
void compare_addresses(ChangeList& changes, const ChangeList::Part& part, const std::vector<InterfaceAddress>& before,
                       const std::vector<InterfaceAddress>& after);

}  // namespace cip
