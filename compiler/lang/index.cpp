#include "compiler/lang/index.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace cip::lang {
namespace {

using syntax::Span;
using syntax::Statement;

Meaning::Kind kind_of(Binding::Kind kind) {
  switch (kind) {
    case Binding::Kind::parameter:
      return Meaning::Kind::parameter;
    case Binding::Kind::variable:
      return Meaning::Kind::variable;
    case Binding::Kind::constant:
      break;
  }
  return Meaning::Kind::constant;
}

bool contains(const Span& span, syntax::SourceId source, std::uint32_t offset) {
  return span.source == source && span.begin <= offset && offset <= span.end;
}

bool inside(const Span& inner, const Span& outer) {
  return inner.source == outer.source && outer.begin <= inner.begin && inner.end <= outer.end;
}

void add_value(Meaning& meaning, const Value& value) {
  if (!value.known()) {
    return;
  }
  if (std::find(meaning.values.begin(), meaning.values.end(), value) != meaning.values.end()) {
    return;
  }
  if (meaning.values.size() == Index::list_limit) {
    meaning.more_values = true;
    return;
  }
  meaning.values.push_back(value);
}

}  // namespace

std::string_view describe(Meaning::Kind kind) {
  constexpr std::array<std::string_view, 10> words{"constant", "parameter", "loop variable", "function", "template",
                                                   "import",   "provider",  "LAN",           "CLIM",     "interface"};
  return words[static_cast<std::size_t>(kind)];
}

Meaning& Index::add(const Span& use, Meaning::Kind kind, std::string_view name, const Span* declaration) {
  const auto [entry, fresh] = names_.try_emplace(use);
  Meaning& meaning = entry->second;
  if (fresh) {
    meaning.kind = kind;
    meaning.name = name;
  }
  auto& places = meaning.declarations;
  if (declaration != nullptr && places.size() < list_limit &&
      std::find(places.begin(), places.end(), *declaration) == places.end()) {
    places.push_back(*declaration);
  }
  return meaning;
}

void Index::binding(const Span& use, const Binding& binding) {
  Meaning& meaning = add(use, kind_of(binding.kind), binding.name, &binding.span);
  if (binding.state == Binding::State::done) {
    meaning.type = binding.value.type();
    add_value(meaning, binding.value);
  }
}

void Index::template_use(const Span& use, const Template& declared) {
  // Of `std.edge`, the part behind the dot.
  const Span name{use.source, use.end - static_cast<std::uint32_t>(declared.name.size()), use.end};
  add(name, Meaning::Kind::template_name, declared.name, &declared.span).declared = &declared;
}

void Index::import_name(const Span& use, const Module::Import& import) {
  add(use, Meaning::Kind::import, import.name, &import.span).file = import.module->tree->source;
}

void Index::call(const Span& name, const Function& function, const Value& value) {
  Meaning& meaning = add(name, Meaning::Kind::function, function.name, nullptr);
  meaning.function = &function;
  meaning.type = function.result;
  add_value(meaning, value);
}

void Index::value(const Origin& origin, std::vector<const Binding*> names) {
  if (!names.empty()) {
    derivations_.push_back({origin.rank, origin.span, origin.expansion, std::move(names)});
  }
}

void Index::interface_use(const Origin& use, const InterfaceRef& name, const Cluster& cluster,
                          const syntax::Sources& sources) {
  const Clim* clim = cluster.find(name.clim);
  const Interface* interface = cluster.find(name);
  Span own = use.span;
  // `n1.eth1` is two names; a string with expressions stands for the interface as a whole.
  if (sources[use.span.source].text(use.span) == name.str()) {
    const auto dot = use.span.begin + static_cast<std::uint32_t>(name.clim.str().size());
    if (clim != nullptr) {
      add({use.span.source, use.span.begin, dot}, Meaning::Kind::clim, name.clim.str(), &clim->origin.span);
    }
    own.begin = dot + 1;
  }
  if (interface != nullptr) {
    add(own, Meaning::Kind::interface, name.str(), &interface->origin.span);
  }
}

void Index::interface(const Interface& interface, const Clim& clim, const Cluster& cluster) {
  add(interface.origin.span, Meaning::Kind::interface, interface.name.str(), &interface.origin.span);
  const auto sibling = [&](const auto& use) {
    const Interface* found = use ? clim.find(use->value) : nullptr;
    if (found != nullptr) {
      add(use->origin.span, Meaning::Kind::interface, found->name.str(), &found->origin.span);
    }
  };
  for (const auto& slave : interface.bond.slaves) {
    sibling(std::optional(slave));
  }
  sibling(interface.bond.primary);
  sibling(interface.vlan.link);
  const Provider* provider = interface.provider ? cluster.find(interface.provider->value) : nullptr;
  if (provider == nullptr) {
    return;
  }
  add(interface.provider->origin.span, Meaning::Kind::provider, provider->name.str(), &provider->origin.span);
  if (interface.lan) {
    const auto known = provider->lan_by_name.find(interface.lan->value);
    add(interface.lan->origin.span, Meaning::Kind::lan, interface.lan->value.str(),
        known == provider->lan_by_name.end() ? nullptr : &provider->lans[known->second].origin.span);
  }
}

