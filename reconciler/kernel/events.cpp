#include "reconciler/kernel/events.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "reconciler/kernel/objects.h"
#include "reconciler/kernel/socket.h"

namespace cip::kernel {

namespace {

void read_event(const nlmsghdr* message, std::vector<Event>& events) {
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (auto link = read_link(message)) {
        events.emplace_back(LinkChanged{std::move(*link), message->nlmsg_type == RTM_DELLINK});
      }
      return;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      if (auto address = read_address(message)) {
        events.emplace_back(AddressChanged{std::move(*address), message->nlmsg_type == RTM_DELADDR});
      }
      return;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (auto route = read_route(message)) {
        events.emplace_back(RouteChanged{std::move(*route), message->nlmsg_type == RTM_DELROUTE});
      }
      return;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      // What the kernel learns comes and goes all the time and is nobody's concern.
      if (auto neighbor = read_neighbor(message)) {
        const bool gone = message->nlmsg_type == RTM_DELNEIGH;
        const bool concerns = neighbor->permanent || neighbor->protocol == plan::our_protocol;
        if (gone || concerns) events.emplace_back(NeighborChanged{std::move(*neighbor), gone});
      }
      return;
    case RTM_NEWRULE:
    case RTM_DELRULE:
      if (auto rule = read_rule(message)) {
        events.emplace_back(RuleChanged{std::move(*rule), message->nlmsg_type == RTM_DELRULE});
      }
      return;
    default:
      return;
  }
}

}  // namespace

EventSocket::EventSocket(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
EventSocket::EventSocket(EventSocket&&) noexcept = default;
EventSocket& EventSocket::operator=(EventSocket&&) noexcept = default;
EventSocket::~EventSocket() = default;

Result<EventSocket> EventSocket::open(std::size_t buffer) {
  auto opened = Socket::open();
  if (!opened) return opened.error();
  const int fd = (*opened)->fd();
  // Without CAP_NET_ADMIN the system's limit (net.core.rmem_max) holds: a smaller queue, no less right.
  const int size = static_cast<int>(buffer);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0 &&
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0) {
    return system_error("buffer of the netlink event socket", errno);
  }
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                          RTNLGRP_IPV6_ROUTE, RTNLGRP_NEIGH, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE}) {
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      return system_error("netlink event group", errno);
    }
  }
  return EventSocket(std::move(*opened));
}

Result<void> EventSocket::ignore_requests_of(std::uint32_t port) {
  // The filter reads in network order what netlink has in the machine's. Notifications are one message each.
  constexpr auto load_type = offsetof(nlmsghdr, nlmsg_type);
  constexpr auto load_port = offsetof(nlmsghdr, nlmsg_pid);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, load_type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWADDR), 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, load_port),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),  // keep
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{std::size(program), program};
  if (setsockopt(socket_->fd(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    return system_error("filter of the netlink event socket", errno);
  }
  return {};
}

int EventSocket::fd() const {
  return socket_->fd();
}

Result<std::vector<Event>> EventSocket::receive(std::size_t limit) {
  std::vector<Event> events;
  while (events.size() < limit) {
    const auto received = socket_->receive(MSG_DONTWAIT);
    if (received.error == EAGAIN) break;
    if (received.error == ENOBUFS || received.error == EMSGSIZE) {
      events.emplace_back(Overrun{});
    } else if (received.error != 0) {
      return system_error("netlink events", received.error);
    } else {
      for_each_message(received.bytes, [&](const nlmsghdr* message) { read_event(message, events); });
    }
  }
  return events;
}

}  // namespace cip::kernel
