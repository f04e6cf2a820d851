#include "compiler/lsp/findings.h"

#include <algorithm>
#include <utility>

namespace cip::lsp {
namespace {

using diagnostics::Finding;
using syntax::Span;

// Of one file; editors show no more at once.
constexpr std::size_t most_diagnostics = 1000;

constexpr int error = 1;  // DiagnosticSeverity
constexpr int warning = 2;

class Converter {
 public:
  Converter(Analysis& analysis, const Workspace& workspace, const FindingsOptions& options)
      : analysis_(analysis), workspace_(workspace), options_(options) {}

  Json diagnostic(const Finding& finding) {
    std::string message = finding.message;
    add(message, finding.primary.text);
    Json related = Json::array();
    for (const auto& label : finding.secondary) {
      relate(related, message, label.span, label.text);
    }
    for (const auto& step : finding.chain) {
      relate(related, message, step.span, step.text);
    }
    for (const auto& note : finding.notes) {
      add(message, note);
    }
    for (const auto& help : finding.help) {
      add(message, "help: " + help);
    }
    Json result{{"range", range(finding.primary.span)},
                {"severity", severity(finding.code) == diagnostics::Severity::error ? error : warning},
                {"code", diagnostics::name(finding.code)},
                {"source", "cipc"},
                {"message", std::move(message)}};
    if (!related.empty()) {
      result["relatedInformation"] = std::move(related);
    }
    return result;
  }

 private:
  static void add(std::string& message, const std::string& line) {
    if (!line.empty()) {
      message += "\n" + line;
    }
  }

  void relate(Json& related, std::string& message, const Span& span, const std::string& text) {
    const auto uri = workspace_.uri(analysis_, span.source);
    if (options_.related && uri) {
      related.push_back({{"location", {{"uri", *uri}, {"range", range(span)}}},
                         {"message", text.empty() ? std::string("see here") : text}});
      return;
    }
    const auto& file = analysis_.sources[span.source];
    add(message, (text.empty() ? std::string("see") : text) + " (" + file.path() + ":" +
                     std::to_string(file.line_of(span.begin)) + ")");
  }

  Json range(const Span& span) {
    return range_json(analysis_.lines(span.source), span.begin, span.end, options_.encoding);
  }

  Analysis& analysis_;
  const Workspace& workspace_;
  const FindingsOptions& options_;
};

}  // namespace

std::map<std::string, Json> diagnostics_by_uri(const Workspace& workspace, const FindingsOptions& options) {
  std::map<std::string, Json> result;
  for (const Document* root : workspace.roots()) {
    Analysis& analysis = *root->analysis;
    std::map<syntax::SourceId, std::string> uris;
    for (std::size_t i = 0; i < analysis.sources.size(); ++i) {
      const auto id = static_cast<syntax::SourceId>(i);
      if (const auto uri = workspace.uri(analysis, id)) {
        uris.emplace(id, *uri);
        result.emplace(*uri, Json::array());
      }
    }
    Converter converter(analysis, workspace, options);
    for (const Finding* finding : analysis.findings.sorted()) {
      const auto uri = uris.find(finding->primary.span.source);
      if (uri == uris.end()) {
        continue;
      }
      Json& list = result[uri->second];
      Json diagnostic = converter.diagnostic(*finding);
      // A file of two specifications may have the same finding in both.
      if (list.size() < most_diagnostics && std::find(list.begin(), list.end(), diagnostic) == list.end()) {
        list.push_back(std::move(diagnostic));
      }
    }
  }
  return result;
}

}  // namespace cip::lsp
