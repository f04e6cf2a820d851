#include <catch2/catch.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

TEST_CASE("an operation that fails in the middle of many stops nothing") {
  Namespace ns;
  const auto a = ns.link("eth1");
  std::vector<plan::Operation> operations;
  operations.push_back({plan::AddAddress{a, ifaddr("10.1.0.1/24"), {}, false}, {}});
  for (int i = 0; i < 200; ++i) {
    operations.push_back({plan::AddRoute{a, route(fmt::format("10.50.{}.0/24", i), "10.1.0.254")}, {}});
  }
  // At the border of a batch, in the middle of one, and last.
  for (const std::size_t bad : {std::size_t{31}, std::size_t{32}, std::size_t{100}, std::size_t{200}}) {
    operations[bad].action = plan::AddRoute{a, route(fmt::format("10.60.{}.0/24", bad), "172.16.0.1")};
  }
  const auto results = ns.kernel.execute(operations);
  REQUIRE(results.size() == operations.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    CAPTURE(i, results[i].text);
    const bool bad = i == 31 || i == 32 || i == 100 || i == 200;
    CHECK(results[i].ok() == !bad);
    CHECK(results[i].text == (bad ? "Network is unreachable (Nexthop has invalid gateway)" : ""));
  }
  const auto observed = ns.read();
  std::size_t ours = 0;
  for (const auto& entry : observed.routes) ours += entry.protocol == plan::our_protocol ? 1 : 0;
  CHECK(ours == 196);
}

TEST_CASE("no operations, no answer") {
  Namespace ns;
  CHECK(ns.kernel.execute({}).empty());
}

TEST_CASE("refreshes beside other operations keep their places") {
  Namespace ns;
  const auto a = ns.link("eth1");
  REQUIRE(ns.run(plan::AddAddress{a, ifaddr("10.1.0.1/24"), 30s, false}).ok());
  const std::vector<plan::Operation> operations{
      {plan::AddAddress{a, ifaddr("10.1.0.2/24"), 30s, false}, {}},
      {plan::RefreshAddress{a, ifaddr("10.1.0.9/24"), 60s}, {}},
      {plan::RefreshAddress{a, ifaddr("10.1.0.1/24"), 60s}, {}},
      {plan::RefreshAddress{a, ifaddr("10.1.0.2/24"), 60s}, {}},  // added above, in the same call
      {plan::RemoveAddress{a, ifaddr("10.1.0.8/24")}, {}},
  };
  const auto results = ns.kernel.execute(operations);
  REQUIRE(results.size() == 5);
  CHECK(results[0].ok());
  CHECK(results[1].error == EADDRNOTAVAIL);
  CHECK(results[2].ok());
  CHECK(results[3].ok());
  CHECK(results[4].error == EADDRNOTAVAIL);
  const auto observed = ns.read();
  REQUIRE(find(observed, "eth1", "10.1.0.1/24") != nullptr);
  CHECK(find(observed, "eth1", "10.1.0.1/24")->lifetime > 40s);
  CHECK(find(observed, "eth1", "10.1.0.2/24")->lifetime > 40s);
}

TEST_CASE("a device that is removed meanwhile fails only its own operations") {
  Namespace ns;
  const auto a = ns.link("eth1");
  shell("ip link add eth3 type veth peer name eth4 && ip link set eth3 up");
  const auto c = ns.link("eth3");
  shell("ip link del eth3");
  const std::vector<plan::Operation> operations{{plan::AddAddress{c, ifaddr("10.2.0.1/24"), {}, false}, {}},
                                                {plan::AddAddress{a, ifaddr("10.1.0.1/24"), {}, false}, {}}};
  const auto results = ns.kernel.execute(operations);
  CHECK(results[0].error == ENODEV);
  CHECK(results[1].ok());
}

TEST_CASE("without the right to change anything every operation says so, and reading works") {
  Namespace ns;
  const auto a = ns.link("eth1");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // No assertions in here: only the exit code counts.
    if (setresuid(65534, 65534, 65534) != 0) _exit(10);
    auto kernel = kernel::Kernel::open();
    if (!kernel) _exit(11);
    const std::vector<plan::Operation> operations{{plan::SetMtu{a, 1400}, {}}, {plan::SetUp{a, false}, {}}};
    const auto results = kernel->execute(operations);
    if (results[0].error != EPERM || results[1].error != EPERM) _exit(12);
    const auto observed = kernel->read();
    _exit(observed && observed->find_link(a.index) != nullptr ? 0 : 13);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("an instance is one kernel and one namespace") {
  Namespace first;
  const auto one = kernel::instance();
  REQUIRE(one);
  CHECK(first.read().instance == *one);
  CHECK(*kernel::instance() == *one);
  Namespace second;
  CHECK(second.read().instance != *one);
}
