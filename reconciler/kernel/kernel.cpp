#include "reconciler/kernel/kernel.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <sys/socket.h>
#include <unordered_map>

#include "reconciler/kernel/objects.h"
#include "reconciler/kernel/socket.h"

#ifndef SO_NETNS_COOKIE  // not in glibc 2.36's headers for every architecture
#define SO_NETNS_COOKIE 71
#endif

namespace cip::kernel {

namespace {

// How many requests go to the kernel at once: enough to make system calls cheap, few enough that all their errors fit
// into the socket's buffer (docs/testing.md).
constexpr std::size_t batch_size = 32;

template <class Object>
Result<void> dump(Socket& socket, Message request, std::vector<Object>& objects,
                  std::optional<Object> (*read)(const nlmsghdr*)) {
  const std::size_t before = objects.size();
  return socket.dump(
      request, [&] { objects.resize(before); },
      [&](const nlmsghdr* message) {
        if (auto object = read(message)) objects.push_back(std::move(*object));
      });
}

// Objects of the kernel have the index of their link only.
class Names {
 public:
  explicit Names(const std::vector<plan::ObservedLink>& links) {
    for (const auto& link : links) names_.emplace(link.id.index, link.id.name);
  }
  template <class Object>
  void fill(std::vector<Object>& objects) const {
    for (auto& object : objects) fill(object.link);
  }
  // And what they are made of.
  void fill(std::vector<plan::ObservedLink>& links) const {
    for (auto& link : links) {
      if (auto* vlan = std::get_if<plan::VlanOptions>(&link.shape)) fill(vlan->link);
      if (auto* bond = std::get_if<plan::BondOptions>(&link.shape); bond != nullptr && bond->primary) {
        fill(*bond->primary);
      }
    }
  }

 private:
  void fill(plan::LinkId& link) const {
    const auto found = names_.find(link.index);
    if (found != names_.end()) link.name = found->second;
  }

  std::unordered_map<int, InterfaceName> names_;
};

Result<void> read_links_and_addresses(Socket& socket, plan::Observed& observed) {
  auto where = instance();
  if (!where) return where.error();
  observed.instance = std::move(*where);
  if (auto done = dump(socket, dump_links(), observed.links, read_link); !done) return done;
  return dump(socket, dump_addresses(), observed.addresses, read_address);
}

using AddressKey = std::pair<int, InterfaceAddress>;

}  // namespace

Result<std::string> instance() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  if (!std::getline(file, boot)) return Error{ErrorCode::system, "cannot read /proc/sys/kernel/random/boot_id"};
  auto socket = Socket::open();
  if (!socket) return socket.error();
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (getsockopt((*socket)->fd(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) {
    return system_error("cannot tell the network namespace", errno);
  }
  return fmt::format("{}/{}", boot, cookie);
}

Kernel::Kernel(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;
Kernel::~Kernel() = default;

Result<Kernel> Kernel::open() {
  auto socket = Socket::open();
  if (!socket) return socket.error();
  return Kernel(std::move(*socket));
}

std::uint32_t Kernel::port() const {
  return socket_->port();
}

Result<plan::Observed> Kernel::read_addresses() {
  plan::Observed observed;
  if (auto done = read_links_and_addresses(*socket_, observed); !done) return done.error();
  Names(observed.links).fill(observed.addresses);
  return observed;
}

Result<std::vector<plan::ObservedLink>> Kernel::read_links() {
  std::vector<plan::ObservedLink> links;
  if (auto done = dump(*socket_, dump_links(), links, read_link); !done) return done.error();
  Names(links).fill(links);
  return links;
}

Result<plan::Observed> Kernel::read(plan::Extent extent) {
  plan::Observed observed;
  if (auto done = read_links_and_addresses(*socket_, observed); !done) return done.error();
  if (extent == plan::Extent::all) observed.routes.reserve(most_routes_);
  for (const auto family : {Family::ipv4, Family::ipv6}) {
    if (extent == plan::Extent::all) {
      if (auto done = dump(*socket_, dump_routes(family), observed.routes, read_route); !done) return done.error();
    }
    if (auto done = dump(*socket_, dump_neighbors(family), observed.neighbors, read_neighbor); !done) {
      return done.error();
    }
  }
  // The kernel has rules of a family if it can have them at all.
  for (const auto family : {Family::ipv4, Family::ipv6}) {
    if (auto done = dump(*socket_, dump_rules(family), observed.rules, read_rule); !done) return done.error();
  }
  const Names names(observed.links);
  names.fill(observed.links);
  names.fill(observed.addresses);
  names.fill(observed.routes);
  names.fill(observed.neighbors);
  most_routes_ = std::max(most_routes_, observed.routes.size());
  return observed;
}

namespace {

// Sends operations in batches and puts each answer in its place.
class Execution {
 public:
  Execution(Socket& socket, std::span<const plan::Operation> operations)
      : socket_(socket), operations_(operations), results_(operations.size()) {}

  std::vector<plan::OperationResult> run() {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (const auto* refresh = std::get_if<plan::RefreshAddress>(&operations_[i].action)) {
        if (!may_refresh(i, *refresh)) continue;
      }
      batch_.push_back(std::visit([](const auto& action) { return request(action); }, operations_[i].action));
      positions_.push_back(i);
      if (batch_.size() == batch_size) flush();
    }
    flush();
    return std::move(results_);
  }

 private:
  void flush() {
    auto answers = socket_.send(batch_);
    for (std::size_t i = 0; i < answers.size(); ++i) results_[positions_[i]] = std::move(answers[i]);
    batch_.clear();
    positions_.clear();
  }

  // Only what is there is refreshed.
  bool may_refresh(std::size_t position, const plan::RefreshAddress& refresh) {
    if (!present_) {
      flush();
      std::vector<plan::ObservedAddress> addresses;
      if (auto done = dump(socket_, dump_addresses(), addresses, read_address); !done) {
        results_[position] = {EIO, done.error().message};
        return false;
      }
      present_.emplace();
      for (const auto& address : addresses) present_->insert({address.link.index, address.address});
    }
    if (present_->contains({refresh.link.index, refresh.address})) return true;
    results_[position] = {EADDRNOTAVAIL, "the address is gone"};
    return false;
  }

  Socket& socket_;
  std::span<const plan::Operation> operations_;
  std::vector<plan::OperationResult> results_;
  std::vector<Message> batch_;
  std::vector<std::size_t> positions_;  // of the batch, in operations_
  std::optional<std::set<AddressKey>> present_;
};

}  // namespace

std::vector<plan::OperationResult> Kernel::execute(std::span<const plan::Operation> operations) {
  return Execution(*socket_, operations).run();
}

}  // namespace cip::kernel
