#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <stdexcept>

#include "reconciler/peer/seal.h"
#include "reconciler/peer/wire.h"

using namespace cip;
using namespace cip::peer;
using failover::PairState;

namespace {

Secret secret(std::uint8_t fill) {
  std::array<std::uint8_t, Secret::size> bytes{};
  bytes.fill(fill);
  return Secret(bytes);
}

const Seal key(secret(7));

failover::BootId boot(std::uint8_t fill) {
  failover::BootId id;
  id.bytes.fill(fill);
  return id;
}

PairState pair_of(const std::string& interface) {
  PairState pair;
  pair.home = {ClimName("n1"), InterfaceName(interface)};
  pair.record = {ClimName("n2"), failover::Epoch{0x0102030405060708}, failover::Reason::command, true};
  pair.digest = Digest::of(interface);
  pair.macs = {*MacAddress::parse("02:00:00:00:00:01"), *MacAddress::parse("02:00:00:00:00:02")};
  pair.holds = true;
  pair.starting = true;
  return pair;
}

WireMessage sample() {
  WireMessage message;
  message.from = ClimName("n1");
  message.to = ClimName("n2");
  message.kind = failover::Path::Kind::data;
  message.interface = InterfaceName("eth2.100");
  message.stamp = {boot(1), 0x1122334455667788, {boot(2), 99}, {boot(3), 1}};
  message.heartbeat.pairs = {pair_of("eth1"), pair_of("bond0")};
  message.heartbeat.pairs[1].digest = {};
  message.heartbeat.pairs[1].macs.clear();
  message.heartbeat.pairs[1].record.owner = {};
  return message;
}

// A copy on the heap of exactly the right size, so that the sanitizer sees a read beyond it.
std::variant<WireMessage, WireError> decode_exact(const std::vector<std::uint8_t>& bytes) {
  const auto copy = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return decode(std::span(copy.get(), bytes.size()), key);
}

bool is(const std::variant<WireMessage, WireError>& decoded, WireError error) {
  return std::holds_alternative<WireError>(decoded) && std::get<WireError>(decoded) == error;
}

std::vector<std::uint8_t> in_clear(const WireMessage& message) {
  auto bytes = encode(message, key);
  const auto text = key.unseal(std::span(bytes).first(header_size), std::span(bytes).subspan(header_size));
  REQUIRE(text);
  bytes.resize(header_size);
  bytes.insert(bytes.end(), text->begin(), text->end());
  return bytes;
}

}  // namespace

TEST_CASE("a message comes out as it went in") {
  const auto message = sample();
  const auto decoded = decode_exact(encode(message, key));
  REQUIRE(std::holds_alternative<WireMessage>(decoded));
  CHECK(std::get<WireMessage>(decoded) == message);

  WireMessage control;
  control.from = ClimName("a");
  control.to = ClimName("b");
  control.path = 3;
  control.stamp.sequence = 1;
  const auto small = decode_exact(encode(control, key));
  REQUIRE(std::holds_alternative<WireMessage>(small));
  CHECK(std::get<WireMessage>(small) == control);
}

TEST_CASE("each flag and reason of a pair is carried by itself") {
  for (unsigned bits = 0; bits < 16; ++bits) {
    for (const auto reason :
         {failover::Reason::initial, failover::Reason::failure, failover::Reason::command, failover::Reason::found}) {
      auto message = sample();
      auto& pair = message.heartbeat.pairs[0];
      pair.holds = (bits & 1U) != 0;
      pair.able = (bits & 2U) != 0;
      pair.starting = (bits & 4U) != 0;
      pair.record.stopped = (bits & 8U) != 0;
      pair.record.reason = reason;
      pair.obstacle = static_cast<failover::Obstacle>(bits % 12);
      const auto decoded = decode_exact(encode(message, key));
      REQUIRE(std::holds_alternative<WireMessage>(decoded));
      CHECK(std::get<WireMessage>(decoded) == message);
    }
  }
}

