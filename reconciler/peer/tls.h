// TLS 1.3 with an external pre-shared key, for Asio (channel.h). For .cpp files of this room.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>
#include <vector>

#include "reconciler/peer/cluster_key.h"

namespace cip::peer {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

// Makes streams for both roles. It must outlive them.
//
// One cipher suite, TLS_AES_256_GCM_SHA384, always with ephemeral Diffie-Hellman (what was recorded stays secret if the
// key leaks later), no tickets, no early data, no certificates.
class Tls {
 public:
  // A pre-shared key. Its identity goes over the wire in clear: which key is meant.
  struct Key {
    Secret secret;
    std::string identity;
  };
  // At least one: the first is offered by who connects, any is accepted by who listens.
  explicit Tls(std::vector<Key> keys);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  // For handshakes from now on.
  void set_keys(std::vector<Key> keys);

  boost::asio::ssl::context& context() { return context_; }

  // After a handshake that went well: whether it was the key that authenticated the peer.
  static bool used_key(TlsStream& stream);

 private:
  struct Credentials;
  std::unique_ptr<Credentials> credentials_;
  boost::asio::ssl::context context_;
};

}  // namespace cip::peer
