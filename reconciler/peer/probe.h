// Asking a broadcast domain who is in it (docs/protocol.md, "Probe"): ARP probes (RFC 5227, section 2.1.1: sender
// address 0) and IPv6 neighbour solicitations from the unspecified address (RFC 4862, section 5.4.2). Neither puts an
// entry into anyone's cache, and both work on an interface without an address.
//
// It reports who answers; what that means is for the engine to decide. Answers that carry our own MAC address (a loop,
// a reflecting port) are not reported.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "state/address.h"
#include "state/names.h"

namespace boost::asio {
class io_context;
}

namespace cip::peer {

struct ProbeAnswer {
  enum class From : std::uint8_t {
    target,   // it answers for an address in question
    witness,  // it answers for an address asked as a witness
    other,    // an ARP request or announcement of anyone, heard while we asked: proof that this port receives
  };
  IpAddress address;  // that it answers for, or uses; 0.0.0.0 if it does not say (an ARP probe)
  MacAddress mac;
  From from = From::other;

  bool operator==(const ProbeAnswer&) const = default;
};

// A host that was heard on the LAN, with or without being asked.
struct HeardHost {
  IpAddress address;
  MacAddress mac;

  bool operator==(const HeardHost&) const = default;
};

// Asks on one interface. One thread; destroying it ends everything, and no callback comes after that.
class Prober {
 public:
  using OnAnswer = std::function<void(const ProbeAnswer&)>;

  static constexpr std::size_t max_targets = 3;     // docs/protocol.md: "for up to three LAN addresses"
  static constexpr std::size_t max_witnesses = 16;  // asked in each round, ours of `heard` included
  static constexpr std::size_t max_heard = 16;

  Prober(boost::asio::io_context& io, const InterfaceName& interface, OnAnswer on_answer);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // One round: one frame for each target and witness, at once. Whoever asks repeats it (every 20 ms). More than
  // max_targets or max_witnesses are not asked. Hosts of `heard` fill what the witnesses leave. Answers are reported
  // from the first round until stop().
  void ask(std::span<const IpAddress> targets, std::span<const IpAddress> witnesses);

  // What has come in and was not looked at yet is thrown away: it would be taken for an answer to the next question,
  // and after a pause of the daemon that would be a witness of another time.
  void stop();

  // The hosts heard last, newest first, at most max_heard. ARP is listened to all the time (requests are broadcast, so
  // this costs next to nothing), neighbour discovery only while asking.
  const std::vector<HeardHost>& heard() const;

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace cip::peer
