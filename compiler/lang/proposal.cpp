#include "compiler/lang/proposal.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>

namespace cip::lang {
namespace {

using List = std::initializer_list<std::string_view>;

// The keywords, made from the families that they come in.
class Keywords {
 public:
  Keywords() {
    add_encryption();
    add(Transform::integrity, "", {"sha", "sha1", "sha1_160", "md5", "md5_128", "aesxcbc", "camelliaxcbc", "aescmac"});
    add(Transform::integrity, "sha", {"256", "256_96", "384", "512"});
    add(Transform::integrity, "sha2_", {"256", "256_96", "384", "512"});
    add(Transform::prf, "prf", {"md5", "sha1", "sha256", "sha384", "sha512", "aesxcbc", "camelliaxcbc", "aescmac"});
    add_key_exchange();
    add(Transform::sequence_numbers, "", {"esn", "noesn"});
    words_.reserve(by_word_.size());
    for (const auto& [word, transform] : by_word_) {
      words_.emplace_back(word);
    }
  }

  std::optional<Transform> find(const std::string& word) const {
    const auto found = by_word_.find(word);
    return found == by_word_.end() ? std::nullopt : std::optional(found->second);
  }
  const std::vector<std::string_view>& words() const { return words_; }

 private:
  void add(Transform transform, const std::string& stem, List endings) {
    for (const auto ending : endings) {
      by_word_.emplace(stem + std::string(ending), transform);
    }
  }

  void add_encryption() {
    for (const std::string size : {"128", "192", "256"}) {
      add(Transform::encryption, "aes" + size, {"", "ctr"});
      add(Transform::aead, "aes" + size, {"gmac"});
      add(Transform::aead, "aes" + size + "gcm", {"", "8", "12", "16", "64", "96", "128"});
      add(Transform::aead, "aes" + size + "ccm", {"", "8", "12", "16", "64", "96", "128"});
      add(Transform::encryption, "camellia" + size, {"", "ctr"});
      add(Transform::aead, "camellia" + size + "ccm", {"8", "12", "16", "64", "96", "128"});
      for (const std::string cipher : {"blowfish", "serpent", "twofish"}) {
        add(Transform::encryption, cipher, {size});
      }
    }
    add(Transform::aead, "chacha20poly1305", {"", "compat"});
    add(Transform::encryption, "",
        {"aes", "camellia", "blowfish", "serpent", "twofish", "cast128", "3des", "des", "null"});
  }

  void add_key_exchange() {
    constexpr auto exchange = Transform::key_exchange;
    add(exchange, "", {"none", "x25519", "x448", "curve25519", "curve448", "newhope128"});
    add(exchange, "modp", {"none", "null", "768", "1024", "1536", "2048", "3072", "4096", "6144", "8192"});
    add(exchange, "modp", {"1024s160", "2048s224", "2048s256"});
    add(exchange, "ecp", {"192", "224", "256", "384", "521", "224bp", "256bp", "384bp", "512bp"});
    add(exchange, "ntru", {"112", "128", "192", "256"});
    add(exchange, "mlkem", {"512", "768", "1024"});
  }

  std::map<std::string, Transform> by_word_;
  std::vector<std::string_view> words_;
};

const Keywords& keywords() {
  static const Keywords all;
  return all;
}

}  // namespace

std::optional<Transform> transform_of(std::string_view keyword) {
  // ke1_ to ke7_ before a key exchange.
  const bool additional =
      keyword.size() > 4 && keyword.starts_with("ke") && keyword[2] >= '1' && keyword[2] <= '7' && keyword[3] == '_';
  if (!additional) {
    return keywords().find(std::string(keyword));
  }
  return keywords().find(std::string(keyword.substr(4))) == Transform::key_exchange
             ? std::optional(Transform::additional_key_exchange)
             : std::nullopt;
}

const std::vector<std::string_view>& transform_keywords() {
  return keywords().words();
}

std::vector<std::string_view> algorithms_of(std::string_view suite) {
  std::vector<std::string_view> algorithms;
  for (std::size_t begin = 0; begin <= suite.size();) {
    const auto end = std::min(suite.find('-', begin), suite.size());
    algorithms.push_back(suite.substr(begin, end - begin));
    begin = end + 1;
  }
  return algorithms;
}

}  // namespace cip::lang
