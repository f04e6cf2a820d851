#include "compiler/diagnostics/json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/diagnostics/redact.h"

namespace cip::diagnostics {

namespace {

using nlohmann::json;

class Document {
 public:
  Document(const Findings& findings, const syntax::Sources& sources)
      : sources_(sources), redactions_(findings.redactions(), sources) {}

  json finding(const Finding& finding) const {
    const CodeEntry& row = entry(finding.code);
    json result = {{"code", row.name},
                   {"severity", row.severity == Severity::error ? "error" : "warning"},
                   {"title", row.title},
                   {"domain", domain_facts(row)},
                   {"message", redactions_.clean(finding.message)},
                   {"primary", label(finding.primary.span, finding.primary.text)},
                   {"labels", json::array()},
                   {"notes", texts(finding.notes)},
                   {"help", texts(finding.help)},
                   {"chain", json::array()},
                   {"repeats", finding.repeats}};
    for (const Label& other : finding.secondary) result["labels"].push_back(label(other.span, other.text));
    for (const ExpansionStep& step : finding.chain) result["chain"].push_back(label(step.span, step.text));
    return result;
  }

 private:
  json label(const syntax::Span& span, const std::string& text) const {
    const syntax::SourceFile& file = sources_[span.source];
    return {{"file", file.path()},
            {"start", position(file, span.begin)},
            {"end", position(file, span.end)},
            {"text", redactions_.clean(text)}};
  }

  static json position(const syntax::SourceFile& file, std::uint32_t offset) {
    const syntax::Position position = file.position(offset);
    return {{"line", position.line}, {"column", position.column}, {"byte", offset}};
  }

  json texts(const std::vector<std::string>& list) const {
    json result = json::array();
    for (const std::string& text : list) result.push_back(redactions_.clean(text));
    return result;
  }

  const syntax::Sources& sources_;
  Redactions redactions_;
};

}  // namespace

std::vector<std::string> domain_facts(const CodeEntry& entry) {
  std::vector<std::string> facts;
  for (std::string_view rest = entry.domain; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(", "), rest.size());
    facts.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  return facts;
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string to_json(const Findings& findings, const syntax::Sources& sources, std::size_t max_errors) {
  const Document document(findings, sources);
  const std::vector<const Finding*> shown = findings.first(max_errors);
  const json counts = {{"errors", findings.errors()},
                       {"warnings", findings.warnings()},
                       {"omitted", findings.errors() + findings.warnings() - shown.size()}};
  // One after the other: all at once would take some kilobytes for each.
  std::string text = "{\n  \"counts\": " + dump(counts) + ",\n  \"findings\": [";
  for (const Finding* finding : shown) {
    text += (finding == shown.front() ? "\n    " : ",\n    ") + dump(document.finding(*finding));
  }
  text += shown.empty() ? "],\n" : "\n  ],\n";
  text += "  \"format\": " + std::to_string(findings_format) + ",\n";
  return text + "  \"tool\": " + dump({{"name", "cipc"}, {"version", CIP_VERSION}}) + "\n}\n";
}

}  // namespace cip::diagnostics
