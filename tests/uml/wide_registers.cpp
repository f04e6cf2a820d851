// Preloaded into User-Mode Linux (run.sh) where this machine's processor has more registers than its kernel was built
// for: AMX, 8 KB of them. It stores what fits into its own buffer of a process, and hands that back; but since
// Linux 5.16 PTRACE_SETREGSET of NT_X86_XSTATE takes the whole of the state or nothing (EFAULT). So the rest is added
// here: all of it as the processor has it after a start, as no program in there uses it.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <sys/uio.h>

namespace {

constexpr int get_registers = 0x4204;      // PTRACE_GETREGSET
constexpr int set_registers = 0x4205;      // PTRACE_SETREGSET
constexpr std::size_t used_at = 512;       // XSTATE_BV: a bit for each component that is not as after a start
constexpr std::uint64_t known = 0x3ff;     // the components up to PKRU, in 2696 bytes: what Linux 6.1 asks for
alignas(64) unsigned char whole[1 << 16];  // one thread: User-Mode Linux has one processor

using Ptrace = long (*)(int, int, void*, void*);

Ptrace next() {
  static const auto found = reinterpret_cast<Ptrace>(dlsym(RTLD_NEXT, "ptrace"));
  return found;
}

std::size_t whole_size(int pid) {
  static std::size_t size = 0;
  iovec all{.iov_base = whole, .iov_len = sizeof whole};
  if (size == 0 && next()(get_registers, pid, reinterpret_cast<void*>(NT_X86_XSTATE), &all) == 0) size = all.iov_len;
  return size;
}

}  // namespace

extern "C" long ptrace(int request, int pid, void* which, void* data) {
  const auto* given = static_cast<const iovec*>(data);
  const bool registers = request == set_registers && which == reinterpret_cast<void*>(NT_X86_XSTATE);
  if (!registers || given->iov_len >= whole_size(pid)) return next()(request, pid, which, data);
  std::memset(whole, 0, whole_size(pid));
  std::memcpy(whole, given->iov_base, given->iov_len);
  std::uint64_t used = 0;
  std::memcpy(&used, whole + used_at, sizeof used);
  used &= known;
  std::memcpy(whole + used_at, &used, sizeof used);
  iovec all{.iov_base = whole, .iov_len = whole_size(pid)};
  return next()(request, pid, which, &all);
}
