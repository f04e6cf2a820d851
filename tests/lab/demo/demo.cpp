// The demo: compiles examples/pair, runs it in a lab, cuts a cable, kills a CLIM, and shows what a remote host saw.
// scripts/demo.sh builds and runs it. Exit code 0: everything happened as it was told; 1: something did not.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

namespace cip::lab {
namespace {

const std::vector<std::string> watched{"10.1.0.1", "2001:db8:1::1", "10.2.0.1", "10.1.0.2"};

void say(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void indent(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) say("    " + line);
}

void headline(int number, const std::string& text) {
  say(fmt::format("\n{}. {}\n", number, text));
}

// The home and mirror files of a CLIM's part of a state tree, on one line.
std::string files_of(const std::filesystem::path& tree) {
  std::vector<std::string> files;
  for (const auto* part : {"home", "mirror"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree / part)) {
      if (entry.is_regular_file()) files.push_back(std::filesystem::relative(entry.path(), tree).string());
    }
  }
  std::sort(files.begin(), files.end());
  return fmt::format("{}", fmt::join(files, "  "));
}

class Demo {
 public:
  explicit Demo(const std::filesystem::path& specification) : specification_(specification) {}

  void play() {
    compile();
    start();
    cut_cable();
    restore();
    kill_clim();
    bring_back();
    say("\nDone. Nothing had two owners at any time, and nothing is left on this machine.");
  }

 private:
  // What must come true, or the demo ends with what can be seen instead.
  void expect(const std::string& what, Duration within, const std::function<bool()>& condition) {
    if (wait_until(within, condition)) return;
    throw std::runtime_error(fmt::format("this did not happen: {}\n{}", what, lab_ ? lab_->report() : ""));
  }

  void show(Clim& clim, const std::vector<std::string>& words) {
    std::string line = fmt::format("{}# cipctl", clim.name());
    for (const auto& word : words) line += " " + word;
    indent(line);
    const Outcome outcome = clim.ctl(words);
    indent(outcome.out + outcome.err);
    if (outcome.status != 0) throw std::runtime_error("that command failed");
  }

  void show_addresses() {
    for (const auto* port : {"n1.eth1", "n1.eth2", "n2.eth1", "n2.eth2"}) {
      const std::string text = port;
      Clim& clim = lab_->clim(text.substr(0, 2));
      if (!clim.powered()) continue;
      std::string list;
      for (const auto& address : clim.addresses(text.substr(3))) list += "  " + address;
      indent(fmt::format("{}{}", port, list.empty() ? "  (no address)" : list));
    }
  }

  // What the remote host's pings say of the time since then; nothing may be lost of what did not move.
  void show_outage(Time since, const std::vector<std::string>& moved) {
    // The answers of the last packets may still be on their way.
    const Time now = Clock::now();
    expect("the remote host gets answers from every address", 5s, [&] {
      for (const auto& pinger : pingers_) {
        if (!pinger->answered(500ms)) return false;
      }
      return Clock::now() - now > 300ms;
    });
    for (std::size_t i = 0; i < watched.size(); ++i) {
      const PingReport report = pingers_[i]->report(since);
      const bool expected = std::find(moved.begin(), moved.end(), watched[i]) != moved.end();
      indent(fmt::format("{:<14} {:>4} packets lost of {:>4}{}", watched[i], report.lost, report.sent,
                         report.lost == 0 ? "" : fmt::format(", {} ms without an answer", report.longest_gap.count())));
      if (!expected && report.lost > 0) throw std::runtime_error(watched[i] + " has not moved, and lost packets");
    }
  }

  bool all_at(const std::vector<std::string>& addresses, const std::string& port) const {
    for (const auto& address : addresses) {
      if (lab_->holder(address) != port) return false;
    }
    return true;
  }

  bool at_home() const {
    return all_at(n1_eth1, "n1.eth1") && all_at(n1_eth2, "n1.eth2") && all_at(n2_eth1, "n2.eth1");
  }

  void no_two_owners() {
    if (const auto overlap = lab_->owners().worst_overlap()) {
      throw std::runtime_error(fmt::format("{} was on {} and {} at once, for {} ms", overlap->address, overlap->first,
                                           overlap->second, overlap->length.count()));
    }
  }

