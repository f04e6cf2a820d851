#include "reconciler/peer/probe.h"

#include <algorithm>
#include <linux/filter.h>
#include <utility>

#include "reconciler/peer/frames.h"
#include "reconciler/peer/packet_socket.h"

namespace cip::peer {
namespace {

// Lets ICMPv6 neighbour advertisements through and nothing else, so that the interface's IPv6 traffic never comes up to
// us: next header (offset 20 of the frame) 58, type (offset 54) 136.
std::vector<sock_filter> only_advertisements() {
  return {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffffU), BPF_STMT(BPF_RET | BPF_K, 0),
  };
}

bool contains(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace

class Prober::Listener {
 public:
  Listener(boost::asio::io_context& io, const InterfaceName& interface, OnAnswer on_answer)
      : on_answer_(std::move(on_answer)),
        arp_(io, {interface, ether_type_arp, {}, {}}, [this](auto frame) { receive(frame); }),
        ipv6_(io, {interface, ether_type_ipv6, only_advertisements(), {all_nodes_mac}},
              [this](auto frame) { receive(frame); }) {
    arp_.refresh();
  }

  void ask(std::span<const IpAddress> targets, std::span<const IpAddress> witnesses) {
    asking_ = true;
    targets = targets.first(std::min(targets.size(), max_targets));
    targets_.assign(targets.begin(), targets.end());
    choose_witnesses(witnesses);
    const bool open = arp_.refresh() && ipv6_.refresh();
    const auto own = arp_.mac();
    if (!open || !own) {
      return;
    }
    for (const auto* addresses : {&targets_, &witnesses_}) {
      for (const auto& address : *addresses) {
        if (address.family() == Family::ipv4) {
          arp_.send(arp_probe(*own, address));
        } else {
          ipv6_.send(neighbor_solicitation(*own, address));
        }
      }
    }
  }

  void stop() {
    asking_ = false;
    ipv6_.close();
    arp_.discard_queued();
    targets_.clear();
    witnesses_.clear();
  }

  const std::vector<HeardHost>& heard() const { return heard_; }

 private:
  void choose_witnesses(std::span<const IpAddress> wanted) {
    witnesses_.clear();
    const auto add = [this](const IpAddress& address) {
      if (witnesses_.size() < max_witnesses && !contains(targets_, address) && !contains(witnesses_, address)) {
        witnesses_.push_back(address);
      }
    };
    std::for_each(wanted.begin(), wanted.end(), add);
    for (const auto& host : heard_) {
      add(host.address);
    }
  }

  void receive(std::span<const std::uint8_t> frame) {
    const auto claim = read_claim(frame);
    if (!claim || claim->mac == arp_.mac()) {
      return;
    }
    const bool target = contains(targets_, claim->address);
    if (!target && !claim->address.is_unspecified()) {
      remember({claim->address, claim->mac});
    }
    if (!asking_) {
      return;
    }
    auto from = ProbeAnswer::From::other;
    if (claim->answer && target) {
      from = ProbeAnswer::From::target;
    } else if (claim->answer && contains(witnesses_, claim->address)) {
      from = ProbeAnswer::From::witness;
    }
    on_answer_({claim->address, claim->mac, from});
  }

  void remember(const HeardHost& host) {
    const auto known =
        std::find_if(heard_.begin(), heard_.end(), [&](const HeardHost& one) { return one.address == host.address; });
    if (known != heard_.end()) {
      heard_.erase(known);
    } else if (heard_.size() == max_heard) {
      heard_.pop_back();
    }
    heard_.insert(heard_.begin(), host);
  }

  OnAnswer on_answer_;
  PacketSocket arp_;
  PacketSocket ipv6_;  // open while asking
  bool asking_ = false;
  std::vector<IpAddress> targets_;
  std::vector<IpAddress> witnesses_;
  std::vector<HeardHost> heard_;
};

Prober::Prober(boost::asio::io_context& io, const InterfaceName& interface, OnAnswer on_answer)
    : listener_(std::make_unique<Listener>(io, interface, std::move(on_answer))) {}

Prober::~Prober() = default;

void Prober::ask(std::span<const IpAddress> targets, std::span<const IpAddress> witnesses) {
  listener_->ask(targets, witnesses);
}

void Prober::stop() {
  listener_->stop();
}

const std::vector<HeardHost>& Prober::heard() const {
  return listener_->heard();
}

}  // namespace cip::peer
