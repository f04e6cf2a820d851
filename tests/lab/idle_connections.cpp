#include "tests/lab/idle_connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <sys/epoll.h>
#include <sys/resource.h>

namespace cip::lab {
namespace {

// Both ends of each connection are here, and what the process has open otherwise.
void allow_open_files(std::size_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
  const rlim_t needed = connections + 1000;
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = needed;
  limit.rlim_max = std::max(limit.rlim_max, needed);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
}

constexpr int longest_queue = 65535;

}  // namespace

IdleConnections::IdleConnections(const NetworkNamespace& client, const NetworkNamespace& server,
                                 const std::string& address, std::uint16_t port, std::size_t count)
    : service_((server.set_sysctl("core/somaxconn", std::to_string(longest_queue)), server), port, longest_queue),
      poll_(epoll_create1(EPOLL_CLOEXEC), "epoll") {
  allow_open_files(count);
  remote_.reserve(count);
  ends_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    remote_.emplace_back(client, address, port);
    client_ports_.push_back(remote_.back().own_port());
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.u64 = i}};
    if (epoll_ctl(poll_.get(), EPOLL_CTL_ADD, remote_.back().descriptor(), &event) != 0) fail("epoll_ctl");
  }
  watcher_ = std::thread([this] { watch(); });
}

IdleConnections::~IdleConnections() {
  stop_ = true;
  watcher_.join();
}

void IdleConnections::watch() {
  std::array<epoll_event, 256> events{};
  while (!stop_) {
    const int size = epoll_wait(poll_.get(), events.data(), events.size(), 50);
    if (size <= 0) continue;
    std::vector<End> now;
    for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(size))) {
      TcpConnection& connection = remote_[event.data.u64];
      const int error = connection.error();
      if (error == 0) continue;
      now.push_back({.time = Clock::now(), .error = error});
      if (epoll_ctl(poll_.get(), EPOLL_CTL_DEL, connection.descriptor(), nullptr) != 0) fail("epoll_ctl");
    }
    const std::lock_guard lock(mutex_);
    ends_.insert(ends_.end(), now.begin(), now.end());
  }
}

bool IdleConnections::all_over() const {
  const std::lock_guard lock(mutex_);
  return ends_.size() == remote_.size();
}

bool IdleConnections::wait_for_all(Duration within) const {
  return wait_until(within, [this] { return all_over(); });
}

IdleConnections::Ends IdleConnections::ends(Time since) const {
  const std::lock_guard lock(mutex_);
  Ends result;
  result.open = remote_.size() - ends_.size();
  for (const End& end : ends_) ++(end.error == ECONNRESET ? result.reset : result.otherwise);
  if (ends_.empty()) return result;
  const auto after = [&](const End& end) {
    return std::chrono::duration_cast<std::chrono::microseconds>(end.time - since);
  };
  result.median = after(ends_[(ends_.size() - 1) / 2]);  // they are in the order of their times
  result.worst = after(ends_.back());
  return result;
}

}  // namespace cip::lab
