#include "reconciler/tools/cipctl_arguments.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <utility>

#include "reconciler/daemon/suggestion.h"

namespace cip::tools {

namespace po = boost::program_options;
using daemon::Command;

namespace {

constexpr const char* default_runtime_directory = "/run/cip";

Error misuse(std::string what) {
  return {ErrorCode::invalid, std::move(what)};
}

po::options_description common_options() {
  po::options_description options("options");
  options.add_options()("runtime-dir", po::value<std::string>()->value_name("DIR"),
                        "where cipd has its socket, cipd.sock (/run/cip)")(
      "socket", po::value<std::string>()->value_name("FILE"), "the socket itself")("help", "this text");
  return options;
}

po::options_description options_of(std::string_view subcommand) {
  auto options = common_options();
  const bool shows_facts = subcommand != "keygen";
  if (shows_facts) {
    options.add_options()("format", po::value<std::string>()->value_name("text|json"), "how to print (text)");
  }
  if (subcommand == "keygen") {
    options.add_options()("add", "add a second key, which is accepted from now on")(
        "use", "use the second key; the first is still accepted")("drop", "drop the key that is not used")(
        "show", "say which keys there are");
  }
  if (subcommand == "status") {
    options.add_options()("watch", "again and again, until interrupted");
  }
  if (subcommand == "events") {
    options.add_options()("follow", "go on with what happens, until interrupted");
  }
  if (subcommand == "reload") {
    options.add_options()("confirm-within", po::value<std::string>()->value_name("TIME"),
                          "go back to the generation before unless `cipctl confirm` comes in time: 60s, 5m, 1h")(
        "partial", "keep it although something of it cannot be done");
  }
  if (subcommand == "switch") {
    options.add_options()("provider", po::value<std::string>()->value_name("P"), "only interfaces of this provider")(
        "yes", "do not ask when connections are open")(
        "force", "on the side that is to take: also with a probe that does not pass");
  }
  return options;
}

std::string list_of_subcommands() {
  std::string text =
      "cipctl: the operator's view of this machine's cipd\n\n"
      "usage: cipctl [--runtime-dir DIR | --socket FILE] COMMAND ...\n\n";
  for (const auto& each : subcommands()) {
    text += fmt::format("  {:<44} {}\n", fmt::format("{} {}", each.name, each.arguments), each.summary);
  }
  return text +
         "\ncipctl COMMAND --help says more. Exit codes: 0 done, 1 refused, 2 there are changes (plan), 3 the system "
         "failed\n";
}

std::string help_of(const Subcommand& subcommand) {
  std::ostringstream options;
  options << options_of(subcommand.name);
  return fmt::format("usage: cipctl {} {}\n\n{}\n\nexample: {}\n\n{}", subcommand.name, subcommand.arguments,
                     subcommand.help, subcommand.example, options.str());
}

const Subcommand* find(std::string_view name) {
  for (const auto& each : subcommands()) {
    if (each.name == name) {
      return &each;
    }
  }
  return nullptr;
}

Error unknown_subcommand(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& each : subcommands()) {
    names.emplace_back(each.name);
  }
  return misuse(fmt::format("unknown command {}{}; cipctl --help lists all", name, daemon::did_you_mean(name, names)));
}

// Positional arguments, by subcommand; an error says what is missing or too much.
std::optional<Error> take_words(const Subcommand& subcommand, std::vector<std::string> words, Invocation& invocation) {
  auto& request = invocation.request;
  std::size_t least = 0;
  std::size_t most = 0;
  if (subcommand.name == "status") {
    request.command = Command::status;
    most = 1;
  } else if (subcommand.name == "switch") {
    if (words.empty() || (words[0] != "failover" && words[0] != "restore")) {
      return misuse("say where to: cipctl switch failover CLIM.INTERFACE, or cipctl switch restore CLIM.INTERFACE");
    }
    request.command = words[0] == "failover" ? Command::switch_failover : Command::switch_restore;
    words.erase(words.begin());
    least = request.provider.empty() ? 1 : 0;
    most = 1;
  } else if (subcommand.name == "ifstop" || subcommand.name == "ifstart") {
    request.command = subcommand.name == "ifstop" ? Command::ifstop : Command::ifstart;
    least = most = 1;
  } else if (subcommand.name == "keygen" || subcommand.name == "explain") {  // explain: by what the status says
    least = most = 1;
  } else if (subcommand.name == "events") {
    request.command = Command::events;
  } else if (subcommand.name == "plan") {
    request.command = Command::plan;
  } else if (subcommand.name == "reload") {
    request.command = Command::reload;
  } else if (subcommand.name == "confirm") {
    request.command = Command::confirm;
  } else if (subcommand.name == "rollback") {
    request.command = Command::rollback;
  } else if (subcommand.name == "resume") {
    request.command = Command::resume;
  } else {
    request.command = Command::shutdown;
  }
  if (words.size() < least) {
    return misuse(fmt::format("usage: cipctl {} {}", subcommand.name, subcommand.arguments));
  }
  if (words.size() > most) {
    return misuse(
        fmt::format("{} is one argument too many: cipctl {} {}", words[most], subcommand.name, subcommand.arguments));
  }
  if (!words.empty()) {
    request.target = words[0];
    invocation.file = words[0];
  }
  return std::nullopt;
}

// "60s", "5m", "1h", at most a day.
std::optional<std::uint64_t> seconds_of(std::string_view text) {
  constexpr std::pair<char, std::uint64_t> units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
  for (const auto& [unit, seconds] : units) {
    if (text.size() < 2 || text.back() != unit) {
      continue;
    }
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size() - 1;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number == 0 || number > daemon::longest_confirm_within / seconds) {
      return std::nullopt;
    }
    return number * seconds;
  }
  return std::nullopt;
}

