#include "reconciler/daemon/metrics_address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <sys/un.h>

namespace cip::daemon {

namespace {

Error not_an_address(const std::string& text) {
  return {ErrorCode::invalid,
          fmt::format("{} is no address for metrics: give the absolute path of a Unix socket (/run/cip/metrics.sock), "
                      "127.0.0.1:PORT or [::1]:PORT",
                      text.empty() ? "\"\"" : text)};
}

}  // namespace

Result<MetricsAddress> parse_metrics_address(const std::string& text) {
  if (text.starts_with('/')) {
    if (text.size() >= sizeof(sockaddr_un::sun_path)) {
      return Error{ErrorCode::invalid, fmt::format("{} is too long for the path of a socket", text)};
    }
    return MetricsAddress(std::filesystem::path(text));
  }
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) {
    return not_an_address(text);
  }
  auto host = text.substr(0, colon);
  const auto digits = std::string_view(text).substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (bad != std::errc() || end != digits.data() + digits.size() || port == 0) {
    return not_an_address(text);
  }
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(host, no_address);
  if (no_address || address.is_v6() != bracketed) {
    return not_an_address(text);
  }
  if (!address.is_loopback()) {
    return Error{ErrorCode::invalid,
                 fmt::format("{} is not on the loopback interface: metrics are served to this machine only "
                             "(127.0.0.1:PORT, [::1]:PORT or a Unix socket), as nobody is asked who they are",
                             text)};
  }
  return MetricsAddress(boost::asio::ip::tcp::endpoint(address, port));
}

std::string to_text(const MetricsAddress& address) {
  if (const auto* path = std::get_if<std::filesystem::path>(&address)) {
    return path->string();
  }
  const auto& endpoint = std::get<boost::asio::ip::tcp::endpoint>(address);
  return fmt::format("{}{}{}:{}", endpoint.address().is_v6() ? "[" : "", endpoint.address().to_string(),
                     endpoint.address().is_v6() ? "]" : "", endpoint.port());
}

}  // namespace cip::daemon
