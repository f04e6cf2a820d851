// What the dumps of iproute2 say: between its files.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/import/import.h"
#include "compiler/import/iproute_documents.h"
#include "compiler/import/settle.h"

namespace cip::importing {

struct IprouteReading {
  const Options& options;
  Specification& specification;
  Clim& clim;
  Warnings warnings{};

  std::set<std::string> without_equivalent{};                        // interfaces, of kinds that the language lacks
  std::map<std::string, std::string> slaves{};                       // and their bonds
  std::vector<std::pair<Interface*, InterfaceAddress>> addresses{};  // that statements give
  std::vector<std::pair<Interface*, std::uint32_t>> tables{};        // that routes of the interface are in

  // The interface, made if it is new; null if it has no equivalent or no name of one.
  Interface* interface(const std::string& name, Place place);
  // A comment on an interface; of a slave on its bond, with a warning (K5); on the CLIM if that is not there.
  void comment(const std::string& interface, Topic topic, const std::string& text, Place place);
  // The same for what was not understood, with a warning and the original.
  void report(const std::string& interface, Topic topic, const std::string& reason, const Element& element);
};

// In this order: links make interfaces, routes and rules want to know their addresses.
void read_links(IprouteReading& reading, const std::vector<Element>& elements);  // with their addresses
void read_routes(IprouteReading& reading, const std::vector<Element>& elements);
void read_rules(IprouteReading& reading, const std::vector<Element>& elements);
void read_neighbors(IprouteReading& reading, const std::vector<Element>& elements);

}  // namespace cip::importing