std::optional<Error> take_options(const po::variables_map& given, Invocation& invocation) {
  const auto text = [&](const char* name) { return given.count(name) != 0 ? given[name].as<std::string>() : ""; };
  if (given.count("runtime-dir") != 0 && given.count("socket") != 0) {
    return misuse("--runtime-dir and --socket exclude each other");
  }
  const auto runtime = given.count("runtime-dir") != 0 ? text("runtime-dir") : default_runtime_directory;
  invocation.socket =
      given.count("socket") != 0 ? std::filesystem::path(text("socket")) : std::filesystem::path(runtime) / "cipd.sock";
  if (const auto format = text("format"); !format.empty()) {
    if (format != "text" && format != "json") {
      return misuse(fmt::format("--format is text or json, not {}", format));
    }
    invocation.json = format == "json";
  }
  if (const auto time = text("confirm-within"); !time.empty()) {
    const auto seconds = seconds_of(time);
    if (!seconds) {
      return misuse(fmt::format("--confirm-within is a time from 1s to 24h, such as 60s, 5m or 1h, not {}", time));
    }
    invocation.request.confirm_within = *seconds;
  }
  invocation.request.partial = given.count("partial") != 0;
  invocation.watch = given.count("watch") != 0;
  invocation.request.follow = given.count("follow") != 0;
  invocation.request.confirmed = given.count("yes") != 0;
  invocation.request.force = given.count("force") != 0;
  invocation.request.provider = text("provider");
  using Step = Invocation::KeyStep;
  for (const auto& [name, step] :
       {std::pair("add", Step::add), {"use", Step::use}, {"drop", Step::drop}, {"show", Step::show}}) {
    if (given.count(name) == 0) {
      continue;
    }
    if (invocation.key_step != Step::generate) {
      return misuse("--add, --use, --drop and --show exclude each other: one step at a time");
    }
    invocation.key_step = step;
  }
  return std::nullopt;
}

Result<std::variant<Text, Parsed>> parse_subcommand(const Subcommand& subcommand,
                                                    const std::vector<std::string>& arguments) {
  auto options = options_of(subcommand.name);
  auto hidden = options;
  hidden.add_options()("word", po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add("word", -1);
  po::variables_map given;
  try {
    // Shortened long options would change their meaning when one is added.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(hidden).positional(positions).style(style).run(), given);
    po::notify(given);
  } catch (const po::error& error) {
    return misuse(fmt::format("{}; cipctl {} --help says more", error.what(), subcommand.name));
  }
  if (given.count("help") != 0) {
    return std::variant<Text, Parsed>(Text{help_of(subcommand)});
  }
  Parsed parsed;
  parsed.subcommand = &subcommand;
  if (auto wrong = take_options(given, parsed.invocation)) {
    return *wrong;
  }
  auto words = given.count("word") != 0 ? given["word"].as<std::vector<std::string>>() : std::vector<std::string>{};
  if (auto wrong = take_words(subcommand, std::move(words), parsed.invocation)) {
    return *wrong;
  }
  return std::variant<Text, Parsed>(std::move(parsed));
}

}  // namespace

Result<std::variant<Text, Parsed>> parse_arguments(std::vector<std::string> arguments) {
  // --runtime-dir and --socket may stand before the command, too.
  std::vector<std::string> before;
  while (!arguments.empty() &&
         (arguments[0].rfind("--runtime-dir", 0) == 0 || arguments[0].rfind("--socket", 0) == 0)) {
    const std::size_t count = arguments[0].find('=') == std::string::npos && arguments.size() > 1 ? 2 : 1;
    const auto end = arguments.begin() + static_cast<std::ptrdiff_t>(count);
    before.insert(before.end(), arguments.begin(), end);
    arguments.erase(arguments.begin(), end);
  }
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    if (arguments.empty()) {
      return misuse("which command? cipctl --help lists all");
    }
    return std::variant<Text, Parsed>(Text{list_of_subcommands()});
  }
  if (arguments[0] == "--version") {
    return std::variant<Text, Parsed>(Text{"cipctl " CIP_VERSION "\n"});
  }
  const auto* subcommand = find(arguments[0]);
  if (subcommand == nullptr) {
    return unknown_subcommand(arguments[0]);
  }
  arguments.erase(arguments.begin());
  arguments.insert(arguments.end(), before.begin(), before.end());
  return parse_subcommand(*subcommand, arguments);
}

}  // namespace cip::tools
