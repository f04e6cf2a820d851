#include "reconciler/peer/cluster_key.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "state/file.h"

namespace cip::peer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "cip cluster key 1\n";
constexpr std::size_t line_size = 2 * Secret::size + 1;
constexpr std::size_t most_keys = 2;
constexpr std::string_view hex_digits = "0123456789abcdef";

Error refuse(const fs::path& file, const std::string& what) {
  return Error{ErrorCode::invalid, "key file " + file.string() + ": " + what};
}

std::string octal(mode_t mode) {
  std::string text = "0000";
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[text.size() - 1 - i] = static_cast<char>('0' + ((mode >> (3 * i)) & 7U));
  }
  return text;
}

Result<void> check_ownership(const struct stat& status, const fs::path& file) {
  if (!S_ISREG(status.st_mode)) {
    return refuse(file, "is not a regular file");
  }
  if ((status.st_mode & 077U) != 0) {
    return refuse(file, "has mode " + octal(status.st_mode & 07777U) +
                            ", so others than its owner have access; a cluster key needs mode 0400");
  }
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return refuse(file, "belongs to user " + std::to_string(status.st_uid) + "; it must belong to root or to user " +
                            std::to_string(geteuid()));
  }
  return {};
}

// The 32 bytes of the text after the first line; false if it is no such text.
bool decode(std::string_view hex, std::array<std::uint8_t, Secret::size>& bytes) {
  if (hex.size() != 2 * bytes.size()) {
    return false;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = hex_digits.find(hex[2 * i]);
    const auto low = hex_digits.find(hex[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return false;
    }
    bytes[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return true;
}

Result<Secret> new_secret() {
  std::array<std::uint8_t, Secret::size> bytes{};
  if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return Error{ErrorCode::system, "no random bytes for a cluster key"};
  }
  const Secret secret(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return secret;
}

// To be wiped by the caller.
std::string text_of(std::span<const Secret> secrets) {
  std::string text(first_line);
  text.reserve(first_line.size() + secrets.size() * line_size);
  for (const auto& secret : secrets) {
    for (const auto byte : secret.bytes()) {
      text += hex_digits[byte >> 4U];
      text += hex_digits[byte & 15U];
    }
    text += '\n';
  }
  return text;
}

// The keys of a whole file; none if it is no key file.
std::vector<Secret> secrets_of(std::string_view content) {
  std::vector<Secret> secrets;
  if (!content.starts_with(first_line)) {
    return {};
  }
  for (content.remove_prefix(first_line.size()); !content.empty(); content.remove_prefix(line_size)) {
    std::array<std::uint8_t, Secret::size> bytes{};
    const bool whole = content.size() >= line_size && content[line_size - 1] == '\n' &&
                       decode(content.substr(0, line_size - 1), bytes) && secrets.size() < most_keys;
    if (whole) {
      secrets.emplace_back(bytes);
    }
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (!whole) {
      return {};
    }
  }
  return secrets;
}

Secret derived_from(const Secret& key, std::string info) {
  std::array<std::uint8_t, Secret::size> secret{};
  std::copy(key.bytes().begin(), key.bytes().end(), secret.begin());
  std::array<std::uint8_t, Secret::size> derived{};
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
  const bool done = context && EVP_KDF_derive(context.get(), derived.data(), derived.size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!done) {
    throw std::runtime_error("OpenSSL has no HKDF with SHA-256");
  }
  const Secret result(derived);
  OPENSSL_cleanse(derived.data(), derived.size());
  return result;
}

Result<void> write_key_file(const fs::path& file, std::string_view text) {
  const FileDescriptor descriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400));
  if (!descriptor) {
    return errno == EEXIST ? refuse(file, "exists already; a cluster key is never overwritten")
                           : system_error(file, errno);
  }
  errno = ENOSPC;  // what a short write means
  if (write(descriptor.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(descriptor.get()) != 0) {
    const auto error = system_error(file, errno);
    unlink(file.c_str());
    return error;
  }
  return {};
}

std::string_view label(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::control:
      return "cip control 1";
    case KeyPurpose::data_lan:
      return "cip data-lan 1";
    case KeyPurpose::tls_psk:
      return "cip tls-psk 1";
    case KeyPurpose::name:
      return "cip key-name 1";
  }
  throw std::logic_error("no such key purpose");
}

}  // namespace

