// The JSON documents that `ip -j` prints, recognised by what is in them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "compiler/import/import.h"
#include "compiler/import/specification.h"

namespace cip::importing {

enum class DumpKind : std::uint8_t { links, routes, rules, neighbors };

// One object of a dump.
struct Element {
  Place place;  // where its document starts
  nlohmann::json value;
};

struct Dumps {
  std::vector<Element> links;  // of `ip link` and of `ip addr`
  std::vector<Element> routes;
  std::vector<Element> rules;
  std::vector<Element> neighbors;
};

// Errors (invalid): not JSON, nested deeper than 64, not a list of objects that one of the dumps has.
Result<Dumps> read_dumps(const std::vector<Input>& inputs);

// Members of an object, whatever their type is: numbers pass for texts and the other way round; anything else is a
// fault, which counts as absence.
class Fields {
 public:
  explicit Fields(const nlohmann::json& object) : object_(object) {}

  bool has(const char* key) const;     // and is not null
  bool is_set(const char* key) const;  // true, or there as anything but false
  std::string text(const char* key);
  std::uint32_t number(const char* key, std::uint32_t otherwise = 0);
  std::vector<std::string> texts(const char* key);  // a list of texts, such as flags
  const nlohmann::json& object(const char* key);    // an empty one if it is not there
  const nlohmann::json& list(const char* key);      // the same

  const std::string& fault() const { return fault_; }  // the first; empty if none

 private:
  const nlohmann::json* find(const char* key) const;
  void wrong(const char* key, const char* what);

  const nlohmann::json& object_;
  std::string fault_;
};

}  // namespace cip::importing
