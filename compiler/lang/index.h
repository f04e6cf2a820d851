// What the names in a specification's text mean, and what its values were made of: kept on demand, for `cipc why` and
// the language server. A piece of text in a template or a loop is read many times; it is one entry, with all that it
// has stood for, so that an index is never much larger than the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/lang/functions.h"
#include "compiler/lang/load.h"
#include "compiler/lang/model.h"
#include "compiler/lang/scope.h"
#include "compiler/lang/value.h"

namespace cip::lang {

// What a name at some place stands for.
struct Meaning {
  enum class Kind : std::uint8_t {
    constant,
    parameter,
    variable,
    function,
    template_name,
    import,
    provider,
    lan,
    clim,
    interface
  };

  Kind kind = Kind::constant;
  std::string name;
  std::vector<syntax::Span> declarations;  // the first ones; none for what the language itself has
  // Of a constant, parameter, loop variable or call.
  Type type;
  std::vector<Value> values;  // the first different ones
  bool more_values = false;
  // Of a template and its uses; of a function; of an import and its uses.
  const Template* declared = nullptr;
  const Function* function = nullptr;
  std::optional<syntax::SourceId> file;
};
std::string_view describe(Meaning::Kind kind);  // "loop variable"

// The names that a value was made of.
struct Derivation {
  std::uint32_t rank = 0;  // of the value's origin
  syntax::Span span;
  const syntax::Expansion* expansion = nullptr;
  std::vector<const Binding*> names;
};

class Index {
 public:
  static constexpr std::size_t list_limit = 8;  // of values and declarations of one meaning

  // What reading tells, in its order.
  void binding(const syntax::Span& use, const Binding& binding);
  void template_use(const syntax::Span& use, const Template& declared);  // `edge`, `std.edge`; also the declaration
  void import_name(const syntax::Span& use, const Module::Import& import);
  void call(const syntax::Span& name, const Function& function, const Value& value);
  void value(const Origin& origin, std::vector<const Binding*> names);
  void time(std::string_view word, const Origin& origin) { times_.emplace(word, origin); }
  // All has been read: secrets are made of these (E0402), and nobody sees their values.
  void hide(const std::unordered_set<const Binding*>& secrets);
  // The names of the model: providers, LANs, CLIMs and interfaces.
  void model(const Cluster& cluster, const syntax::Sources& sources);
  // What all pointers in here point into.
  void keep(Loaded loaded, std::shared_ptr<Scopes> scopes);

  const std::map<syntax::Span, Meaning>& names() const { return names_; }
  // The innermost name at a place, or that ends there; null: none.
  const std::pair<const syntax::Span, Meaning>* name_at(syntax::SourceId source, std::uint32_t offset) const;
  // The names in all values of the statement that has this value: also of its other arguments.
  std::vector<const Binding*> names_of(const Origin& origin) const;
  // Where a time of the cluster (`dead`) is set; nothing: it has its default.
  std::optional<Origin> time(std::string_view word) const;

  const std::deque<syntax::Tree>& trees() const { return loaded_.trees; }
  const std::vector<LoadedImport>& imports() const { return loaded_.imports; }
  const Scopes* scopes() const { return scopes_.get(); }
  const Module* module(syntax::SourceId source) const;
  // The innermost statement whose text has the place; null: none.
  const syntax::Statement* statement_at(syntax::SourceId source, std::uint32_t offset) const;
  // The statements around it, outermost first, and it.
  std::vector<const syntax::Statement*> statements_at(syntax::SourceId source, std::uint32_t offset) const;

 private:
  Meaning& add(const syntax::Span& use, Meaning::Kind kind, std::string_view name, const syntax::Span* declaration);
  void interface(const Interface& interface, const Clim& clim, const Cluster& cluster);
  void interface_use(const Origin& use, const InterfaceRef& name, const Cluster& cluster,
                     const syntax::Sources& sources);

  std::map<syntax::Span, Meaning> names_;
  std::vector<Derivation> derivations_;  // of values that have names, by rank
  std::map<std::string, Origin, std::less<>> times_;
  Loaded loaded_;
  std::shared_ptr<Scopes> scopes_;
};

}  // namespace cip::lang
