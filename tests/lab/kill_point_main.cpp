// lab_kill_point FILE PROGRAM ARGUMENT...: runs the program, to be ended at a point that who has FILE in memory sets.
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kill_point.h"

int main(int count, char** arguments) try {
  if (count < 3) return 2;
  const int file = open(arguments[1], O_RDWR | O_CLOEXEC);
  void* shared = mmap(nullptr, sizeof(cip::KillPoint), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file < 0 || shared == MAP_FAILED) {
    std::perror(arguments[1]);
    return 2;
  }
  const int status = cip::run_to_kill_point(*static_cast<cip::KillPoint*>(shared), [&] {
    execv(arguments[2], arguments + 2);
    std::perror(arguments[2]);
    _exit(127);
  });
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
