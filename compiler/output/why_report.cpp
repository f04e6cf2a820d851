#include "compiler/output/why_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/text.h"

namespace cip::output {
namespace {

using diagnostics::printable;
using nlohmann::json;

std::string place(const syntax::Span& span, const syntax::Sources& sources) {
  const auto& file = sources[span.source];
  const auto position = file.position(span.begin);
  return fmt::format("{}:{}:{}", printable(file.path()), position.line, position.column);
}

// ---- text

std::string default_text(const Attribute& attribute) {
  const std::string remark = attribute.remark.empty() ? "" : " (" + std::string(attribute.remark) + ")";
  return attribute.value.empty() ? "not set" + remark : attribute.value + ", the default" + remark;
}

std::string detailed(const Fact& fact, const syntax::Sources& sources, const diagnostics::TextOptions& options) {
  const Attribute& attribute = fact.attribute;
  if (!attribute.origin) {
    return fact.path + " is " + default_text(attribute) + "\n";
  }
  std::string text = printable(fact.path + " is " + attribute.value) + "\n";
  text += diagnostics::excerpt({attribute.origin->span, {}}, sources, options);
  const auto& file = sources[attribute.origin->span.source];
  const std::string gutter(std::to_string(file.line_of(attribute.origin->span.begin)).size() + 1, ' ');
  for (const Step& step : fact.steps) {
    text += fmt::format("{}= {}{}: {}\n", gutter, std::string(2 * step.depth, ' '), printable(step.text),
                        place(step.place, sources));
  }
  return text;
}

// What a line of a table says of the steps: "constant JUMBO, in template edge".
std::string summary(const Fact& fact) {
  std::string text;
  for (const Step& step : fact.steps) {
    const bool named = step.depth == 0 && !step.name.empty();
    if (named) {
      text += (text.empty() ? "" : ", ") + step.kind + " " + step.name;
    }
  }
  return text;
}

std::string table(const std::vector<Fact>& facts, const syntax::Sources& sources) {
  const Fact& subject = facts.front();
  const auto& own = subject.attribute.origin;
  std::string text = printable(subject.path) + ": " + subject.attribute.word;
  text += own ? ", declared at " + place(own->span, sources) + "\n" : "\n";
  for (const Step& step : subject.steps) {
    text += fmt::format("  = {}{}: {}\n", std::string(2 * step.depth, ' '), printable(step.text),
                        place(step.place, sources));
  }
  std::vector<std::array<std::string, 4>> rows;
  std::array<std::size_t, 3> widths{};
  for (auto fact = facts.begin() + 1; fact != facts.end(); ++fact) {
    const auto& origin = fact->attribute.origin;
    rows.push_back({fact->attribute.word, origin ? printable(fact->attribute.value) : default_text(fact->attribute),
                    origin ? place(origin->span, sources) : "-", printable(summary(*fact))});
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], std::min<std::size_t>(rows.back()[i].size(), 60));
    }
  }
  for (const auto& row : rows) {
    std::string line =
        fmt::format("  {:<{}}  {:<{}}  {:<{}}  {}", row[0], widths[0], row[1], widths[1], row[2], widths[2], row[3]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

// ---- JSON

json source_json(const syntax::Span& span, const syntax::Sources& sources) {
  const auto& file = sources[span.source];
  const auto position = file.position(span.begin);
  return {{"file", file.path()}, {"line", position.line}, {"column", position.column}};
}

json fact_json(const Fact& fact, const syntax::Sources& sources) {
  const Attribute& attribute = fact.attribute;
  json steps = json::array();
  for (const Step& step : fact.steps) {
    json entry{
        {"depth", step.depth}, {"kind", step.kind}, {"text", step.text}, {"source", source_json(step.place, sources)}};
    if (!step.name.empty()) {
      entry["name"] = step.name;
    }
    if (!step.value.empty()) {
      entry["value"] = step.value;
    }
    steps.push_back(std::move(entry));
  }
  const bool set = attribute.origin.has_value();
  return {
      {"path", fact.path},        {"kind", fact.kind},
      {"word", attribute.word},   {"value", attribute.value.empty() && !set ? json(nullptr) : json(attribute.value)},
      {"default", !set},          {"source", set ? source_json(attribute.origin->span, sources) : json(nullptr)},
      {"steps", std::move(steps)}};
}

}  // namespace

std::string why_text(const std::vector<Fact>& facts, const syntax::Sources& sources,
                     const diagnostics::TextOptions& options) {
  if (facts.front().kind != "attribute") {
    return table(facts, sources);
  }
  std::string text;
  for (const Fact& fact : facts) {
    text += (text.empty() ? "" : "\n") + detailed(fact, sources, options);
  }
  return text;
}

std::string why_json(const std::vector<Fact>& facts, const syntax::Sources& sources) {
  json list = json::array();
  for (const Fact& fact : facts) {
    list.push_back(fact_json(fact, sources));
  }
  return json{{"format", 1}, {"facts", std::move(list)}}.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace cip::output
