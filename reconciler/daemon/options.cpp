#include "reconciler/daemon/options.h"

#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <sstream>

namespace cip::daemon {

namespace po = boost::program_options;

namespace {

constexpr const char* intro =
    "cipd: keeps this CLIM's network at what the state tree says, and moves resources when an interface fails\n\n"
    "usage: cipd --clim NAME --state DIR [option ...]\n\n"
    "example: cipd --clim n1 --state /etc/cip/state\n\n";

constexpr const char* outro =
    "\n--once does what a CLIM may do that hears nobody: links, loopback and maintenance interfaces, interfaces "
    "without\n"
    "failover; and it completes those with failover whose resources this kernel holds already and whose record names\n"
    "this CLIM. It never takes resources that may be elsewhere. --dry-run prints what --once would do.\n\n"
    "Signals: SIGHUP reads the state tree again (as does `cipctl reload`, and, without --no-watch, a tree that is\n"
    "replaced); SIGTERM ends\n"
    "the daemon and leaves the addresses in place for the linger time.\n\n"
    "Exit codes: 0 done, 1 the input is at fault, 2 the plan is not empty (--dry-run), 3 the system failed\n";

po::options_description shown_options() {
  po::options_description options("options", 100);
  options.add_options()("clim", po::value<std::string>()->value_name("NAME"), "which CLIM of the tree this is")(
      "state", po::value<std::string>()->value_name("DIR"), "the state tree that `cipc build` wrote")(
      "runtime-dir", po::value<std::string>()->value_name("DIR"), "control socket and ledger (/run/cip)")(
      "data-dir", po::value<std::string>()->value_name("DIR"), "records, mirrors, last good tree (/var/lib/cip)")(
      "key", po::value<std::string>()->value_name("FILE"), "the cluster key (/etc/cip/cluster.key)")(
      "metrics", po::value<std::string>()->value_name("ADDRESS"),
      "serve metrics for Prometheus: a Unix socket (/run/cip/metrics.sock), 127.0.0.1:PORT or [::1]:PORT")(
      "hooks", po::value<std::string>()->value_name("DIR"),
      "programs that run when something happens, each named by its event (/etc/cip/hooks)")(
      "charon", po::value<std::string>()->value_name("SOCKET"),
      "where strongSwan's charon listens for vici, if there is IPsec (/run/charon.vici)")(
      "no-watch", "read a new state tree only when asked to (cipctl reload, SIGHUP)")("once", "apply and end")(
      "dry-run", "print the plan and end")("help", "this text")("version", "the version");
  return options;
}

Error misuse(std::string what) {
  return {ErrorCode::invalid, std::move(what) + "; cipd --help says more"};
}

Result<Options> options_of(const po::variables_map& given) {
  const auto text = [&](const char* name) { return given.count(name) != 0 ? given[name].as<std::string>() : ""; };
  for (const char* needed : {"clim", "state"}) {
    if (text(needed).empty()) {
      return misuse(fmt::format("--{} is missing", needed));
    }
  }
  if (!is_clim_name(text("clim"))) {
    return misuse(fmt::format("--clim {} is not the name of a CLIM", text("clim")));
  }
  if (given.count("once") != 0 && given.count("dry-run") != 0) {
    return misuse("--once and --dry-run exclude each other");
  }
  Options options;
  options.clim = ClimName(text("clim"));
  options.state = text("state");
  const std::pair<const char*, std::filesystem::path*> paths[] = {{"runtime-dir", &options.runtime_dir},
                                                                  {"data-dir", &options.data_dir},
                                                                  {"key", &options.key},
                                                                  {"hooks", &options.hooks},
                                                                  {"charon", &options.charon}};
  for (const auto& [name, path] : paths) {
    if (!text(name).empty()) {
      *path = text(name);
    }
  }
  if (!text("boot-id-file").empty()) {
    options.boot_id_file = text("boot-id-file");
  }
  if (given.count("metrics") != 0) {
    auto address = parse_metrics_address(text("metrics"));
    if (!address) {
      return misuse("--metrics: " + address.error().message);
    }
    options.metrics = std::move(*address);
  }
  options.watch = given.count("no-watch") == 0;
  if (given.count("once") != 0) {
    options.mode = Options::Mode::once;
  }
  if (given.count("dry-run") != 0) {
    options.mode = Options::Mode::dry_run;
  }
  return options;
}

}  // namespace

Result<std::variant<std::string, Options>> parse_options(const std::vector<std::string>& arguments) {
  auto options = shown_options();
  auto all = options;
  all.add_options()("boot-id-file", po::value<std::string>());
  po::variables_map given;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional({}).style(style).run(), given);
    po::notify(given);
  } catch (const po::error& error) {
    return misuse(error.what());
  }
  if (given.count("help") != 0) {
    std::ostringstream text;
    text << intro << options << outro;
    return std::variant<std::string, Options>(text.str());
  }
  if (given.count("version") != 0) {
    return std::variant<std::string, Options>(std::string("cipd " CIP_VERSION "\n"));
  }
  auto parsed = options_of(given);
  if (!parsed) {
    return parsed.error();
  }
  return std::variant<std::string, Options>(std::move(*parsed));
}

}  // namespace cip::daemon
