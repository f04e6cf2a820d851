// Definition and hover: what a name at a place stands for.
#include <algorithm>
#include <utility>

#include "compiler/lang/words.h"
#include "compiler/lsp/features.h"
#include "compiler/output/attributes.h"
#include "state/words.h"

namespace cip::lsp {
namespace {

using lang::Meaning;
using syntax::Span;

Json location(const Request& request, const Span& span) {
  Analysis& analysis = *request.view.analysis;
  const auto uri = request.workspace.uri(analysis, span.source);
  if (!uri) {
    return nullptr;
  }
  return {{"uri", *uri},
          {"range", range_json(analysis.lines(span.source), span.begin, span.end, request.client.encoding)}};
}

// The statement whose word is at the place; null: none.
const syntax::Statement* statement_of_word(const Request& request) {
  const auto* statement = request.view.analysis->index.statement_at(request.view.source, request.offset);
  const bool on_word = statement != nullptr && statement->word_span.begin <= request.offset &&
                       request.offset <= statement->word_span.end;
  return on_word ? statement : nullptr;
}

// On the word `failover`: the same statement of the other half of the pair, or else the failover interface.
std::vector<Span> other_half(const Request& request, const syntax::Statement& statement) {
  const lang::Cluster& cluster = request.view.analysis->cluster;
  std::vector<Span> places;
  for (const auto& failover : cluster.failovers) {
    const bool here = failover.origin.span.source == request.view.source &&
                      statement.head.begin <= failover.origin.span.begin &&
                      failover.origin.span.end <= statement.head.end;
    if (!here || failover.both_ways) {
      continue;
    }
    const auto other = std::find_if(cluster.failovers.begin(), cluster.failovers.end(), [&](const auto& entry) {
      return entry.home == failover.target && entry.target == failover.home;
    });
    const auto* target = cluster.find(failover.target);
    if (other != cluster.failovers.end()) {
      places.push_back(other->origin.span);
    } else if (target != nullptr) {
      places.push_back(target->origin.span);
    }
  }
  return places;
}

std::string code(const std::string& text, bool markdown) {
  return markdown ? "```cip\n" + text + "\n```\n" : text + "\n";
}

std::string values(const Meaning& meaning) {
  std::string text;
  for (const auto& value : meaning.values) {
    text += (text.empty() ? " = " : ", ") + value.shown();
  }
  return text + (meaning.more_values ? ", ..." : "");
}

std::string interface_text(const Meaning& meaning, const lang::Cluster& cluster) {
  const auto dot = meaning.name.find('.');
  const auto* interface =
      cluster.find(InterfaceRef{ClimName(meaning.name.substr(0, dot)), InterfaceName(meaning.name.substr(dot + 1))});
  std::string text = "interface " + meaning.name;
  if (interface == nullptr) {
    return text;
  }
  text = (interface->kind == InterfaceKind::physical ? "interface" : std::string(word(interface->kind))) + " " +
         meaning.name + " {";
  constexpr std::size_t most_lines = 20;
  std::size_t lines = 0;
  for (const auto& attribute : output::attributes(*interface, cluster)) {
    if (attribute.origin && ++lines <= most_lines) {
      text += "\n  " + attribute.word + " " + attribute.value + ";";
    }
  }
  return text + (lines > most_lines ? "\n  # and " + std::to_string(lines - most_lines) + " more" : "") + "\n}";
}

std::string declaration(const Meaning& meaning, const lang::Cluster& cluster) {
  switch (meaning.kind) {
    case Meaning::Kind::constant:
      return "const " + meaning.name + ": " + to_string(meaning.type) + values(meaning);
    case Meaning::Kind::parameter:
    case Meaning::Kind::variable:
      return meaning.name + ": " + to_string(meaning.type) + values(meaning);
    case Meaning::Kind::function:
      return signature(*meaning.function) + " -> " + to_string(meaning.type) + values(meaning);
    case Meaning::Kind::template_name:
      return "template " + signature(*meaning.declared) + " for " + std::string(meaning.declared->target);
    case Meaning::Kind::interface:
      return interface_text(meaning, cluster);
    case Meaning::Kind::lan:
      return "lan " + meaning.name;
    case Meaning::Kind::clim:
      return "clim " + meaning.name;
    default:
      return std::string(describe(meaning.kind)) + " " + meaning.name;
  }
}

std::string name_text(const Request& request, const Meaning& meaning) {
  const Analysis& analysis = *request.view.analysis;
  std::string text = code(declaration(meaning, analysis.cluster), request.client.markdown);
  if (meaning.declarations.empty()) {
    return text + std::string(describe(meaning.kind)) + " of the language";
  }
  const Span& span = meaning.declarations.front();
  const auto& file = analysis.sources[span.source];
  text += std::string(describe(meaning.kind)) + ", declared in " + file.path() + ":" +
          std::to_string(file.line_of(span.begin));
  return text;
}

// The block that the statement stands in: the nearest one around it that is no loop or condition.
std::string_view place_of(const std::vector<const syntax::Statement*>& around) {
  for (auto entry = around.rbegin() + 1; entry < around.rend(); ++entry) {
    const auto& statement = **entry;
    if (statement.word == "template" && statement.arguments.size() > 2) {
      const auto target = statement.arguments[2].text;
      return target == "cluster" ? std::string_view{} : target;
    }
    if (statement.word != "for" && statement.word != "if" && statement.word != "else") {
      return statement.word;
    }
  }
  return {};
}

}  // namespace

Json definition(const Request& request) {
  const lang::Index& index = request.view.analysis->index;
  std::vector<Span> places;
  if (const auto* name = index.name_at(request.view.source, request.offset)) {
    const Meaning& meaning = name->second;
    const bool path = meaning.kind == Meaning::Kind::import && !meaning.declarations.empty() &&
                      meaning.declarations.front().begin <= name->first.begin &&
                      name->first.end <= meaning.declarations.front().end &&
                      meaning.declarations.front().source == request.view.source;
    if (path) {
      places.push_back({*meaning.file, 0, 0});  // on the path of an import: the file itself
    } else {
      places = meaning.declarations;
    }
  } else if (const auto* statement = statement_of_word(request);
             statement != nullptr && statement->word == "failover") {
    places = other_half(request, *statement);
  }
  Json result = Json::array();
  for (const Span& place : places) {
    if (Json found = location(request, place); !found.is_null()) {
      result.push_back(std::move(found));
    }
  }
  return result.empty() ? Json(nullptr) : result;
}

Json hover(const Request& request) {
  Analysis& analysis = *request.view.analysis;
  std::string text;
  Span span;
  if (const auto* name = analysis.index.name_at(request.view.source, request.offset)) {
    span = name->first;
    text = name_text(request, name->second);
  } else if (const auto* statement = statement_of_word(request)) {
    span = statement->word_span;
    const auto around = analysis.index.statements_at(request.view.source, request.offset);
    text = help(statement->word, place_of(around));
  }
  if (text.empty()) {
    return nullptr;
  }
  return {{"contents", {{"kind", request.client.markdown ? "markdown" : "plaintext"}, {"value", text}}},
          {"range", range_json(analysis.lines(span.source), span.begin, span.end, request.client.encoding)}};
}

std::string signature(const lang::Template& declared) {
  const auto& items = declared.statement->arguments[0].items;
  std::string text = std::string(declared.name) + "(";
  for (const auto& parameter : declared.parameters) {
    text += (&parameter == declared.parameters.data() ? "" : ", ") + std::string(parameter.name) + ": " +
            to_string(parameter.type);
    for (std::size_t i = parameter.default_at; i != 0 && i < items.size() && !items[i].is_punctuation(","); ++i) {
      text += (i == parameter.default_at ? " = " : " ") + std::string(items[i].text);
    }
  }
  return text + ")";
}

std::string signature(const lang::Function& function) {
  std::string text = std::string(function.name) + "(";
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::string(function.parameters[i]) + ": " + to_string(function.types[i]);
  }
  return text + ")";
}

}  // namespace cip::lsp
