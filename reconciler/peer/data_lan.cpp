#include "reconciler/peer/data_lan.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "reconciler/peer/frames.h"

namespace cip::peer {
namespace {

constexpr std::chrono::seconds remember_partner{1};

}  // namespace

DataLan::DataLan(boost::asio::io_context& io, const InterfaceName& interface, Receive receive)
    : receive_(std::move(receive)),
      socket_(io, {interface, data_lan_ether_type, {}, {}}, [this](std::span<const std::uint8_t> frame) {
        if (frame.size() > ethernet_header) {
          receive_(*MacAddress::from_bytes(frame.subspan(6, 6)), frame.subspan(ethernet_header));
        }
      }) {
  socket_.refresh();
}

void DataLan::send(std::span<const std::uint8_t> payload, std::chrono::steady_clock::time_point now) {
  socket_.refresh();
  if (partner_ && now - heard_at_ > remember_partner) {
    partner_.reset();
  }
  // No MAC address, no interface: send() counts that.
  const auto source = socket_.mac().value_or(MacAddress{});
  auto frame = ethernet_frame(partner_.value_or(broadcast_mac), source, data_lan_ether_type);
  frame.insert(frame.end(), payload.begin(), payload.end());
  socket_.send(frame);
}

void DataLan::heard(const MacAddress& partner, std::chrono::steady_clock::time_point now) {
  if (!partner.is_multicast()) {
    partner_ = partner;
    heard_at_ = now;
  }
}

}  // namespace cip::peer
