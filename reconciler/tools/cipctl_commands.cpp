#include "reconciler/tools/cipctl_commands.h"

#include <array>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "reconciler/daemon/control_client.h"
#include "reconciler/peer/cluster_key.h"
#include "reconciler/tools/show.h"
#include "reconciler/tools/terminal.h"

namespace cip::tools {

using daemon::ControlClient;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds answer_limit{5};
constexpr std::chrono::seconds move_limit{30};  // a switch or shutdown with thousands of addresses

constexpr std::array<Subcommand, 13> all_subcommands{{
    {"status", "[INTERFACE]", "where the resources of each home interface are",
     "For each home interface that this CLIM knows: its failover interface, where its resources are now (HOME; BkFO:\n"
     "moved by a failure; BkOP: by an operator; BkUN: found there after a restart), the state of our interface (UP;\n"
     "RDY: usable, resources not here; DNOP: down by an operator; DOWN), its link pulse, and flags (V: visiting here,\n"
     "F: away, X: failover is not possible now).",
     "cipctl status n1.eth1", run_status},
    {"explain", "INTERFACE", "why its resources are where they are, and what would happen if it failed now",
     "Also what cannot be done of it, each with the kernel's words.", "cipctl explain n1.eth1", run_explain},
    {"switch", "failover|restore CLIM[.INTERFACE]", "move resources to the failover interface, or back home",
     "Moves the resources of one interface, of all interfaces of a CLIM, or of a provider (--provider P). Counts the\n"
     "open TCP connections first, which end, and asks. Refused where the other side cannot take them.",
     "cipctl switch failover n1.eth1 --yes", run_switch},
    {"ifstop", "INTERFACE", "bring an interface down, without failover",
     "Takes the interface's own resources out of the kernel and the link down; nothing moves. Refused while another\n"
     "interface's resources visit it and cannot go home.",
     "cipctl ifstop eth1", run_interface},
    {"ifstart", "INTERFACE", "bring an interface back that ifstop brought down", "The opposite of ifstop.",
     "cipctl ifstart eth1", run_interface},
    {"events", "[--follow]", "what happened: every decision with its evidence",
     "The last events since cipd started, oldest first. Older ones are in the journal.", "cipctl events --follow",
     run_events},
    {"plan", "", "what cipd would change in the kernel now",
     "`+` is added, `-` removed, `~` changed, `!` cannot be done, `=` is foreign and left alone.", "cipctl plan",
     run_plan},
    {"reload", "[--confirm-within TIME]", "use the state tree that is there now",
     "A tree that is not whole, or that changes a failover pair while its resources are away, is refused with a\n"
     "reason. If something of it cannot be done that could be done before, the generation before comes back, with a\n"
     "report (--partial keeps the new one). With --confirm-within it also goes back unless `cipctl confirm` comes in\n"
     "time; a machine that dies meanwhile comes back to the confirmed one.",
     "cipctl reload --confirm-within 60s", run_reload},
    {"confirm", "", "keep the generation that waits for it", "See cipctl reload --confirm-within.", "cipctl confirm",
     run_confirm},
    {"rollback", "", "go back to the generation before",
     "Of one that waits to be confirmed, and of the last one that was put to use since cipd started. The state tree\n"
     "stays as it is, and is not used until `cipctl reload`, or until another one takes its place.",
     "cipctl rollback", run_reload},
    {"resume", "", "repair again what was left to somebody who undoes it",
     "What somebody else undoes five times, each time within a second, is left as they have it, reported, and tried\n"
     "again once a minute. When you have found who does it, this tries at once.",
     "cipctl resume", run_shutdown},
    {"shutdown", "", "give everything to the other sides, then end cipd",
     "What the service does before the machine goes down. What nobody can take stays until the machine is off.",
     "cipctl shutdown", run_shutdown},
    {"keygen", "[--add | --use | --drop | --show] FILE", "make or change a cluster key",
     "Writes a new random key with mode 0400; FILE must not exist. Copy it to all CLIMs of the cluster.\n"
     "To change the key without an outage: --add a second key to the file, which cipd accepts then; --use it, while "
     "the\n"
     "first is still accepted; --drop the first. After each step copy the file to all CLIMs and `cipctl reload` each "
     "of\n"
     "them before you go on: `cipctl status` shows the key that every peer sends with.",
     "cipctl keygen /etc/cip/cluster.key", run_keygen},
}};

int fail(const Error& error) {
  std::cerr << "cipctl: " << error.message << "\n";
  return exit_code(error);
}

Result<json> ask_daemon(const Invocation& invocation, const daemon::Request& request, std::chrono::milliseconds limit) {
  auto client = ControlClient::connect(invocation.socket);
  if (!client) {
    return client.error();
  }
  if (auto sent = client->send(request); !sent) {
    return sent.error();
  }
  return client->receive(limit);
}

void print_json(const json& value) {
  std::cout << value.dump(2) << "\n";
}

// Ends the process when nobody reads any more.
bool flush() {
  return static_cast<bool>(std::cout.flush());
}

int show_outcome(const Invocation& invocation, const Result<json>& result) {
  if (!result) {
    return fail(result.error());
  }
  if (invocation.json) {
    print_json(*result);
  } else {
    std::cout << show_outcomes(*result, use_colour());
  }
  const auto outcomes = result->value("outcomes", json::array());
  for (const auto& outcome : outcomes) {
    if (outcome.value("done", json()) != json(true)) {
      return exit_refused;
    }
  }
  return exit_done;
}

// "n1.eth1 (provider blue), n1.eth2: "
std::string moving(const json& result) {
  std::vector<std::string> names;
  for (const auto& each : result.value("moving", json::array())) {
    const auto provider = each.value("provider", "");
    names.push_back(each.value("home", "?") + (provider.empty() ? "" : " (provider " + provider + ")"));
  }
  return names.empty() ? "" : fmt::format("{}: ", fmt::join(names, ", "));
}

// Whether to go on although connections are open.
bool confirmed(const json& result) {
  const auto count = result.value("connections", json());
  const auto question =
      moving(result) +
      fmt::format("{} will end. Go on?", count.is_number_unsigned()
                                             ? fmt::format("{} open TCP connection{}", count.get<std::uint64_t>(),
                                                           count.get<std::uint64_t>() == 1 ? "" : "s")
                                             : "open TCP connections, nobody knows how many,");
  if (can_ask()) {
    return ask(question);
  }
  std::cerr << "cipctl: " << question << " Say --yes\n";
  return false;
}

}  // namespace

