// cipc import
#include "compiler/import/import.h"

#include <array>
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <iterator>
#include <string_view>
#include <utility>

#include "compiler/tools/command.h"
#include "state/file.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;
using importing::Imported;
using importing::Input;

struct Source {
  std::string_view name;
  Usage usage;
  bool names_its_clims;  // then --clim may be left out
  Result<Imported> (*read)(const std::vector<Input>& inputs, const importing::Options& options);
};

constexpr const char* climconfig_text =
    "Writes a specification from what `climconfig ... -obeyform` prints for any number of CLIMs, in one file or in\n"
    "several. It always compiles; what has no equivalent, was not understood, or contradicts the rules of CIP is a\n"
    "comment in it at its place, the last two with a warning. Read are\n"
    "\n"
    "  [climcmd NAME] climconfig OBJECT -add|-modify|-configure|-update SUBJECT [-OPTION VALUE]...\n"
    "\n"
    "  interface INTERFACE [-provider NAME] [-jumbo on|off] [-mtu N]\n"
    "  ip INTERFACE -ipaddress ADDRESS -netmask MASK\n"
    "  route INTERFACE -default|-target ADDRESS [-netmask MASK] [-gateway ADDRESS] [-metric N] [-src ADDRESS]\n"
    "  arp INTERFACE -ipaddress ADDRESS -mac MAC\n"
    "  tunnel NAME -remote ADDRESS [-local ADDRESS] [-ttl N] [-mtu N]\n"
    "  bondmode [BOND] -mode MODE|NUMBER [-primary INTERFACE] [-miimon MS] [-updelay MS] [-downdelay MS]\n"
    "  slaveinterface BOND INTERFACE... [-primary [INTERFACE]]\n"
    "  failover INTERFACE -dest CLIM.INTERFACE\n"
    "  provider NAME\n"
    "\n"
    "with options in any order and case, as `-option=value`, too; MASK is a netmask or a prefix length, IPv6 is read\n"
    "everywhere; `&` or `\\` continues a line; `#`, `!`, `==` and `--` start a comment. Other objects become "
    "comments,\n"
    "without what may be a secret. `lo` is the loopback interface, eth0 (--maintenance) the maintenance interface, "
    "and\n"
    "its address the control address. What the language needs and the lines lack is made up, and says so: a provider\n"
    "for interfaces that name none, a control address from 192.0.2.0/24. Exit code 0 if there is a specification, 1 "
    "if\n"
    "nothing could be read, 3 if the system failed.";

constexpr const char* iproute_text =
    "Writes a specification from the JSON of iproute2 on one box: any of\n"
    "\n"
    "  ip -d -j link, ip -j addr, ip -j route show table all, ip -j -6 route show table all,\n"
    "  ip -j rule, ip -j -6 rule, ip -j neigh, ip -j -6 neigh\n"
    "\n"
    "in one file or in several, recognised by what is in them; `-` is standard input. It always compiles; what has no\n"
    "equivalent, was not understood, or contradicts the rules of CIP is a comment in it at its place, the last two "
    "with\n"
    "a warning. Interfaces are loopback, Ethernet, bond, VLAN and sit tunnel; addresses of scope global that are not\n"
    "dynamic; routes of protocol static, boot or none; rules but for the kernel's three; neighbours that are "
    "permanent.\n"
    "Exit code 0 if there is a specification, 1 if nothing could be read, 3 if the system failed.";

const std::array<Source, 2> sources{
    Source{"climconfig",
           {"cipc import climconfig [OPTION]... FILE...", climconfig_text,
            "cipc import climconfig -o cluster.cip n1.obey n2.obey"},
           true,
           importing::from_climconfig},
    Source{"iproute",
           {"cipc import iproute --clim NAME [OPTION]... FILE...", iproute_text,
            "(ip -d -j link; ip -j addr; ip -j route; ip -j rule) | cipc import iproute --clim n1 -"},
           false,
           importing::from_iproute}};

constexpr const char* usage_line = "cipc import climconfig|iproute [OPTION]... FILE...";

