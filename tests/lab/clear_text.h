// Whether anything that IPsec should protect goes over a LAN in clear text: every frame of the LAN is looked at.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "state/address.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

namespace cip::lab {

class ClearText {
 public:
  // Between two networks nothing may be seen but ESP, IKE (UDP ports 500 and 4500) and neighbour discovery (ICMPv6
  // types 133 to 137), in both directions.
  using Pair = std::pair<Prefix, Prefix>;

  ClearText(const NetworkNamespace& lan, std::vector<Pair> protected_pairs);
  ClearText(const ClearText&) = delete;
  ClearText& operator=(const ClearText&) = delete;
  ~ClearText();

  // Each packet that was seen in clear text: "10.1.0.1 > 10.50.0.1 protocol 1 at n1.eth1", the first 20.
  std::vector<std::string> leaks() const;
  std::size_t esp() const;     // packets of ESP that were seen, of all
  std::size_t frames() const;  // all of the LAN
  // Frames that came too fast to be looked at. What was not seen proves nothing.
  std::size_t missed() const;

 private:
  void read();
  void look(const unsigned char* frame, std::size_t size, int link);

  std::vector<Pair> pairs_;
  Descriptor socket_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;  // guards all below
  std::vector<std::string> leaks_;
  std::size_t esp_ = 0;
  std::size_t frames_ = 0;
  mutable std::size_t missed_ = 0;
  std::thread reader_;
};

}  // namespace cip::lab
