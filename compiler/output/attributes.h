// What a specification says, as a list: each attribute with its value as the language writes it, and where it stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lang/index.h"
#include "compiler/lang/model.h"

namespace cip::output {

// Another place that belongs to an attribute: the declaration of the provider that it names.
struct Related {
  lang::Origin origin;
  std::string text;  // "provider blue is declared here"
};

struct Attribute {
  std::string word;                    // "mtu"
  bool list = false;                   // may be there several times
  std::string value;                   // "9000"; empty: nothing is set, and there is no default
  std::vector<std::string> keys;       // of one of a list: what tells it from the others: "10.9.0.0/16"
  std::optional<lang::Origin> origin;  // nothing: the value is the default
  std::string_view remark;             // on a default: "unchanged, taken as 1500"
  std::vector<Related> related;
};

// In the order of the language's words; attributes that are not set are there if they have a default.
std::vector<Attribute> attributes(const lang::Interface& interface, const lang::Cluster& cluster);
std::vector<Attribute> attributes(const lang::Clim& clim);  // without its interfaces
std::vector<Attribute> attributes(const lang::Provider& provider);
// The times of the cluster.
std::vector<Attribute> attributes(const lang::Cluster& cluster, const lang::Index& index);

}  // namespace cip::output
