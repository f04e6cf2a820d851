#include "compiler/lang/recursion.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cip::lang {
namespace {

using syntax::ArgumentKind;
using syntax::Statement;

// One template in the graph of who uses whom.
struct Node {
  Template* self;
  struct Use {
    std::size_t target;
    syntax::Span span;
  };
  std::vector<Use> uses;
  // Tarjan's algorithm.
  std::size_t number = 0;  // 0: not seen
  std::size_t lowest = 0;
  bool open = false;
  std::size_t component = 0;
};

class Recursion {
 public:
  Recursion(Module& module, Reading& reading) : reading_(reading) {
    for (auto& [name, declared] : module.templates) {
      nodes_.push_back({&declared, {}});
    }
    std::sort(nodes_.begin(), nodes_.end(),
              [](const Node& a, const Node& b) { return a.self->span.begin < b.self->span.begin; });
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      by_name_.emplace(nodes_[i].self->name, i);
    }
    for (Node& node : nodes_) {
      collect(node.self->statement->block, node);
    }
  }

  void run() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].number == 0) {
        visit(i);
      }
    }
    report();
  }

 private:
  void collect(const std::vector<Statement>& statements, Node& node) {
    for (const Statement& statement : statements) {
      if (statement.word == "use" && !statement.arguments.empty() &&
          statement.arguments[0].kind == ArgumentKind::call) {
        const auto found = by_name_.find(statement.arguments[0].text);
        if (found != by_name_.end()) {
          node.uses.push_back({found->second, statement.head});
        }
      }
      collect(statement.block, node);
    }
  }

  // Strongly connected components, without recursion: there may be 100,000 templates in a row.
  void visit(std::size_t root) {
    std::vector<std::pair<std::size_t, std::size_t>> way;  // node, next of its uses
    enter(root);
    way.emplace_back(root, 0);
    while (!way.empty()) {
      auto& [index, next] = way.back();
      Node& node = nodes_[index];
      if (next < node.uses.size()) {
        const std::size_t target = node.uses[next++].target;
        if (nodes_[target].number == 0) {
          enter(target);
          way.emplace_back(target, 0);
        } else if (nodes_[target].open) {
          node.lowest = std::min(node.lowest, nodes_[target].number);
        }
        continue;
      }
      const std::size_t done = index;
      way.pop_back();
      if (!way.empty()) {
        Node& user = nodes_[way.back().first];
        user.lowest = std::min(user.lowest, nodes_[done].lowest);
      }
      if (nodes_[done].lowest == nodes_[done].number) {
        close(done);
      }
    }
  }

  void enter(std::size_t index) {
    nodes_[index].number = nodes_[index].lowest = ++numbers_;
    nodes_[index].open = true;
    open_.push_back(index);
  }

  void close(std::size_t index) {
    ++components_;
    std::size_t last = 0;
    do {
      last = open_.back();
      open_.pop_back();
      nodes_[last].open = false;
      nodes_[last].component = components_;
    } while (last != index);
  }

  void report() {
    std::unordered_map<std::size_t, std::pair<const Node*, const Node::Use*>> last;  // by component
    for (const Node& node : nodes_) {
      for (const Node::Use& use : node.uses) {
        if (nodes_[use.target].component != node.component) {
          continue;
        }
        auto& entry = last[node.component];
        if (entry.second == nullptr || use.span.begin > entry.second->span.begin) {
          entry = {&node, &use};
        }
      }
    }
    for (Node& node : nodes_) {
      const auto cycle = last.find(node.component);
      if (cycle == last.end()) {
        continue;
      }
      node.self->broken = true;
      if (cycle->second.first == &node) {
        const Node& target = nodes_[cycle->second.second->target];
        reading_.findings.add({diagnostics::Code::e0010,
                               "template " + std::string(node.self->name) + " uses itself",
                               {cycle->second.second->span, "this leads back to " + std::string(node.self->name)},
                               {{target.self->span, std::string(target.self->name) + " is declared here"}},
                               {"templates cannot be recursive, so that every compilation ends"},
                               {"use `for` for repetition"},
                               {}});
      }
    }
  }

  Reading& reading_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<std::size_t> open_;
  std::size_t numbers_ = 0;
  std::size_t components_ = 0;
};

}  // namespace

void find_recursion(Module& module, Reading& reading) {
  Recursion(module, reading).run();
}

}  // namespace cip::lang
