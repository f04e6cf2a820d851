// source-map.json: where in the specification the objects of a CLIM come from.
//
//   { "format": 1, "objects": { "home/eth1.json": "pair.cip:20:13",
//                               "home/eth1.json#/addresses/0": "pair.cip:23:13", ... } }
//
// A key is a file of the CLIM's directory, and in it a JSON pointer (RFC 6901) to the object; a value is
// file:line:column.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "compiler/lang/model.h"
#include "compiler/syntax/source.h"

namespace cip::output {

class SourceMap {
 public:
  explicit SourceMap(const syntax::Sources& sources);

  // The interface, described by `file` ("home/eth1.json"), and what it has. `failover` may be null.
  void add(const std::string& file, const lang::Interface& interface, const lang::FailoverStatement* failover);
  void add_clim(const lang::Clim& clim);
  // As JSON; starts again with nothing.
  std::string take();

 private:
  void put(const std::string& key, const lang::Origin& origin);
  std::string place(const lang::Origin& origin) const;

  const syntax::Sources& sources_;
  std::filesystem::path root_;
  std::map<std::string, std::string> places_;
};

}  // namespace cip::output
