#include "compiler/output/diff_report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace cip::output {
namespace {

// The source maps of one side, read when they are asked for. What is wrong with one costs places, and nothing else.
class SourceMaps {
 public:
  explicit SourceMaps(const DiffSide& side) : side_(side) {}

  // `file` is one of the CLIM's directory, `pointer` a JSON pointer in it.
  std::optional<DiffPlace> find(const ClimName& clim, const std::string& file, std::string pointer) {
    if (!side_.compiled) return std::nullopt;
    const auto& places = of(clim);
    // What has no place of its own has that of the nearest thing around it, a list that of its first element.
    while (!pointer.empty()) {
      const auto key = file + "#" + pointer;
      auto found = places.lower_bound(key);
      if (found != places.end() && (found->first == key || found->first.starts_with(key + "/"))) {
        return place(found->second);
      }
      pointer.resize(pointer.rfind('/'));
    }
    const auto found = places.find(file);
    return found == places.end() ? std::nullopt : place(found->second);
  }

 private:
  const std::map<std::string, std::string>& of(const ClimName& clim) {
    const auto [entry, is_new] = maps_.try_emplace(clim);
    if (!is_new) return entry->second;
    const auto bytes = side_.tree->read(clim.str() + "/source-map.json");
    const auto json = bytes ? nlohmann::json::parse(*bytes, nullptr, false) : nlohmann::json();
    if (!json.is_object() || !json.contains("objects")) return entry->second;
    for (const auto& [key, value] : json["objects"].items()) {
      if (value.is_string()) entry->second.emplace(key, value.get<std::string>());
    }
    return entry->second;
  }

  // "pair.cip:23:13"; the path may have colons itself.
  std::optional<DiffPlace> place(const std::string& text) const {
    const auto column = text.rfind(':');
    const auto line = column == std::string::npos || column == 0 ? std::string::npos : text.rfind(':', column - 1);
    if (line == std::string::npos) return std::nullopt;
    const auto file = (std::filesystem::path(side_.directory) / text.substr(0, line)).lexically_normal();
    return DiffPlace{file.generic_string(), std::strtoul(text.c_str() + line + 1, nullptr, 10),
                     std::strtoul(text.c_str() + column + 1, nullptr, 10), false};
  }

  const DiffSide& side_;
  std::map<ClimName, std::map<std::string, std::string>> maps_;
};

class ReportBuilder {
 public:
  ReportBuilder(const DiffSide& before, const DiffSide& after) : old_(before), new_(after) {
    report_.old_name = before.name;
    report_.new_name = after.name;
  }

  DiffReport build(TreeDiff diff) {
    for (auto& change : diff.cluster) add({}, {}, "", std::move(change));
    for (auto& clim : diff.clims) {
      ++report_.clims;
      for (auto& change : clim.changes) add(clim.name, {}, "clim.json", std::move(change));
      for (auto& change : clim.ipsec) {
        change.part = "ipsec " + change.part;
        add(clim.name, {}, "ipsec/swanctl.conf", std::move(change));
      }
      for (auto& interface : clim.interfaces) {
        ++report_.interfaces;
        const auto file = "home/" + interface.name.str() + ".json";
        for (auto& change : interface.changes) add(clim.name, interface.name, file, std::move(change));
      }
    }
    return std::move(report_);
  }

 private:
  void add(const ClimName& clim, const InterfaceName& interface, const std::string& file, Change change) {
    std::optional<DiffPlace> place;
    if (!file.empty()) {
      const bool removed = change.kind() == ChangeKind::removed;
      // Where something was removed from is where it was; if that cannot be told, where the rest of it is.
      place = removed ? old_.find(clim, file, change.old_place) : new_.find(clim, file, change.new_place);
      if (place) place->in_old = removed;
    }
    for (std::size_t i = 0; i < impact_count; ++i) {
      if (change.has(static_cast<Impact>(i))) ++report_.counts.at(i);
    }
    report_.rows.push_back({clim, interface, std::move(change), std::move(place)});
  }

  SourceMaps old_;
  SourceMaps new_;
  DiffReport report_;
};

std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace

std::string DiffRow::subject() const {
  if (clim.empty()) return "cluster";
  return interface.empty() ? clim.str() : clim.str() + "." + interface.str();
}

std::string DiffRow::words() const {
  // The thing itself is told by its declaration: "bond bond0".
  const bool whole = change.part.empty() && change.attribute == "interface";
  std::string text = whole ? "" : (change.part.empty() ? "" : change.part + " ") + change.attribute + " ";
  text += change.before ? *change.before : *change.after;
  return change.kind() == ChangeKind::changed ? text + " -> " + *change.after : text;
}

DiffReport diff_report(TreeDiff diff, const DiffSide& before, const DiffSide& after) {
  return ReportBuilder(before, after).build(std::move(diff));
}

std::string diff_summary(const DiffReport& report) {
  if (report.rows.empty()) return "no difference";
  std::string text = counted(report.rows.size(), "change");
  if (report.clims != 0) text += " on " + counted(report.clims, "CLIM");
  std::string list;
  for (std::size_t i = 0; i < impact_count; ++i) {
    if (report.counts.at(i) == 0) continue;
    list += (list.empty() ? ": " : ", ") + std::to_string(report.counts.at(i)) + " " +
            std::string(name(static_cast<Impact>(i)));
  }
  return text + list;
}

}  // namespace cip::output
