// `cipc diff` for programs; state/schemas/diff.schema.json describes it.
#include <nlohmann/json.hpp>

#include "compiler/output/diff_report.h"

namespace cip::output {
namespace {

using Json = nlohmann::json;

constexpr unsigned diff_format = 1;

Json to_json(const DiffRow& row) {
  Json json;
  if (!row.clim.empty()) json["clim"] = row.clim.str();
  if (!row.interface.empty()) json["interface"] = row.interface.str();
  if (!row.change.part.empty()) json["part"] = row.change.part;
  json["attribute"] = row.change.attribute;
  json["kind"] = name(row.change.kind());
  if (row.change.before) json["before"] = *row.change.before;
  if (row.change.after) json["after"] = *row.change.after;
  for (const auto& effect : row.change.effects) {
    json["effects"].push_back({{"class", key(effect.impact)}, {"reason", effect.reason}});
  }
  if (row.place) {
    json["source"] = {{"side", row.place->in_old ? "old" : "new"},
                      {"file", row.place->file},
                      {"line", row.place->line},
                      {"column", row.place->column}};
  }
  return json;
}

}  // namespace

std::string diff_json(const DiffReport& report) {
  Json json;
  json["format"] = diff_format;
  json["old"] = report.old_name;
  json["new"] = report.new_name;
  json["summary"] = {{"changes", report.rows.size()}, {"clims", report.clims}, {"interfaces", report.interfaces}};
  for (std::size_t i = 0; i < impact_count; ++i) {
    json["summary"][std::string(key(static_cast<Impact>(i)))] = report.counts.at(i);
  }
  json["changes"] = Json::array();
  for (const auto& row : report.rows) json["changes"].push_back(to_json(row));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cip::output
