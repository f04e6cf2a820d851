#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/kernel/converging.h"

using namespace cip;
using namespace cip::test;

namespace {

Rule rule(const char* from, const char* to, std::uint32_t priority, std::uint32_t table) {
  Rule made{{}, {}, priority, table};
  if (*from != 0) made.from = Prefix::parse(from);
  if (*to != 0) made.to = Prefix::parse(to);
  return made;
}

plan::Desired with_rules(const std::vector<Rule>& rules) {
  const InterfaceRef home{ClimName("n1"), InterfaceName("eth1")};
  plan::Desired desired;
  for (const auto& each : rules) desired.rules.push_back({each, {home}});
  return desired;
}

}  // namespace

TEST_CASE("policy rules of both families come, stay and go, and those of others stay") {
  Converging ns;
  shell("ip rule add from 10.7.0.0/16 table 77 priority 700 protocol static");
  const auto before = shell("ip rule; ip -6 rule");
  const auto desired =
      with_rules({rule("10.1.0.0/24", "", 1000, 100), rule("", "10.9.0.0/16", 1001, 100000),
                  rule("2001:db8:1::/64", "2001:db8:9::/48", 900, 254), rule("0.0.0.0/0", "", 950, 5)});
  auto plan = ns.converge(desired);
  CHECK(plan.problems.empty());
  CHECK(ns.rounds == 1);
  const auto shown = shell("ip rule; ip -6 rule");
  CHECK(shown.find("1000:\tfrom 10.1.0.0/24 lookup 100 proto 153") != std::string::npos);
  CHECK(shown.find("1001:\tfrom all to 10.9.0.0/16 lookup 100000 proto 153") != std::string::npos);
  CHECK(shown.find("950:\tfrom all lookup 5 proto 153") != std::string::npos);
  CHECK(shown.find("900:\tfrom 2001:db8:1::/64 to 2001:db8:9::/48 lookup main proto 153") != std::string::npos);
  ns.converge(desired);
  CHECK(ns.rounds == 0);

  shell("ip rule del priority 1000");  // drift
  ns.converge(desired);
  CHECK(shell("ip rule; ip -6 rule") == shown);
  ns.converge(with_rules({rule("10.1.0.0/24", "", 1000, 101)}));
  CHECK(shell("ip rule").find("1000:\tfrom 10.1.0.0/24 lookup 101 proto 153") != std::string::npos);
  ns.converge({});
  CHECK(shell("ip rule; ip -6 rule") == before);
}

TEST_CASE("a rule of somebody else that is the same is enough, one that says more is not") {
  Converging ns;
  shell("ip rule add from 10.1.0.0/24 table 100 priority 1000 protocol static");
  auto plan = ns.converge(with_rules({rule("10.1.0.0/24", "", 1000, 100)}));
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == plan::Problem::Kind::foreign);
  shell("ip rule add from 10.2.0.0/24 iif eth1 table 100 priority 1000 protocol static");
  plan = ns.converge(with_rules({rule("10.2.0.0/24", "", 1000, 100)}));
  CHECK(plan.problems.empty());
  CHECK(shell("ip rule").find("from 10.2.0.0/24 lookup 100 proto 153") != std::string::npos);
  ns.converge({});
  CHECK(shell("ip rule").find("from 10.2.0.0/24 iif eth1 lookup 100") != std::string::npos);
}

TEST_CASE("the kernel refuses a rule twice, and one that is not there") {
  Converging ns;
  const auto one = rule("10.1.0.0/24", "", 1000, 100);
  CHECK(ns.run(plan::AddRule{one}).ok());
  CHECK(ns.run(plan::AddRule{one}).error == EEXIST);
  CHECK(ns.run(plan::RemoveRule{one, Family::ipv4}).ok());
  CHECK(ns.run(plan::RemoveRule{one, Family::ipv4}).error == ENOENT);
}
