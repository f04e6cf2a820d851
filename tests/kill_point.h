// Ends a process before a chosen one of the system calls with which it changes anything outside of itself: what it
// leaves there can differ only from one of these to the next. Linux counts them for us (seccomp(2), ptrace(2)), in all
// threads.
#pragma once

#include <atomic>
#include <functional>

namespace cip {

// May be in memory that processes share.
struct KillPoint {
  std::atomic<long> calls{0};     // so far
  std::atomic<long> kill_at{-1};  // SIGKILL instead of the call of this number, from 0; -1: never
  std::atomic<int> child{0};      // its process number
};

// Runs `body` in a child, to its end or that of the child. Its status as of waitpid(2). The caller has no other
// children. Throws std::system_error where processes cannot be traced.
int run_to_kill_point(KillPoint& point, const std::function<void()>& body);

}  // namespace cip
