#include "compiler/lang/modules.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/arguments.h"
#include "compiler/lang/expression.h"
#include "compiler/lang/index.h"
#include "compiler/lang/recursion.h"
#include "compiler/lang/words.h"
#include "compiler/syntax/tokens.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;
using syntax::Span;
using syntax::Statement;

void report_twice(Reading& reading, std::string message, const Span& span, const Span& earlier) {
  reading.findings.add({Code::e0004,
                        std::move(message),
                        {Origin{span, 0, reading.scope->step()}, "declared again here"},
                        {{earlier, "first declared here"}},
                        {},
                        {},
                        {}});
}

// A name for a constant, parameter or template. Reserved words are none.
bool is_declarable(const Argument& argument) {
  return argument.kind == ArgumentKind::word && !syntax::is_reserved(argument.text) && argument.text != "802.3ad" &&
         argument.text != "layer3+4";
}

void declare_constant(const Statement& statement, Scope& scope, Reading& reading) {
  const auto& arguments = statement.arguments;
  const bool named = !arguments.empty() && is_declarable(arguments[0]);
  const bool complete = arguments.size() > 2 && arguments[1].is_punctuation("=");
  if (statement.has_block) {
    report(reading, Code::e0001, "`const` has no block", statement.head, "expected `;` after this");
  } else if (!named && !statement.broken) {
    report(reading, Code::e0001, "`const` needs a name",
           arguments.empty() ? syntax::end_of(statement.head) : arguments[0].span, "expected a name",
           "write `const NAME = value;`");
  } else if (!complete && !statement.broken) {
    const bool sign = arguments.size() > 1 && !arguments[1].is_punctuation("=");
    report(reading, Code::e0001, sign ? "a constant needs `=`" : "a constant needs a value",
           sign ? arguments[1].span : syntax::end_of(statement.head), sign ? "expected `=`" : "expected `= value`");
  }
  if (!named || !is_free(arguments[0].text, arguments[0].span, scope, reading)) {
    return;
  }
  Binding binding;
  binding.name = arguments[0].text;
  binding.span = arguments[0].span;
  if (complete) {
    binding.expression = Items(arguments).subspan(2);
  }
  binding.scope = &scope;
  // A name that is declared wrongly is declared all the same: to use it is no error of its own.
  binding.state =
      complete && !statement.has_block && !statement.broken ? Binding::State::declared : Binding::State::failed;
  scope.declare(std::move(binding));
}

// ---- templates

std::optional<Type> read_type(const Argument& argument, Reading& reading, std::size_t depth = 0) {
  if (argument.kind == ArgumentKind::list && argument.items.size() == 1 && depth < list_depth_limit) {
    const auto element = read_type(argument.items[0], reading, depth + 1);
    return element ? std::optional(element->list()) : std::nullopt;
  }
  if (const auto kind = argument.kind == ArgumentKind::word ? find_kind(argument.text) : std::nullopt) {
    return Type{*kind};
  }
  if (argument.kind != ArgumentKind::word) {
    report(reading, Code::e0001, "a parameter needs a type", argument.span, "expected a type such as int or [string]");
    return std::nullopt;
  }
  const auto meant = diagnostics::suggestion(argument.text, kind_words());
  std::string all;
  for (const auto word : kind_words()) {
    all += (all.empty() ? "" : ", ") + std::string(word);
  }
  report(
      reading, Code::e0002, "unknown type " + backticked(argument.text), argument.span, "",
      meant ? "did you mean " + backticked(*meant) + "?" : "types are " + all + ", and lists of these such as [int]");
  return std::nullopt;
}

class Parameters {
 public:
  Parameters(const Argument& call, Template& declared, Reading& reading)
      : items_(call.items), declared_(declared), reading_(reading) {}

  bool read() {
    bool good = true;
    while (good && at_ < items_.size()) {
      good = parameter();
      if (good && at_ < items_.size()) {
        good = items_[at_].is_punctuation(",") && at_ + 1 < items_.size();
        if (!good) {
          fault("expected `,` and a parameter, or `)`");
        }
        ++at_;
      }
    }
    return good;
  }

 private:
  bool fault(std::string label) {
    const Span span = at_ < items_.size() ? items_[at_].span : syntax::end_of(items_.back().span);
    report(reading_, Code::e0001, "a parameter is written `name: type` or `name: type = value`", span,
           std::move(label));
    return false;
  }

