// What could be written at a place: words of the language, and names.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "compiler/lang/words.h"
#include "compiler/lsp/context.h"
#include "compiler/lsp/features.h"
#include "state/words.h"
#include "stdlib/library.h"

namespace cip::lsp {
namespace {

// CompletionItemKind.
enum Kind : int {
  function_item = 3,
  variable_item = 6,
  class_item = 7,
  interface_item = 8,
  module_item = 9,
  value_item = 12,
  keyword_item = 14,
  snippet_item = 15,
  file_item = 17,
  constant_item = 21
};

constexpr std::array anywhere{"const", "for", "if", "else", "assert", "use"};

class Completion {
 public:
  Completion(const Request& request, const Context& context)
      : analysis_(*request.view.analysis),
        source_(request.view.source),
        client_(request.client),
        offset_(request.offset),
        context_(context) {}

  Json run() {
    if (context_.path) {
      for (const auto name : lang::standard_library_files()) {
        add(std::string(name), file_item, "standard library");
      }
    } else if (context_.head.empty()) {
      statements();
    } else {
      arguments(context_.head.front());
    }
    return std::move(items_);
  }

 private:
  void add(std::string label, Kind kind, std::string_view detail, std::string snippet = {}) {
    if (!seen_.insert(label).second) {
      return;
    }
    const bool as_snippet = !snippet.empty() && client_.snippets;
    const auto& lines = analysis_.lines(source_);
    Json item{{"label", label},
              {"kind", static_cast<int>(kind)},
              {"textEdit",
               {{"range", range_json(lines, context_.begin, offset_, client_.encoding)},
                {"newText", as_snippet ? std::move(snippet) : label}}}};
    if (!detail.empty()) {
      item["detail"] = detail;
    }
    if (as_snippet) {
      item["insertTextFormat"] = 2;
    }
    items_.push_back(std::move(item));
  }

  std::optional<lang::Place> place() const {
    return context_.place.empty() ? std::optional(lang::Place::file) : find_place(context_.place);
  }
  static std::optional<lang::Place> find_place(std::string_view word) {
    for (std::size_t i = 0; i < lang::place_count; ++i) {
      if (lang::block_word(static_cast<lang::Place>(i)) == word) {
        return static_cast<lang::Place>(i);
      }
    }
    return std::nullopt;
  }

  void statements() {
    const auto here = place();
    if (!here) {
      return;
    }
    for (const auto word : lang::words_of(*here)) {
      add(std::string(word), keyword_item, help(word, context_.place));
    }
    for (const auto* word : anywhere) {
      add(word, keyword_item, help(word, {}));
    }
    if (context_.place.empty()) {
      add("template", keyword_item, help("template", {}));
    }
  }

  void arguments(std::string_view word) {
    const bool data = word == "provider" || word == "lan" || word == "failover" || word == "slaves" ||
                      word == "primary" || word == "link" || word == "mode" || word == "clim";
    if (word == "use" && !context_.in_parentheses) {
      templates();
      return;
    }
    if (word == "template") {
      targets();
      return;
    }
    if (word == "ipsec" && contains("on")) {
      for (const auto& clim : analysis_.cluster.clims) {
        add(clim.name.str(), class_item, "CLIM");
      }
      return;
    }
    names_of_things(word);
    keywords(word);
    if (!data && !kind_has_words(word) && word != "import" && word != "cluster") {
      values();
    }
  }

  bool contains(std::string_view word) const {
    return std::find(context_.head.begin(), context_.head.end(), word) != context_.head.end();
  }

  // Providers, LANs, interfaces: what a bare word means there.
  void names_of_things(std::string_view word) {
    const lang::Cluster& cluster = analysis_.cluster;
    if (word == "provider" && !context_.place.empty()) {
      for (const auto& provider : cluster.providers) {
        add(provider.name.str(), module_item, "provider");
      }
    } else if (word == "lan" && context_.place != "provider") {
      for (const auto& provider : cluster.providers) {
        for (const auto& lan : provider.lans) {
          add(lan.name.str(), module_item, "LAN of " + provider.name.str());
        }
      }
    } else if (word == "failover") {
      failover_interfaces();
    } else if (word == "slaves" || word == "primary" || word == "link") {
      const auto* clim = cluster.find(ClimName(std::string(context_.clim)));
      for (const auto& interface : clim == nullptr ? std::vector<lang::Interface>{} : clim->interfaces) {
        const bool fits =
            interface.kind == InterfaceKind::physical || (word == "link" && interface.kind == InterfaceKind::bond);
        if (fits) {
          add(interface.name.interface.str(), interface_item, "interface of " + std::string(context_.clim));
        }
      }
    }
  }

  void failover_interfaces() {
    for (const auto& clim : analysis_.cluster.clims) {
      if (!context_.place.empty() && clim.name.str() == context_.clim) {
        continue;  // P2: on another CLIM
      }
      for (const auto& interface : clim.interfaces) {
        const bool fits = interface.kind == InterfaceKind::physical || interface.kind == InterfaceKind::bond ||
                          interface.kind == InterfaceKind::vlan;
        if (fits) {
          add(interface.name.str(), interface_item,
              interface.provider ? "provider " + interface.provider->value.str() : std::string("no provider"));
        }
      }
    }
  }

