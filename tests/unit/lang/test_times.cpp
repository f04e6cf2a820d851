// The times of docs/protocol.md: defaults, bounds, and how they hang together.
#include <catch2/catch.hpp>

#include "tests/unit/lang/compile_text.h"

namespace cip::lang {

using namespace std::chrono_literals;

TEST_CASE("times that are not set are the defaults of the protocol") {
  CHECK(Compiled("cluster lab { }").cluster.times == Times{});
  CHECK(Compiled("").cluster.times == Times{});
}

TEST_CASE("every time can be set") {
  const Compiled compiled(
      R"(cluster lab { heartbeat 20ms; dead 1s; probe 70ms; link-pulse 5ms; settle 2s; fence 6s; linger 1m;
  startup-wait 4s; retry 3s; })");
  CHECK(compiled.codes().empty());
  CHECK(compiled.cluster.times == Times{20ms, 1s, 70ms, 5ms, 2s, 6s, 1min, 4s, 3s});
}

TEST_CASE("what is not set follows what is") {
  CHECK(Compiled("cluster lab { heartbeat 200ms; }").cluster.times.dead == 600ms);
  CHECK(Compiled("cluster lab { heartbeat 20ms; dead 60ms; }").cluster.times.probe == 40ms);
  CHECK(Compiled("cluster lab { dead 5s; }").cluster.times.probe == 60ms);
}

TEST_CASE("bounds of times") {
  const auto codes = [](const std::string& times) { return Compiled("cluster lab { " + times + " }").codes(); };
  CHECK(codes("heartbeat 100ms; dead 300ms;").empty());
  CHECK(codes("heartbeat 100ms; dead 299ms;") == "E0007");
  CHECK(codes("heartbeat 101ms; dead 300ms;") == "E0007");
  CHECK(codes("dead 100ms;") == "E0007");
  CHECK(codes("heartbeat 0ms;") == "E0007");
  CHECK(codes("probe 200ms;").empty());
  CHECK(codes("probe 201ms;") == "E0007");
  CHECK(codes("fence 0s;").empty());
  CHECK(codes("fence 0ms;").empty());
  CHECK(codes("fence 5s;").empty());
  CHECK(codes("fence 4s;") == "E0007");
  CHECK(codes("fence 5500ms;") == "E0007");
  CHECK(codes("linger 4s;") == "E0007");
  CHECK(codes("retry 0s;") == "E0007");
  CHECK(codes("link-pulse 0s; settle 0s; startup-wait 0s;").empty());
  CHECK(codes("settle 9223372036854775807h;") == "E0007");
}

TEST_CASE("a time that is wrong in itself contradicts no other") {
  CHECK(Compiled("cluster lab { heartbeat 0ms; dead 1s; probe 999ms; }").codes() == "E0007");
  CHECK(Compiled("cluster lab { heartbeat 100; dead 10ms; }").codes() == "E0005");
}

}  // namespace cip::lang
