// How long the proof of every single failure takes (compiler/check/contradictions.h), on models without text: pairs of
// CLIMs with eight interfaces each, and one pair that has all of them. It should grow with the number of interfaces.
#include <array>
#include <cstdio>
#include <ctime>
#include <string>

#include "compiler/check/contradictions.h"
#include "compiler/check/placement.h"
#include "tests/unit/check/cluster_builder.h"

namespace {

using cip::IpAddress;
using cip::check::ClusterBuilder;

constexpr std::size_t routes_each = 5;

IpAddress number(std::size_t n, std::uint8_t last) {
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(10 + (n >> 16U)),
                                          static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n), last};
  return *IpAddress::from_bytes(bytes);
}

// One address, five routes, a rule and a neighbour; network `n` is shared with the other side of the pair.
void add_interface(ClusterBuilder& built, const std::string& clim, std::size_t at, std::size_t n, std::uint8_t side) {
  auto& added = built.interface(clim, "eth" + std::to_string(at));
  added.provider = {cip::ProviderName("blue"), built.next()};
  added.lan = {cip::LanName("lan" + std::to_string(n)), built.next()};
  added.addresses.push_back({{number(n, side), 24}, built.next()});
  for (std::size_t route = 0; route < routes_each; ++route) {
    cip::Route to;
    to.destination = {number(n, static_cast<std::uint8_t>(16 * route)), 28};
    to.gateway = number(n, 254);
    built.route(added, to);
  }
  cip::Rule rule;
  rule.from = cip::Prefix(number(n, 0), 24);
  built.rule(added, rule);
  added.neighbors.push_back({{number(n, 253), {}}, built.next()});
}

ClusterBuilder cluster(std::size_t interfaces, std::size_t each) {
  ClusterBuilder built;
  for (std::size_t pair = 0; 2 * each * pair < interfaces; ++pair) {
    const std::array<std::string, 2> clims{"a" + std::to_string(pair), "b" + std::to_string(pair)};
    for (std::size_t side = 0; side < 2; ++side) {
      for (std::size_t at = 0; at < each; ++at) {
        add_interface(built, clims[side], at, each * pair + at, static_cast<std::uint8_t>(side + 1));
      }
    }
    for (std::size_t at = 0; at < each; ++at) {
      const cip::InterfaceName name("eth" + std::to_string(at));
      built.failover_both_ways({cip::ClimName(clims[0]), name}, {cip::ClimName(clims[1]), name});
    }
  }
  return built;
}

// Of processor time.
template <class Function>
double seconds(const Function& function) {
  const std::clock_t start = std::clock();
  function();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void measure(std::size_t interfaces, std::size_t each) {
  const auto built = cluster(interfaces, each);
  std::vector<const cip::lang::FailoverStatement*> failovers;
  for (const auto& statement : built.cluster.failovers) {
    failovers.push_back(&statement);
  }
  cip::diagnostics::Findings findings;
  const double proof = seconds([&] { cip::check::check_contradictions(built.cluster, failovers, {}, findings); });
  const cip::check::Failure clim = built.cluster.clims.front().name;
  const double placement = seconds([&] { cip::check::place(built.cluster, {&clim, 1}); });
  std::printf("%7zu interfaces, %6zu on each CLIM: proof %.3f s, placement after one failure %.3f s\n", interfaces,
              each, proof, placement);
  if (!findings.empty()) {
    std::puts("this cluster should have no contradictions");
  }
}

}  // namespace

int main() {
  for (const std::size_t interfaces : {std::size_t{1000}, std::size_t{10000}, std::size_t{100000}}) {
    measure(interfaces, 8);
    measure(interfaces, interfaces / 2);
  }
}
