// How many answer for an address, as its LAN sees it: a host of its own that asks again and again, as a host whose
// cache is empty would (ARP probes, which get into nobody's cache, and neighbour solicitations), and keeps an account
// of who answered each question. What OwnershipWatcher says of kernels, this proves with packets; times are the
// kernel's.
//
// It tells only what was so at both ends of a time and at each question in between: a busy machine that lets it ask
// less often hides something, and makes nothing up.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "state/address.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/ownership.h"
#include "tests/lab/wait.h"

namespace cip::lab {

class AnswerWatcher {
 public:
  // A cable of its own to the LAN, and these questions every `interval` until it is destroyed. Who answers is called by
  // its name in `ports`, or by its MAC address.
  AnswerWatcher(const NetworkNamespace& lan, std::map<MacAddress, std::string> ports,
                const std::vector<std::string>& addresses, Duration interval = 10ms);
  AnswerWatcher(const AnswerWatcher&) = delete;
  AnswerWatcher& operator=(const AnswerWatcher&) = delete;
  ~AnswerWatcher();

  // Who answers now, sorted. Waits until two questions more have been asked.
  std::vector<std::string> answering(const std::string& address) const;
  // Of all times since then in which two ports answered for an address, the longest.
  std::optional<Overlap> worst_overlap(Time since = {}) const;
  // The longest time since then in which nobody did; it ends now at the latest. Empty: each question was answered.
  std::optional<Span> longest_silence(const std::string& address, Time since) const;
  std::vector<std::string> addresses() const;
  // The longest time between two questions: what it cannot have seen.
  Duration longest_pause() const;

 private:
  struct Answers {
    Span span;  // the first and the last of them, up to now
    std::uint64_t round = 0;
  };
  struct Asked {
    IpAddress address;
    std::vector<std::uint8_t> question;                   // an Ethernet frame
    std::map<std::string, std::vector<Answers>> answers;  // by port
    std::vector<Span> silences;                           // the last one has no end while it lasts
    bool answered = false;                                // in this round
  };

  void work();
  void ask();
  // What has come since the last round, which was the answer to that.
  void receive();
  void take(const std::vector<std::uint8_t>& frame, Time time);

  NetworkNamespace network_;
  Descriptor socket_;
  std::map<MacAddress, std::string> ports_;
  Duration interval_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;  // guards all below
  std::vector<Asked> asked_;
  std::uint64_t round_ = 0;
  Time round_began_, received_;
  Duration longest_pause_{0};
  std::thread worker_;
};

}  // namespace cip::lab
