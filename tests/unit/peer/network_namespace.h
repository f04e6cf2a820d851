// Network namespaces for tests that need a LAN of their own: two ends of a cable, in one process. Needs root, and fails
// without it: a test that is skipped proves nothing.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <unistd.h>

#include "state/file.h"

namespace cip::test {

inline FileDescriptor this_namespace() {
  FileDescriptor descriptor(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  REQUIRE(descriptor);
  return descriptor;
}

// Everything that is opened while it lives is in that namespace; then we are back.
class Inside {
 public:
  explicit Inside(const FileDescriptor& target) : before_(this_namespace()) {
    REQUIRE(setns(target.get(), CLONE_NEWNET) == 0);
  }
  ~Inside() {
    if (setns(before_.get(), CLONE_NEWNET) != 0) {
      std::abort();  // every later test would run in the wrong place
    }
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  FileDescriptor before_;
};

class NetworkNamespace {
 public:
  NetworkNamespace() {
    INFO("this test makes network namespaces, and needs root");
    REQUIRE(geteuid() == 0);
    const auto before = this_namespace();
    REQUIRE(unshare(CLONE_NEWNET) == 0);
    own_ = this_namespace();
    REQUIRE(setns(before.get(), CLONE_NEWNET) == 0);
    run("ip link set lo up");
  }

  Inside enter() const { return Inside(own_); }

  // A command in this namespace; the test ends if it fails.
  void run(const std::string& command) const {
    const auto inside = enter();
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
  }

  // What `ip ... netns` takes as its name.
  std::string path() const { return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(own_.get()); }

 private:
  FileDescriptor own_;
};

// A cable: interface "left" in one namespace, "right" in another, both up, no addresses but IPv6 link-local ones.
struct Cable {
  NetworkNamespace left;
  NetworkNamespace right;

  Cable() { plug(); }
  void plug() const {
    left.run("ip link add left address 02:00:00:00:00:01 type veth peer name right address 02:00:00:00:00:02");
    left.run("ip link set right netns " + right.path());
    left.run("echo 0 > /proc/sys/net/ipv6/conf/left/accept_dad && ip link set left up");
    right.run("echo 0 > /proc/sys/net/ipv6/conf/right/accept_dad && ip link set right up");
    // The kernel gets ready to send a little later; until then what is sent is lost without an error.
    left.run(until_ready("left"));
    right.run(until_ready("right"));
  }

  static std::string until_ready(const std::string& interface) {
    return "timeout 10 sh -c 'until ip link show " + interface +
           " | grep -q \"qdisc noqueue state UP\"; do sleep 0.01; done'";
  }
};

}  // namespace cip::test
