// The key that all CLIMs of a cluster share (docs/protocol.md, "On the wire"), and the keys derived from it.
//
// The file is text of two lines: "cip cluster key 1", and 32 random bytes as 64 lower-case hex digits. Its mode is
// 0400; a file that group or others can read, or that belongs to neither root nor the reader, is refused.
//
// The cluster key itself authenticates nothing. Each purpose has a key of its own, HKDF-SHA256 (RFC 5869) of the
// cluster key with the purpose and the cluster's name as info: a message recorded in one place means nothing in
// another, and two clusters that were given the same file do not understand each other.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

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
};

class ClusterKey {
 public:
  // `file` as above. The message of an error never has a byte of the content.
  static Result<ClusterKey> read(const std::filesystem::path& file);

  // Writes a new key; `file` must not exist (`cipctl keygen FILE`). On an error there is no file.
  static Result<void> generate(const std::filesystem::path& file);

  Secret derive(KeyPurpose purpose, const ClusterName& cluster) const;

 private:
  explicit ClusterKey(const Secret& secret) : secret_(secret) {}
  Secret secret_;
};

}  // namespace cip::peer
