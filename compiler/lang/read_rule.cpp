// A policy rule: its parts in any order (ip-rule(8)).
#include <string>

#include "compiler/lang/parts.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;

// Priority 0 is the kernel's own rule for the local table: a rule beside it would hide the CLIM's own addresses.
constexpr std::uint32_t least_priority = 1;
constexpr std::uint32_t most_number = 0xffffffff;

struct RuleParts {
  std::optional<Sourced<Prefix>> from;
  std::optional<Sourced<Prefix>> to;
  std::optional<Sourced<std::uint32_t>> priority;
  std::optional<Sourced<std::uint32_t>> table;
};

// Whether the next argument was a part of a rule; anything else is an error.
bool read_part(Block& block, Arguments& arguments, RuleParts& parts) {
  const syntax::Argument& next = *arguments.peek();
  if (arguments.take_word("from")) {
    put(arguments, parts.from, arguments.prefix("the prefix of a network"), "`from`");
  } else if (arguments.take_word("to")) {
    put(arguments, parts.to, arguments.prefix("the prefix of a network"), "`to`");
  } else if (arguments.take_word("priority")) {
    put(arguments, parts.priority, arguments.integer("a priority", least_priority, most_number), "priority");
  } else if (arguments.take_word("table")) {
    put(arguments, parts.table, arguments.integer("a routing table", 1, most_number), "table");
  } else if (arguments.failed()) {
    arguments.skip_all();  // the rest of what is wrong before it
    return false;
  } else if (next.kind == syntax::ArgumentKind::word) {
    report_unknown_keyword(block, arguments, next);
    return false;
  } else {
    arguments.error(Code::e0001, "unexpected " + backticked(next.text) + " in `rule`", next.span,
                    "expected `from`, `to`, `priority` or `table`");
    arguments.skip_all();
    return false;
  }
  return true;
}

void check_rule(Arguments& arguments, const RuleParts& parts) {
  const auto& head = arguments.statement().head;
  if (!parts.table) {
    arguments.error(Code::e0011, "the rule has no table", head, "", "write `table N` in it: where to look for a route");
  } else if (!parts.from && !parts.to) {
    arguments.error(Code::e0108, "the family of the rule cannot be told", head, "neither `from` nor `to` tells it",
                    "write `from 0.0.0.0/0` or `from ::/0` in it");
  } else if (parts.from && parts.to && parts.from->value.family() != parts.to->value.family()) {
    report_families(arguments, "`to`", parts.to->origin, parts.to->value.family(), "`from`", parts.from->origin,
                    parts.from->value.family());
  }
}

}  // namespace

void read_rule(Block& block, Arguments& arguments) {
  RuleParts parts;
  while (arguments.peek() != nullptr && read_part(block, arguments, parts)) {
  }
  if (arguments.failed()) {
    return;
  }
  check_rule(arguments, parts);
  if (arguments.failed()) {
    return;
  }
  Rule rule;
  if (parts.from) {
    rule.from = parts.from->value;
  }
  if (parts.to) {
    rule.to = parts.to->value;
  }
  if (parts.priority) {
    rule.priority = parts.priority->value;
  }
  rule.table = parts.table->value;
  block.interface->rules.push_back({rule, arguments.origin(arguments.statement().head)});
}

}  // namespace cip::lang
