// Which policies of the kernel (kernel/policies.h) an IPsec connection needs, so that nothing of what it protects gets
// through in clear text: before charon has SAs, when it is not there, and while it has unloaded something. They are in
// the kernel of every CLIM that has the connection, before an address is added to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconciler/ipsec/connections.h"
#include "reconciler/kernel/policies.h"
#include "state/tree.h"

namespace cip::daemon {

// The connections of a state that is supported (unsupported.h).
std::vector<ipsec::Connection> connections_of(const ClimState& state);

// Sorted, each once.
std::vector<kernel::Policy> guards_of(const std::vector<ipsec::Connection>& connections);

// Keeps them. One thread at a time.
class Guards {
 public:
  // Adds what is missing and removes what is left over of ours. Gives what was done: "+ policy block ...". Errors:
  // system, the kernel's words.
  Result<std::vector<std::string>> keep(const ClimState& state);
  // What keep() would do.
  Result<std::vector<std::string>> plan(const ClimState& state);

  // Whether an address may be the source of what is protected, by the state that was given last.
  bool protects(const IpAddress& address) const;

 private:
  struct Difference {
    std::vector<kernel::Policy> add;
    std::vector<kernel::Policy> remove;
    std::vector<std::string> text() const;
  };
  Result<Difference> difference(const ClimState& state);
  Result<void> add(const std::vector<kernel::Policy>& policies);
  void learn(const ClimState& state);

  std::optional<kernel::Policies> kernel_;
  std::optional<Digest> known_;  // of the text that the rest is made of
  std::vector<ipsec::Connection> connections_;
  std::vector<kernel::Policy> wanted_;
  bool bare_ = false;  // nothing of ours was there, and nothing is wanted
};

}  // namespace cip::daemon
