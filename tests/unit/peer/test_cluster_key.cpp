#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "reconciler/peer/cluster_key.h"
#include "state/file.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;

namespace {

const std::string sample =
    "cip cluster key 1\n"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

std::string refusal(const std::filesystem::path& file) {
  const auto key = ClusterKey::read(file);
  return key ? "" : key.error().message;
}

std::filesystem::path written(const TemporaryDirectory& directory, const std::string& text, mode_t mode = 0400) {
  auto file = directory / "key";
  unlink(file.c_str());
  REQUIRE(write_new_file(file, text, mode));
  REQUIRE(chmod(file.c_str(), mode) == 0);
  return file;
}

std::vector<std::uint8_t> bytes_of(const Secret& secret) {
  return {secret.bytes().begin(), secret.bytes().end()};
}

}  // namespace

TEST_CASE("a generated key is private, random and readable") {
  const TemporaryDirectory directory;
  REQUIRE(ClusterKey::generate(directory / "one"));
  REQUIRE(ClusterKey::generate(directory / "two"));
  struct stat status {};
  REQUIRE(stat((directory / "one").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0400);
  CHECK(read_file(directory / "one")->size() == sample.size());
  CHECK(*read_file(directory / "one") != *read_file(directory / "two"));
  CHECK(ClusterKey::read(directory / "one"));
}

TEST_CASE("generating never overwrites") {
  const TemporaryDirectory directory;
  const auto file = written(directory, "precious\n", 0644);
  const auto result = ClusterKey::generate(file);
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "key file " + file.string() + ": exists already; a cluster key is never overwritten");
  CHECK(*read_file(file) == "precious\n");

  REQUIRE(symlink("nowhere", (directory / "link").c_str()) == 0);
  CHECK_FALSE(ClusterKey::generate(directory / "link"));
  CHECK_FALSE(std::filesystem::exists(directory / "nowhere"));
  CHECK_FALSE(ClusterKey::generate(directory / "no/such/directory"));
}

TEST_CASE("a key file that others can reach is refused") {
  const TemporaryDirectory directory;
  for (const mode_t mode : {0444U, 0440U, 0404U, 0420U, 0402U, 0410U, 0644U, 0777U}) {
    const auto message = refusal(written(directory, sample, mode));
    INFO(std::oct << mode << ": " << message);
    CHECK(message.find("so others than its owner have access; a cluster key needs mode 0400") != std::string::npos);
  }
  CHECK(refusal(written(directory, sample, 0644)).find("has mode 0644") != std::string::npos);
  CHECK(refusal(written(directory, sample, 0400)).empty());
  CHECK(refusal(written(directory, sample, 0600)).empty());
}

TEST_CASE("a key file of another user is refused") {
  REQUIRE(geteuid() == 0);
  const TemporaryDirectory directory;
  const auto file = written(directory, sample);
  REQUIRE(chown(file.c_str(), 65534, 65534) == 0);
  CHECK(refusal(file).find("belongs to user 65534") != std::string::npos);
}

TEST_CASE("a key file with any other content is refused, and the message has none of it") {
  const TemporaryDirectory directory;
  const auto line = sample.substr(sample.find('\n') + 1);
  std::vector<std::string> wrong{
      "", "\n", sample + "\n", sample + sample, sample.substr(1), sample + line + line, sample + "g"};
  for (std::size_t size = 0; size < sample.size(); ++size) {
    wrong.push_back(sample.substr(0, size));
  }
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (const char letter : {'\0', 'g', 'A', ' ', '\n'}) {
      auto changed = sample;
      changed[i] = letter;
      if (changed != sample) {
        wrong.push_back(changed);
      }
    }
  }
  for (const auto& text : wrong) {
    const auto message = refusal(written(directory, text));
    CHECK(message.ends_with("is not a cluster key as `cipctl keygen` writes it"));
  }
}

