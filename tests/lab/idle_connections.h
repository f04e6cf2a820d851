// Many TCP connections from a remote host to a service, on which nobody sends anything: how long until each remote
// reader learns that its own is over.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/tcp.h"
#include "tests/lab/wait.h"

namespace cip::lab {

class IdleConnections {
 public:
  // The service listens on `port` of all addresses of `server`; connections stay in its queue, so that they need no
  // open file there. `client` makes `count` connections to it at `address`, from one address of its own: at most as
  // many as it has ephemeral ports (28,000). Raises the limit of open files of this process. Throws if one cannot be
  // made.
  IdleConnections(const NetworkNamespace& client, const NetworkNamespace& server, const std::string& address,
                  std::uint16_t port, std::size_t count);
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;
  ~IdleConnections();

  // The ports of the remote ends, in the order in which they were made.
  const std::vector<std::uint16_t>& client_ports() const { return client_ports_; }

  // Whether every remote reader has got an error, or the end of its connection, within that time.
  bool wait_for_all(Duration within) const;

  struct Ends {
    std::size_t reset = 0;      // ECONNRESET
    std::size_t otherwise = 0;  // another error, or an orderly end
    std::size_t open = 0;       // nothing yet
    // From `since` until half of the readers that ended, and until the last of them. They read one after the other:
    // the last of 10,000 some 30 ms after the first, if all are reset at one time.
    std::chrono::microseconds median{};
    std::chrono::microseconds worst{};
  };
  Ends ends(Time since) const;

 private:
  void watch();
  bool all_over() const;

  struct End {
    Time time;
    int error = 0;
  };

  TcpListener service_;
  std::vector<TcpConnection> remote_;  // read by watcher_ only, once it runs
  std::vector<std::uint16_t> client_ports_;
  Descriptor poll_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<End> ends_;  // guarded by mutex_
  std::thread watcher_;
};

}  // namespace cip::lab
