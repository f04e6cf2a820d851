// Where metrics are served: a Unix socket, or a port of the loopback interface; nowhere else, as nobody is asked who
// they are.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <string>
#include <variant>

#include "state/result.h"

namespace cip::daemon {

using MetricsAddress = std::variant<std::filesystem::path, boost::asio::ip::tcp::endpoint>;

// "/run/cip/metrics.sock", "127.0.0.1:9780", "[::1]:9780".
Result<MetricsAddress> parse_metrics_address(const std::string& text);
std::string to_text(const MetricsAddress& address);

}  // namespace cip::daemon
