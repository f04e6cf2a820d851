#include "compiler/lang/secrets.h"

#include <utility>
#include <vector>

#include "compiler/syntax/tree.h"

namespace cip::lang {
namespace {

using syntax::Argument;
using syntax::ArgumentKind;

class Redactor {
 public:
  explicit Redactor(Reading& reading) : reading_(reading) {}

  // Without recursion from name to name: there may be 100,000 constants in a row.
  void run(std::span<const Argument> items) {
    add(items, reading_.scope);
    while (!waiting_.empty()) {
      const Binding* binding = waiting_.back();
      waiting_.pop_back();
      add(binding->expression, binding->scope);
    }
  }

 private:
  void add(std::span<const Argument> items, const Scope* scope) {
    for (const Argument& item : items) {
      add(item, scope);
    }
  }

  void add(const Argument& item, const Scope* scope) {
    switch (item.kind) {
      case ArgumentKind::word:
        add_name(item, *scope);
        break;
      case ArgumentKind::call:
      case ArgumentKind::group:
      case ArgumentKind::list:
        add(item.items, scope);
        break;
      case ArgumentKind::reference:
      case ArgumentKind::punctuation:
        break;
      case ArgumentKind::string:
        for (const syntax::StringPart& part : item.parts) {
          add(part.items, scope);
        }
        [[fallthrough]];
      default:
        reading_.findings.redact(item.span);
    }
  }

  void add_name(const Argument& name, const Scope& scope) {
    const Binding* binding = scope.find(name.text);
    if (binding != nullptr && reading_.redacted.insert(binding).second) {
      waiting_.push_back(binding);
    }
  }

  Reading& reading_;
  std::vector<const Binding*> waiting_;
};

}  // namespace

void redact_literals(std::span<const Argument> items, Reading& reading) {
  Redactor(reading).run(items);
}

void find_secret_users(std::deque<Module>& modules) {
  std::vector<const Template*> waiting;
  for (const Module& module : modules) {
    for (const auto& [name, declared] : module.templates) {
      if (declared.has_secret) {
        waiting.push_back(&declared);
      }
    }
  }
  while (!waiting.empty()) {
    const Template* used = waiting.back();
    waiting.pop_back();
    for (Template* user : used->users) {
      if (!std::exchange(user->has_secret, true)) {
        waiting.push_back(user);
      }
    }
  }
}

}  // namespace cip::lang
