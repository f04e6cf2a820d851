// A netlink socket (NETLINK_ROUTE, NETLINK_XFRM): dumps, and batches of requests with the kernel's own words for each.
// Of this room only.
#pragma once

#include <functional>
#include <linux/netlink.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reconciler/kernel/message.h"
#include "reconciler/plan/objects.h"
#include "state/result.h"

struct nl_sock;

namespace cip::kernel {

// "Network is unreachable (Nexthop has invalid gateway)".
std::string error_text(int error, const std::string& kernel_words);
Error system_error(const std::string& what, int error);

class Socket {
 public:
  static Result<std::unique_ptr<Socket>> open(int protocol = NETLINK_ROUTE);

  int fd() const;
  std::uint32_t port() const;  // its address: nlmsg_pid of its requests, and of the events that they cause

  // Asks for all of something; `each` gets every message of the answer. A dump that was interrupted by a change is
  // asked for again, at most 10 times, after `restart`, which forgets what came.
  Result<void> dump(Message& request, const std::function<void()>& restart,
                    const std::function<void(const nlmsghdr*)>& each);

  // Sends all of them in one datagram and waits until the kernel has answered. One result each.
  std::vector<plan::OperationResult> send(std::span<Message> requests);

  // One datagram into `buffer`, and its messages. Errors are errno; 0 bytes never come.
  struct Received {
    int error = 0;
    std::span<const char> bytes;
  };
  Received receive(int flags);

 private:
  explicit Socket(nl_sock* socket);

  enum class DumpEnd { complete, interrupted };
  Result<DumpEnd> dump_once(Message& request, const std::function<void(const nlmsghdr*)>& each);
  // Empty: sent.
  std::string transmit(std::span<Message> requests);
  // Reads answers until that to the last request; `first` is the sequence number of the first.
  void collect(std::uint32_t first, std::vector<plan::OperationResult>& results);

  struct Free {
    void operator()(nl_sock* socket) const;
  };
  std::unique_ptr<nl_sock, Free> socket_;
  std::uint32_t sequence_ = 0;
  std::vector<char> buffer_;
};

// Calls `each` for every message of a datagram.
void for_each_message(std::span<const char> datagram, const std::function<void(const nlmsghdr*)>& each);

// What an NLMSG_ERROR or NLMSG_DONE says: errno (0: done, acknowledged) and the kernel's extended text.
plan::OperationResult read_error(const nlmsghdr* message);

}  // namespace cip::kernel
