// The key that all CLIMs of a cluster share (docs/protocol.md, "On the wire"), and the keys derived from it.
//
// The file is text: the line "cip cluster key 1", then one key or two, each a line of 32 random bytes as 64 lower-case
// hex digits. What is sent is authenticated with the first; what comes may be with either. So a key is changed without
// an outage in three steps, each of which has to reach all CLIMs before the next: add, use, drop. The mode is 0400; a
// file that group or others can read, or that belongs to neither root nor the reader, is refused.
//
// The cluster key itself authenticates nothing. Each purpose has a key of its own, HKDF-SHA256 (RFC 5869) of the
// cluster key with the purpose and the cluster's name as info: a message recorded in one place means nothing in
// another, and two clusters that were given the same file do not understand each other.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "state/names.h"
#include "state/result.h"

namespace cip::peer {

// 32 secret bytes; wiped when they go.
class Secret {
 public:
  static constexpr std::size_t size = 32;

  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, size> bytes);
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();

  std::span<const std::uint8_t, size> bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, size> bytes_{};
};

enum class KeyPurpose : std::uint8_t {
  control,   // heartbeats over the control LAN
  data_lan,  // heartbeats over a data LAN
  tls_psk,   // the channel
  name,      // tells one key from another, and nothing about it
};

// The one key, or the two.
class ClusterKey {
 public:
  // `file` as above. The message of an error never has a byte of the content.
  static Result<ClusterKey> read(const std::filesystem::path& file);

  // Writes a new key; `file` must not exist (`cipctl keygen FILE`). On an error there is no file.
  static Result<void> generate(const std::filesystem::path& file);

  // The three steps of a change, each of a file that is replaced atomically and keeps its owner and mode. Errors: as
  // read(); or it is not at that step.
  static Result<void> add_next(const std::filesystem::path& file);   // a second key, which is accepted from now on
  static Result<void> use_next(const std::filesystem::path& file);   // the second becomes the first
  static Result<void> drop_last(const std::filesystem::path& file);  // the second goes

  // Of each key, in the order of the file.
  std::vector<Secret> derive(KeyPurpose purpose, const ClusterName& cluster) const;
  // What people and peers call each: eight hex digits.
  std::vector<std::string> names() const;

  bool operator==(const ClusterKey& other) const;

 private:
  explicit ClusterKey(std::vector<Secret> secrets) : secrets_(std::move(secrets)) {}
  static Result<void> replace(const std::filesystem::path& file, const ClusterKey& key);
  std::vector<Secret> secrets_;  // one or two
};

}  // namespace cip::peer
