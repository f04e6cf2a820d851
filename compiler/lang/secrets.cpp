#include "compiler/lang/secrets.h"

#include <unordered_set>

#include "compiler/syntax/tree.h"

namespace cip::lang {
namespace {

using syntax::Argument;
using syntax::ArgumentKind;

class Redactor {
 public:
  explicit Redactor(Reading& reading) : reading_(reading) {}

  void add(std::span<const Argument> items, const Scope* scope) {
    for (const Argument& item : items) {
      add(item, scope);
    }
  }

 private:
  void add(const Argument& item, const Scope* scope) {
    switch (item.kind) {
      case ArgumentKind::word:
        add_name(item, scope);
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

  void add_name(const Argument& name, const Scope* scope) {
    const Binding* binding = scope == nullptr ? nullptr : scope->find(name.text);
    if (binding != nullptr && seen_.insert(binding).second) {  // a constant may be made of itself (E0010)
      add(binding->expression, binding->scope);
    }
  }

  Reading& reading_;
  std::unordered_set<const Binding*> seen_;
};

}  // namespace

void redact_literals(std::span<const Argument> items, Reading& reading) {
  Redactor(reading).add(items, reading.scope);
}

}  // namespace cip::lang
