#include "compiler/import/iproute.h"

#include "compiler/import/text.h"

namespace cip::importing {
namespace {

void write_control(IprouteReading& reading) {
  for (const auto& [interface, address] : reading.addresses) {
    if (interface->name.str() == reading.options.maintenance) {
      reading.clim.statements.push_front({Topic::address, "control " + address.address.str(), reading.clim.head.place,
                                          false, "the address of " + reading.options.maintenance});
      return;
    }
  }
  reading.clim.statements.push_front({Topic::address,
                                      "no address of " + reading.options.maintenance +
                                          " was read: `control ADDRESS;` tells where other CLIMs reach this one",
                                      {},
                                      /*comment=*/true});
}

}  // namespace

Interface* IprouteReading::interface(const std::string& name, Place place) {
  if (!is_interface_name(name) || !name_literal(name) || without_equivalent.count(name) != 0 ||
      slaves.count(name) != 0) {
    return nullptr;
  }
  const auto kind = name == "lo"                  ? InterfaceKind::loopback
                    : name == options.maintenance ? InterfaceKind::maintenance
                                                  : InterfaceKind::physical;
  return &clim.interface(InterfaceName(name), kind, place);
}

void IprouteReading::comment(const std::string& name, Topic topic, const std::string& text, Place place) {
  if (const auto slave = slaves.find(name); slave != slaves.end()) {
    const auto said = name + " is a slave, and carries no configuration of its own: " + text;
    warnings.emplace_back(place, said);
    clim.find(InterfaceName(slave->second))->comment(Topic::kind, said, place);
  } else if (Interface* found = clim.find(InterfaceName(name)); found != nullptr) {
    found->comment(topic, text, place);
  } else {
    clim.statements.push_back({topic, (name.empty() ? "" : name + ": ") + text, place, /*comment=*/true});
  }
}

void IprouteReading::report(const std::string& name, Topic topic, const std::string& reason, const Element& element) {
  const auto original = element.value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto text = comment_text(reason) + ": " + original;
  if (slaves.count(name) == 0) {
    warnings.emplace_back(element.place, text);
  }
  comment(name, topic, text, element.place);
}

Result<Imported> from_iproute(const std::vector<Input>& inputs, const Options& options) {
  if (!is_clim_name(options.clim)) {
    return Error{ErrorCode::invalid, options.clim.empty() ? "the dumps do not name their box; give it with --clim NAME"
                                                          : "`" + comment_text(options.clim) + "` is no CLIM's name"};
  }
  const auto dumps = read_dumps(inputs);
  if (!dumps) {
    return dumps.error();
  }
  Specification specification;
  specification.introduction = {
      "Made by `cipc import iproute`. Each comment is something that the original has and this language does not,",
      "that was not understood, or that was made up: read them all. The dumps know nothing of other CLIMs:",
      "`provider` and `failover` make a pair."};
  IprouteReading reading{options, specification, specification.clim(ClimName(options.clim), {})};
  read_links(reading, dumps->links);
  read_routes(reading, dumps->routes);
  read_rules(reading, dumps->rules);
  read_neighbors(reading, dumps->neighbors);
  write_control(reading);
  const auto written = settle(specification, reading.warnings);
  if (!written) {
    return written.error();
  }
  return Imported{written->text, shown(std::move(reading.warnings), inputs)};
}

}  // namespace cip::importing
