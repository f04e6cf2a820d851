#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "reconciler/ipsec/vici_message.h"

using namespace cip::ipsec;
using namespace std::string_literals;

namespace {

// The example of strongSwan's README, Encoding example.
const std::string example =
    "\x03\x04key1\x00\x06value1"
    "\x01\x08section1"
    "\x01\x0bsub-section"
    "\x03\x04key2\x00\x06value2"
    "\x02"
    "\x04\x05list1"
    "\x05\x00\x05item1"
    "\x05\x00\x05item2"
    "\x06"
    "\x02"s;

}  // namespace

TEST_CASE("a message is read as the protocol's own example says", "[ipsec][vici]") {
  const auto message = decode(example);
  REQUIRE(message);
  CHECK(message->value("key1") == "value1");
  const auto* section = message->section("section1");
  REQUIRE(section != nullptr);
  REQUIRE(section->section("sub-section") != nullptr);
  CHECK(section->section("sub-section")->value("key2") == "value2");
  CHECK(section->list("list1") == std::vector<std::string>{"item1", "item2"});
  CHECK(message->value("key2").empty());
  CHECK(message->list("list1").empty());
  CHECK(message->section("none") == nullptr);
}

TEST_CASE("what is written is read back, any bytes included", "[ipsec][vici]") {
  Message message;
  message.set("data", "\0\x02\xff"s).set("empty", "").set_list("none", {}).set_list("two", {"", "a"});
  message.set_section("outer", Message().set_section("inner", Message().set("key", std::string(65535, 'x'))));
  const auto read = decode(encode(message));
  REQUIRE(read);
  CHECK(read->value("data") == "\0\x02\xff"s);
  CHECK(read->values.size() == 2);
  CHECK(read->lists.size() == 2);
  CHECK(read->list("two") == std::vector<std::string>{"", "a"});
  CHECK(read->section("outer")->section("inner")->value("key").size() == 65535);
  CHECK_THROWS_AS(encode(Message().set("key", std::string(65536, 'x'))), std::length_error);
  CHECK_THROWS_AS(encode(Message().set(std::string(256, 'x'), "")), std::length_error);
}

TEST_CASE("bytes that are no message are refused, wherever they end", "[ipsec][vici]") {
  // What ends between two elements of the root is a message; nothing else is.
  const std::size_t whole = "\x03\x04key1\x00\x06value1"s.size();
  for (std::size_t size = 1; size < example.size(); ++size) {
    CAPTURE(size);
    CHECK(static_cast<bool>(decode(example.substr(0, size))) == (size == whole));
  }
  CHECK_FALSE(decode("\x02"s));
  CHECK_FALSE(decode("\x07\x01x"s));
  CHECK_FALSE(decode("\x05\x00\x01x"s));
  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    deep += "\x01\x01s"s;
  }
  CHECK_FALSE(decode(deep + std::string(1000, '\x02')));
}
