// SHA-256 of a file's bytes, as lower-case hex. Two files are the same if and only if their digests are.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cip {

class Digest {
 public:
  Digest() = default;  // of nothing; equal to no file's
  static Digest of(std::string_view bytes);
  static std::optional<Digest> parse(std::string_view hex);  // 64 lower-case hex digits

  const std::string& str() const { return hex_; }
  bool empty() const { return hex_.empty(); }
  auto operator<=>(const Digest&) const = default;
  bool operator==(const Digest&) const = default;

 private:
  explicit Digest(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

}  // namespace cip
