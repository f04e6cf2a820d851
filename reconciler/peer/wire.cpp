#include "reconciler/peer/wire.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

namespace cip::peer {
namespace {

using failover::Heartbeat;
using failover::PairState;
using failover::Path;

constexpr std::string_view magic = "CIP";
constexpr std::size_t length_offset = 4;
constexpr std::size_t max_interface_name = 15;  // state/names.h
constexpr std::size_t digest_size = 32;

// Everything but the pairs, with names of any length.
constexpr std::size_t max_envelope =
    header_size + Seal::size + 72 + 2 * (1 + max_clim_name) + (1 + max_interface_name) + 1;
constexpr std::size_t max_pairs_size = max_message_size - max_envelope;
constexpr std::size_t max_pair =
    2 * (1 + max_clim_name) + (1 + max_interface_name) + 8 + 1 + 1 + 1 + digest_size + 1 + 6 * max_macs;
static_assert(max_pair <= max_pairs_size, "every pair fits into a message");
constexpr std::size_t min_message = header_size + Seal::size + 72 + 2 + 2 + 1 + 1;

enum Flag : std::uint8_t { stopped = 1, holds = 2, able = 4, starting = 8, has_digest = 16, all_flags = 31 };

class Writer {
 public:
  Writer() { bytes_.reserve(max_message_size); }