  bool parameter() {
    if (!is_declarable(items_[at_])) {
      return fault("expected a name");
    }
    const Argument& name = items_[at_++];
    if (at_ + 1 >= items_.size() || !items_[at_].is_punctuation(":")) {
      return fault("expected `:` and a type");
    }
    ++at_;
    const auto type = read_type(items_[at_++], reading_);
    std::size_t value = 0;
    if (at_ < items_.size() && items_[at_].is_punctuation("=")) {
      value = ++at_;
      while (at_ < items_.size() && !items_[at_].is_punctuation(",")) {
        ++at_;
      }
      if (at_ == value) {
        return fault("expected a value");
      }
    }
    for (const Parameter& earlier : declared_.parameters) {
      if (earlier.name == name.text) {
        report_twice(reading_, "parameter " + backticked(name.text) + " is declared twice", name.span, earlier.span);
        return false;
      }
    }
    const bool free = is_free(name.text, name.span, *reading_.scope, reading_);
    declared_.parameters.push_back({name.text, name.span, type.value_or(Type{}), value});
    return type.has_value() && free;
  }

  const std::vector<Argument>& items_;
  Template& declared_;
  Reading& reading_;
  std::size_t at_ = 0;
};

constexpr auto template_form = "write `template name(parameter: type, ...) for clim { ... }`";

// What a template is for, if it says so.
bool read_target(const Statement& statement, Template& declared, Reading& reading) {
  const auto& arguments = statement.arguments;
  if (arguments.size() < 3 || !arguments[1].is(ArgumentKind::word, "for")) {
    if (!statement.broken) {
      report(reading, Code::e0001, "a template says what it is for",
             arguments.size() < 2 ? syntax::end_of(statement.head) : arguments[1].span, "expected `for` and a block",
             template_form);
    }
    return false;
  }
  const auto& targets = template_targets();
  if (std::find(targets.begin(), targets.end(), arguments[2].text) == targets.end()) {
    const auto meant = diagnostics::suggestion(arguments[2].text, targets);
    std::string all;
    for (const auto target : targets) {
      all += (all.empty() ? "" : ", ") + std::string(target);
    }
    report(reading, Code::e0002, "there are no templates for " + backticked(arguments[2].text), arguments[2].span, "",
           meant ? "did you mean " + backticked(*meant) + "?" : "templates are for " + all);
    return false;
  }
  if (arguments.size() > 3) {
    report(reading, Code::e0001, "unexpected " + backticked(arguments[3].text) + " in `template`", arguments[3].span,
           "expected `{`");
    return false;
  }
  declared.target = arguments[2].text;
  return true;
}

void declare_template(const Statement& statement, Module& module, Reading& reading) {
  const auto& arguments = statement.arguments;
  if (arguments.empty() || arguments[0].kind != ArgumentKind::call ||
      arguments[0].text.find('.') != std::string_view::npos) {
    if (!statement.broken) {
      report(reading, Code::e0001, "a template needs a name and its parameters",
             arguments.empty() ? syntax::end_of(statement.head) : arguments[0].span, "expected `name(...)`",
             template_form);
    }
    return;
  }
  Template declared;
  declared.module = &module;
  declared.statement = &statement;
  declared.name = arguments[0].text;
  declared.span = arguments[0].span;
  declared.span.end = declared.span.begin + static_cast<std::uint32_t>(declared.name.size());
  const bool parameters = Parameters(arguments[0], declared, reading).read();
  const bool target = read_target(statement, declared, reading);
  if (target && !statement.has_block && !statement.broken) {
    report(reading, Code::e0001, "`template` needs a block", syntax::end_of(statement.head), "expected `{`");
  }
  declared.broken = !parameters || !target || !statement.has_block || statement.broken || statement.block_broken;
  const auto [entry, fresh] = module.templates.emplace(declared.name, declared);
  if (!fresh) {
    report_twice(reading, "template " + std::string(declared.name) + " is declared twice", declared.span,
                 entry->second.span);
    entry->second.broken = true;
  }
  if (fresh && reading.index != nullptr) {
    reading.index->template_use(declared.span, entry->second);
  }
}

// ---- imports

// The name under which an importer sees the file; none if the file's is no name of the language.
std::string import_name(const Statement& statement) {
  const auto& arguments = statement.arguments;
  if (arguments.size() > 2 && arguments[1].is(ArgumentKind::word, "as")) {
    return std::string(arguments[2].text);
  }
  const auto path = syntax::plain_text(arguments.front());
  return path ? std::filesystem::path(*path).stem().string() : std::string();
}

void add_import(const LoadedImport& import, Module& importer, const Module& imported, Reading& reading) {
  const std::string name = import_name(*import.statement);
  const Span& span = import.statement->head;
  if (const auto* earlier = importer.find_import(name)) {
    // The same file again is no harm.
    if (earlier->module != &imported) {
      reading.findings.add({Code::e0004,
                            "two imports are named " + lang::backticked(name),
                            {span, "this one ..."},
                            {{earlier->span, "... and this one"}},
                            {},
                            {"give one of them a name of its own: `import \"path\" as name;`"},
                            {}});
    }
    return;
  }
  const auto& added = importer.add_import({name, span, &imported});
  if (reading.index != nullptr) {
    reading.index->import_name(import.statement->arguments.front().span, added);
  }
}

