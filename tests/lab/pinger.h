// A remote host's view of an address: an echo request every few milliseconds, and an account of every one.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "state/address.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

namespace cip::lab {

struct PingReport {
  int sent = 0;
  int lost = 0;             // sent and not answered
  Duration longest_gap{0};  // the longest time without an answer, the end included
  Time gap_from;            // when it began
};

// How many of these addresses, of one family, answer; each is asked for that time at most.
std::size_t answering(const NetworkNamespace& from, const std::vector<std::string>& addresses, Duration within);

class Pinger {
 public:
  // Pings until it is destroyed, from a namespace whose ping_group_range lets root (hosts of a Lab do).
  Pinger(const NetworkNamespace& from, const std::string& address, Duration interval = 10ms);
  Pinger(const Pinger&) = delete;
  Pinger& operator=(const Pinger&) = delete;
  ~Pinger();

  // Waits until an answer to a request sent after this call has come.
  bool answered(Duration within) const;
  // Of requests sent since then. One that was sent less than `patience` ago is not counted as lost.
  PingReport report(Time since = {}, Duration patience = 100ms) const;

 private:
  struct Request {
    Time sent;
    std::optional<Time> answered;
  };

  void work();
  void send();
  void receive();

  IpAddress address_;
  Duration interval_;
  Descriptor socket_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;  // guarded by mutex_; its index is in the packet
  std::thread worker_;
};

}  // namespace cip::lab
