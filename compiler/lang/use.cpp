#include "compiler/lang/use.h"

#include <string>
#include <utility>
#include <vector>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/arguments.h"
#include "compiler/lang/expression.h"
#include "compiler/lang/index.h"
#include "compiler/lang/operators.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;
using syntax::Span;

class Binder {
 public:
  Binder(const Argument& call, const Template& used, Reading& reading)
      : call_(call), used_(used), reading_(reading), values_(used.parameters.size()), given_(used.parameters.size()) {}

  bool run(Scope& scope) {
    std::size_t at = 0;
    while (at < call_.items.size() && argument(at)) {
      if (at < call_.items.size() && (!call_.items[at].is_punctuation(",") || ++at == call_.items.size())) {
        const bool comma = at == call_.items.size();
        error(Code::e0001,
              comma ? "an argument is missing after the comma" : "unexpected " + backticked(call_.items[at].text),
              comma ? syntax::end_of(call_.items[at - 1].span) : call_.items[at].span,
              comma ? "expected a value" : "expected `,` or `)`");
        break;
      }
    }
    if (!malformed_) {
      add_defaults();
    }
    if (failed_) {
      return false;
    }
    for (auto& value : values_) {
      scope.declare(std::move(*value));
    }
    return true;
  }

 private:
  void error(Code code, std::string message, const Span& span, std::string label, std::string help = {},
             bool show_declaration = false) {
    failed_ = true;
    malformed_ = malformed_ || code == Code::e0001;
    diagnostics::Finding finding{
        code, std::move(message), {Origin{span, 0, reading_.scope->step()}, std::move(label)}, {}, {}, {}, {}};
    if (show_declaration) {
      finding.secondary.push_back({used_.span, "declared here"});
    }
    if (!help.empty()) {
      finding.help.push_back(std::move(help));
    }
    reading_.findings.add(std::move(finding));
  }

  // One argument from `at` on; false if what follows makes no sense any more.
  bool argument(std::size_t& at) {
    const Argument& first = call_.items[at];
    const bool named =
        first.kind == ArgumentKind::word && at + 1 < call_.items.size() && call_.items[at + 1].is_punctuation(":");
    std::optional<std::size_t> parameter;
    if (named) {
      at += 2;
      parameter = by_name(first);
      any_named_ = true;
    } else if (any_named_) {
      error(Code::e0008, "arguments by position stand before those by name", first.span, "give it a name, too");
      reported_many_ = true;  // it may be the one that seems to be missing
    } else if (position_ < used_.parameters.size()) {
      parameter = position_++;
    } else {
      too_many(first);
    }
    const std::size_t begin = at;
    auto evaluated = evaluate(call_.items, at, reading_);
    if (!evaluated) {
      failed_ = true;
      if (at == begin) {
        error(Code::e0001, "an argument needs a value",
              at < call_.items.size() ? call_.items[at].span : syntax::end_of(call_.items[at - 1].span),
              "expected a value");
        return false;
      }
      if (parameter) {
        given_[*parameter] = call_.items[begin].span;
      }
      return at < call_.items.size();
    }
    if (parameter) {
      take(*parameter, std::move(*evaluated), named ? first.span : evaluated->span, named);
    }
    return true;
  }

  void too_many(const Argument& argument) {
    const std::size_t most = used_.parameters.size();
    if (!std::exchange(reported_many_, true)) {
      error(Code::e0008,
            "template " + std::string(used_.name) + " takes " + (most == 0 ? "no" : std::to_string(most)) +
                (most == 1 ? " argument" : " arguments"),
            argument.span, "this is one too many", {}, true);
    }
    failed_ = true;
  }

