// The kernel's network state over netlink: read it, change it. This room is the only user of libnl.
//
// All of it is about the network namespace that the calling thread was in when the object was opened; use it from
// threads of that namespace only (the files of /proc/sys are those of the thread that opens them). One thread at a
// time. Requests are carried out by the kernel in the calling thread, which therefore waits for its lock (rtnl) without
// limit: who must not wait calls from another thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reconciler/plan/objects.h"
#include "state/result.h"

namespace cip::kernel {

class Socket;  // a netlink socket of libnl

class Kernel {
 public:
  static Result<Kernel> open();
  Kernel(Kernel&&) noexcept;
  Kernel& operator=(Kernel&&) noexcept;
  ~Kernel();

  // What names the socket of its requests: EventSocket::ignore_requests_of.
  std::uint32_t port() const;

  // Everything; each kind of object as of one moment (a dump that was interrupted by a change is repeated, at most 10
  // times, then it is an error). Errors: system.
  Result<plan::Observed> read(plan::Extent extent = plan::Extent::all);

  // Links and addresses only: fast even where there are 100,000 routes.
  Result<plan::Observed> read_addresses();

  // Links only.
  Result<std::vector<plan::ObservedLink>> read_links();

  // Carries out all operations in this order, also those behind one that fails. One result each; a result says ok only
  // if the kernel has acknowledged that operation. Needs CAP_NET_ADMIN.
  //
  // RefreshAddress: the kernel cannot be asked to change an address only if it is there (both families create it), so
  // the addresses are read first and those that are gone get EADDRNOTAVAIL. Only one that ends in the microseconds
  // between comes back, for at most its new lifetime.
  std::vector<plan::OperationResult> execute(std::span<const plan::Operation> operations);

 private:
  explicit Kernel(std::unique_ptr<Socket> socket);
  std::unique_ptr<Socket> socket_;
  std::size_t most_routes_ = 0;  // that were ever read: room for as many is made at once
};

// Boot id of the machine and cookie of the network namespace: plan::Observed::instance.
Result<std::string> instance();

}  // namespace cip::kernel
