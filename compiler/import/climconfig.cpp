#include "compiler/import/climconfig.h"

#include <algorithm>
#include <map>

#include "compiler/import/text.h"

namespace cip::importing {
namespace {

constexpr std::string_view made_up_provider = "data";

class Reader {
 public:
  explicit Reader(const Options& options) : reading_{options} {}

  // What is wrong with all of it, if something is.
  std::optional<std::pair<Place, std::string>> read(const std::vector<Command>& commands) {
    for (Command command : commands) {
      if (command.object.empty()) {
        report(last_, command, Topic::other, "not understood");
        continue;
      }
      const auto name = clim_name(command);
      if (name.empty()) {
        return std::pair(command.place, std::string("the line does not name its CLIM; give it with --clim NAME"));
      }
      last_ = &reading_.specification.clim(ClimName(name), command.place);
      read(*last_, command);
      ++understood_;
    }
    if (understood_ == 0) {
      return std::pair(Place{}, std::string("there is no climconfig command here"));
    }
    return std::nullopt;
  }

  void finish() {
    resolve_names();
    write_failovers();
    take_slaves_out();
    write_modes();
    write_providers();
    write_control();
  }

  ClimconfigReading& reading() { return reading_; }

 private:
  // climcmd takes names in any case, and addresses. Of two spellings the first counts.
  std::string clim_name(const Command& command) {
    const std::string given = command.clim.empty() ? reading_.options.clim : command.clim;
    return spelling(is_clim_name(given) ? given : name_of_address(given));
  }
  static std::string name_of_address(const std::string& text) {
    if (!IpAddress::parse(text)) {
      return "";
    }
    std::string name = "clim-" + text;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '-');
    return name;
  }
  std::string spelling(const std::string& name) { return spellings_.emplace(lower_case(name), name).first->second; }

  // A comment at its place, and a warning.
  void report(Clim* clim, const Command& command, Topic topic, const std::string& reason) {
    const auto text = comment_text(reason) + ": " + command.shown();
    reading_.warnings.emplace_back(command.place, text);
    Interface* interface = clim == nullptr || command.subject.empty() || command.object.empty()
                               ? nullptr
                               : clim->find(InterfaceName(command.subject.front()));
    if (interface != nullptr) {
      interface->comment(topic, text, command.place);
    } else {
      (clim == nullptr ? reading_.specification.statements : clim->statements)
          .push_back({topic, text, command.place, /*comment=*/true});
    }
  }

  void read(Clim& clim, Command& command) {
    const auto* object = find_object(command.object);
    if (object == nullptr) {
      clim.statements.push_back({Topic::other, "no equivalent: " + command.shown(), command.place, /*comment=*/true});
      return;
    }
    const bool sets = command.action == "add" || command.action == "modify" || command.action == "configure" ||
                      command.action == "update" || command.action == "alter" || command.action == "set";
    if (!sets) {
      report(&clim, command, object->topic, "only what adds is read");
      return;
    }
    if (const auto fault = object->read(reading_, clim, command); !fault.empty()) {
      report(&clim, command, object->topic, fault);
      return;
    }
    for (const CommandOption& option : command.options) {
      if (!option.used && option.name != "force" && option.name != "obeyform") {
        report(&clim, command, object->topic, "`-" + option.name + "` has no equivalent");
      }
    }
  }

  void resolve_names() {
    for (auto& failover : reading_.failovers) {
      failover.target.clim = ClimName(spelling(failover.target.clim.str()));
      Clim* clim = reading_.specification.find(failover.target.clim);
      if (clim != nullptr && clim->find(failover.target.interface) == nullptr) {
        Interface& spare = clim->interface(failover.target.interface, InterfaceKind::physical, failover.place);
        spare.comment(Topic::other, "the original names it as a failover interface only", failover.place);
      }
    }
  }

  // K5: what a slave has of its own has no place.
  void take_slaves_out() {
    for (const auto& [slave, bond] : reading_.slaves) {
      Clim& clim = *reading_.specification.find(slave.clim);
      Interface* interface = clim.find(slave.interface);
      if (interface == nullptr || interface->omitted || interface->kind != InterfaceKind::physical) {
        continue;
      }
      interface->omitted = true;
      for (const Statement& statement : interface->statements) {
        const auto text =
            slave.interface.str() + " is a slave, and carries no configuration of its own: " + statement.text;
        clim.find(bond)->comment(Topic::kind, text, statement.place);
        reading_.warnings.emplace_back(statement.place, text);
      }
    }
  }

  void write_modes() {
    for (const auto& mode : reading_.modes) {
      for (Interface& bond : reading_.specification.find(mode.clim)->interfaces) {
        for (const auto& statement : mode.statements) {
          if (bond.kind == InterfaceKind::bond) {
            bond.add(Topic::kind, statement, mode.place);
          }
        }
      }
    }
    for (Clim& clim : reading_.specification.clims) {
      for (Interface& bond : clim.interfaces) {
        const bool has_mode = std::any_of(bond.statements.begin(), bond.statements.end(),
                                          [](const Statement& s) { return s.text.compare(0, 5, "mode ") == 0; });
        if (bond.kind == InterfaceKind::bond && !has_mode) {
          bond.add(Topic::kind, "mode active-backup", bond.head.place, "made up: no bondmode line names this bond");
          reading_.warnings.emplace_back(
              bond.head.place, "no bondmode line gives the mode of " + bond.name.str() + ": active-backup is taken");
        }
      }
    }
  }

