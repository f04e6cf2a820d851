// Who holds which address, and since when, in all machines of a lab at once. The kernels' address events of all
// namespaces come through one socket, so their order is the order in which things happened, and an overlap of two
// owners cannot be missed or made up by the order in which we look.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

struct nlmsghdr;

namespace cip::lab {

// A time during which something was so; without an end, it still is.
struct Span {
  Time from;
  std::optional<Time> to;

  bool contains(Time time) const { return from <= time && (!to || time < *to); }
};

struct Overlap {
  std::string address;
  std::string first, second;  // "n1.eth1"
  Time from;
  Duration length{0};
};

class OwnershipWatcher {
 public:
  OwnershipWatcher();
  OwnershipWatcher(const OwnershipWatcher&) = delete;
  OwnershipWatcher& operator=(const OwnershipWatcher&) = delete;
  ~OwnershipWatcher();

  // Watches a machine from now on; call it before the machine has interfaces, and again for each new namespace of it.
  void watch(const NetworkNamespace& machine, const std::string& name);
  // Whether others on its LAN can hear the port and it can hear them. Ports are connected until this says otherwise.
  void set_connected(const std::string& port, bool connected);

  // Ports that hold the address (without prefix length) now; sorted.
  std::vector<std::string> holders(const std::string& address) const;
  // The times during which the port held it.
  std::vector<Span> spans(const std::string& address, const std::string& port) const;
  // Of all times since then that an address was on two ports which were both connected, the longest.
  std::optional<Overlap> worst_overlap(Time since = {}) const;
  // How long the address was on no port, at most, since then.
  Duration longest_unowned(const std::string& address, Time since) const;
  // How often any address was added to a port or removed from one since then; 0: nothing moved.
  int changes(Time since) const;

 private:
  struct Change {
    Time time;
    std::string address, port;
    bool added = false;
  };
  using Spans = std::map<std::string, std::vector<Span>>;  // by port

  void read();
  void receive();
  void take_message(int space, nlmsghdr& message);

  NetworkNamespace hub_;
  Descriptor events_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;                               // guards all below
  std::map<int, std::string> machines_;                    // by namespace number
  std::map<std::pair<int, int>, std::string> interfaces_;  // by namespace number and index
  std::map<std::string, Spans> owners_;                    // by address
  Spans disconnected_;
  std::vector<Change> changes_;
  bool lost_events_ = false;
  std::thread reader_;
};

}  // namespace cip::lab
