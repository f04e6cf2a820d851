// What the tests of this room share.
#pragma once

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdlib.h>
#include <string>
#include <unistd.h>

#include "reconciler/peer/cluster_key.h"
#include "state/address.h"

namespace cip::test {

using namespace std::chrono_literals;

// Runs the event loop until `done`, or the time is over. Gives whether it was done.
template <class Done>
bool run_until(boost::asio::io_context& io, Done done, std::chrono::milliseconds limit = 5s) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done() && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_until(end);
  }
  return done();
}

// Runs the event loop for a while: for what must not happen.
inline void run_for(boost::asio::io_context& io, std::chrono::milliseconds time) {
  run_until(
      io, [] { return false; }, time);
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "cip-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline peer::ClusterKey new_key() {
  const TemporaryDirectory directory;
  REQUIRE(peer::ClusterKey::generate(directory / "key"));
  auto key = peer::ClusterKey::read(directory / "key");
  REQUIRE(key);
  return *key;
}

// The keys of a change, step by step: the old one, and with the new one accepted, used, and alone.
inline std::vector<peer::ClusterKey> steps_of_a_change() {
  const TemporaryDirectory directory;
  const auto file = directory / "key";
  std::vector<peer::ClusterKey> steps;
  for (const auto step : {peer::ClusterKey::generate, peer::ClusterKey::add_next, peer::ClusterKey::use_next,
                          peer::ClusterKey::drop_last}) {
    REQUIRE(step(file));
    auto key = peer::ClusterKey::read(file);
    REQUIRE(key);
    steps.push_back(*key);
  }
  return steps;
}

inline IpAddress ip(const char* text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

inline MacAddress mac(const char* text) {
  const auto address = MacAddress::parse(text);
  REQUIRE(address);
  return *address;
}

// A port that other runs of the tests on this machine do not use at the same time.
inline std::uint16_t test_port() {
  return static_cast<std::uint16_t>(20000 + getpid() % 20000);
}

}  // namespace cip::test
