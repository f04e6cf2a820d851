#include "compiler/output/why.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/diagnostics/text.h"
#include "compiler/lang/words.h"
#include "state/words.h"

namespace cip::output {
namespace {

using diagnostics::quote;

// A value is rarely made of more; a fan of constants of constants is cut here.
constexpr std::size_t step_limit = 200;

// ---- steps

class Steps {
 public:
  Steps(const Attribute& attribute, const lang::Index& index) {
    const lang::Origin& origin = *attribute.origin;
    names(index.names_of(origin), 0);
    for (const auto& entry : attribute.related) {
      steps_.push_back({0, "related", "", "", entry.text, entry.origin.span});
    }
    for (const auto* step = origin.expansion; step != nullptr; step = step->outer()) {
      const auto name = static_cast<const lang::Scope*>(step)->template_name();  // NOLINT: all expansions are scopes
      steps_.push_back({0, name.empty() ? "loop" : "template", std::string(name), "", step->text(), step->span()});
    }
  }
  std::vector<Step> take() { return std::move(steps_); }

 private:
  void names(const std::vector<const lang::Binding*>& list, std::size_t depth) {
    for (const lang::Binding* binding : list) {
      const bool seen = std::find(seen_.begin(), seen_.end(), binding) != seen_.end();
      if (seen || steps_.size() >= step_limit) {
        continue;
      }
      seen_.push_back(binding);
      steps_.push_back(step(*binding, depth));
      names(binding->from, depth + 1);
    }
  }

  static Step step(const lang::Binding& binding, std::size_t depth) {
    using Kind = lang::Binding::Kind;
    Step step;
    step.depth = depth;
    step.kind = describe(binding.kind);
    step.name = binding.name;
    step.value = binding.value.shown();
    step.text = step.kind + " " + step.name + " is " + step.value;
    step.place = binding.kind == Kind::constant ? binding.span : binding.value_span;
    if (binding.kind == Kind::variable) {
      step.text += ", from this list";
    } else if (binding.kind == Kind::parameter) {
      step.text += binding.is_default ? ", its default" : ", given here";
    }
    return step;
  }