  // One statement for both directions.
  void write_failovers() {
    std::map<std::pair<InterfaceRef, InterfaceRef>, std::size_t> first;
    for (std::size_t i = 0; i < reading_.failovers.size(); ++i) {
      first.emplace(std::pair(reading_.failovers[i].home, reading_.failovers[i].target), i);
    }
    for (std::size_t i = 0; i < reading_.failovers.size(); ++i) {
      const auto& [home, target, place] = reading_.failovers[i];
      const auto back = first.find(std::pair(target, home));
      const auto target_text = *reference_literal(target.clim.str(), target.interface.str());
      if (back == first.end()) {
        reading_.specification.find(home.clim)
            ->find(home.interface)
            ->add(Topic::failover, "failover " + target_text, place);
      } else if (back->second > i) {
        const auto home_text = *reference_literal(home.clim.str(), home.interface.str());
        reading_.specification.failovers.push_back(
            {Topic::failover, "failover " + home_text + " <-> " + target_text, place});
      }
    }
  }

  // Both sides of a pair are in one provider (P7): one that has none takes that of the other.
  void write_providers() {
    for (const auto& [home, target, place] : reading_.failovers) {
      copy_provider(home, target, place);
      copy_provider(target, home, place);
    }
    bool made_up = false;
    const std::string text = "provider " + std::string(made_up_provider);
    for (Clim& clim : reading_.specification.clims) {
      for (Interface& interface : clim.interfaces) {
        if (can_have_provider(interface) && interface.find(Topic::provider) == nullptr) {
          interface.add(Topic::provider, text, interface.head.place);
          made_up = true;
        }
      }
    }
    if (made_up && reading_.providers.insert(ProviderName(std::string(made_up_provider))).second) {
      reading_.specification.statements.push_front(
          {Topic::provider, text, {}, false, "made up, for the interfaces that name none"});
    }
  }
  static bool can_have_provider(const Interface& interface) {
    return !interface.omitted && (interface.kind == InterfaceKind::physical || interface.kind == InterfaceKind::bond);
  }
  void copy_provider(const InterfaceRef& from, const InterfaceRef& to, Place place) {
    const auto find = [&](const InterfaceRef& name) {
      Clim* clim = reading_.specification.find(name.clim);
      return clim == nullptr ? nullptr : clim->find(name.interface);
    };
    Interface* source = find(from);
    Interface* taker = find(to);
    if (source == nullptr || taker == nullptr || !can_have_provider(*taker) ||
        taker->find(Topic::provider) != nullptr) {
      return;
    }
    if (const auto* provider = source->find(Topic::provider); provider != nullptr) {
      taker->add(Topic::provider, provider->text, place, "that of " + from.str());
    }
  }

  // The language wants to know where CLIMs that share pairs reach each other.
  void write_control() {
    std::set<ClimName> in_pairs;
    for (const auto& failover : reading_.failovers) {
      in_pairs.insert(failover.home.clim);
      in_pairs.insert(failover.target.clim);
    }
    std::uint32_t made_up = 0;
    for (Clim& clim : reading_.specification.clims) {
      const auto known = reading_.maintenance_addresses.find(clim.name);
      if (known != reading_.maintenance_addresses.end()) {
        clim.statements.push_front({Topic::address, "control " + known->second.str(), clim.head.place, false,
                                    "the address of " + reading_.options.maintenance});
      } else if (in_pairs.count(clim.name) != 0 && made_up < 254) {
        // RFC 5737: an address that is nobody's.
        clim.statements.push_front({Topic::address, "control 192.0.2." + std::to_string(++made_up), clim.head.place,
                                    false, "made up: write the address of the CLIM on the control LAN"});
        reading_.warnings.emplace_back(clim.head.place, "the control address of " + clim.name.str() +
                                                            " is made up: no line gives an address of " +
                                                            reading_.options.maintenance);
      }
    }
  }

  ClimconfigReading reading_;
  Clim* last_ = nullptr;
  std::size_t understood_ = 0;
  std::map<std::string, std::string> spellings_;  // lower case to the first
};

}  // namespace

Result<Imported> from_climconfig(const std::vector<Input>& inputs, const Options& options) {
  if (!options.clim.empty() && !is_clim_name(options.clim)) {
    return Error{ErrorCode::invalid, "`" + comment_text(options.clim) + "` is no CLIM's name"};
  }
  std::vector<Command> commands;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto more = read_commands(i, inputs[i].bytes);
    std::move(more.begin(), more.end(), std::back_inserter(commands));
  }
  Reader reader(options);
  if (auto fault = reader.read(commands)) {
    return Error{ErrorCode::invalid, shown({*fault}, inputs).front()};
  }
  reader.finish();
  auto& specification = reader.reading().specification;
  specification.introduction = {
      "Made by `cipc import climconfig`. Each comment is something that the original has and this language does not,",
      "that was not understood, or that was made up: read them all."};
  const auto written = settle(specification, reader.reading().warnings);
  if (!written) {
    return written.error();
  }
  return Imported{written->text, shown(std::move(reader.reading().warnings), inputs)};
}

}  // namespace cip::importing
