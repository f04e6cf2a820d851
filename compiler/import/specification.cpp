#include "compiler/import/specification.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/import/text.h"

namespace cip::importing {
namespace {

constexpr std::uint32_t ipv6_default_metric = 1024;  // what the kernel and the language give a route that has none

class Writer {
 public:
  void blank() {
    if (!written_.text.empty()) {
      line("", nullptr, 0);
    }
  }
  void comment(std::string_view text, std::size_t depth) { line("# " + comment_text(text), nullptr, depth); }
  // `in_comment`: of an interface that is a comment itself.
  void statement(Statement& statement, std::size_t depth, bool in_comment = false) {
    const std::string indent = in_comment ? "  " : "";
    if (statement.comment) {
      comment(indent + statement.text, depth);
    } else if (in_comment || !statement.refusal.empty()) {
      comment(indent + statement.text + ";" + note(statement), depth);
      if (!statement.refusal.empty()) {
        comment(indent + "  " + statement.refusal, depth);
      }
    } else {
      line(statement.text + ";" + note(statement), &statement, depth);
    }
  }
  void open(Statement& head, std::size_t depth) { line(head.text + " {" + note(head), &head, depth); }
  void whole(Statement& head, Statement* only, std::size_t depth) {
    line(head.text + (only == nullptr ? " { }" : " { " + only->text + "; }"), only == nullptr ? &head : only, depth);
  }
  void close(std::size_t depth) { line("}", nullptr, depth); }
  Written take() { return std::move(written_); }

 private:
  static std::string note(const Statement& statement) {
    return statement.note.empty() ? "" : "  # " + comment_text(statement.note);
  }
  void line(const std::string& text, Statement* statement, std::size_t depth) {
    written_.text += text.empty() ? "\n" : std::string(2 * depth, ' ') + text + "\n";
    written_.by_line.push_back(statement);
  }
  Written written_;
};

void write_interface(Writer& writer, Interface& interface) {
  std::vector<Statement*> in_order;
  for (Statement& statement : interface.statements) {
    in_order.push_back(&statement);
  }
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Statement* a, const Statement* b) { return a->topic < b->topic; });
  Statement& head = interface.head;
  if (!head.refusal.empty()) {
    writer.comment(head.text + " {", 1);
    for (Statement* statement : in_order) {
      writer.statement(*statement, 1, /*in_comment=*/true);
    }
    writer.comment("}", 1);
    writer.comment("  " + head.refusal, 1);
    return;
  }
  const auto plain = [](const Statement& s) { return !s.comment && s.refusal.empty() && s.note.empty(); };
  if (head.note.empty() && (in_order.empty() || (in_order.size() == 1 && plain(*in_order[0])))) {
    writer.whole(head, in_order.empty() ? nullptr : in_order[0], 1);
    return;
  }
  writer.open(head, 1);
  for (Statement* statement : in_order) {
    writer.statement(*statement, 2);
  }
  writer.close(1);
}

int rank(InterfaceKind kind) {
  return kind == InterfaceKind::loopback ? 0 : kind == InterfaceKind::maintenance ? 1 : 2;
}

void write_clim(Writer& writer, Clim& clim) {
  writer.blank();
  writer.open(clim.head, 0);
  for (Statement& statement : clim.statements) {
    writer.statement(statement, 1);
  }
  std::vector<Interface*> in_order;
  for (Interface& interface : clim.interfaces) {
    if (!interface.omitted) {
      in_order.push_back(&interface);
    }
  }
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Interface* a, const Interface* b) { return rank(a->kind) < rank(b->kind); });
  bool first = clim.statements.empty();
  for (Interface* interface : in_order) {
    if (!first) {
      writer.blank();
    }
    write_interface(writer, *interface);
    first = false;
  }
  writer.close(0);
}

}  // namespace