TEST_CASE("what is no file is refused") {
  const TemporaryDirectory directory;
  CHECK(refusal(directory / "missing").find("does not exist; make one with `cipctl keygen") != std::string::npos);
  CHECK(ClusterKey::read(directory / "missing").error().code == ErrorCode::not_found);
  CHECK(refusal(directory / "").find("is not a regular file") != std::string::npos);
  REQUIRE(mkfifo((directory / "pipe").c_str(), 0400) == 0);
  CHECK(refusal(directory / "pipe").find("is not a regular file") != std::string::npos);
}

TEST_CASE("each purpose and each cluster has a key of its own") {
  const TemporaryDirectory directory;
  const auto key = ClusterKey::read(written(directory, sample));
  REQUIRE(key);
  std::set<std::vector<std::uint8_t>> seen;
  for (const auto purpose : {KeyPurpose::control, KeyPurpose::data_lan, KeyPurpose::tls_psk}) {
    for (const char* cluster : {"a", "b", ""}) {
      seen.insert(bytes_of(key->derive(purpose, ClusterName(cluster)).front()));
    }
  }
  CHECK(seen.size() == 9);
  CHECK(bytes_of(key->derive(KeyPurpose::control, ClusterName("a")).front()) ==
        bytes_of(key->derive(KeyPurpose::control, ClusterName("a")).front()));
  CHECK(bytes_of(new_key().derive(KeyPurpose::control, ClusterName("a")).front()) !=
        bytes_of(key->derive(KeyPurpose::control, ClusterName("a")).front()));
}

TEST_CASE("derivation is HKDF-SHA256, so that another implementation gets the same keys") {
  const TemporaryDirectory directory;
  const auto key = ClusterKey::read(written(directory, sample));
  REQUIRE(key);
  // From `openssl kdf`, with digest SHA256, key 000102...1f and info "cip control 1", NUL, "pair".
  const std::vector<std::uint8_t> expected{0x5a, 0x5a, 0xe2, 0x37, 0x25, 0x17, 0xd0, 0x98, 0xbc, 0x85, 0xa8,
                                           0xc8, 0x9b, 0xa8, 0xc1, 0xa4, 0x77, 0x5a, 0x24, 0x20, 0x0b, 0xc5,
                                           0x14, 0x86, 0xd1, 0x98, 0x32, 0xfb, 0x42, 0x64, 0x47, 0xc4};
  CHECK(bytes_of(key->derive(KeyPurpose::control, ClusterName("pair")).front()) == expected);
}

namespace {

std::vector<std::string> names_in(const std::filesystem::path& file) {
  const auto key = ClusterKey::read(file);
  REQUIRE(key);
  CHECK(key->names().size() == key->derive(KeyPurpose::control, ClusterName("a")).size());
  return key->names();
}

}  // namespace

TEST_CASE("a key is changed in three steps, and its file stays private and its owner's") {
  const TemporaryDirectory directory;
  const auto file = written(directory, sample);
  REQUIRE(chown(file.c_str(), geteuid(), 65534) == 0);
  const auto first = names_in(file);
  REQUIRE(first.size() == 1);
  CHECK(first[0].size() == 8);

  CHECK(ClusterKey::use_next(file).error().message.find("has one key only; `cipctl keygen --add") != std::string::npos);
  CHECK(ClusterKey::drop_last(file).error().message.find("there is nothing to drop") != std::string::npos);
  CHECK(names_in(file) == first);

  REQUIRE(ClusterKey::add_next(file));
  const auto both = names_in(file);
  REQUIRE(both.size() == 2);
  CHECK(both[0] == first[0]);
  CHECK(both[1] != first[0]);
  CHECK(ClusterKey::add_next(file).error().message.find("has two keys already") != std::string::npos);
  CHECK(names_in(file) == both);

  REQUIRE(ClusterKey::use_next(file));
  CHECK(names_in(file) == std::vector<std::string>{both[1], both[0]});
  REQUIRE(ClusterKey::drop_last(file));
  CHECK(names_in(file) == std::vector<std::string>{both[1]});

  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0400);
  CHECK(status.st_gid == 65534);
  CHECK(ClusterKey::add_next(directory / "missing").error().code == ErrorCode::not_found);
}
