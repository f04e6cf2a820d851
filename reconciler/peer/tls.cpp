#include "reconciler/peer/tls.h"

#include <algorithm>
#include <array>
#include <openssl/ssl.h>
#include <span>
#include <stdexcept>
#include <utility>

namespace cip::peer {
namespace {

constexpr std::array<std::uint8_t, 2> aes_256_gcm_sha384{0x13, 0x02};  // RFC 8446, appendix B.4

// Who verifies peers must name the use that a session is for, and the key comes as a session.
constexpr std::array<std::uint8_t, 3> use_of_session{'c', 'i', 'p'};

// Asio uses slot 0 of a context for itself.
int credentials_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

// A session that stands for the key; nullptr if memory is out. The caller owns it.
SSL_SESSION* make_session(SSL* ssl, const Secret& key) {
  SSL_SESSION* session = SSL_SESSION_new();
  const SSL_CIPHER* cipher = SSL_CIPHER_find(ssl, aes_256_gcm_sha384.data());
  if (session == nullptr || cipher == nullptr ||
      SSL_SESSION_set1_master_key(session, key.bytes().data(), key.bytes().size()) != 1 ||
      SSL_SESSION_set1_id_context(session, use_of_session.data(), use_of_session.size()) != 1 ||
      SSL_SESSION_set_cipher(session, cipher) != 1 || SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) != 1) {
    SSL_SESSION_free(session);
    return nullptr;
  }
  return session;
}

}  // namespace

struct Tls::Credentials {
  std::vector<Key> keys;

  static const Credentials& of(SSL* ssl) {
    return *static_cast<const Credentials*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), credentials_slot()));
  }

  // The connecting side: which key it offers.
  static int use(SSL* ssl, const EVP_MD* digest, const unsigned char** id, std::size_t* id_size,
                 SSL_SESSION** session) {
    const auto& own = of(ssl).keys.front();
    *session = nullptr;
    if (digest != nullptr && EVP_MD_get_type(digest) != NID_sha384) {
      return 1;  // the server asked for another hash: none of our keys fits
    }
    *id = reinterpret_cast<const unsigned char*>(own.identity.data());
    *id_size = own.identity.size();
    *session = make_session(ssl, own.secret);
    return *session != nullptr ? 1 : 0;
  }

  // The listening side: which key was offered.
  static int find(SSL* ssl, const unsigned char* id, std::size_t id_size, SSL_SESSION** session) {
    const auto& keys = of(ssl).keys;
    const std::span offered(id, id_size);
    *session = nullptr;
    const auto meant = std::find_if(keys.begin(), keys.end(), [&](const Key& key) {
      return std::equal(offered.begin(), offered.end(), key.identity.begin(), key.identity.end());
    });
    if (meant == keys.end()) {
      return 1;  // no such key; without one there is no handshake, since there is no certificate
    }
    *session = make_session(ssl, meant->secret);
    return *session != nullptr ? 1 : 0;
  }
};

Tls::Tls(std::vector<Key> keys)
    : credentials_(std::make_unique<Credentials>(Credentials{std::move(keys)})),
      context_(boost::asio::ssl::context::tlsv13) {
  SSL_CTX* context = context_.native_handle();
  if (SSL_CTX_set_ex_data(context, credentials_slot(), credentials_.get()) != 1 ||
      SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384") != 1 || SSL_CTX_set_num_tickets(context, 0) != 1) {
    throw std::runtime_error("OpenSSL has no TLS 1.3 with AES-256-GCM and SHA-384");
  }
  SSL_CTX_set_session_id_context(context, use_of_session.data(), use_of_session.size());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_psk_use_session_callback(context, Credentials::use);
  SSL_CTX_set_psk_find_session_callback(context, Credentials::find);
  // A server that shows a certificate instead of knowing the key is refused: no authority is trusted.
  context_.set_verify_mode(boost::asio::ssl::verify_peer);
}

Tls::~Tls() = default;

void Tls::set_keys(std::vector<Key> keys) {
  credentials_->keys = std::move(keys);
}

bool Tls::used_key(TlsStream& stream) {
  return SSL_session_reused(stream.native_handle()) == 1;
}

}  // namespace cip::peer