void Interface::add(Topic topic, std::string text, Place place, std::string note) {
  statements.push_back({topic, std::move(text), place, /*comment=*/false, std::move(note)});
}

void Interface::comment(Topic topic, std::string text, Place place) {
  statements.push_back({topic, std::move(text), place, /*comment=*/true});
}

void Interface::become(InterfaceKind other) {
  kind = other;
  head.text = std::string(word_of(other)) + " " + name_literal(name.str()).value_or("\"\"");
}

const Statement* Interface::find(Topic topic) const {
  const auto found = std::find_if(statements.begin(), statements.end(), [&](const Statement& statement) {
    return !statement.comment && statement.topic == topic;
  });
  return found == statements.end() ? nullptr : &*found;
}

Interface* Clim::find(const InterfaceName& interface) {
  const auto found = by_name.find(interface);
  return found == by_name.end() ? nullptr : &interfaces[found->second];
}

Interface& Clim::interface(const InterfaceName& interface, InterfaceKind kind, Place place) {
  if (Interface* found = find(interface); found != nullptr) {
    return *found;
  }
  by_name.emplace(interface, interfaces.size());
  auto& made = interfaces.emplace_back(Interface{interface, kind, {Topic::other, "", place}});
  made.become(kind);
  return made;
}

Clim* Specification::find(const ClimName& clim) {
  const auto found = by_name.find(clim);
  return found == by_name.end() ? nullptr : &clims[found->second];
}

Clim& Specification::clim(const ClimName& clim, Place place) {
  if (Clim* found = find(clim); found != nullptr) {
    return *found;
  }
  const auto head = "clim " + name_literal(clim.str()).value_or("\"\"");
  by_name.emplace(clim, clims.size());
  return clims.emplace_back(Clim{clim, {Topic::other, head, place}});
}

Written write(Specification& specification) {
  Writer writer;
  for (const auto& text : specification.introduction) {
    writer.comment(text, 0);
  }
  if (!specification.statements.empty()) {
    writer.blank();
  }
  for (Statement& statement : specification.statements) {
    writer.statement(statement, 0);
  }
  for (Clim& clim : specification.clims) {
    write_clim(writer, clim);
  }
  if (!specification.failovers.empty()) {
    writer.blank();
  }
  for (Statement& statement : specification.failovers) {
    writer.statement(statement, 0);
  }
  return writer.take();
}

std::string route_statement(const Route& route, bool write_default) {
  const bool ipv6 = route.family() == Family::ipv6;
  const bool family_is_told = write_default && (route.gateway || route.source);
  std::string text =
      "route " + (route.destination.is_default() && family_is_told ? "default" : route.destination.str());
  if (route.gateway) {
    text += " via " + route.gateway->str();
  }
  if (route.metric != (ipv6 ? ipv6_default_metric : 0)) {
    text += " metric " + std::to_string(route.metric);
  }
  if (route.source) {
    text += " source " + route.source->str();
  }
  if (route.table != main_table) {
    text += " table " + std::to_string(route.table);
  }
  if (route.mtu) {
    text += " mtu " + std::to_string(*route.mtu);
  }
  if (route.onlink) {
    text += " onlink";
  }
  constexpr std::array<std::string_view, 5> types{"", " blackhole", " unreachable", " prohibit", " throw"};
  return text + std::string(types[static_cast<std::size_t>(route.type)]);
}

std::string rule_statement(const Rule& rule) {
  std::string text = "rule";
  if (rule.from) {
    text += " from " + rule.from->str();
  }
  if (rule.to) {
    text += " to " + rule.to->str();
  }
  return text + " priority " + std::to_string(rule.priority) + " table " + std::to_string(rule.table);
}

std::string_view word_of(InterfaceKind kind) {
  constexpr std::array<std::string_view, 6> words{"loopback", "maintenance", "interface", "bond", "vlan", "tunnel"};
  return words[static_cast<std::size_t>(kind)];
}

}  // namespace cip::importing