void declare_all(Module& module, Reading& reading) {
  reading.scope = module.scope.get();
  declare_constants(module.tree->statements, *module.scope, reading);
  for (const Statement& statement : module.tree->statements) {
    if (statement.word == "template") {
      declare_template(statement, module, reading);
    }
  }
}

}  // namespace

bool has_constants(const std::vector<Statement>& statements) {
  return std::any_of(statements.begin(), statements.end(), [](const Statement& s) { return s.word == "const"; });
}

void declare_constants(const std::vector<Statement>& statements, Scope& scope, Reading& reading) {
  for (const Statement& statement : statements) {
    if (statement.word == "const") {
      declare_constant(statement, scope, reading);
    }
  }
}

bool is_free(std::string_view name, const Span& span, Scope& scope, Reading& reading) {
  const Binding* earlier = scope.find(name);
  if (earlier == nullptr) {
    return true;
  }
  const bool own = scope.find_own(name) != nullptr;
  reading.findings.add(
      {Code::e0004,
       own ? std::string(describe(earlier->kind)) + " " + lang::backticked(name) + " is declared twice"
           : lang::backticked(name) + " hides a " + std::string(describe(earlier->kind)) + " of this name",
       {Origin{span, 0, reading.scope->step()}, own ? "declared again here" : "declared here"},
       {{earlier->span, own ? "first declared here" : "hides this"}},
       {},
       {own ? "remove one of them" : "give one of them another name"},
       {}});
  return false;
}

Template* find_template(const Argument& call, Reading& reading) {
  const Module* module = &reading.scope->module();
  std::string_view name = call.text;
  const Span span{call.span.source, call.span.begin, call.span.begin + static_cast<std::uint32_t>(name.size())};
  if (const auto dot = name.find('.'); dot != std::string_view::npos) {
    const auto* import = module->find_import(name.substr(0, dot));
    if (import == nullptr) {
      if (!module->imports_unknown) {
        report(reading, Code::e0003, "no import is named " + backticked(name.substr(0, dot)), span, "unknown template",
               "import the file that has the template: `import \"std/bond.cip\";`");
      }
      return nullptr;
    }
    if (reading.index != nullptr) {
      reading.index->import_name({span.source, span.begin, span.begin + static_cast<std::uint32_t>(dot)}, *import);
    }
    module = import->module;
    name = name.substr(dot + 1);
  }
  // Whoever asks may note in it what it has found out.
  auto& templates = const_cast<Module*>(module)->templates;  // NOLINT: modules are only made here
  const auto found = templates.find(name);
  if (found != templates.end()) {
    if (reading.index != nullptr) {
      reading.index->template_use(span, found->second);
    }
    return &found->second;
  }
  std::vector<std::string_view> names;
  names.reserve(templates.size());
  for (const auto& [key, entry] : templates) {
    names.push_back(key);
  }
  std::sort(names.begin(), names.end());
  std::string help;
  if (const auto meant = diagnostics::suggestion(name, names)) {
    help = "did you mean " +
           lang::backticked(std::string(call.text.substr(0, call.text.size() - name.size())) + std::string(*meant)) +
           "?";
  }
  for (const Module::Import& import : reading.scope->module().imports) {
    if (help.empty() && import.module->templates.count(name) != 0) {
      help = "write " + lang::backticked("use " + import.name + "." + std::string(name) + "(...);");
    }
  }
  report(reading, Code::e0003, "unknown template " + backticked(call.text), span, "no template has this name",
         std::move(help));
  return nullptr;
}

void declare_modules(const Loaded& loaded, Reading& reading) {
  auto& modules = reading.scopes->modules;
  std::unordered_map<std::uint32_t, Module*> by_source;
  for (const syntax::Tree& tree : loaded.trees) {
    Module& module = modules.emplace_back();
    module.tree = &tree;
    module.scope = std::make_unique<Scope>(module, nullptr, nullptr);
    module.imports_unknown = tree.broken || loaded.incomplete;
    by_source.emplace(static_cast<std::uint32_t>(tree.source), &module);
  }
  for (Module& module : modules) {
    declare_all(module, reading);
  }
  for (const LoadedImport& import : loaded.imports) {
    Module& importer = *by_source.at(static_cast<std::uint32_t>(import.importer));
    reading.scope = importer.scope.get();
    add_import(import, importer, *by_source.at(static_cast<std::uint32_t>(import.imported)), reading);
  }
  for (Module& module : modules) {
    reading.scope = module.scope.get();
    evaluate_constants(*module.scope, reading);
    find_recursion(module, reading);
  }
}

}  // namespace cip::lang