std::span<const Subcommand> subcommands() {
  return all_subcommands;
}

int exit_code(const Error& error) {
  return error.code == ErrorCode::system ? exit_system : exit_refused;
}

int run_status(const Invocation& invocation) {
  do {
    const auto result = ask_daemon(invocation, invocation.request, answer_limit);
    if (!result) {
      return fail(result.error());
    }
    const bool colour = use_colour();
    if (invocation.watch && colour) {
      std::cout << "\033[H\033[2J";
    }
    if (invocation.json) {
      print_json(*result);
    } else {
      std::cout << show_status(*result, colour, !invocation.request.target.empty());
    }
    if (!flush()) {
      return exit_system;
    }
    if (invocation.watch) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  } while (invocation.watch);
  return exit_done;
}

int run_explain(const Invocation& invocation) {
  const auto result = ask_daemon(invocation, invocation.request, answer_limit);
  if (!result) {
    return fail(result.error());
  }
  if (invocation.json) {
    print_json(*result);
  } else {
    std::cout << show_explanation(*result, use_colour());
  }
  return exit_done;
}

int run_switch(const Invocation& invocation) {
  auto request = invocation.request;
  auto result = ask_daemon(invocation, request, move_limit);
  if (result && result->value("needs-confirmation", json()) == json(true)) {
    if (!confirmed(*result)) {
      return exit_refused;
    }
    request.confirmed = true;
    result = ask_daemon(invocation, request, move_limit);
  }
  return show_outcome(invocation, result);
}

int run_interface(const Invocation& invocation) {
  return show_outcome(invocation, ask_daemon(invocation, invocation.request, move_limit));
}

int run_events(const Invocation& invocation) {
  auto client = ControlClient::connect(invocation.socket);
  if (!client) {
    return fail(client.error());
  }
  if (auto sent = client->send(invocation.request); !sent) {
    return fail(sent.error());
  }
  const bool colour = use_colour();
  const bool follow = invocation.request.follow;
  for (;;) {
    const auto limit = follow ? std::nullopt : std::optional<std::chrono::milliseconds>(answer_limit);
    const auto result = client->receive(limit);
    if (!result) {
      return fail(result.error());
    }
    const auto events = result->value("events", json::array());
    for (const auto& event : events) {
      if (invocation.json) {
        std::cout << event.dump() << "\n";
      } else {
        std::cout << show_event(event, colour);
      }
    }
    if (!flush()) {
      return exit_system;
    }
    if (!follow) {
      return exit_done;
    }
  }
}

int run_plan(const Invocation& invocation) {
  const auto result = ask_daemon(invocation, invocation.request, answer_limit);
  if (!result) {
    return fail(result.error());
  }
  if (invocation.json) {
    print_json(*result);
  } else {
    std::cout << show_plan(*result, use_colour());
  }
  return result->value("operations", json::array()).empty() ? exit_done : exit_changes;
}

int run_reload(const Invocation& invocation) {
  const auto result = ask_daemon(invocation, invocation.request, move_limit);
  if (!result) {
    return fail(result.error());
  }
  if (invocation.json) {
    print_json(*result);
  } else {
    std::cout << show_generation(*result, use_colour());
  }
  return exit_done;
}

int run_confirm(const Invocation& invocation) {
  const auto result = ask_daemon(invocation, invocation.request, answer_limit);
  if (!result) {
    return fail(result.error());
  }
  if (invocation.json) {
    print_json(*result);
  } else {
    std::cout << "generation " << result->value("generation", "?") << " stays\n";
  }
  return exit_done;
}

int run_shutdown(const Invocation& invocation) {
  const auto result = ask_daemon(invocation, invocation.request, move_limit);
  if (!result) {
    return fail(result.error());
  }
  if (invocation.json) {
    print_json(*result);
  }
  return exit_done;
}

int run_keygen(const Invocation& invocation) {
  using Step = Invocation::KeyStep;
  const auto& file = invocation.file;
  const auto done = invocation.key_step == Step::generate ? peer::ClusterKey::generate(file)
                    : invocation.key_step == Step::add    ? peer::ClusterKey::add_next(file)
                    : invocation.key_step == Step::use    ? peer::ClusterKey::use_next(file)
                    : invocation.key_step == Step::drop   ? peer::ClusterKey::drop_last(file)
                                                          : Result<void>();
  if (!done) {
    return fail(done.error());
  }
  const auto key = peer::ClusterKey::read(file);
  if (!key) {
    return fail(key.error());
  }
  const auto names = key->names();
  std::cout << "key " << names.front() << " is used"
            << (names.size() > 1 ? ", " + names.back() + " is accepted, too\n" : ", no other is accepted\n");
  return exit_done;
}

}  // namespace cip::tools
