#include "tests/unit/syntax/parsing.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cip::syntax::testing {

namespace {

std::string show(const Argument& argument) {
  std::vector<std::string> items;
  for (const Argument& item : argument.items) items.push_back(show(item));
  const std::string inside = fmt::format("{}", fmt::join(items, " "));
  switch (argument.kind) {
    case ArgumentKind::call:
      return fmt::format("{}({})", argument.text, inside);
    case ArgumentKind::group:
      return "(" + inside + ")";
    case ArgumentKind::list:
      return "[" + inside + "]";
    default:
      return std::string(argument.text);
  }
}

std::string show(const std::vector<Statement>& statements) {
  std::vector<std::string> shown;
  for (const Statement& statement : statements) {
    std::string text(statement.word);
    if (statement.broken) text += '!';
    if (statement.block_broken) text += '?';
    for (const Argument& argument : statement.arguments) text += " " + show(argument);
    if (!statement.has_block) {
      text += ';';
    } else {
      text += statement.block.empty() ? " { }" : " { " + show(statement.block) + " }";
    }
    shown.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(shown, " "));
}

}  // namespace

const Vocabulary& vocabulary() {
  static const Vocabulary words = [] {
    const std::vector<std::string_view> interfaces = {"interface", "maintenance", "loopback", "bond", "tunnel"};
    Vocabulary vocabulary = {
        {.word = "import", .places = {""}, .keywords = {"as"}},
        {.word = "cluster", .places = {""}, .with_semicolon = false, .with_block = true},
        {.word = "clim", .places = {""}, .with_semicolon = false, .with_block = true},
        {.word = "provider", .places = {"", "interface", "bond"}, .with_block = true},
        {.word = "failover", .places = {"", "interface", "bond"}},
        {.word = "ipsec", .places = {"", "clim"}, .with_semicolon = false, .with_block = true, .keywords = {"on"}},
        {.word = "heartbeat", .places = {"cluster"}},
        {.word = "control", .places = {"clim"}},
        {.word = "slaves", .places = {"bond"}},
        {.word = "mtu", .places = interfaces},
        {.word = "lan", .places = {"provider", "interface", "bond"}},
        {.word = "description", .places = interfaces},
        {.word = "address", .places = interfaces},
        {.word = "neighbor", .places = interfaces, .keywords = {"at"}},
        {.word = "route",
         .places = interfaces,
         .keywords = {"default", "via", "metric", "source", "table", "mtu", "onlink", "blackhole"}},
    };
    for (const std::string_view word : interfaces) {
      vocabulary.push_back({.word = word, .places = {"clim"}, .with_semicolon = false, .with_block = true});
    }
    return vocabulary;
  }();
  return words;
}

Parsed::Parsed(std::string text)
    : file(sources.add("test.cip", std::move(text))), tree(parse(file, vocabulary(), list)) {}

std::vector<std::string> Parsed::findings() const {
  std::vector<std::string> lines;
  for (const diagnostics::Finding* finding : list.sorted()) {
    const Position place = file.position(finding->primary.span.begin);
    lines.push_back(
        fmt::format("{}:{} {} {}", place.line, place.column, diagnostics::name(finding->code), finding->message));
  }
  return lines;
}

std::string Parsed::outline() const {
  return show(tree.statements);
}

std::vector<std::string> data_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("tests/unit/syntax/data")) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_data(const std::string& name) {
  std::ifstream file("tests/unit/syntax/data/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read test data " + name);
  return (std::ostringstream() << file.rdbuf()).str();
}

}  // namespace cip::syntax::testing
