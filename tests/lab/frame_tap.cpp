#include "tests/lab/frame_tap.h"

#include <arpa/inet.h>
#include <array>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

namespace cip::lab {

// It listens to all types: a port of a bridge hands its frames to the bridge before sockets of one type see them.
FrameTap::FrameTap(const NetworkNamespace& lan, const std::string& port, std::uint16_t ether_type)
    : ether_type_(ether_type) {
  const Inside inside(lan);
  const unsigned index = if_nametoindex(port.c_str());
  if (index == 0) fail("no port " + port);
  socket_ = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind to " + port);
}

std::vector<Frame> FrameTap::sent_by_machine() {
  std::vector<Frame> result;
  std::array<std::uint8_t, 2048> data{};
  while (true) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        recvfrom(socket_.get(), data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return result;
    const bool wanted = size > 14 && data[12] == ether_type_ >> 8U && data[13] == (ether_type_ & 0xffU);
    if (wanted && from.sll_pkttype != PACKET_OUTGOING) result.emplace_back(data.begin(), data.begin() + size);
  }
}

void FrameTap::inject(const Frame& frame) {
  if (send(socket_.get(), frame.data(), frame.size(), 0) < 0) fail("inject a frame");
}

}  // namespace cip::lab
