// cipctl: its command line, and what it prints.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reconciler/daemon/suggestion.h"
#include "reconciler/tools/cipctl_arguments.h"
#include "reconciler/tools/show.h"

using namespace cip;
using namespace cip::tools;
using nlohmann::json;

namespace {

Invocation parsed(const std::vector<std::string>& arguments) {
  const auto result = parse_arguments(arguments);
  if (!result) FAIL(result.error().message);
  return std::get<Parsed>(*result).invocation;
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto result = parse_arguments(arguments);
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("cipctl understands its commands", "[cipctl]") {
  using daemon::Command;
  CHECK(parsed({"status"}).socket == "/run/cip/cipd.sock");
  CHECK(parsed({"status", "n1.eth1"}).request.target == "n1.eth1");
  CHECK(parsed({"--runtime-dir", "/r", "status"}).socket == "/r/cipd.sock");
  CHECK(parsed({"--runtime-dir=/r", "status", "--format", "json"}).json);
  CHECK(parsed({"status", "--socket", "/s"}).socket == "/s");
  CHECK(parsed({"status", "--watch"}).watch);
  CHECK(parsed({"events", "--follow"}).request.follow);
  CHECK(parsed({"plan"}).request.command == Command::plan);
  CHECK(parsed({"reload"}).request.command == Command::reload);
  CHECK(parsed({"reload"}).request.confirm_within == 0);
  CHECK(parsed({"reload", "--confirm-within", "60s"}).request.confirm_within == 60);
  CHECK(parsed({"reload", "--confirm-within", "5m", "--partial"}).request.confirm_within == 300);
  CHECK(parsed({"reload", "--confirm-within=24h"}).request.confirm_within == 86400);
  CHECK(parsed({"reload", "--partial"}).request.partial);
  CHECK(parsed({"confirm"}).request.command == Command::confirm);
  CHECK(parsed({"rollback"}).request.command == Command::rollback);
  CHECK(parsed({"resume"}).request.command == Command::resume);
  CHECK(parsed({"explain", "n1.eth1"}).request.target == "n1.eth1");
  CHECK(parsed({"explain", "n1.eth1"}).request.command == Command::status);
  CHECK(parsed({"shutdown"}).request.command == Command::shutdown);
  CHECK(parsed({"ifstop", "eth1"}).request.command == Command::ifstop);
  CHECK(parsed({"ifstart", "eth1"}).request.command == Command::ifstart);
  CHECK(parsed({"keygen", "/k"}).file == "/k");
  const auto all = parsed({"switch", "failover", "n1.eth1", "--yes", "--force"});
  CHECK(all.request.command == Command::switch_failover);
  CHECK(all.request.target == "n1.eth1");
  CHECK(all.request.confirmed);
  CHECK(all.request.force);
  const auto provider = parsed({"switch", "restore", "--provider", "blue"});
  CHECK(provider.request.command == Command::switch_restore);
  CHECK(provider.request.target.empty());
  CHECK(provider.request.provider == "blue");
  CHECK_FALSE(provider.request.confirmed);
}

TEST_CASE("cipctl says what is wrong with its command line", "[cipctl]") {
  CHECK(refusal({}).find("--help") != std::string::npos);
  for (const auto* time : {"0s", "25h", "60", "s", "-1s", "1.5m", "99999999999999999999s", "60 s", "1d"}) {
    CAPTURE(time);
    CHECK(refusal({"reload", std::string("--confirm-within=") + time}).find("such as 60s, 5m or 1h") !=
          std::string::npos);
  }
  CHECK_FALSE(refusal({"explain"}).empty());
  CHECK(refusal({"statsu"}).find("did you mean status?") != std::string::npos);
  CHECK(refusal({"frobnicate"}).find("did you mean") == std::string::npos);
  CHECK(refusal({"switch"}).find("switch failover") != std::string::npos);
  CHECK(refusal({"switch", "over", "n1"}).find("switch failover") != std::string::npos);
  CHECK(refusal({"switch", "failover"}).find("switch") != std::string::npos);
  CHECK(refusal({"switch", "failover", "n1", "n2"}).find("n2") != std::string::npos);
  CHECK(refusal({"ifstop"}).find("ifstop INTERFACE") != std::string::npos);
  CHECK(refusal({"status", "--format", "yaml"}).find("json") != std::string::npos);
  CHECK(refusal({"status", "--fol"}).find("--fol") != std::string::npos);
  CHECK(refusal({"plan", "--force"}).find("--force") != std::string::npos);
  CHECK(refusal({"status", "--socket", "/s", "--runtime-dir", "/r"}).find("exclude") != std::string::npos);
}

TEST_CASE("every subcommand explains itself with an example", "[cipctl]") {
  for (const auto& subcommand : subcommands()) {
    const auto result = parse_arguments({std::string(subcommand.name), "--help"});
    REQUIRE(result);
    const auto& text = std::get<Text>(*result).text;
    CAPTURE(text);
    CHECK(text.find("usage: cipctl " + std::string(subcommand.name)) == 0);
    CHECK(text.find("example: cipctl " + std::string(subcommand.name)) != std::string::npos);
    CHECK(std::get<Text>(*parse_arguments({"--help"})).text.find(subcommand.summary) != std::string::npos);
  }
  CHECK(std::get<Text>(*parse_arguments({"--version"})).text.find("cipctl ") == 0);
}

TEST_CASE("the status table is aligned and says what is wrong", "[cipctl]") {
  const json result{
      {"interfaces",
       json::array(
           {{{"home", "n1.eth1"},
             {"failover", "n2.eth1"},
             {"location", "n2.eth1"},
             {"placement", "BkFO"},
             {"state", "DOWN"},
             {"link-pulse", "DOWN"},
             {"flags", "FX"},
             {"explanation", "n2 serves it"},
             {"other-side",
              {{"clim", "n2"}, {"state", "DOWN"}, {"obstacle", "the kernel does not answer"}, {"silent", false}}},
             {"problems", json::array({"route 10.9.0.0/16: Network is unreachable"})}},
            {{"home", "n1.eth2.100"},
             {"location", "n1.eth2.100"},
             {"placement", "HOME"},
             {"state", "UP"},
             {"link-pulse", "UP"},
             {"flags", ""}},
            {{"home", "n1.eth3"},
             {"failover", "n3.eth3"},
             {"location", "n1.eth3"},
             {"placement", "HOME"},
             {"state", "UP"},
             {"link-pulse", "UP"},
             {"flags", "TX"},
             {"other-side",
              {{"clim", "n3"},
               {"state", "DOWN"},
               {"obstacle", "no link pulse"},
               {"silent", true},
               {"age-ms", 1500}}}}})},
      {"problems", json::array({"the tree is refused"})},
      {"ipsec", json::array({{{"name", "partner"}, {"local", "10.1.0.1"}, {"remote", "192.0.2.1"}, {"state", "UP"}}})},
      {"peers", json::array({{{"name", "n2"}, {"heard", true}, {"channel", true}, {"silent-paths", json::array()}},
                             {{"name", "n3"},
                              {"heard", false},
                              {"channel", false},
                              {"age-ms", 1500},
                              {"silent-paths", json::array({"data eth1"})}}})}};
  CHECK(show_status(result, false) ==
        "HOME         FAILOVER  LOCATION     PLACE  STATE  LINK  FLAGS  OTHER SIDE\n"
        "n1.eth1      n2.eth1   n2.eth1      BkFO   DOWN   DOWN  FX     n2 DOWN: the kernel does not answer\n"
        "n1.eth2.100  -         n1.eth2.100  HOME   UP     UP    -      -\n"
        "n1.eth3      n3.eth3   n1.eth3      HOME   UP     UP    TX     n3 silent, was DOWN 1.5 s ago\n"
        "n1.eth1: route 10.9.0.0/16: Network is unreachable\n"
        "the tree is refused\n"
        "ipsec partner: 10.1.0.1 to 192.0.2.1, UP\n"
        "peer n2: heard\n"
        "peer n3: silent for 1.5 s, not on data eth1, no channel\n");
  CHECK(show_status(result, false, true).find("n1.eth1: n2 serves it\n") != std::string::npos);
  const auto coloured = show_status(result, true);
  CHECK(coloured.find("\033[31mDOWN\033[0m") != std::string::npos);
  CHECK(show_status(result, false).find('\033') == std::string::npos);
  // Members that are missing, or of another type, are no reason to fail.
  CHECK(show_status(json::object(), false) == "HOME  FAILOVER  LOCATION  PLACE  STATE  LINK  FLAGS  OTHER SIDE\n");
  CHECK(show_status({{"interfaces", json::array({{{"home", 7}}})}, {"peers", 3}}, false).find('-') !=
        std::string::npos);
}

TEST_CASE("events, plans and outcomes are shown a line each", "[cipctl]") {
  const json event{{"time", "2026-01-31T12:00:00.000Z"},
                   {"level", "alarm"},
                   {"subject", "n1.eth1"},
                   {"text", "n2 is out, but nothing moves"},
                   {"evidence", "no third host is heard"}};
  CHECK(show_event(event, false) ==
        "2026-01-31T12:00:00.000Z n1.eth1: ALARM n2 is out, but nothing "
        "moves\n    no third host is heard\n");
  // Text of another machine must not steer the terminal.
  CHECK(show_event({{"time", "t"}, {"level", "info"}, {"text", "a\033[2Jb"}}, false) == "t a?[2Jb\n");

  CHECK(show_plan(json::object(), false) == "nothing to change\n");
  CHECK(show_plan({{"operations", json::array({"+ address 10.1.0.1/24 on eth1"})},
                   {"problems", json::array({"route x: in the way"})},
                   {"foreign", json::array({"route 10.50.0.0/16 on eth1"})}},
                  false) ==
        "+ address 10.1.0.1/24 on eth1\n! route x: in the way\n= "
        "route 10.50.0.0/16 on eth1 (foreign: left alone)\n");

  CHECK(show_outcomes(
            {{"outcomes",
              json::array({{{"interface", "n1.eth1"}, {"done", true}, {"sentence", "n1.eth1 is given to n2"}}})}},
            false) == "n1.eth1: n1.eth1 is given to n2\n");
}

TEST_CASE("a generation and an explanation are shown", "[cipctl]") {
  CHECK(show_generation({{"generation", "abc"}, {"problems", json::array()}, {"waits", false}}, false) ==
        "generation abc is in use\n");
  CHECK(show_generation(
            {{"generation", "abc"}, {"problems", {"n1.eth1: no"}}, {"waits", true}, {"confirm-within", 60U}}, false) ==
        "generation abc is in use, and goes back in 60 s unless you say: cipctl confirm\n"
        "not all of it is applied yet: another CLIM has to hear of it first (cipctl plan, cipctl status)\n"
        "! n1.eth1: no\n");
  const json row{{"home", "n1.eth1"},     {"location", "n1.eth1"},        {"placement", "HOME"},
                 {"state", "UP"},         {"explanation", "served here"}, {"if-failed", "n2 would take it"},
                 {"problems", {"broken"}}};
  CHECK(
      show_explanation({{"interfaces", {row}}}, false) ==
      "n1.eth1 is on n1.eth1 (HOME), our side is UP\n  now: served here\n  if it failed: n2 would take it\n  broken\n");
}

TEST_CASE("suggestions are near, or none", "[cipctl]") {
  using daemon::did_you_mean;
  const std::vector<std::string> names{"n1.eth1", "n1.eth2", "n2.eth1", "eth1"};
  CHECK(did_you_mean("n1.eht1", names) == ": did you mean n1.eth1?");
  CHECK(did_you_mean("n1.eth11", names) == ": did you mean n1.eth1?");
  CHECK(did_you_mean("et1", names) == ": did you mean eth1?");
  CHECK(did_you_mean("wlan0", names).empty());
  CHECK(did_you_mean("", names).empty());
  CHECK(did_you_mean(std::string(100000, 'n'), names).empty());
}
