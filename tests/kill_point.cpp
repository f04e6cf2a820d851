#include "tests/kill_point.h"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace cip {
namespace {

// The older ones are not on every processor.
constexpr auto traced = std::to_array<long>({
#ifdef SYS_open
    SYS_open,      SYS_creat,     SYS_rename,   SYS_link,   SYS_unlink,   SYS_mkdir,  SYS_rmdir,    SYS_chmod,
    SYS_chown,
#endif
    SYS_openat,    SYS_renameat2,
#ifdef SYS_renameat
    SYS_renameat,
#endif
    SYS_linkat,    SYS_unlinkat,  SYS_mkdirat,  SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_truncate,
    SYS_ftruncate, SYS_write,     SYS_pwrite64, SYS_writev, SYS_bind,     SYS_sendto, SYS_sendmsg,  SYS_sendmmsg});

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// In the child, which has nobody to tell.
void have_calls_traced() {
  std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (std::size_t i = 0; i < traced.size(); ++i) {
    const auto to_end = static_cast<unsigned char>(traced.size() - i);
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(traced[i]), to_end, 0));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    _exit(126);
  }
}

// Sockets are connections to others or to the kernel; pipes and the like are the process's own. What it says is not
// looked at (the lab has that in memory).
bool is_file(pid_t thread, unsigned long descriptor) {
  std::array<char, PATH_MAX> target{};
  const auto link = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(descriptor);
  const auto size = readlink(link.c_str(), target.data(), target.size());
  const std::string_view name(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return name.starts_with("socket:") || (name.starts_with('/') && !name.starts_with("/memfd:"));
}

bool changes_something(pid_t thread) {
  __ptrace_syscall_info info{};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) return false;
  const auto& arguments = info.seccomp.args;
  constexpr unsigned long making = O_CREAT | O_TRUNC;
  switch (info.seccomp.nr) {
#ifdef SYS_open
    case SYS_open:
      return (arguments[1] & making) != 0;
#endif
    case SYS_openat:
      return (arguments[2] & making) != 0;
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
      return is_file(thread, arguments[0]);
    default:
      return true;
  }
}

}  // namespace

int run_to_kill_point(KillPoint& point, const std::function<void()>& body) {
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(125);
    raise(SIGSTOP);
    have_calls_traced();
    body();
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) fail("waitpid");
  if (!WIFSTOPPED(status)) return status;
  point.child = child;
  if (ptrace(PTRACE_SETOPTIONS, child, nullptr,
             PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0 ||
      ptrace(PTRACE_CONT, child, nullptr, nullptr) != 0) {
    fail("ptrace");
  }
  for (;;) {
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) {
      if (errno == EINTR) continue;
      fail("waitpid");
    }
    if (!WIFSTOPPED(status)) {
      if (thread == child) return status;
      continue;
    }
    const int event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP && changes_something(thread)) {
      if (point.calls.fetch_add(1) == point.kill_at.load()) {
        kill(child, SIGKILL);
        continue;
      }
    }
    // A new thread begins with a stop that is none of its own.
    const int signal = event == 0 && WSTOPSIG(status) != SIGSTOP ? WSTOPSIG(status) : 0;
    ptrace(PTRACE_CONT, thread, nullptr, reinterpret_cast<void*>(static_cast<long>(signal)));
  }
}

}  // namespace cip
