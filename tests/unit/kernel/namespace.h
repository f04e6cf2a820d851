// A network namespace of its own for one test case, with a pair of veth devices, eth1 and eth2. Needs root: fails
// without.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconciler/kernel/kernel.h"
#include "reconciler/plan/objects.h"

namespace cip::test {

class Namespace {
 public:
  Namespace();  // both are up; the thread stays in the namespace until the next one is made

  kernel::Kernel kernel;

  plan::Observed read();
  plan::LinkId link(const char* name);
  // Carries out one operation.
  plan::OperationResult run(plan::Action action);
};

// Output of a shell command, which must succeed. `ip` is the independent witness of what the kernel has.
std::string shell(const std::string& command);

InterfaceAddress ifaddr(std::string_view text);
IpAddress ip(std::string_view text);
MacAddress mac(std::string_view text);
Route route(std::string_view destination, std::string_view gateway = {});

// Nullptr if it is not there.
const plan::ObservedAddress* find(const plan::Observed& observed, const char* link, std::string_view address);
// All of a destination, in any table.
std::vector<plan::ObservedRoute> find_routes(const plan::Observed& observed, std::string_view destination);
const plan::ObservedNeighbor* find_neighbor(const plan::Observed& observed, const char* link, std::string_view address);

}  // namespace cip::test
