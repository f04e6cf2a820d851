#include "tests/unit/kernel/namespace.h"

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sched.h>

namespace cip::test {

namespace {

kernel::Kernel open_in_new_namespace() {
  if (unshare(CLONE_NEWNET) != 0) FAIL("cannot make a network namespace, run as root: " << std::strerror(errno));
  auto kernel = kernel::Kernel::open();
  REQUIRE(kernel);
  return std::move(*kernel);
}

}  // namespace

Namespace::Namespace() : kernel(open_in_new_namespace()) {
  shell("ip link set lo up && ip link add eth1 type veth peer name eth2 && ip link set eth1 up && ip link set eth2 up");
}

plan::Observed Namespace::read() {
  auto observed = kernel.read();
  REQUIRE(observed);
  return std::move(*observed);
}

plan::LinkId Namespace::link(const char* name) {
  const auto observed = kernel.read_addresses();
  REQUIRE(observed);
  const auto* found = observed->find_link(InterfaceName(name));
  REQUIRE(found != nullptr);
  return found->id;
}

plan::OperationResult Namespace::run(plan::Action action) {
  const std::vector<plan::Operation> operations{{std::move(action), {}}};
  const auto results = kernel.execute(operations);
  REQUIRE(results.size() == 1);
  return results.front();
}

std::string shell(const std::string& command) {
  std::string output;
  std::array<char, 4096> buffer{};
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");  // NOLINT(bugprone-command-processor): commands of our tests
  REQUIRE(pipe != nullptr);
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
  const int status = pclose(pipe);
  INFO(command << ": " << output);
  REQUIRE(status == 0);
  return output;
}

InterfaceAddress ifaddr(std::string_view text) {
  const auto address = InterfaceAddress::parse(text);
  REQUIRE(address);
  return *address;
}

IpAddress ip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

MacAddress mac(std::string_view text) {
  const auto address = MacAddress::parse(text);
  REQUIRE(address);
  return *address;
}

Route route(std::string_view destination, std::string_view gateway) {
  const auto prefix = Prefix::parse(destination);
  REQUIRE(prefix);
  Route made;
  made.destination = *prefix;
  made.metric = prefix->family() == Family::ipv6 ? 1024 : 0;
  if (!gateway.empty()) made.gateway = ip(gateway);
  return made;
}

const plan::ObservedAddress* find(const plan::Observed& observed, const char* link, std::string_view address) {
  for (const auto& entry : observed.addresses) {
    if (entry.link.name.str() == link && entry.address == ifaddr(address)) return &entry;
  }
  return nullptr;
}

std::vector<plan::ObservedRoute> find_routes(const plan::Observed& observed, std::string_view destination) {
  std::vector<plan::ObservedRoute> found;
  for (const auto& entry : observed.routes) {
    if (entry.route.destination.str() == destination) found.push_back(entry);
  }
  return found;
}

const plan::ObservedNeighbor* find_neighbor(const plan::Observed& observed, const char* link,
                                            std::string_view address) {
  for (const auto& entry : observed.neighbors) {
    if (entry.link.name.str() == link && entry.neighbor.address == ip(address)) return &entry;
  }
  return nullptr;
}

}  // namespace cip::test