TEST_CASE("the layout is the documented one") {
  const auto message = encode(sample(), key);
  const auto bytes = in_clear(sample());
  CHECK(std::equal(message.begin(), message.begin() + header_size, bytes.begin()));
  CHECK(std::string(bytes.begin(), bytes.begin() + 3) == "CIP");
  CHECK(bytes[3] == 1);
  CHECK((bytes[4] << 8 | bytes[5]) == static_cast<int>(message.size()));
  CHECK(bytes[6] == 1);
  CHECK(bytes[7] == 0);
  CHECK(std::all_of(bytes.begin() + 8, bytes.begin() + 24, [](int byte) { return byte == 1; }));
  CHECK((bytes[24] == 0x11 && bytes[31] == 0x88));
  CHECK(std::all_of(bytes.begin() + 32, bytes.begin() + 48, [](int byte) { return byte == 2; }));
  CHECK(bytes[55] == 99);
  CHECK(bytes[79] == 1);
  CHECK((bytes[80] == 2 && bytes[81] == 'n' && bytes[82] == '1'));
}

TEST_CASE("without the key nothing is readable, and nothing is alike") {
  auto message = sample();
  const auto first = encode(message, key);
  ++message.stamp.sequence;
  const auto second = encode(message, key);
  for (const auto& bytes : {first, second}) {
    for (const std::string_view word : {"n1", "n2", "eth", "bond0"}) {
      CHECK(std::search(bytes.begin(), bytes.end(), word.begin(), word.end()) == bytes.end());
    }
  }
  REQUIRE(first.size() == second.size());
  int alike = 0;
  for (std::size_t i = header_size; i < first.size(); ++i) alike += first[i] == second[i] ? 1 : 0;
  CHECK(alike < 20);  // of some 250: one of 256 by chance
}

TEST_CASE("every cut and every flipped bit is an error, and the right one") {
  const auto bytes = encode(sample(), key);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = decode_exact({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    CHECK((is(decoded, WireError::foreign) || is(decoded, WireError::length)));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      const auto expected = i < 3    ? WireError::foreign
                            : i == 3 ? WireError::version
                            : i < 6  ? WireError::length
                                     : WireError::tag;
      INFO("byte " << i << " bit " << bit);
      CHECK(is(decode_exact(changed), expected));
    }
  }
}

TEST_CASE("bytes behind a message, another key and another version are errors") {
  auto bytes = encode(sample(), key);
  CHECK(is(decode(bytes, Seal(secret(8))), WireError::tag));
  auto longer = bytes;
  longer.push_back(0);
  CHECK(is(decode_exact(longer), WireError::length));
  longer.resize(max_message_size + 1);
  CHECK(is(decode_exact(longer), WireError::foreign));
  bytes[3] = 2;
  CHECK(is(decode_exact(bytes), WireError::version));
}

TEST_CASE("an authentic message that is wrong inside is malformed, wherever it is wrong") {
  const auto body = in_clear(sample());
  REQUIRE(std::holds_alternative<WireMessage>(decode_exact(sealed(body, key))));
  for (std::size_t size = header_size + 1; size < body.size(); ++size) {  // cut anywhere
    const auto decoded = decode_exact(sealed({body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)}, key));
    CHECK((is(decoded, WireError::malformed) || is(decoded, WireError::foreign)));
  }
  auto longer = body;
  longer.push_back(0);
  CHECK(is(decode_exact(sealed(longer, key)), WireError::malformed));

  // Any byte to any value: never a crash, and what is accepted is a message that gives these bytes again.
  for (std::size_t i = 6; i < body.size(); ++i) {
    for (unsigned value = 0; value < 256; ++value) {
      auto changed = body;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto bytes = sealed(changed, key);
      const auto decoded = decode_exact(bytes);
      const auto* message = std::get_if<WireMessage>(&decoded);
      if (message != nullptr ? encode(*message, key) != bytes : !is(decoded, WireError::malformed)) {
        FAIL("byte " << i << " is " << value);
      }
    }
  }
}

