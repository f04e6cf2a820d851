#include "reconciler/peer/packet_socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "state/file.h"

namespace cip::peer {
namespace {

constexpr int most_frames = 100000;  // discarded at once, lest a flood hold us
constexpr int frames_per_turn = 64;  // then other work of the event loop has its turn

ifreq request_for(const InterfaceName& interface) {
  ifreq request{};
  interface.str().copy(request.ifr_name, sizeof request.ifr_name - 1);
  return request;
}

// 0: there is none. Asked on any socket.
int index_of(int socket, const InterfaceName& interface) {
  auto request = request_for(interface);
  return ioctl(socket, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

std::optional<MacAddress> mac_of(int socket, const InterfaceName& interface) {
  auto request = request_for(interface);
  if (ioctl(socket, SIOCGIFHWADDR, &request) != 0 || request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 6> bytes{};
  std::memcpy(bytes.data(), request.ifr_hwaddr.sa_data, bytes.size());
  return MacAddress(bytes);
}

bool attach(int socket, std::vector<sock_filter> filter) {
  if (filter.empty()) {
    return true;
  }
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

bool join(int socket, int index, const MacAddress& group) {
  packet_mreq membership{};
  membership.mr_ifindex = index;
  membership.mr_type = PACKET_MR_MULTICAST;
  membership.mr_alen = 6;
  std::copy(group.bytes().begin(), group.bytes().end(), membership.mr_address);
  return setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) == 0;
}

bool bind_to(int socket, int index, std::uint16_t ether_type) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ether_type);
  address.sll_ifindex = index;
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// The kernel ends a packet socket only after a grace period of RCU: 10 to 20 ms, and seconds while others change many
// routes. The caller has heartbeats to send.
void close_elsewhere(int socket) {
  try {
    std::thread([socket] { ::close(socket); }).detach();
  } catch (const std::system_error&) {
    ::close(socket);
  }
}

}  // namespace

struct PacketSocket::Open {
  Open(boost::asio::io_context& io, int fd, int interface_index) : socket(io, fd), index(interface_index) {}
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() { close_elsewhere(socket.release()); }

  boost::asio::posix::stream_descriptor socket;
  int index;
};

PacketSocket::PacketSocket(boost::asio::io_context& io, Options options, Receive receive)
    : io_(io), options_(std::move(options)), receive_(std::move(receive)) {}

PacketSocket::~PacketSocket() = default;

const InterfaceName& PacketSocket::interface() const {
  return options_.interface;
}

void PacketSocket::close() {
  open_.reset();
}

bool PacketSocket::refresh() {
  const FileDescriptor any(open_ ? -1 : ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int asked = open_ ? open_->socket.native_handle() : any.get();
  const int index = index_of(asked, options_.interface);
  mac_ = index == 0 ? std::nullopt : mac_of(asked, options_.interface);
  if (open_ && open_->index != index) {
    close();
  }
  return open_ || (index != 0 && open(index));
}

bool PacketSocket::open(int index) {
  // Protocol 0 receives nothing until the filter is there and bind() names the interface.
  FileDescriptor fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool joined = fd && std::all_of(options_.multicast.begin(), options_.multicast.end(),
                                        [&](const auto& group) { return join(fd.get(), index, group); });
  if (!joined || !attach(fd.get(), options_.filter) ||
      !bind_to(fd.get(), index, receive_ ? options_.ether_type : std::uint16_t{0})) {
    if (std::exchange(failed_errno_, errno) != errno) {
      spdlog::error("no packet socket on {}: {}", options_.interface.str(),
                    std::generic_category().message(failed_errno_));
    }
    return false;
  }
  failed_errno_ = 0;
  open_ = std::make_shared<Open>(io_, fd.release(), index);
  if (receive_) {
    wait();
  }
  return true;
}

bool PacketSocket::send(std::span<const std::uint8_t> frame) {
  if ((!open_ && !refresh()) || ::send(open_->socket.native_handle(), frame.data(), frame.size(), MSG_DONTWAIT) < 0) {
    ++counters_.not_sent;
    return false;
  }
  ++counters_.sent;
  return true;
}

void PacketSocket::wait() {
  const auto still_open = [watch = std::weak_ptr(open_)] { return !watch.expired(); };
  open_->socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this, still_open](const boost::system::error_code& error) {
                             if (!error && still_open()) {  // otherwise `this` may be gone
                               receive();
                             }
                           });
}

void PacketSocket::receive() {
  std::array<std::uint8_t, 2048> frame{};
  const std::weak_ptr still_open(open_);
  for (int i = 0; i < frames_per_turn; ++i) {
    const auto size = recv(open_->socket.native_handle(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0) {
      // ENETDOWN is told once when the interface goes down or away; the socket stays usable if it comes back.
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      }
      continue;
    }
    if (static_cast<std::size_t>(size) > frame.size()) {
      continue;  // a jumbo frame; nothing of ours is that large
    }
    ++counters_.received;
    receive_(std::span(frame).first(static_cast<std::size_t>(size)));
    if (still_open.expired()) {
      return;  // closed, or opened again, which waits by itself
    }
  }
  wait();
}

void PacketSocket::discard_queued() {
  std::uint8_t byte = 0;
  for (int i = 0; i < most_frames && open_; ++i) {
    if (recv(open_->socket.native_handle(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
      return;
    }
  }
}

}  // namespace cip::peer
