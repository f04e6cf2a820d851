// source-map.json: where in the specification the objects of a CLIM come from.
//
//   { "format": 1, "objects": { "home/eth1.json": "pair.cip:20:13",
//                               "home/eth1.json#/addresses/0": "pair.cip:23:13", ... } }
//
// A key is a file of the CLIM's directory, and in it a JSON pointer (RFC 6901) to the object; in ipsec/swanctl.conf the
// pointer leads through sections (#/connections/partner/children/partner-1). A value is the place of the statement,
// file:line:column. A statement in a template or loop has " via " and the place of the outermost `use` or `for` behind
// it, so that the objects of one template can be told apart: "edge.cip:5:7 via site.cip:12:3".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/lang/model.h"
#include "compiler/output/home.h"
#include "compiler/syntax/source.h"

namespace cip::output {

class SourceMap {
 public:
  explicit SourceMap(const syntax::Sources& sources);

  // The home interface that `file` ("home/eth1.json") describes, and what it has.
  void add(const std::string& file, const Home& home);
  void add_clim(const lang::Clim& clim, const lang::Cluster& cluster);
  void add_ipsec(const lang::Ipsec& ipsec);
  // As JSON; starts again with nothing.
  std::string take();

 private:
  void put(const std::string& key, const lang::Origin& origin);
  // At `key`/`part`, if it is set; at `key`/`part`/0 and so on.
  template <class Sourced>
  void put_part(const std::string& key, const char* part, const std::optional<Sourced>& sourced);
  template <class T>
  void put_list(const std::string& key, const char* part, const std::vector<T>& list);
  void put_bond(const std::string& key, const Home& home);
  void put_tunnel(const std::string& key, const lang::Interface& tunnel);
  std::string place(const lang::Origin& origin) const;
  std::string place(const syntax::Span& span) const;

  const syntax::Sources& sources_;
  std::vector<std::string> paths_;  // of the sources, as they are shown
  nlohmann::json objects_ = nlohmann::json::object();
};

}  // namespace cip::output
