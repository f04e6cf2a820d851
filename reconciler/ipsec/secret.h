// Secrets of IPsec: files on the CLIM that the state tree only names. What is read is wiped from memory when it is let
// go, and no error has any of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "state/result.h"

namespace cip::ipsec {

// Bytes that are overwritten when they end.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A private key: the file as it is, PEM or DER. The file must be a regular one of root or of our user, which nobody
// else has access to. Errors: invalid, not_found or system, with the file and a way out.
Result<Secret> read_private_key(const std::filesystem::path& file);

// A pre-shared key, as swanctl.conf(5) has it (secrets.ike<suffix>.secret): text, `0x` and hex, or `0s` and Base64; a
// newline at the end does not count. The same is asked of the file.
Result<Secret> read_preshared_key(const std::filesystem::path& file);

}  // namespace cip::ipsec
