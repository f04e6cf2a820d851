#include "tests/lab/ownership.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace cip::lab {
namespace {

// Bound: a socket without a port number of its own is passed over when events are given out.
Descriptor open_netlink() {
  Descriptor result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (bind(result.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind netlink socket");
  return result;
}

void set_option(const Descriptor& socket, int option, int value) {
  if (setsockopt(socket.get(), SOL_NETLINK, option, &value, sizeof value) != 0) fail("netlink option");
}

// Gives `there` a number in the namespace of `socket`; events of numbered namespaces reach sockets that listen to all.
void number_namespace(const Descriptor& socket, const NetworkNamespace& there, int number) {
  const std::unique_ptr<nl_msg, decltype(&nlmsg_free)> request(
      nlmsg_alloc_simple(RTM_NEWNSID, NLM_F_REQUEST | NLM_F_ACK), &nlmsg_free);
  rtgenmsg header{};
  nlmsg_append(request.get(), &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_u32(request.get(), NETNSA_FD, static_cast<std::uint32_t>(there.descriptor()));
  nla_put_s32(request.get(), NETNSA_NSID, number);
  const nlmsghdr* message = nlmsg_hdr(request.get());
  if (send(socket.get(), message, message->nlmsg_len, 0) < 0) fail("number a namespace");
  struct {
    nlmsghdr header;
    nlmsgerr error;
    std::array<char, 512> rest;
  } answer{};
  if (recv(socket.get(), &answer, sizeof answer, 0) < 0) fail("number a namespace");
  errno = -answer.error.error;
  if (errno != 0) fail("number a namespace");
}

// Which namespace a received message is from; -1 for the socket's own.
int namespace_of(msghdr& received) {
  for (cmsghdr* extra = CMSG_FIRSTHDR(&received); extra != nullptr; extra = CMSG_NXTHDR(&received, extra)) {
    if (extra->cmsg_level == SOL_NETLINK && extra->cmsg_type == NETLINK_LISTEN_ALL_NSID) {
      int number = 0;
      std::memcpy(&number, CMSG_DATA(extra), sizeof number);
      return number;
    }
  }
  return -1;
}

// The address that an RTM_NEWADDR or RTM_DELADDR is about; empty for link-local ones and ::1, which all machines have.
std::string address_of(nlmsghdr& message, const ifaddrmsg& body) {
  const nlattr* attribute = nlmsg_find_attr(&message, sizeof(ifaddrmsg), IFA_LOCAL);
  if (attribute == nullptr) attribute = nlmsg_find_attr(&message, sizeof(ifaddrmsg), IFA_ADDRESS);
  if (attribute == nullptr || body.ifa_scope != RT_SCOPE_UNIVERSE) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(body.ifa_family, nla_data(attribute), text.data(), text.size());
}

Time end_of(const Span& span, Time now) {
  return span.to.value_or(now);
}

struct Stretch {
  Time from;
  Duration length{0};
};

// The longest time in both spans, without the times in `holes`, and not before `since`.
Stretch longest_common(const Span& a, const Span& b, const std::vector<Span>& holes, Time since, Time now) {
  const Time end = std::min(end_of(a, now), end_of(b, now));
  Time from = std::max({a.from, b.from, since});
  // Each hole ends one stretch and may begin another; candidates for a beginning are the start and the ends of holes.
  std::vector<Time> beginnings{from};
  for (const auto& hole : holes) beginnings.push_back(end_of(hole, now));
  Stretch longest;
  for (const Time beginning : beginnings) {
    if (beginning < from || beginning >= end) continue;
    Time until = end;
    for (const auto& hole : holes) {
      if (hole.contains(beginning)) until = beginning;
      if (hole.from >= beginning) until = std::min(until, hole.from);
    }
    if (until <= beginning) continue;
    const Duration length = milliseconds_between(beginning, until) + Duration(1);
    if (length > longest.length) longest = {.from = beginning, .length = length};
  }
  return longest;
}

}  // namespace

OwnershipWatcher::OwnershipWatcher() {
  const Inside inside(hub_);
  events_ = open_netlink();
  constexpr int buffer = 16 << 20;
  setsockopt(events_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  set_option(events_, NETLINK_LISTEN_ALL_NSID, 1);
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
    set_option(events_, NETLINK_ADD_MEMBERSHIP, group);
  }
  reader_ = std::thread([this] { read(); });
}

OwnershipWatcher::~OwnershipWatcher() {
  stop_ = true;
  reader_.join();
}

void OwnershipWatcher::watch(const NetworkNamespace& machine, const std::string& name) {
  const Inside inside(hub_);
  const std::lock_guard lock(mutex_);
  const int number = static_cast<int>(machines_.size()) + 1;
  machines_[number] = name;
  number_namespace(open_netlink(), machine, number);
}

void OwnershipWatcher::set_connected(const std::string& port, bool connected) {
  const std::lock_guard lock(mutex_);
  auto& spans = disconnected_[port];
  const bool was_connected = spans.empty() || spans.back().to;
  if (connected == was_connected) return;
  if (connected) {
    spans.back().to = Clock::now();
  } else {
    spans.push_back({.from = Clock::now(), .to = {}});
  }
}

void OwnershipWatcher::read() {
  while (!stop_) {
    pollfd ready{.fd = events_.get(), .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, 50) > 0) receive();
  }
}

void OwnershipWatcher::receive() {
  alignas(nlmsghdr) std::array<char, 32768> data{};
  alignas(cmsghdr) std::array<char, 64> control{};
  iovec part{.iov_base = data.data(), .iov_len = data.size()};
  msghdr received{};
  received.msg_iov = &part;
  received.msg_iovlen = 1;
  received.msg_control = control.data();
  received.msg_controllen = control.size();
  const ssize_t size = recvmsg(events_.get(), &received, 0);
  const std::lock_guard lock(mutex_);
  if (size < 0) {
    lost_events_ = errno == ENOBUFS || lost_events_;
    return;
  }
  const int space = namespace_of(received);
  int left = static_cast<int>(size);
  for (auto* message = reinterpret_cast<nlmsghdr*>(data.data()); nlmsg_ok(message, left) != 0;
       message = nlmsg_next(message, &left)) {
    take_message(space, *message);
  }
}

void OwnershipWatcher::take_message(int space, nlmsghdr& message) {
  if (message.nlmsg_type == RTM_NEWLINK) {
    const auto* link = static_cast<const ifinfomsg*>(nlmsg_data(&message));
    const nlattr* name = nlmsg_find_attr(&message, sizeof(ifinfomsg), IFLA_IFNAME);
    if (name != nullptr) interfaces_[{space, link->ifi_index}] = nla_get_string(name);
    return;
  }
  if (message.nlmsg_type != RTM_NEWADDR && message.nlmsg_type != RTM_DELADDR) return;
  const auto* body = static_cast<const ifaddrmsg*>(nlmsg_data(&message));
  const std::string address = address_of(message, *body);
  const auto machine = machines_.find(space);
  if (address.empty() || machine == machines_.end()) return;
  const std::string port = machine->second + "." + interfaces_[{space, static_cast<int>(body->ifa_index)}];
  const bool added = message.nlmsg_type == RTM_NEWADDR;
  auto& spans = owners_[address][port];
  const bool had = !spans.empty() && !spans.back().to;
  if (added == had) return;  // refreshed
  const Time now = Clock::now();
  changes_.push_back({.time = now, .address = address, .port = port, .added = added});
  if (added) {
    spans.push_back({.from = now, .to = {}});
  } else {
    spans.back().to = now;
  }
}

std::vector<std::string> OwnershipWatcher::holders(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> result;
  const auto owner = owners_.find(address);
  if (owner == owners_.end()) return result;
  for (const auto& [port, spans] : owner->second) {
    if (!spans.empty() && !spans.back().to) result.push_back(port);
  }
  return result;
}

std::vector<Span> OwnershipWatcher::spans(const std::string& address, const std::string& port) const {
  const std::lock_guard lock(mutex_);
  const auto owner = owners_.find(address);
  if (owner == owners_.end() || !owner->second.contains(port)) return {};
  return owner->second.at(port);
}

std::optional<Overlap> OwnershipWatcher::worst_overlap(Time since) const {
  const std::lock_guard lock(mutex_);
  if (lost_events_) throw std::runtime_error("the kernel dropped address events: ownership is not known");
  const Time now = Clock::now();
  std::optional<Overlap> worst;
  const auto consider = [&](const std::string& address, const auto& first, const auto& second) {
    std::vector<Span> holes;
    for (const auto& port : {first.first, second.first}) {
      const auto found = disconnected_.find(port);
      if (found != disconnected_.end()) holes.insert(holes.end(), found->second.begin(), found->second.end());
    }
    for (const auto& a : first.second) {
      for (const auto& b : second.second) {
        const auto [from, length] = longest_common(a, b, holes, since, now);
        if (length.count() == 0 || (worst && worst->length >= length)) continue;
        worst =
            Overlap{.address = address, .first = first.first, .second = second.first, .from = from, .length = length};
      }
    }
  };
  for (const auto& [address, ports] : owners_) {
    for (auto first = ports.begin(); first != ports.end(); ++first) {
      for (auto second = std::next(first); second != ports.end(); ++second) consider(address, *first, *second);
    }
  }
  return worst;
}

Duration OwnershipWatcher::longest_unowned(const std::string& address, Time since) const {
  const std::lock_guard lock(mutex_);
  const Time now = Clock::now();
  std::vector<Span> owned;
  const auto owner = owners_.find(address);
  if (owner != owners_.end()) {
    for (const auto& [port, spans] : owner->second) owned.insert(owned.end(), spans.begin(), spans.end());
  }
  std::sort(owned.begin(), owned.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  Time covered = since;
  Duration longest{0};
  for (const auto& span : owned) {
    if (span.from > covered) longest = std::max(longest, milliseconds_between(covered, span.from));
    covered = std::max(covered, end_of(span, now));
  }
  return std::max(longest, milliseconds_between(covered, std::max(covered, now)));
}

int OwnershipWatcher::changes(Time since) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(changes_.begin(), changes_.end(), [&](const Change& change) { return change.time >= since; }));
}

}  // namespace cip::lab
