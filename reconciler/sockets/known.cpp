#include "reconciler/sockets/known.h"

#include <algorithm>
#include <boost/algorithm/hex.hpp>
#include <iterator>
#include <utility>

namespace cip::sockets {
namespace {

using Connections = std::vector<Connection>;

constexpr char ipv4 = 4;
constexpr char ipv6 = 6;

// Pieces of `list`, each put into a report of its own by `member`.
void cut(std::span<const Connection> list, Connections Report::*member, std::vector<Report>& into) {
  while (!list.empty()) {
    const auto piece = list.first(std::min(list.size(), most_in_report));
    list = list.subspan(piece.size());
    (into.emplace_back().*member).assign(piece.begin(), piece.end());
  }
}

void append(std::string& bytes, const IpAddress& address, std::uint16_t port) {
  bytes.append(address.bytes().begin(), address.bytes().end());
  bytes += static_cast<char>(port >> 8U);
  bytes += static_cast<char>(port & 0xffU);
}

// Takes them from the front of `bytes`, which are enough.
IpAddress take_address(std::string_view& bytes, std::size_t size) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto address = *IpAddress::from_bytes({data, size});
  bytes.remove_prefix(size);
  return address;
}

std::uint16_t take_port(std::string_view& bytes) {
  const auto high = static_cast<std::uint8_t>(bytes[0]);
  const auto low = static_cast<std::uint8_t>(bytes[1]);
  bytes.remove_prefix(2);
  return static_cast<std::uint16_t>(high << 8U | low);
}

void make_list(Connections& connections) {
  std::sort(connections.begin(), connections.end());
  connections.erase(std::unique(connections.begin(), connections.end()), connections.end());
}

}  // namespace

std::vector<Report> changes(std::span<const Connection> before, std::span<const Connection> now) {
  Connections removed;
  Connections added;
  std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(removed));
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(added));
  std::vector<Report> reports;
  cut(removed, &Report::removed, reports);
  cut(added, &Report::added, reports);
  return reports;
}

std::vector<Report> whole(std::span<const Connection> now) {
  std::vector<Report> reports;
  cut(now, &Report::added, reports);
  if (reports.empty()) {
    reports.emplace_back();
  }
  reports.front().whole = true;
  return reports;
}

std::string pack(std::span<const Connection> connections) {
  std::string bytes;
  for (const auto& each : connections) {
    bytes += each.local.family() == Family::ipv4 ? ipv4 : ipv6;
    append(bytes, each.local, each.local_port);
    append(bytes, each.remote, each.remote_port);
  }
  std::string text;
  text.reserve(2 * bytes.size());
  boost::algorithm::hex_lower(bytes, std::back_inserter(text));
  return text;
}

Result<std::vector<Connection>> unpack(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size() / 2);
  try {
    boost::algorithm::unhex(text, std::back_inserter(decoded));
  } catch (const boost::algorithm::hex_decode_error&) {
    return Error{ErrorCode::invalid, "a list of connections is not hex"};
  }
  Connections connections;
  for (std::string_view bytes = decoded; !bytes.empty();) {
    const char family = bytes.front();
    bytes.remove_prefix(1);
    if (family != ipv4 && family != ipv6) {
      return Error{ErrorCode::invalid, "a list of connections names an unknown family"};
    }
    const std::size_t size = family == ipv4 ? 4 : 16;
    if (bytes.size() < 2 * (size + 2)) {
      return Error{ErrorCode::invalid, "a list of connections ends in the middle of one"};
    }
    auto& connection = connections.emplace_back();
    connection.local = take_address(bytes, size);
    connection.local_port = take_port(bytes);
    connection.remote = take_address(bytes, size);
    connection.remote_port = take_port(bytes);
  }
  return connections;
}

bool KnownConnections::take(const InterfaceRef& home, Report report) {
  auto& known = known_[home];
  size_ -= known.size();
  if (report.whole) {
    known = {};
  }
  make_list(report.removed);
  make_list(report.added);
  Connections rest;
  rest.reserve(known.size());
  std::set_difference(known.begin(), known.end(), report.removed.begin(), report.removed.end(),
                      std::back_inserter(rest));
  Connections merged;
  merged.reserve(rest.size() + report.added.size());
  std::set_union(rest.begin(), rest.end(), report.added.begin(), report.added.end(), std::back_inserter(merged));
  const bool fits = merged.size() <= most - size_;
  if (!fits) {
    merged.resize(most - size_);
  }
  size_ += merged.size();
  known = std::move(merged);
  return fits;
}

std::span<const Connection> KnownConnections::of(const InterfaceRef& home) const {
  const auto found = known_.find(home);
  return found == known_.end() ? std::span<const Connection>() : found->second;
}

void KnownConnections::forget(const InterfaceRef& home) {
  if (const auto found = known_.find(home); found != known_.end()) {
    size_ -= found->second.size();
    known_.erase(found);
  }
}

}  // namespace cip::sockets