  std::optional<std::size_t> by_name(const Argument& name) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < used_.parameters.size(); ++i) {
      if (used_.parameters[i].name == name.text) {
        return i;
      }
      names.push_back(used_.parameters[i].name);
    }
    const auto meant = diagnostics::suggestion(name.text, names);
    error(Code::e0008, "template " + std::string(used_.name) + " has no parameter " + backticked(name.text), name.span,
          "unknown parameter", meant ? "did you mean " + backticked(*meant) + "?" : "", true);
    return std::nullopt;
  }

  // `place` is that of the parameter's name if the argument is `named`.
  void take(std::size_t parameter, Evaluated evaluated, const Span& place, bool named) {
    const Parameter& declared = used_.parameters[parameter];
    if (given_[parameter]) {
      failed_ = true;
      reading_.findings.add({Code::e0008,
                             "parameter " + backticked(declared.name) + " is given twice",
                             {Origin{place, 0, reading_.scope->step()}, "given again here"},
                             {{*given_[parameter], "first given here"}},
                             {},
                             {},
                             {}});
      return;
    }
    given_[parameter] = place;
    bind(parameter, std::move(evaluated), named ? &place : nullptr);
  }

  // `name` is where the argument names its parameter; null: it does not.
  void bind(std::size_t parameter, Evaluated evaluated, const Span* name = nullptr) {
    const Parameter& declared = used_.parameters[parameter];
    auto value = evaluated.value.convert(declared.type);
    if (!value) {
      Problem problem = unfit({evaluated.value, evaluated.span, false}, declared.type,
                              "parameter " + backticked(declared.name) + " is ");
      error(problem.code, std::move(problem.message), evaluated.span, std::move(problem.label), std::move(problem.help),
            true);
      return;
    }
    Binding binding;
    binding.kind = Binding::Kind::parameter;
    binding.state = Binding::State::done;
    binding.name = declared.name;
    binding.span = declared.span;
    binding.value_span = evaluated.span;
    binding.expression = evaluated.items;
    binding.scope = reading_.scope;
    binding.value = reading_.dry ? Value::unknown(declared.type) : std::move(*value);
    binding.from = std::move(evaluated.names);
    if (reading_.index != nullptr) {
      reading_.index->binding(binding.span, binding);
      if (name != nullptr) {
        reading_.index->binding(*name, binding);
      }
    }
    values_[parameter] = std::move(binding);
  }

  void add_defaults() {
    std::string missing;
    for (std::size_t i = 0; i < used_.parameters.size(); ++i) {
      const Parameter& declared = used_.parameters[i];
      if (given_[i] || values_[i]) {
        continue;
      }
      if (declared.default_at == 0) {
        missing += (missing.empty() ? "" : ", ") + backticked(declared.name);
        continue;
      }
      // A default sees what the template's file sees.
      Scope* const before = std::exchange(reading_.scope, used_.module->scope.get());
      std::size_t at = declared.default_at;
      auto evaluated = evaluate(used_.statement->arguments[0].items, at, reading_);
      if (evaluated) {
        bind(i, std::move(*evaluated));
        if (values_[i]) {
          values_[i]->is_default = true;
        }
      } else {
        failed_ = true;
      }
      reading_.scope = before;
    }
    if (!missing.empty() && !reported_many_) {
      const bool several = missing.find(", ") != std::string::npos;
      error(Code::e0008,
            std::string(several ? "arguments " : "argument ") + missing + " of template " + std::string(used_.name) +
                (several ? " are missing" : " is missing"),
            call_.span, "", {}, true);
    }
  }

  const Argument& call_;
  const Template& used_;
  Reading& reading_;
  std::vector<std::optional<Binding>> values_;  // by parameter
  std::vector<std::optional<Span>> given_;
  std::size_t position_ = 0;
  bool any_named_ = false;
  bool reported_many_ = false;
  bool malformed_ = false;
  bool failed_ = false;
};

}  // namespace

bool bind_parameters(const Argument& call, const Template& used, Scope& scope, Reading& reading) {
  return Binder(call, used, reading).run(scope);
}

}  // namespace cip::lang