void Index::model(const Cluster& cluster, const syntax::Sources& sources) {
  for (const Provider& provider : cluster.providers) {
    add(provider.origin.span, Meaning::Kind::provider, provider.name.str(), &provider.origin.span);
    for (const Lan& lan : provider.lans) {
      add(lan.origin.span, Meaning::Kind::lan, lan.name.str(), &lan.origin.span);
    }
  }
  for (const Clim& clim : cluster.clims) {
    add(clim.origin.span, Meaning::Kind::clim, clim.name.str(), &clim.origin.span);
    for (const Interface& own : clim.interfaces) {
      interface(own, clim, cluster);
    }
  }
  for (const FailoverStatement& failover : cluster.failovers) {
    interface_use(failover.origin, failover.target, cluster, sources);
    const Interface* home = cluster.find(failover.home);
    if (home == nullptr || home->origin.span != failover.home_origin.span) {
      interface_use(failover.home_origin, failover.home, cluster, sources);
    }
  }
  for (const Ipsec& ipsec : cluster.ipsec) {
    for (const auto& use : ipsec.clims) {
      if (const Clim* clim = cluster.find(use.value)) {
        add(use.origin.span, Meaning::Kind::clim, use.value.str(), &clim->origin.span);
      }
    }
  }
}

void Index::keep(Loaded loaded, std::shared_ptr<Scopes> scopes) {
  loaded_ = std::move(loaded);
  scopes_ = std::move(scopes);
}

void Index::hide(const std::unordered_set<const Binding*>& secrets) {
  std::set<Span> hidden;
  for (const Binding* binding : secrets) {
    hidden.insert(binding->span);
  }
  for (auto& [use, meaning] : names_) {
    const auto& declared = meaning.declarations;
    if (std::any_of(declared.begin(), declared.end(), [&](const Span& span) { return hidden.count(span) != 0; })) {
      meaning.values.clear();
      meaning.more_values = false;
    }
  }
}

const std::pair<const Span, Meaning>* Index::name_at(syntax::SourceId source, std::uint32_t offset) const {
  const std::pair<const Span, Meaning>* best = nullptr;
  // Names do not overlap, but for strings, which may have names in them.
  for (auto entry = names_.lower_bound(Span{source, 0, 0}); entry != names_.end(); ++entry) {
    const Span& span = entry->first;
    if (span.source != source || span.begin > offset) {
      break;
    }
    const bool smaller = best == nullptr || span.end - span.begin <= best->first.end - best->first.begin;
    if (contains(span, source, offset) && (smaller || best->first.end == offset)) {
      best = &*entry;
    }
  }
  return best;
}

std::vector<const Binding*> Index::names_of(const Origin& origin) const {
  const Statement* statement = statement_at(origin.span.source, origin.span.begin);
  const Span whole = statement == nullptr ? origin.span : statement->head;
  const auto belongs = [&](const Derivation& derivation) {
    return derivation.expansion == origin.expansion && inside(derivation.span, whole);
  };
  const auto from = std::lower_bound(derivations_.begin(), derivations_.end(), origin.rank,
                                     [](const Derivation& entry, std::uint32_t rank) { return entry.rank < rank; });
  auto first = from;
  while (first != derivations_.begin() && belongs(*std::prev(first))) {
    --first;
  }
  auto last = from;
  while (last != derivations_.end() && belongs(*last)) {
    ++last;
  }
  std::vector<const Binding*> names;
  for (; first != last; ++first) {
    for (const Binding* name : first->names) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

std::optional<Origin> Index::time(std::string_view word) const {
  const auto found = times_.find(word);
  return found == times_.end() ? std::nullopt : std::optional(found->second);
}

const Module* Index::module(syntax::SourceId source) const {
  if (scopes_ == nullptr) {
    return nullptr;
  }
  const auto found = std::find_if(scopes_->modules.begin(), scopes_->modules.end(),
                                  [&](const Module& module) { return module.tree->source == source; });
  return found == scopes_->modules.end() ? nullptr : &*found;
}

std::vector<const Statement*> Index::statements_at(syntax::SourceId source, std::uint32_t offset) const {
  std::vector<const Statement*> result;
  const auto tree = std::find_if(loaded_.trees.begin(), loaded_.trees.end(),
                                 [&](const syntax::Tree& entry) { return entry.source == source; });
  const std::vector<Statement>* block = tree == loaded_.trees.end() ? nullptr : &tree->statements;
  while (block != nullptr) {
    // Of two that meet there, the one that begins.
    const auto found = std::find_if(block->rbegin(), block->rend(), [&](const Statement& statement) {
      return contains(statement.span, source, offset);
    });
    if (found == block->rend()) {
      break;
    }
    result.push_back(&*found);
    block = &found->block;
  }
  return result;
}

const Statement* Index::statement_at(syntax::SourceId source, std::uint32_t offset) const {
  const auto statements = statements_at(source, offset);
  return statements.empty() ? nullptr : statements.back();
}

}  // namespace cip::lang
