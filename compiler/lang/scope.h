// Names, what they stand for, and where they can be seen. Scopes are lexical: a template sees the names of its file and
// its parameters, never those of the place that uses it. Which uses and iterations a text came through is a second
// chain, of the scopes that are steps of an expansion.
#pragma once

#include <cstdint>
#include <deque>
#include <forward_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/lang/value.h"
#include "compiler/syntax/origin.h"
#include "compiler/syntax/tree.h"

namespace cip::lang {

class Scope;
struct Module;

// A constant, parameter or loop variable.
struct Binding {
  enum class Kind : std::uint8_t { constant, parameter, variable };
  enum class State : std::uint8_t { declared, evaluating, done, failed };

  Kind kind = Kind::constant;
  State state = State::declared;
  std::string_view name;
  syntax::Span span;                               // of its name where it is declared
  syntax::Span value_span;                         // of what it stands for
  std::span<const syntax::Argument> expression{};  // what it is made of, while the tree lives; of a variable: the list
  Scope* scope = nullptr;                          // whose names the expression sees
  Value value = Value::unknown({});                // while declared or failed: of no known type
  bool is_default = false;                         // of a parameter: it has no argument
  std::vector<const Binding*> from;                // names in its expression, if an index is kept
};

// What kind of binding it is, for messages: "constant".
std::string_view describe(Binding::Kind kind);

class Scope final : public syntax::Expansion {
 public:
  // The names of a file, or of a block that has constants.
  Scope(const Module& module, const Scope* lexical, const syntax::Expansion* outer)
      : module_(module), lexical_(lexical), outer_(outer) {}
  // A step: `template_name` is used at `span`, or (empty) an iteration of the loop there.
  Scope(const Module& module, const Scope* lexical, const syntax::Expansion* outer, const syntax::Span& span,
        std::string_view template_name, bool import)
      : module_(module),
        lexical_(lexical),
        outer_(outer),
        span_(span),
        template_(template_name),
        step_(true),
        import_(import) {}

  const Module& module() const { return module_; }
  const Scope* lexical() const { return lexical_; }
  // In this scope, or in those around it; null: none.
  Binding* find_own(std::string_view name);
  const Binding* find(std::string_view name) const;
  Binding& declare(Binding binding);
  std::forward_list<Binding>& bindings() { return bindings_; }  // last declared first
  const std::forward_list<Binding>& bindings() const { return bindings_; }

  // The innermost step of an expansion that a text in this scope came through.
  const syntax::Expansion* step() const { return step_ ? this : outer_; }
  syntax::Span span() const override { return span_; }
  std::string text() const override;
  const syntax::Expansion* outer() const override { return outer_; }
  bool is_import() const override { return import_; }
  std::string_view template_name() const { return template_; }  // of a step; empty: of a loop

 private:
  const Module& module_;
  const Scope* lexical_;
  const syntax::Expansion* outer_;
  std::forward_list<Binding> bindings_;
  std::size_t count_ = 0;
  std::unordered_map<std::string_view, Binding*> index_;  // once there are many
  syntax::Span span_;
  std::string_view template_;
  bool step_ = false;
  bool import_ = false;
};

struct Parameter {
  std::string_view name;
  syntax::Span span;
  Type type;
  std::size_t default_at = 0;  // index into the items of the template's head; 0: none
};

struct Template {
  enum class Size : std::uint8_t { not_asked, asked, fixed, varies };

  const Module* module = nullptr;
  const syntax::Statement* statement = nullptr;
  std::string_view name;
  syntax::Span span;        // of its name
  std::string_view target;  // the block that it is for: clim, interface, ...
  std::vector<Parameter> parameters;
  bool broken = false;           // something in it is wrong, which has been reported: it is not expanded
  bool has_secret = false;       // in clear text (E0402), or a template that it uses has: its arguments may be it
  std::vector<Template*> users;  // that use it in their definitions
  // How many statements a use makes, where that does not depend on the arguments.
  Size size = Size::not_asked;
  std::uint64_t statements = 0;
};

// A file, as those see it that import it.
struct Module {
  struct Import {
    std::string name;
    syntax::Span span;
    const Module* module = nullptr;
  };

  const syntax::Tree* tree = nullptr;
  std::unique_ptr<Scope> scope;  // its constants
  std::unordered_map<std::string_view, Template> templates;
  std::deque<Import> imports;    // in text order; an index of names refers to them
  bool imports_unknown = false;  // an import failed

  const Import* find_import(std::string_view name) const;
  // There is none of this name.
  const Import& add_import(Import import);

 private:
  std::unordered_map<std::string_view, const Import*> import_by_name_;
};

// All scopes of a compilation: origins refer to them.
struct Scopes {
  std::deque<Module> modules;
  std::deque<Scope> scopes;
};

}  // namespace cip::lang
