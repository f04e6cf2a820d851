#include "compiler/diagnostics/sarif.h"

#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/diagnostics/json.h"
#include "compiler/diagnostics/redact.h"
#include "state/digest.h"

namespace cip::diagnostics {

namespace {

using nlohmann::json;

constexpr std::string_view schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

std::string_view level(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

// The lines of a paragraph as one.
std::string unwrapped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = text[i] == '\n' && i + 1 < text.size() && text[i + 1] != '\n' && text[i - 1] != '\n';
    result += inside ? ' ' : text[i];
  }
  while (result.ends_with('\n')) result.pop_back();
  return result;
}

json rule(const CodeEntry& row) {
  const std::string explanation = unwrapped(row.explanation);
  return {{"id", row.name},
          {"shortDescription", {{"text", row.title}}},
          {"fullDescription", {{"text", explanation}}},
          {"help",
           {{"text", fmt::format("{}\n\nWrong:\n\n{}\nRight:\n\n{}", explanation, row.wrong, row.right)},
            {"markdown", fmt::format("{}\n\nWrong:\n\n```cip\n{}```\n\nRight:\n\n```cip\n{}```\n", explanation,
                                     row.wrong, row.right)}}},
          {"defaultConfiguration", {{"level", level(row.severity)}}},
          {"properties", {{"tags", domain_facts(row)}}}};
}

std::size_t rule_index(Code code) {
  return static_cast<std::size_t>(&entry(code) - all_codes().data());
}

// Plain text, in which `[x](y)` would be a link (SARIF 2.1.0, 3.11.6).
std::string without_links(std::string text) {
  for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 2)) text.insert(at, "\\");
  return text;
}

class Log {
 public:
  Log(const Findings& findings, const syntax::Sources& sources)
      : sources_(sources), redactions_(findings.redactions(), sources) {}

  json result(const Finding& finding) {
    json related = json::array();
    const auto relate = [&](const syntax::Span& span, const std::string& text) {
      json place = location(span);
      place["id"] = related.size() + 1;
      if (!text.empty()) place["message"] = message(text);
      related.push_back(std::move(place));
    };
    for (const Label& label : finding.secondary) relate(label.span, label.text);
    for (const ExpansionStep& step : finding.chain) relate(step.span, step.text);

    json result = {{"ruleId", name(finding.code)},
                   {"ruleIndex", rule_index(finding.code)},
                   {"level", level(severity(finding.code))},
                   {"message", message(whole_text(finding))},
                   {"locations", json::array({location(finding.primary.span)})},
                   {"partialFingerprints", {{"cipFinding/v1", fingerprint(finding)}}}};
    if (!related.empty()) result["relatedLocations"] = std::move(related);
    return result;
  }

 private:
  static std::string whole_text(const Finding& finding) {
    std::string text = finding.message;
    if (!finding.primary.text.empty()) text += ": " + finding.primary.text;
    for (const std::string& note : finding.notes) text += "\n" + note;
    if (const auto note = repeats_note(finding)) text += "\n" + *note;
    for (const std::string& help : finding.help) text += "\n" + help;
    return text;
  }

  json message(const std::string& text) const { return {{"text", without_links(redactions_.clean(text))}}; }

  json location(const syntax::Span& span) const {
    const syntax::SourceFile& file = sources_[span.source];
    const syntax::Position start = file.position(span.begin);
    const syntax::Position end = file.position(span.end);
    return {{"physicalLocation",
             {{"artifactLocation", {{"uri", uri_of(file.path())}}},
              {"region",
               {{"startLine", start.line},
                {"startColumn", start.column},
                {"endLine", end.line},
                {"endColumn", end.column}}}}}};
  }

  // Stays the same when text above it changes; findings that are otherwise the same are numbered.
  std::string fingerprint(const Finding& finding) {
    const std::string text = fmt::format("{}\n{}\n{}", name(finding.code), redactions_.clean(finding.message),
                                         uri_of(sources_[finding.primary.span.source].path()));
    const std::string digest = Digest::of(text).str();
    return fmt::format("{}:{}", digest, ++seen_[digest]);
  }

  const syntax::Sources& sources_;
  Redactions redactions_;
  std::map<std::string, std::size_t> seen_;
};

}  // namespace

std::string uri_of(std::string_view path) {
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  std::string uri = normal.starts_with('/') ? "file://" : "";
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  for (const char c : normal) {
    if (plain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return uri;
}

std::string to_sarif(const Findings& findings, const syntax::Sources& sources, std::size_t max_errors) {
  Log log(findings, sources);
  json rules = json::array();
  for (const CodeEntry& row : all_codes()) rules.push_back(rule(row));
  const json driver = {
      {"name", "cipc"}, {"version", CIP_VERSION}, {"semanticVersion", CIP_VERSION}, {"rules", std::move(rules)}};
  std::string text = "{\n  \"$schema\": " + dump(schema) +
                     ",\n  \"runs\": [{\n    \"columnKind\": \"unicodeCodePoints\",\n    \"results\": [";
  const std::vector<const Finding*> shown = findings.first(max_errors);
  for (const Finding* finding : shown) {
    text += (finding == shown.front() ? "\n      " : ",\n      ") + dump(log.result(*finding));
  }
  text += shown.empty() ? "],\n" : "\n    ],\n";
  return text + "    \"tool\": " + dump({{"driver", driver}}) + "\n  }],\n  \"version\": \"2.1.0\"\n}\n";
}

}  // namespace cip::diagnostics
