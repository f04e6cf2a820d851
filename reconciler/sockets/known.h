// What CLIMs tell each other of their TCP connections, so that who takes over can end them (docs/protocol.md, "TCP"):
// differences between two lists, their form on the wire, and what a partner has told. Pure. Lists are sorted and have
// nothing twice.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/sockets/connections.h"
#include "state/names.h"
#include "state/result.h"

namespace cip::sockets {

// Of one home interface.
struct Report {
  bool whole = false;  // what was told before is no longer true
  std::vector<Connection> added;
  std::vector<Connection> removed;
  bool operator==(const Report&) const = default;
};

// At most this many connections in one report: what is larger would hold up the event loop of who reads it.
constexpr std::size_t most_in_report = 5000;

// What leads from one list to the other, in order; none if they are equal.
std::vector<Report> changes(std::span<const Connection> before, std::span<const Connection> now);
// The list itself; one report at least.
std::vector<Report> whole(std::span<const Connection> now);

// Lower-case hex of, for each: 4 or 6, local address and port, remote address and port. Who unpacks gets them as they
// were packed, or an error that says what is wrong.
std::string pack(std::span<const Connection> connections);
Result<std::vector<Connection>> unpack(std::string_view text);

class KnownConnections {
 public:
  // Of all partners: 16 MB. What is beyond is not kept; its remote ends find out by themselves.
  static constexpr std::size_t most = 400'000;

  // The report's lists need not be sorted. False: not all of it could be kept.
  bool take(const InterfaceRef& home, Report report);
  std::span<const Connection> of(const InterfaceRef& home) const;
  void forget(const InterfaceRef& home);

  const std::map<InterfaceRef, std::vector<Connection>>& all() const { return known_; }
  std::size_t size() const { return size_; }

 private:
  std::map<InterfaceRef, std::vector<Connection>> known_;
  std::size_t size_ = 0;
};

}  // namespace cip::sockets
