// The page is XML, too, so that a strict parser can read it; its script is written without `<` and `&` for that.
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/text.h"
#include "compiler/output/graph_markup.h"
#include "state/words.h"

namespace cip::output::graph {
namespace {

using nlohmann::json;

constexpr auto page_style = R"(<style>
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--dim:#57606a;--edge:#b6bec8;--soft:#f6f8fa;--mark:#fff3bf}
@media (prefers-color-scheme: dark){:root{--paper:#0d1117;--ink:#e6edf3;--dim:#9aa4af;--edge:#4a525c;--soft:#161b22;--mark:#3d3200}}
body{margin:0;font:14px system-ui,sans-serif;color:var(--ink);background:var(--paper)}
header{display:flex;flex-wrap:wrap;gap:16px;align-items:center;padding:12px 24px;position:sticky;top:0;left:0;z-index:1;background:var(--soft);border-bottom:1px solid var(--edge)}
h1,h2{font-size:18px;margin:0}
input{font:inherit;padding:4px 8px;width:22em;max-width:60vw}
#drawing{overflow:auto}
section{padding:12px 24px 24px}
table{border-collapse:collapse;margin-top:8px}
th,td{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid var(--edge)}
td button{font:13px ui-monospace,monospace;color:inherit;background:none;border:0;padding:2px 4px;text-decoration:underline;cursor:pointer}
tr.on{background:var(--mark)}
#panel{position:fixed;right:16px;bottom:16px;max-width:min(36em,90vw);max-height:45vh;overflow:auto;padding:12px 16px;background:var(--soft);border:1px solid var(--edge);border-radius:6px;box-shadow:0 4px 16px #0004}
#panel dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:8px 0 0;font:13px ui-monospace,monospace}
#panel dt{color:var(--dim)}
#panel dd{margin:0;overflow-wrap:anywhere}
.hint{color:var(--dim)}
.row{cursor:pointer}
.row .surface{pointer-events:all}
.row:focus{outline:none}
.row:focus-visible .surface{stroke:currentColor;stroke-width:2}
.row.on .surface{fill:var(--mark);fill-opacity:.8}
.chosen .pair{opacity:.15}
.chosen .pair.on{opacity:1}
.pair.on .line{stroke-width:4}
.row.off,.pair.off{opacity:.15}
</style>
)";

constexpr auto script = R"(<script>
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var ids = Object.keys(data.interfaces);
  var drawing = document.querySelector("svg");
  var panel = document.getElementById("panel");
  var search = document.getElementById("search");
  var found = document.getElementById("found");
  var pinned = null;

  function element(name, text) {
    var made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function describe(one) {
    var list = document.createElement("dl");
    one.facts.forEach(function (fact) { list.append(element("dt", fact[0]), element("dd", fact[1])); });
    panel.replaceChildren(element("h2", one.name), element("span", one.kind), list);
  }

  function show(id) {
    document.querySelectorAll(".on").forEach(function (old) { old.classList.remove("on"); });
    drawing.classList.toggle("chosen", id !== null);
    panel.hidden = id === null;
    if (id === null) { return; }
    var one = data.interfaces[id];
    describe(one);
    [id].concat(one.parts).forEach(function (part) { document.getElementById(part).classList.add("on"); });
  }

  function pin(id) {
    pinned = pinned === id ? null : id;
    show(pinned);
  }

  function go(id) {
    var row = document.getElementById(id);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center", inline: "center" });
    pinned = id;
    show(id);
  }

  function matches(id) {
    return data.interfaces[id].text.includes(search.value.trim().toLowerCase());
  }

  function filter() {
    var left = ids.filter(matches);
    ids.forEach(function (id) { document.getElementById(id).classList.toggle("off", !left.includes(id)); });
    data.pairs.forEach(function (ends, index) {
      document.getElementById("p" + index).classList.toggle("off", !ends.some(matches));
      document.getElementById("t" + index).hidden = !ends.some(matches);
    });
    found.textContent = search.value.trim() === "" ? "" : left.length === 1 ? "1 interface" : left.length + " interfaces";
  }

  ids.forEach(function (id) {
    var row = document.getElementById(id);
    row.addEventListener("mouseenter", function () { if (pinned === null) { show(id); } });
    row.addEventListener("mouseleave", function () { if (pinned === null) { show(null); } });
    row.addEventListener("focus", function () { if (pinned === null) { show(id); } });
    row.addEventListener("blur", function () { if (pinned === null) { show(null); } });
    row.addEventListener("click", function () { pin(id); });
    row.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pin(id); }
    });
  });
  document.querySelectorAll("button[data-row]").forEach(function (button) {
    button.addEventListener("click", function () { go(button.dataset.row); });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { pinned = null; show(null); }
    if (event.key === "/") { if (event.target !== search) { event.preventDefault(); search.focus(); } }
  });
  search.addEventListener("input", filter);
  search.addEventListener("keydown", function (event) {
    if (event.key !== "Enter") { return; }
    var left = ids.filter(matches);
    if (left.length !== 0) { go(left[(left.indexOf(pinned) + 1) % left.length]); }
  });
})();
</script>
)";

