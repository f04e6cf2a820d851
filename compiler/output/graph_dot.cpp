#include <algorithm>
#include <set>

#include "compiler/output/graph_markup.h"

namespace cip::output::graph {
namespace {

std::string color_of(const Interface& interface) {
  return interface.provider ? color(*interface.provider).light : "#57606a";
}

// No name of an interface has a colon, so a LAN is no interface.
std::string lan_id(const std::string& lan) {
  return dot_quoted("lan:" + lan);
}

// A tooltip with several lines.
std::string tooltip(const Interface& interface, const std::string& name) {
  std::string text = name;
  for (const auto& address : interface.addresses) text += "; address " + address;
  for (const auto& [key, value] : interface.facts) text += "; " + key + " " + value;
  return dot_tooltip(text);
}

std::string node(const Picture& picture, const InterfaceIndex& index) {
  const auto& interface = picture.at(index);
  std::string label = interface.name;
  if (!interface.addresses.empty()) label += "  " + interface.addresses.front();
  if (interface.addresses.size() > 1) label += " +" + std::to_string(interface.addresses.size() - 1);
  const auto name = picture.name(index);
  return "    " + dot_quoted(name) + " [label=" + dot_quoted(label) + ", tooltip=" + tooltip(interface, name) +
         ", color=\"" + color_of(interface) + "\"" + (interface.slave ? ", style=\"rounded,dashed\"" : "") + "];\n";
}

std::string subgraph(const Picture& picture, std::size_t index) {
  const auto& clim = picture.clims[index];
  std::string label = clim.name;
  for (const auto& control : clim.control) label += "  " + control;
  std::string dot = "  subgraph " + dot_quoted("cluster_" + clim.name) + " {\n    label=" + dot_quoted(label) + ";\n";
  for (std::size_t i = 0; i < clim.interfaces.size(); ++i) dot += node(picture, {index, i});
  for (std::size_t i = 0; i < clim.interfaces.size(); ++i) {
    if (!clim.interfaces[i].parent) continue;
    dot += "    " + dot_quoted(picture.name({index, *clim.interfaces[i].parent})) + " -> " +
           dot_quoted(picture.name({index, i})) + " [style=dotted, dir=none];\n";
  }
  return dot + "  }\n";
}

std::string lans(const Picture& picture) {
  std::set<std::string> made;
  std::string nodes;
  std::string edges;
  for (std::size_t i = 0; i < picture.clims.size(); ++i) {
    for (std::size_t j = 0; j < picture.clims[i].interfaces.size(); ++j) {
      const auto& interface = picture.clims[i].interfaces[j];
      const auto lan = interface.lan_name(picture.providers);
      if (lan.empty()) continue;
      if (made.insert(lan).second) {
        nodes += "  " + lan_id(lan) + " [label=" + dot_quoted(lan) + ", shape=ellipse, style=solid, color=\"" +
                 color_of(interface) + "\"];\n";
      }
      edges += "  " + dot_quoted(picture.name({i, j})) + " -> " + lan_id(lan) + " [dir=none, color=\"" +
               color_of(interface) + "\"];\n";
    }
  }
  return nodes + edges;
}

std::string failover(const Picture& picture, const Pair& pair) {
  return "  " + dot_quoted(picture.name(pair.home)) + " -> " + dot_quoted(picture.name(pair.target)) +
         " [dir=" + (pair.kind == PairKind::mutual ? "both" : "forward") + ", penwidth=2, constraint=false, color=\"" +
         color_of(picture.at(pair.home)) + "\"" + (pair.kind == PairKind::spare ? ", style=dashed" : "") +
         ", tooltip=" + dot_tooltip(words(pair.kind)) + "];\n";
}

}  // namespace

std::string to_dot(const Picture& picture) {
  const std::string name = picture.cluster.empty() ? "cluster" : picture.cluster;
  std::string dot = "digraph " + dot_quoted(name) + " {\n  label=" + dot_quoted(name) +
                    ";\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"monospace\"];\n"
                    "  graph [fontname=\"monospace\", style=rounded];\n";
  for (std::size_t i = 0; i < picture.clims.size(); ++i) dot += subgraph(picture, i);
  dot += lans(picture);
  for (const auto& pair : picture.pairs) dot += failover(picture, pair);
  return dot + "}\n";
}

}  // namespace cip::output::graph