TEST_CASE("what no CLIM may say is malformed") {
  const auto rejected = [](auto change) {
    auto message = sample();
    change(message);
    return is(decode_exact(encode(message, key)), WireError::malformed);
  };
  CHECK(rejected([](auto& message) { message.stamp.sequence = 0; }));
  CHECK(rejected([](auto& message) { message.from = ClimName(); }));
  CHECK(rejected([](auto& message) { message.to = ClimName("a.b"); }));
  CHECK(rejected([](auto& message) { message.interface = InterfaceName("a/b"); }));
  CHECK(rejected([](auto& message) { message.interface = {}; }));
  CHECK(rejected([](auto& message) { message.path = 1; }));
  CHECK(rejected([](auto& message) { message.kind = failover::Path::Kind::control; }));
  CHECK(rejected([](auto& message) { message.heartbeat.pairs[0].home.interface = {}; }));
  CHECK(rejected([](auto& message) { message.heartbeat.pairs[0].record.owner = ClimName("../n1"); }));
  CHECK(rejected([](auto& message) { message.heartbeat.pairs[0].obstacle = failover::Obstacle{12}; }));
  CHECK_FALSE(rejected([](auto&) {}));
}

TEST_CASE("random bytes are never a message") {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint8_t> bytes(random() % 300);
    std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<std::uint8_t>(random()); });
    const std::string_view start("CIP\1\0", 5);
    std::copy_n(start.begin(), std::min(start.size(), bytes.size()), bytes.begin());
    if (bytes.size() > 5) {
      bytes[4] = static_cast<std::uint8_t>(bytes.size() >> 8U);
      bytes[5] = static_cast<std::uint8_t>(bytes.size());
    }
    CHECK(std::holds_alternative<WireError>(decode_exact(bytes)));
    if (bytes.size() > 96) {
      decode_exact(sealed(bytes, key));  // the sanitizers look
    }
  }
}

TEST_CASE("a long heartbeat is split, nothing is lost and every part fits") {
  failover::Heartbeat heartbeat;
  for (int i = 0; i < 100; ++i) {
    auto pair = pair_of("e" + std::to_string(i));
    pair.home.clim = ClimName(std::string(static_cast<std::size_t>(1 + i % 63), 'x'));
    pair.macs.resize(static_cast<std::size_t>(i) % (max_macs + 1));
    heartbeat.pairs.push_back(pair);
  }
  const auto parts = split(heartbeat);
  CHECK(parts.size() > 5);
  std::vector<PairState> together;
  for (const auto& part : parts) {
    auto message = sample();
    message.from = ClimName(std::string(63, 'a'));
    message.to = ClimName(std::string(63, 'b'));
    message.interface = InterfaceName(std::string(15, 'c'));
    message.heartbeat = part;
    const auto bytes = encode(message, key);
    CHECK(bytes.size() <= max_message_size);
    const auto decoded = decode_exact(bytes);
    REQUIRE(std::holds_alternative<WireMessage>(decoded));
    CHECK(std::get<WireMessage>(decoded).heartbeat == part);
    together.insert(together.end(), part.pairs.begin(), part.pairs.end());
  }
  CHECK(together == heartbeat.pairs);
  CHECK(split({}).size() == 1);
}

TEST_CASE("the largest pair fits by itself, and more MAC addresses than a message takes are cut") {
  auto pair = pair_of(std::string(15, 'i'));
  pair.home.clim = ClimName(std::string(63, 'x'));
  pair.record.owner = ClimName(std::string(63, 'y'));
  pair.macs.resize(max_macs + 1);
  const auto parts = split({{pair, pair, pair}});
  for (const auto& part : parts) {
    auto message = sample();
    message.heartbeat = part;
    const auto decoded = decode_exact(encode(message, key));
    REQUIRE(std::holds_alternative<WireMessage>(decoded));
    CHECK(std::get<WireMessage>(decoded).heartbeat.pairs.at(0).macs.size() == max_macs);
  }
}

TEST_CASE("a message that cannot be sent is the caller's fault") {
  auto message = sample();
  message.heartbeat.pairs.assign(50, pair_of("eth1"));
  CHECK_THROWS_AS(encode(message, key), std::length_error);
  message = sample();
  message.from = ClimName(std::string(64, 'x'));
  CHECK_THROWS_AS(encode(message, key), std::length_error);
}