std::string id_of(const InterfaceIndex& index) {
  return "i" + std::to_string(index.clim) + "-" + std::to_string(index.interface);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

json facts_of(const Picture& picture, const InterfaceIndex& index) {
  const auto& interface = picture.at(index);
  json facts = json::array();
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) facts.push_back({key, diagnostics::printable(value)});
  };
  add("LAN", interface.lan_name(picture.providers));
  if (const auto found = picture.pair_of(index)) {
    const auto& pair = picture.pairs[*found];
    const bool is_home = pair.home == index;
    add(is_home || pair.kind == PairKind::mutual ? "failover" : "failover of",
        picture.name(is_home ? pair.target : pair.home));
  }
  if (interface.parent) add("lies on", picture.name({index.clim, *interface.parent}));
  for (const auto& address : interface.addresses) add("address", address);
  for (const auto& [key, value] : interface.facts) add(key, value);
  return facts;
}

json interface_of(const Picture& picture, const InterfaceIndex& index) {
  const auto& interface = picture.at(index);
  const std::string kind = interface.slave ? "slave" : std::string(word(interface.kind));
  json parts = json::array();  // what is shown with it
  if (const auto found = picture.pair_of(index)) {
    const auto& pair = picture.pairs[*found];
    parts = {id_of(pair.home == index ? pair.target : pair.home), "p" + std::to_string(*found),
             "t" + std::to_string(*found)};
  }
  const auto facts = facts_of(picture, index);
  const std::string name = diagnostics::printable(picture.name(index));
  std::string text = name + "\n" + kind;  // what the search looks at
  for (const auto& fact : facts) text += "\n" + fact[1].get<std::string>();
  return {{"name", name}, {"kind", kind}, {"facts", facts}, {"parts", parts}, {"text", lower(text)}};
}

std::string data(const Picture& picture) {
  json interfaces = json::object();
  for (std::size_t i = 0; i < picture.clims.size(); ++i) {
    for (std::size_t j = 0; j < picture.clims[i].interfaces.size(); ++j) {
      interfaces[id_of({i, j})] = interface_of(picture, {i, j});
    }
  }
  json pairs = json::array();
  for (const auto& pair : picture.pairs) pairs.push_back({id_of(pair.home), id_of(pair.target)});
  return "<script type=\"application/json\" id=\"data\">" +
         script_json(json{{"interfaces", interfaces}, {"pairs", pairs}}.dump()) + "</script>\n";
}

std::string cell(const Picture& picture, const InterfaceIndex& index) {
  return "<td><button type=\"button\" data-row=\"" + id_of(index) + "\">" + xml(picture.name(index)) + "</button></td>";
}

std::string table(const Picture& picture) {
  std::string html = "<section>\n<h2>Failover pairs</h2>\n";
  if (picture.pairs.empty()) return html + "<p>No interface has a failover interface.</p>\n</section>\n";
  html +=
      "<table>\n<thead><tr><th>interface</th><th>failover interface</th><th>direction</th><th>LAN</th></tr>"
      "</thead>\n<tbody>\n";
  for (std::size_t i = 0; i < picture.pairs.size(); ++i) {
    const auto& pair = picture.pairs[i];
    html += "<tr id=\"t" + std::to_string(i) + "\">" + cell(picture, pair.home) + cell(picture, pair.target) + "<td>" +
            words(pair.kind) + "</td><td>" + xml(picture.at(pair.home).lan_name(picture.providers)) + "</td></tr>\n";
  }
  return html + "</tbody>\n</table>\n</section>\n";
}

}  // namespace

std::string to_html(const Picture& picture) {
  const std::string title = picture.cluster.empty() ? "cluster" : "cluster " + xml(picture.cluster);
  return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
         "charset=\"utf-8\"/>\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
         "script-src 'unsafe-inline'\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>" +
         title + "</title>\n" + page_style + "</head>\n<body>\n<header>\n<h1>" + title +
         "</h1>\n<label>Search <input id=\"search\" type=\"search\" placeholder=\"n1, eth2, 10.1.0.1, blue\" "
         "autocomplete=\"off\"/></label>\n<output id=\"found\" aria-live=\"polite\"></output>\n"
         "<span class=\"hint\">click an interface to keep it shown; Esc: none; /: search, Enter: next</span>\n"
         "</header>\n<main>\n<div id=\"drawing\">\n" +
         svg(picture, Drawing::in_page) + "</div>\n" + table(picture) +
         "</main>\n<aside id=\"panel\" aria-live=\"polite\" hidden=\"hidden\"></aside>\n" + data(picture) + script +
         "</body>\n</html>\n";
}

}  // namespace cip::output::graph
