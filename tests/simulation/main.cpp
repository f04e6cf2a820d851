// sim [--seed N] [--count N] [--trace] [--without RULE]: replays one schedule, or runs many.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/simulation/world.h"

namespace {

bool* find(cip::failover::Guards& guards, const char* name) {
  const struct {
    const char* name;
    bool* guard;
  } all[] = {
      {"epoch", &guards.epoch},
      {"mirror", &guards.mirror},
      {"shared", &guards.shared},
      {"beside_home", &guards.beside_home},
      {"probe", &guards.probe},
      {"answered", &guards.answered},
      {"data_lan", &guards.data_lan},
      {"witness", &guards.witness},
      {"removal_first", &guards.removal_first},
      {"persist_first", &guards.persist_first},
      {"settle", &guards.settle},
      {"fence", &guards.fence},
      {"linger", &guards.linger},
      {"both_hold", &guards.both_hold},
      {"reread", &guards.reread},
      {"newer_message", &guards.newer_message},
      {"starting", &guards.starting},
      {"stays", &guards.stays},
      {"only_concerned", &guards.only_concerned},
  };
  for (const auto& each : all) {
    if (std::strcmp(each.name, name) == 0) return each.guard;
  }
  return nullptr;
}

int usage() {
  std::fprintf(stderr, "usage: sim [--seed N] [--count N] [--trace] [--without RULE]\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  cip::simulation::Options options;
  std::uint64_t count = 1;
  for (int i = 1; i < argc; ++i) {
    const bool more = i + 1 < argc;
    if (std::strcmp(argv[i], "--trace") == 0) {
      options.trace = true;
    } else if (std::strcmp(argv[i], "--seed") == 0 && more) {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--count") == 0 && more) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--without") == 0 && more) {
      bool* const guard = find(options.guards, argv[++i]);
      if (guard == nullptr) return usage();
      *guard = false;
    } else {
      return usage();
    }
  }
  std::uint64_t transitions = 0;
  std::uint64_t failed = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < count; ++i, ++options.seed) {
    const auto outcome = cip::simulation::World(options).run();
    transitions += outcome.transitions;
    if (!outcome.violation) continue;
    ++failed;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(options.seed), outcome.violation->c_str());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%llu schedules, %llu failed, %llu transitions, %.0f per second\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(transitions), static_cast<double>(transitions) / took.count());
  return failed == 0 ? 0 : 2;
}
