#include "compiler/output/source_map.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "state/json.h"

namespace cip::output {

SourceMap::SourceMap(const syntax::Sources& sources) : sources_(sources) {
  if (sources.size() != 0) {
    root_ = std::filesystem::path(sources[syntax::SourceId{0}].path()).parent_path().lexically_normal();
  }
  if (root_.empty()) {
    root_ = ".";
  }
}

void SourceMap::add(const std::string& file, const lang::Interface& interface,
                    const lang::FailoverStatement* failover) {
  put(file, interface.origin);
  const auto add_part = [&](const char* part, const auto& sourced) {
    if (sourced) {
      put(file + "#/" + part, sourced->origin);
    }
  };
  add_part("provider", interface.provider);
  add_part("lan", interface.lan);
  add_part("mtu", interface.mtu);
  add_part("description", interface.description);
  const auto add_list = [&](const char* part, const auto& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      put(file + "#/" + part + "/" + std::to_string(i), list[i].origin);
    }
  };
  add_list("addresses", interface.addresses);
  add_list("routes", interface.routes);
  add_list("neighbors", interface.neighbors);
  if (failover != nullptr) {
    put(file + "#/failover", failover->origin);
  }
}

void SourceMap::add_clim(const lang::Clim& clim) {
  put("clim.json", clim.origin);
  for (std::size_t i = 0; i < clim.control.size(); ++i) {
    put("clim.json#/control/" + std::to_string(i), clim.control[i].origin);
  }
}

std::string SourceMap::take() {
  nlohmann::json json;
  json["format"] = state_format;
  json["objects"] = std::exchange(places_, {});
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void SourceMap::put(const std::string& key, const lang::Origin& origin) {
  places_.emplace(key, place(origin));
}

std::string SourceMap::place(const lang::Origin& origin) const {
  const auto& file = sources_[origin.span.source];
  const std::filesystem::path path(file.path());
  auto shown = path.lexically_normal().lexically_relative(root_);
  if (shown.empty()) {
    shown = path.filename();  // cannot be told from the first file's directory
  }
  const auto position = file.position(origin.span.begin);
  return shown.generic_string() + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

}  // namespace cip::output