  std::vector<Step> steps_;
  std::vector<const lang::Binding*> seen_;
};

// ---- paths

struct Path {
  std::vector<std::string_view> parts;  // between dots
  std::optional<std::string_view> key;  // in brackets at the end
};

// Nothing: a bracket that is not closed, or nothing between two dots.
std::optional<Path> parse(std::string_view text) {
  Path path;
  if (const auto bracket = text.find('['); bracket != std::string_view::npos) {
    if (!text.ends_with(']')) {
      return std::nullopt;
    }
    path.key = text.substr(bracket + 1, text.size() - bracket - 2);
    text = text.substr(0, bracket);
  }
  if (text.find_first_of("[]") != std::string_view::npos) {
    return std::nullopt;
  }
  while (true) {
    const auto dot = text.find('.');
    path.parts.push_back(text.substr(0, dot));
    if (path.parts.back().empty()) {
      return std::nullopt;
    }
    if (dot == std::string_view::npos) {
      return path;
    }
    text.remove_prefix(dot + 1);
  }
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string list;
  for (const auto name : names) {
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  return list;
}

// "did you mean", or all that there is.
std::string help(std::string_view wanted, const std::vector<std::string_view>& names, std::string_view what) {
  if (const auto meant = diagnostics::suggestion(wanted, names)) {
    return "; did you mean " + quote(*meant) + "?";
  }
  return names.empty() ? "; there are no " + std::string(what) : "; " + std::string(what) + ": " + joined(names);
}

using Answer = std::variant<std::vector<Fact>, std::string>;

class Question {
 public:
  Question(std::string_view text, const lang::Cluster& cluster, const lang::Index& index)
      : text_(text), cluster_(cluster), index_(index) {}

  Answer answer() {
    const auto path = parse(text_);
    if (!path) {
      return quote(text_) + " is no path; write CLIM.INTERFACE.ATTRIBUTE, such as n1.eth1.mtu or n1.eth1.address[0]";
    }
    const std::string first(path->parts.front());
    if (const auto* clim = cluster_.find(ClimName(first))) {
      return of_clim(*path, *clim);
    }
    if (first == "cluster") {
      return of_cluster(*path);
    }
    if (first == "provider" && path->parts.size() > 1) {
      return of_provider(*path);
    }
    std::vector<std::string_view> names;
    for (const auto& clim : cluster_.clims) {
      names.push_back(clim.name.str());
    }
    return "no CLIM is named " + quote(first) + help(first, names, "CLIMs");
  }

 private:
  Answer of_cluster(const Path& path) {
    const auto list = attributes(cluster_, index_);
    if (path.parts.size() == 1) {
      return all({"cluster", "cluster", {"cluster", false, cluster_.name.str(), {}, {}, {}, {}}, {}}, list);
    }
    return one(path, 1, "cluster", list, words(lang::Place::cluster));
  }

  Answer of_provider(const Path& path) {
    const std::string name(path.parts[1]);
    const auto* provider = cluster_.find(ProviderName(name));
    if (provider == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& entry : cluster_.providers) {
        names.push_back(entry.name.str());
      }
      return "no provider is named " + quote(name) + help(name, names, "providers");
    }
    const std::string prefix = "provider." + name;
    if (path.parts.size() == 2) {
      return all(declaration(prefix, "provider", "provider", provider->origin), attributes(*provider));
    }
    return one(path, 2, prefix, attributes(*provider), words(lang::Place::provider));
  }

  Answer of_clim(const Path& path, const lang::Clim& clim) {
    if (path.parts.size() == 1) {
      auto facts = all(declaration(clim.name.str(), "clim", "clim", clim.origin), attributes(clim));
      for (const auto& interface : clim.interfaces) {
        facts.push_back(declaration(interface.name.str(), "interface", word_of(interface.kind), interface.origin));
      }
      return facts;
    }
    // An interface's name may have dots: the longest one counts.
    for (std::size_t count = path.parts.size(); count > 1; --count) {
      const std::string name(path.parts[1].begin(), path.parts[count - 1].end());
      if (const auto* interface = clim.find(InterfaceName(name))) {
        return of_interface(path, count, *interface);
      }
    }
    if (path.parts.size() == 2 && path.parts[1] == "control") {
      return one(path, 1, clim.name.str(), attributes(clim), {"control"});
    }
    std::vector<std::string_view> names;
    for (const auto& interface : clim.interfaces) {
      names.push_back(interface.name.interface.str());
    }
    return "CLIM " + clim.name.str() + " has no interface " + quote(path.parts[1]) +
           help(path.parts[1], names, "its interfaces");
  }

  Answer of_interface(const Path& path, std::size_t count, const lang::Interface& interface) {
    const auto list = attributes(interface, cluster_);
    if (path.parts.size() == count) {
      if (path.key) {
        return quote(text_) + " is no path; the brackets belong behind an attribute";
      }
      return all(declaration(interface.name.str(), "interface", word_of(interface.kind), interface.origin), list);
    }
    return one(path, count, interface.name.str(), list, words(place_of(interface.kind)));
  }

  // The word that opens its block.
  static std::string_view word_of(InterfaceKind kind) {
    return kind == InterfaceKind::physical ? "interface" : word(kind);
  }
  static lang::Place place_of(InterfaceKind kind) {
    return lang::template_place(word_of(kind)).value_or(lang::Place::interface);
  }
  static std::vector<std::string_view> words(lang::Place place) { return lang::words_of(place); }

  Fact declaration(const std::string& path, std::string_view kind, std::string_view word,
                   const lang::Origin& origin) const {
    Fact fact{
        path, std::string(kind), {std::string(word), false, path.substr(path.rfind('.') + 1), {}, origin, {}, {}}, {}};
    if (kind == "interface") {
      fact.attribute.value = path.substr(path.find('.') + 1);
    }
    fact.steps = Steps(fact.attribute, index_).take();
    return fact;
  }

  // The declaration, and all attributes that are set or have a default.
  std::vector<Fact> all(Fact declared, const std::vector<Attribute>& list) const {
    const std::string prefix = declared.path;
    std::vector<Fact> facts{std::move(declared)};
    std::unordered_map<std::string, std::size_t> counts;
    for (const Attribute& attribute : list) {
      facts.push_back(fact(prefix, attribute, counts[attribute.word]++));
    }
    return facts;
  }

  Fact fact(const std::string& prefix, const Attribute& attribute, std::size_t position) const {
    std::string path = prefix + "." + attribute.word;
    if (attribute.list) {
      path += "[" + std::to_string(position) + "]";
    }
    return {std::move(path), "attribute", attribute,
            attribute.origin ? Steps(attribute, index_).take() : std::vector<Step>{}};
  }

  // The attribute that is named behind `at` parts, of those that there are.
  Answer one(const Path& path, std::size_t at, const std::string& prefix, const std::vector<Attribute>& list,
             const std::vector<std::string_view>& known) const {
    const std::string_view wanted(path.parts[at].begin(), path.parts.back().end());
    std::vector<Fact> facts;
    std::vector<std::string_view> keys;
    std::size_t position = 0;
    const auto single = [&](const Attribute& attribute) { return attribute.word == wanted && !attribute.list; };
    if (path.key && std::any_of(list.begin(), list.end(), single)) {
      return prefix + "." + std::string(wanted) + " is no list: `[" + std::string(*path.key) + "]` selects nothing";
    }
    for (const Attribute& attribute : list) {
      if (attribute.word == wanted) {
        if (!path.key || matches(attribute, position, *path.key)) {
          facts.push_back(fact(prefix, attribute, position));
        }
        keys.emplace_back(attribute.value);
        ++position;
      }
    }
    if (!facts.empty()) {
      return facts;
    }
    if (std::find(known.begin(), known.end(), wanted) == known.end()) {
      return prefix + " has no attribute " + quote(wanted) + help(wanted, known, "its attributes");
    }
    if (keys.empty()) {
      return prefix + " has no " + std::string(wanted);
    }
    return prefix + " has no " + std::string(wanted) + " " + quote(*path.key) + help(*path.key, keys, "what it has");
  }

  static bool matches(const Attribute& attribute, std::size_t position, std::string_view key) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    const bool index = error == std::errc() && end == key.data() + key.size();
    return (index && number == position) ||
           std::find(attribute.keys.begin(), attribute.keys.end(), key) != attribute.keys.end();
  }

  std::string_view text_;
  const lang::Cluster& cluster_;
  const lang::Index& index_;
};

}  // namespace

Answer why(std::string_view path, const lang::Cluster& cluster, const lang::Index& index) {
  return Question(path, cluster, index).answer();
}

}  // namespace cip::output