  template <class Enum>
  void words() {
    for (const auto& row : words_of<Enum>) {
      add(std::string(row.word), value_item, {});
    }
  }
  static bool kind_has_words(std::string_view word) {
    return word == "primary-reselect" || word == "lacp-rate" || word == "hash-policy";
  }

  void keywords(std::string_view word) {
    if (word == "mode" && context_.place == "bond") {
      words<BondMode>();
    } else if (word == "primary-reselect") {
      words<PrimaryReselect>();
    } else if (word == "lacp-rate") {
      words<LacpRate>();
    } else if (word == "hash-policy") {
      words<HashPolicy>();
    }
    const auto here = place();
    const lang::Word* row = here ? lang::find_word(*here, word) : nullptr;
    for (const auto keyword : row == nullptr ? std::vector<std::string_view>{} : row->keywords) {
      if (!contains(keyword)) {
        add(std::string(keyword), keyword_item, {});
      }
    }
  }

  void targets() {
    if (context_.head.back() == "for") {
      for (const auto target : lang::template_targets()) {
        add(std::string(target), keyword_item, {});
      }
    } else if (context_.in_parentheses) {
      for (const auto kind : lang::kind_words()) {
        add(std::string(kind), keyword_item, "type");
      }
    } else if (context_.head.size() > 1) {
      add("for", keyword_item, {});
    }
  }

  // ---- names of values, and templates

  const lang::Module* module() const { return analysis_.index.module(source_); }

  void templates() {
    const lang::Module* own = module();
    if (own == nullptr) {
      return;
    }
    templates_of(*own, {});
    for (const auto& import : own->imports) {
      templates_of(*import.module, import.name + ".");
    }
  }

  void templates_of(const lang::Module& from, const std::string& prefix) {
    for (const auto& [name, declared] : from.templates) {
      const auto target = declared.target == "cluster" ? std::string_view{} : declared.target;
      const bool fits =
          target == context_.place || (target == "interface" && (context_.place == "bond" || context_.place == "vlan"));
      if (!fits) {
        continue;
      }
      std::string snippet = prefix + std::string(name) + "(";
      std::size_t stop = 0;
      for (const auto& parameter : declared.parameters) {
        if (parameter.default_at == 0) {
          snippet += (stop == 0 ? "" : ", ") + std::string(parameter.name) + ": ${" + std::to_string(stop + 1) + ":" +
                     std::string(parameter.name) + "}";
          ++stop;
        }
      }
      add(prefix + std::string(name), function_item, signature(declared), snippet + ")");
    }
  }

  void values() {
    for (const auto* statement : analysis_.index.statements_at(source_, offset_)) {
      around(*statement);
    }
    if (const lang::Module* own = module()) {
      constants(own->scope->bindings(), {});
      for (const auto& import : own->imports) {
        constants(import.module->scope->bindings(), import.name + ".");
      }
    }
    for (const auto& function : lang::all_functions()) {
      std::string snippet = std::string(function.name) + "(";
      for (std::size_t i = 0; i < function.parameters.size(); ++i) {
        snippet += (i == 0 ? "${" : ", ${") + std::to_string(i + 1) + ":" + std::string(function.parameters[i]) + "}";
      }
      add(std::string(function.name), function_item, signature(function), snippet + ")");
    }
  }

  void constants(const std::forward_list<lang::Binding>& bindings, const std::string& prefix) {
    for (const auto& binding : bindings) {
      const bool known = binding.state == lang::Binding::State::done;
      add(prefix + std::string(binding.name), constant_item,
          known ? to_string(binding.value.type()) + " = " + binding.value.shown() : std::string());
    }
  }

  // What a statement declares for those inside it.
  void around(const syntax::Statement& statement) {
    const bool inside = statement.has_block && offset_ > statement.head.end;
    if (!inside) {
      return;
    }
    if (statement.word == "for" && !statement.arguments.empty()) {
      add(std::string(statement.arguments[0].text), variable_item, "loop variable");
    } else if (const lang::Module* own = module(); own != nullptr && statement.word == "template") {
      const auto declared =
          statement.arguments.empty() ? own->templates.end() : own->templates.find(statement.arguments[0].text);
      if (declared != own->templates.end()) {
        for (const auto& parameter : declared->second.parameters) {
          add(std::string(parameter.name), variable_item, "parameter: " + to_string(parameter.type));
        }
      }
    }
    for (const auto& inner : statement.block) {
      if (inner.word == "const" && !inner.arguments.empty()) {
        add(std::string(inner.arguments[0].text), constant_item, "constant of this block");
      }
    }
  }

  Analysis& analysis_;
  syntax::SourceId source_;
  const Client& client_;
  std::uint32_t offset_;
  const Context& context_;
  Json items_ = Json::array();
  std::set<std::string> seen_;
};

}  // namespace

Json completion(const Request& request) {
  const auto context = context_at(request.view.analysis->sources[request.view.source], request.offset);
  return context.nothing ? Json::array() : Completion(request, context).run();
}

}  // namespace cip::lsp
