#include "compiler/lang/scope.h"

#include <utility>

namespace cip::lang {
namespace {

// From here on looking along the list is slower than an index.
constexpr std::size_t index_from = 9;

}  // namespace

std::string_view describe(Binding::Kind kind) {
  switch (kind) {
    case Binding::Kind::parameter:
      return "parameter";
    case Binding::Kind::variable:
      return "loop variable";
    case Binding::Kind::constant:
      break;
  }
  return "constant";
}

Binding* Scope::find_own(std::string_view name) {
  if (!index_.empty()) {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : found->second;
  }
  for (Binding& binding : bindings_) {
    if (binding.name == name) {
      return &binding;
    }
  }
  return nullptr;
}

const Binding* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->lexical_) {
    if (const Binding* found = const_cast<Scope*>(scope)->find_own(name)) {  // NOLINT: looks, changes nothing
      return found;
    }
  }
  return nullptr;
}

Binding& Scope::declare(Binding binding) {
  bindings_.push_front(std::move(binding));
  ++count_;
  if (count_ >= index_from) {
    if (index_.empty()) {
      for (Binding& entry : bindings_) {
        index_.emplace(entry.name, &entry);
      }
    } else {
      index_.emplace(bindings_.front().name, &bindings_.front());
    }
  }
  return bindings_.front();
}

std::string Scope::text() const {
  std::string values;
  for (const Binding& binding : bindings_) {
    if (binding.kind != Binding::Kind::constant) {
      const std::string own = std::string(binding.name) + (template_.empty() ? " = " : ": ") + binding.value.shown();
      values = values.empty() ? own : own + ", " + values;
    }
  }
  if (template_.empty()) {
    return "with " + values + " in this loop";
  }
  return "in template " + std::string(template_) + "(" + values + "), used here";
}

const Module::Import* Module::find_import(std::string_view name) const {
  const auto found = import_by_name_.find(name);
  return found == import_by_name_.end() ? nullptr : found->second;
}

const Module::Import& Module::add_import(Import import) {
  const Import& added = imports.emplace_back(std::move(import));
  import_by_name_.emplace(added.name, &added);
  return added;
}

}  // namespace cip::lang