  void compile() {
    headline(1, "Compile the specification: errors would show here, before any machine is touched.");
    lab_ = std::make_unique<Lab>();
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"check", specification_}, {"build", specification_, "-o", lab_->dir() / "built"}}) {
      std::vector<std::string> command{programs() / "cipc"};
      command.insert(command.end(), words.begin(), words.end());
      indent(fmt::format("$ cipc {} {}", words[0], std::filesystem::relative(words[1]).string()));
      const Outcome outcome = run(command);
      indent(outcome.out + outcome.err);
      if (outcome.status != 0) throw std::runtime_error("cipc failed");
    }
    say("");
    for (const std::string clim : {"n1", "n2"})
      indent(fmt::format("{}: {}", clim, files_of(lab_->dir() / "built" / clim)));
    std::ostringstream text;
    text << std::ifstream(specification_).rdbuf();
    lab_->install(text.str());
  }

  void start() {
    headline(2, "Start two CLIMs and a remote host: network namespaces of this kernel, with a bridge for each LAN.");
    indent(
        "        control     blue        green\n"
        "n1      eth0        eth1        eth2\n"
        "n2      eth0        eth1        eth2\n"
        "remote              10.1.0.254  10.2.0.254");
    lab_->start();
    expect("all resources at home", 15s, [&] { return at_home(); });
    for (auto* clim : {&n1(), &n2()}) {
      expect("status without a flag", 5s, [&] {
        for (const auto* home : {"n1.eth1", "n1.eth2", "n2.eth1"}) {
          if (Pair::shown(*clim, home, "flags").find('X') != std::string::npos) return false;
        }
        return true;
      });
    }
    say("");
    show(n1(), {"status"});
    for (const auto& address : watched) pingers_.push_back(std::make_unique<Pinger>(lab_->host("r1"), address, 10ms));
    for (const auto& pinger : pingers_) {
      if (!pinger->answered(5s)) throw std::runtime_error("the remote host gets no answer");
    }
    say("\n    From now on the remote host pings four addresses every 10 ms.");
  }

  void cut_cable() {
    headline(3, "Cut the cable of n1.eth1.");
    const Time cut = Clock::now();
    lab_->set_cable("n1.eth1", Cable::unplugged);
    expect("the resources of n1.eth1 on n2.eth1", 5s, [&] { return all_at(n1_eth1, "n2.eth1"); });
    indent(fmt::format("After {} ms its addresses, routes and neighbour entries are on n2.eth1:",
                       milliseconds_between(cut, Clock::now()).count()));
    say("");
    show_addresses();
    say("");
    show(n2(), {"status"});
    say("");
    show_outage(cut, n1_eth1);
    no_two_owners();
  }

  void restore() {
    headline(4, "Plug it in again: nothing moves by itself. An operator moves it back.");
    const Time plugged = Clock::now();
    lab_->set_cable("n1.eth1", Cable::connected);
    expect("n1.eth1 ready", 5s, [&] { return Pair::shown(n1(), "n1.eth1", "state") == "RDY"; });
    if (!stays(1s, [&] { return all_at(n1_eth1, "n2.eth1"); })) throw std::runtime_error("it moved by itself");
    show(n1(), {"switch", "restore", "n1.eth1", "--yes"});
    expect("everything at home", 5s, [&] { return at_home(); });
    say("");
    show_outage(plugged, n1_eth1);
    no_two_owners();
  }

  void kill_clim() {
    headline(5, "Take the power from n1: all its cables dead, its daemon gone, its kernel's state gone.");
    const Time crash = Clock::now();
    lab_->crash("n1");
    expect("everything on n2", 5s,
           [&] { return all_at(n1_eth1, "n2.eth1") && all_at(n1_eth2, "n2.eth2") && all_at(n2_eth1, "n2.eth1"); });
    indent(fmt::format("After {} ms n2 serves everything:", milliseconds_between(crash, Clock::now()).count()));
    say("");
    show_addresses();
    say("");
    show(n2(), {"status"});
    say("");
    show_outage(crash, {"10.1.0.1", "2001:db8:1::1", "10.2.0.1"});
    no_two_owners();
  }

  void bring_back() {
    headline(6,
             "n1 boots: it asks before it takes, so no address is there twice. Then an operator moves all of it back.");
    const Time boot = Clock::now();
    lab_->boot("n1");
    n1().start();
    expect("n1 knows that n2 has its interfaces, and is ready for them", 10s, [&] {
      const auto waits = [&](const std::string& home, const std::string& place) {
        return Pair::shown(n1(), home, "location") == place && Pair::shown(n1(), home, "state") == "RDY";
      };
      return waits("n1.eth1", "n2.eth1") && waits("n1.eth2", "n2.eth2");
    });
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (pingers_[i]->report(boot).lost > 0) throw std::runtime_error("the boot of n1 cost packets to " + watched[i]);
    }
    const Time moved = Clock::now();
    show(n1(), {"switch", "restore", "n1", "--yes"});
    expect("everything at home", 5s, [&] { return at_home(); });
    say("");
    show(n1(), {"status"});
    say("");
    show_outage(moved, {"10.1.0.1", "2001:db8:1::1", "10.2.0.1"});
    no_two_owners();
  }

  Clim& n1() { return lab_->clim("n1"); }
  Clim& n2() { return lab_->clim("n2"); }

  std::filesystem::path specification_;
  std::unique_ptr<Lab> lab_;
  std::vector<std::unique_ptr<Pinger>> pingers_;
};

}  // namespace
}  // namespace cip::lab

int main(int count, char** arguments) {
  try {
    const std::filesystem::path specification = count > 1 ? arguments[1] : "examples/pair/pair.cip";
    cip::lab::Demo(specification).play();
    return 0;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "\nThe demo failed: {}\n", error.what());
    return 1;
  }
}