Secret::Secret(std::span<const std::uint8_t, size> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Secret::~Secret() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Result<ClusterKey> ClusterKey::read(const fs::path& file) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  const FileDescriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor) {
    return errno == ENOENT ? Error{ErrorCode::not_found, "key file " + file.string() +
                                                             " does not exist; make one with `cipctl keygen " +
                                                             file.string() + "` and copy it to every CLIM"}
                           : system_error(file, errno);
  }
  struct stat status {};
  if (fstat(descriptor.get(), &status) != 0) {
    return system_error(file, errno);
  }
  if (auto checked = check_ownership(status, file); !checked) {
    return checked.error();
  }
  std::array<char, first_line.size() + most_keys * line_size + 1> text{};  // one more, to see that there is no more
  const auto count = ::read(descriptor.get(), text.data(), text.size());
  if (count < 0) {
    return system_error(file, errno);
  }
  auto secrets = secrets_of({text.data(), static_cast<std::size_t>(count)});
  OPENSSL_cleanse(text.data(), text.size());
  if (secrets.empty()) {
    return refuse(file, "is not a cluster key as `cipctl keygen` writes it");
  }
  return ClusterKey(std::move(secrets));
}

Result<void> ClusterKey::generate(const fs::path& file) {
  const auto secret = new_secret();
  if (!secret) {
    return secret.error();
  }
  auto text = text_of({&*secret, 1});
  auto written = write_key_file(file, text);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

Result<void> ClusterKey::replace(const fs::path& file, const ClusterKey& key) {
  auto text = text_of(key.secrets_);
  auto written = replace_file(file, text);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

Result<void> ClusterKey::add_next(const fs::path& file) {
  auto key = read(file);
  if (!key) {
    return key.error();
  }
  if (key->secrets_.size() == most_keys) {
    return refuse(file, "has two keys already; `cipctl keygen --drop " + file.string() +
                            "` ends the last change, when all CLIMs use the first");
  }
  auto secret = new_secret();
  if (!secret) {
    return secret.error();
  }
  key->secrets_.push_back(*secret);
  return replace(file, *key);
}

Result<void> ClusterKey::use_next(const fs::path& file) {
  auto key = read(file);
  if (!key) {
    return key.error();
  }
  if (key->secrets_.size() < most_keys) {
    return refuse(file, "has one key only; `cipctl keygen --add " + file.string() + "` adds the next one");
  }
  std::swap(key->secrets_.front(), key->secrets_.back());
  return replace(file, *key);
}

Result<void> ClusterKey::drop_last(const fs::path& file) {
  auto key = read(file);
  if (!key) {
    return key.error();
  }
  if (key->secrets_.size() < most_keys) {
    return refuse(file, "has one key only: there is nothing to drop");
  }
  key->secrets_.pop_back();
  return replace(file, *key);
}

std::vector<Secret> ClusterKey::derive(KeyPurpose purpose, const ClusterName& cluster) const {
  // The label has no NUL, so label NUL name has one reading.
  std::string info(label(purpose));
  info += '\0';
  info += cluster.str();
  std::vector<Secret> derived;
  for (const auto& secret : secrets_) {
    derived.push_back(derived_from(secret, info));
  }
  return derived;
}

std::vector<std::string> ClusterKey::names() const {
  std::vector<std::string> names;
  for (const auto& secret : derive(KeyPurpose::name, {})) {
    std::string name;
    for (const auto byte : secret.bytes().first(4)) {
      name += hex_digits[byte >> 4U];
      name += hex_digits[byte & 15U];
    }
    names.push_back(std::move(name));
  }
  return names;
}

bool ClusterKey::operator==(const ClusterKey& other) const {
  return std::equal(secrets_.begin(), secrets_.end(), other.secrets_.begin(), other.secrets_.end(),
                    [](const Secret& a, const Secret& b) {
                      return CRYPTO_memcmp(a.bytes().data(), b.bytes().data(), Secret::size) == 0;
                    });
}

}  // namespace cip::peer
