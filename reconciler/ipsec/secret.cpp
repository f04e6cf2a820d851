#include "reconciler/ipsec/secret.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "state/file.h"

namespace cip::ipsec {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest = 60000;  // bytes; a value of vici has at most 65,535

Error refuse(const fs::path& file, const std::string& what) {
  return {ErrorCode::invalid, fmt::format("secret file {}: {}", file.string(), what)};
}

Result<void> check_ownership(const struct stat& status, const fs::path& file) {
  if (!S_ISREG(status.st_mode)) {
    return refuse(file, "is not a regular file");
  }
  if ((status.st_mode & 077U) != 0) {
    return refuse(file, fmt::format("has mode {:04o}, so others than its owner have access; it needs mode 0400",
                                    status.st_mode & 07777U));
  }
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return refuse(file,
                  fmt::format("belongs to user {}; it must belong to root or to user {}", status.st_uid, geteuid()));
  }
  return {};
}

Result<Secret> read(const fs::path& file) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!descriptor) {
    const int error = errno;
    return Error{error == ENOENT ? ErrorCode::not_found : ErrorCode::system,
                 fmt::format("secret file {}{}", system_error(file, error).message,
                             error == EACCES ? fmt::format("; user {} must be able to read it", geteuid()) : "")};
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) {
    return system_error(file, errno);
  }
  if (const auto checked = check_ownership(status, file); !checked) {
    return checked.error();
  }
  // Of its whole size from the start: what grows leaves copies of itself behind.
  std::string bytes(largest + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::read(descriptor.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      const int error = errno;
      OPENSSL_cleanse(bytes.data(), bytes.size());
      return system_error(file, error);
    }
    if (got == 0) {
      break;
    }
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  Secret secret(std::move(bytes));
  if (size == 0) {
    return refuse(file, "is empty");
  }
  if (size > largest) {
    return refuse(file, fmt::format("has more than {} bytes", largest));
  }
  return secret;
}

// All that it has room for: a short one that was moved from has been copied, and is still there.
void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

std::optional<unsigned> digit_value(char c, bool hex) {
  const auto in = [&](char first, char last) { return c >= first && c <= last; };
  if (hex) {
    if (in('0', '9')) return static_cast<unsigned>(c - '0');
    if (in('a', 'f')) return static_cast<unsigned>(c - 'a' + 10);
    if (in('A', 'F')) return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
  }
  if (in('A', 'Z')) return static_cast<unsigned>(c - 'A');
  if (in('a', 'z')) return static_cast<unsigned>(c - 'a' + 26);
  if (in('0', '9')) return static_cast<unsigned>(c - '0' + 52);
  if (c == '+') return 62U;
  return c == '/' ? std::optional(63U) : std::nullopt;
}

// Digits of so many bits each; what is left over at the end of Base64 is no byte. Nothing: it is no such text.
std::optional<Secret> decode(std::string_view text, bool hex) {
  const unsigned bits = hex ? 4 : 6;
  while (!hex && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  std::string bytes;
  bytes.reserve(text.size());
  unsigned gathered = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto digit = digit_value(c, hex);
    if (!digit) {
      OPENSSL_cleanse(bytes.data(), bytes.size());
      return std::nullopt;
    }
    gathered = (gathered << bits | *digit) & 0xffffU;
    count += bits;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(gathered >> count & 0xffU);
    }
  }
  Secret secret(std::move(bytes));
  if (secret.bytes().empty() || (hex && count != 0) || (!hex && count == 6)) {
    return std::nullopt;
  }
  return secret;
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
  wipe(other.bytes_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(bytes_);
}

Result<Secret> read_private_key(const fs::path& file) {
  return read(file);
}

Result<Secret> read_preshared_key(const fs::path& file) {
  auto content = read(file);
  if (!content) {
    return content;
  }
  auto text = content->bytes();
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  if (text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  const bool hex = text.starts_with("0x");
  if (!hex && !text.starts_with("0s")) {
    return text.empty() ? Result<Secret>(refuse(file, "is empty")) : Secret(std::string(text));
  }
  auto key = decode(text.substr(2), hex);
  if (!key) {
    return refuse(file, fmt::format("what follows {} is not {}", hex ? "0x" : "0s", hex ? "hex" : "Base64"));
  }
  return std::move(*key);
}

}  // namespace cip::ipsec