void print_help() {
  std::cout << "usage: " << usage_line
            << "\n\n"
               "Writes a specification from the configuration that another tool prints: climconfig (NonStop CIP) or\n"
               "iproute2. `cipc import climconfig --help` and `cipc import iproute --help` say what is read.\n\n"
               "example:\n  cipc import climconfig -o cluster.cip n1.obey n2.obey\n";
}

// Standard input; at most one byte more than is allowed.
std::string read_standard_input() {
  std::string bytes;
  std::array<char, 1 << 16> buffer{};
  while (std::cin && bytes.size() <= importing::size_limit) {
    std::cin.read(buffer.data(), buffer.size());
    bytes.append(buffer.data(), static_cast<std::size_t>(std::cin.gcount()));
  }
  return bytes;
}

std::vector<Input> read_inputs(const std::vector<std::string>& paths, Exit& exit) {
  std::vector<Input> inputs;
  std::size_t size = 0;
  for (const auto& path : paths) {
    if (path == "-") {
      inputs.push_back({"<standard input>", read_standard_input()});
    } else if (auto bytes = read_file(path, importing::size_limit)) {
      inputs.push_back({path, *std::move(bytes)});
    } else {
      report_error(bytes.error().message);
      exit = exit == Exit::system ? exit : exit_code(bytes.error().code);
      continue;
    }
    size += inputs.back().bytes.size();
  }
  if (size > importing::size_limit && exit == Exit::done) {
    report_error("the files are larger than " + std::to_string(importing::size_limit >> 20U) + " MiB together");
    exit = Exit::invalid;
  }
  return inputs;
}

Exit write_output(const po::variables_map& values, const std::string& text) {
  if (values.count("output") == 0) {
    std::cout << text;
    return finish_output(Exit::done);
  }
  if (const auto written = write_file_atomically(values["output"].as<std::string>(), text); !written) {
    report_error(written.error().message);
    return exit_code(written.error().code);
  }
  return Exit::done;
}

Exit import_from(const Source& source, const std::vector<std::string>& arguments) {
  po::options_description options;
  auto* clim = po::value<std::string>()->value_name("NAME");
  options.add_options()                                                                    //
      ("file", po::value<std::vector<std::string>>()->required()->value_name("FILE"), "")  //
      ("clim", source.names_its_clims ? clim : clim->required(),
       source.names_its_clims ? "whose lines these are where they do not say so" : "the name of the CLIM")  //
      ("maintenance", po::value<std::string>()->default_value("eth0")->value_name("INTERFACE"),
       "the interface on the control LAN")  //
      ("output,o", po::value<std::string>()->value_name("FILE"),
       "where the specification goes, atomically; without it: standard output");
  Exit exit = Exit::done;
  const auto values =
      parse_options(source.usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  const auto inputs = read_inputs((*values)["file"].as<std::vector<std::string>>(), exit);
  if (exit != Exit::done) {
    return exit;
  }
  importing::Options wanted;
  wanted.clim = values->count("clim") == 0 ? "" : (*values)["clim"].as<std::string>();
  wanted.maintenance = (*values)["maintenance"].as<std::string>();
  const auto imported = source.read(inputs, wanted);
  if (!imported) {
    report_error(imported.error().message);
    return exit_code(imported.error().code);
  }
  for (const auto& warning : imported->warnings) {
    std::cerr << warning << "\n";
  }
  return write_output(*values, imported->text);
}

Exit run_import(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
    print_help();
    return finish_output(Exit::done);
  }
  for (const Source& source : sources) {
    if (!arguments.empty() && arguments[0] == source.name) {
      return import_from(source, {arguments.begin() + 1, arguments.end()});
    }
  }
  report_error((arguments.empty()
                    ? "it is not said from what"
                    : "nothing is imported from `" + arguments[0] + "`; climconfig and iproute are known") +
               std::string("\nusage: ") + usage_line);
  return Exit::invalid;
}

}  // namespace

const Command import_command{"import", "write a specification from what climconfig or ip prints", run_import};

}  // namespace cip::tools
