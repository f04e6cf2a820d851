// The IPsec connections of a CLIM, read from its ipsec/swanctl.conf. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/ipsec/vici_message.h"
#include "state/address.h"
#include "state/result.h"

namespace cip::ipsec {

// When the SAs of a protection are negotiated while its local address is here.
enum class StartAction : std::uint8_t {
  trap,   // when the address arrives, and on traffic
  start,  // the same, and again whenever there are none
  none,   // by the other end only
};

// What one pair of SAs protects.
struct Protection {
  std::string name;  // of the section: "partner-1"
  Prefix local;
  Prefix remote;
  StartAction start = StartAction::trap;

  bool operator==(const Protection&) const = default;
};

struct PresharedKey {
  std::string file;                 // on the CLIM; the key is its content (secret.h)
  std::vector<std::string> owners;  // the identities of both ends

  bool operator==(const PresharedKey&) const = default;
};

struct Certificate {
  std::string file;  // PEM or DER
  std::string key_file;

  bool operator==(const Certificate&) const = default;
};

struct Connection {
  std::string name;  // of the section: "partner"
  IpAddress local;
  IpAddress remote;
  std::vector<Protection> protections;  // at least one
  std::variant<PresharedKey, Certificate> auth;
  // As `load-conn` of vici takes it, without certificates. It has no start action: what starts is started by us, when
  // the local address is here.
  Message text;
};

// In the order of the text. Errors: invalid, with line, section or setting, for a text that cipc does not write; also
// for settings that this version does not know, which it could not honour.
Result<std::vector<Connection>> read_connections(std::string_view text);

}  // namespace cip::ipsec