  template <class Unsigned>
  void number(Unsigned value, std::size_t size = sizeof(Unsigned)) {
    for (std::size_t i = size; i-- > 0;) {
      bytes_.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> (8 * i)));
    }
  }
  void raw(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(const std::string& value, std::size_t limit) {
    if (value.size() > limit) {
      throw std::length_error("the name " + value + " is too long for a heartbeat");
    }
    number(static_cast<std::uint8_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void digest(const Digest& digest) {
    const auto& hex = digest.str();
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes_.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    }
  }
  std::vector<std::uint8_t>& bytes() { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Reads what is there; after the first thing that is not there, everything is empty and ok() is false.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::span<const std::uint8_t> raw(std::size_t size) {
    if (!ok_ || rest_.size() < size) {
      ok_ = false;
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const auto byte : raw(size)) {
      value = value << 8U | byte;
    }
    return value;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::string text() {
    const auto bytes = raw(byte());
    return {bytes.begin(), bytes.end()};
  }
  failover::BootId boot() {
    failover::BootId id;
    const auto bytes = raw(id.bytes.size());
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    return id;
  }
  ClimName clim() {
    ClimName name(text());
    require(is_clim_name(name.str()));
    return name;
  }
  InterfaceName interface() {
    InterfaceName name(text());
    require(is_interface_name(name.str()));
    return name;
  }
  void require(bool condition) { ok_ = ok_ && condition; }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
  bool ok_ = true;
};

void write(Writer& out, const Echo& echo) {
  out.raw(echo.boot.bytes);
  out.number(echo.sequence);
}

Echo read_echo(Reader& in) {
  Echo echo;
  echo.boot = in.boot();
  echo.sequence = in.number(8);
  return echo;
}

std::size_t sent_macs(const PairState& pair) {
  return std::min(pair.macs.size(), max_macs);
}

void write(Writer& out, const PairState& pair) {
  const auto& record = pair.record;
  out.text(pair.home.clim.str(), max_clim_name);
  out.text(pair.home.interface.str(), max_interface_name);
  out.text(record.owner.str(), max_clim_name);
  out.number(failover::number(record.epoch));
  out.number(static_cast<std::uint8_t>(record.reason));
  unsigned flags = 0;
  flags |= record.stopped ? unsigned{stopped} : 0U;
  flags |= pair.holds ? unsigned{holds} : 0U;
  flags |= pair.able ? unsigned{able} : 0U;
  flags |= pair.starting ? unsigned{starting} : 0U;
  flags |= pair.digest.empty() ? 0U : unsigned{has_digest};
  out.number(static_cast<std::uint8_t>(flags));
  out.number(static_cast<std::uint8_t>(pair.obstacle));
  out.digest(pair.digest);
  out.number(static_cast<std::uint8_t>(sent_macs(pair)));
  for (std::size_t i = 0; i < sent_macs(pair); ++i) {
    out.raw(pair.macs[i].bytes());
  }
}

Digest read_digest(Reader& in) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : in.raw(digest_size)) {
    hex += digits[byte >> 4U];
    hex += digits[byte & 15U];
  }
  return Digest::parse(hex).value_or(Digest{});
}

PairState read_pair(Reader& in) {
  PairState pair;
  pair.home.clim = in.clim();
  pair.home.interface = in.interface();
  pair.record.owner = ClimName(in.text());  // empty: nobody was ever named
  in.require(pair.record.owner.empty() || is_clim_name(pair.record.owner.str()));
  pair.record.epoch = failover::Epoch{in.number(8)};
  const auto reason = in.byte();
  in.require(reason <= static_cast<std::uint8_t>(failover::Reason::found));
  pair.record.reason = static_cast<failover::Reason>(reason);
  const auto flags = in.byte();
  in.require((flags & ~unsigned{all_flags}) == 0);
  pair.record.stopped = (flags & stopped) != 0;
  pair.holds = (flags & holds) != 0;
  pair.able = (flags & able) != 0;
  pair.starting = (flags & starting) != 0;
  const auto obstacle = in.byte();
  in.require(obstacle <= static_cast<std::uint8_t>(failover::last_obstacle));
  pair.obstacle = static_cast<failover::Obstacle>(obstacle);
  if ((flags & has_digest) != 0) {
    pair.digest = read_digest(in);
  }
  const auto macs = in.byte();
  in.require(macs <= max_macs);
  for (unsigned i = 0; i < macs && in.ok(); ++i) {
    if (const auto mac = MacAddress::from_bytes(in.raw(6))) {
      pair.macs.push_back(*mac);
    }
  }
  return pair;
}

std::size_t size_of(const PairState& pair) {
  Writer out;
  write(out, pair);
  return out.bytes().size();
}

// What the tag has shown to be from a CLIM of ours.
std::optional<WireMessage> read_authentic(std::span<const std::uint8_t> header, std::span<const std::uint8_t> text) {
  Reader in(header);
  in.raw(length_offset + 2);
  WireMessage message;
  const auto kind = in.byte();
  if (kind > static_cast<std::uint8_t>(Path::Kind::data)) {
    return std::nullopt;
  }
  message.kind = static_cast<Path::Kind>(kind);
  message.path = in.byte();
  in = Reader(text);
  message.stamp.boot = in.boot();
  message.stamp.sequence = in.number(8);
  in.require(message.stamp.sequence != 0);
  message.stamp.trusted = read_echo(in);
  message.stamp.candidate = read_echo(in);
  message.from = in.clim();
  message.to = in.clim();
  message.interface = InterfaceName(in.text());
  in.require(message.kind == Path::Kind::control ? message.interface.empty()
                                                 : is_interface_name(message.interface.str()) && message.path == 0);
  const auto pairs = in.byte();
  for (unsigned i = 0; i < pairs && in.ok(); ++i) {
    message.heartbeat.pairs.push_back(read_pair(in));
  }
  return in.ok() && in.at_end() ? std::optional(std::move(message)) : std::nullopt;
}

}  // namespace

std::string_view name(WireError error) {
  switch (error) {
    case WireError::foreign:
      return "not a heartbeat";
    case WireError::version:
      return "unknown version";
    case WireError::length:
      return "wrong length";
    case WireError::tag:
      return "wrong key or changed on the way";
    case WireError::malformed:
      return "malformed";
  }
  return "";
}

std::vector<std::uint8_t> encode(const WireMessage& message, const Seal& key) {
  Writer out;
  for (const char letter : magic) {
    out.number(static_cast<std::uint8_t>(letter));
  }
  out.number(wire_version);
  out.number(std::uint16_t{0});  // the length: sealed() sets it
  out.number(static_cast<std::uint8_t>(message.kind));
  out.number(message.path);
  out.raw(message.stamp.boot.bytes);
  out.number(message.stamp.sequence);
  write(out, message.stamp.trusted);
  write(out, message.stamp.candidate);
  out.text(message.from.str(), max_clim_name);
  out.text(message.to.str(), max_clim_name);
  out.text(message.interface.str(), max_interface_name);
  if (message.heartbeat.pairs.size() > 255) {
    throw std::length_error("too many pairs for a heartbeat");
  }
  out.number(static_cast<std::uint8_t>(message.heartbeat.pairs.size()));
  for (const auto& pair : message.heartbeat.pairs) {
    write(out, pair);
  }
  if (out.bytes().size() + Seal::size > max_message_size) {
    throw std::length_error("too many pairs for a heartbeat");
  }
  return sealed(std::move(out.bytes()), key);
}

std::vector<std::uint8_t> sealed(std::vector<std::uint8_t> clear, const Seal& key) {
  const auto length = clear.size() + Seal::size;
  clear.at(length_offset) = static_cast<std::uint8_t>(length >> 8U);
  clear.at(length_offset + 1) = static_cast<std::uint8_t>(length);
  const auto text = key.seal(std::span(clear).first(header_size), std::span(clear).subspan(header_size));
  clear.resize(header_size);
  clear.insert(clear.end(), text.begin(), text.end());
  return clear;
}

std::variant<WireMessage, WireError> decode(std::span<const std::uint8_t> bytes, const Seal& key) {
  if (bytes.size() < min_message || bytes.size() > max_message_size ||
      !std::equal(magic.begin(), magic.end(), bytes.begin())) {
    return WireError::foreign;
  }
  if (bytes[magic.size()] != wire_version) {
    return WireError::version;
  }
  if (std::size_t{bytes[length_offset]} << 8U != (bytes.size() & ~std::size_t{255}) ||
      bytes[length_offset + 1] != (bytes.size() & 255U)) {
    return WireError::length;
  }
  const auto header = bytes.first(header_size);
  const auto text = key.unseal(header, bytes.subspan(header_size));
  if (!text) {
    return WireError::tag;
  }
  if (auto message = read_authentic(header, *text)) {
    return std::move(*message);
  }
  return WireError::malformed;
}

std::vector<Heartbeat> split(const Heartbeat& heartbeat) {
  std::vector<Heartbeat> parts(1);
  std::size_t used = 0;
  for (const auto& pair : heartbeat.pairs) {
    const auto size = size_of(pair);
    if (used + size > max_pairs_size) {
      parts.emplace_back();
      used = 0;
    }
    used += size;
    parts.back().pairs.push_back(pair);
  }
  return parts;
}

}  // namespace cip::peer
