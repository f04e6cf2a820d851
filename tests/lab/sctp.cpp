#include "tests/lab/sctp.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sctp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace cip::lab {
namespace {

sockaddr_in ipv4_endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1) throw std::invalid_argument("not IPv4: " + address);
  return result;
}

Descriptor sctp_socket() {
  return {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_SCTP), "sctp socket"};
}

void bind_to(const Descriptor& socket, const std::vector<std::string>& addresses, std::uint16_t port) {
  std::vector<sockaddr_in> all;
  all.reserve(addresses.size());
  for (const auto& address : addresses) all.push_back(ipv4_endpoint(address, port));
  const auto size = static_cast<socklen_t>(all.size() * sizeof(sockaddr_in));
  if (setsockopt(socket.get(), IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, all.data(), size) != 0) fail("bind sctp socket");
}

bool ready(const Descriptor& socket, short events, Duration within) {
  pollfd wanted{.fd = socket.get(), .events = events, .revents = 0};
  return poll(&wanted, 1, static_cast<int>(within.count())) > 0;
}

// Incoming packets of SCTP over IPv4; with header options they would not be seen, and Linux sends none.
void attach_sctp_filter(int socket) {
  std::array<sock_filter, 8> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, static_cast<unsigned>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 5, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_SCTP, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 2048),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) fail("packet filter");
}

}  // namespace

SctpAssociation::SctpAssociation(const NetworkNamespace& from, const std::vector<std::string>& addresses,
                                 const std::string& to, std::uint16_t port, Duration within) {
  const Inside inside(from);
  socket_ = sctp_socket();
  if (!addresses.empty()) bind_to(socket_, addresses, 0);
  const sockaddr_in there = ipv4_endpoint(to, port);
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0) return;
  if (errno != EINPROGRESS) fail("connect to " + to);
  if (!ready(socket_, POLLOUT, within)) throw std::runtime_error("connect to " + to + ": timed out");
  socklen_t length = sizeof errno;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &errno, &length);
  if (errno != 0) fail("connect to " + to);
}

bool SctpAssociation::established() const {
  sctp_status status{};
  socklen_t length = sizeof status;
  if (getsockopt(socket_.get(), IPPROTO_SCTP, SCTP_STATUS, &status, &length) != 0) return false;
  return status.sstat_state == SCTP_ESTABLISHED;
}

bool SctpAssociation::has_path(const std::string& address) const {
  sockaddr_in primary{};
  socklen_t size = sizeof primary;
  if (getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&primary), &size) != 0) return false;
  sctp_paddrinfo path{};
  const sockaddr_in there = ipv4_endpoint(address, ntohs(primary.sin_port));
  std::memcpy(&path.spinfo_address, &there, sizeof there);
  socklen_t length = sizeof path;
  if (getsockopt(socket_.get(), IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, &path, &length) != 0) return false;
  return path.spinfo_state != SCTP_UNCONFIRMED;
}

void SctpAssociation::send(const std::string& text) {
  if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) fail("send over sctp");
}

bool SctpAssociation::receives(const std::string& text, Duration within) {
  if (!ready(socket_, POLLIN, within)) return false;
  std::array<char, 256> data{};
  const ssize_t size = recv(socket_.get(), data.data(), data.size(), 0);
  return size > 0 && std::string(data.data(), static_cast<std::size_t>(size)) == text;
}

int SctpAssociation::error() {
  std::array<char, 256> data{};
  const ssize_t size = recv(socket_.get(), data.data(), data.size(), MSG_PEEK);
  if (size == 0) return ESHUTDOWN;
  return size < 0 && errno != EAGAIN ? errno : 0;
}

SctpListener::SctpListener(const NetworkNamespace& where, const std::vector<std::string>& addresses,
                           std::uint16_t port) {
  const Inside inside(where);
  socket_ = sctp_socket();
  if (addresses.empty()) {
    const sockaddr_in all = ipv4_endpoint("0.0.0.0", port);
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) fail("bind sctp socket");
  } else {
    bind_to(socket_, addresses, port);
  }
  if (listen(socket_.get(), 16) != 0) fail("listen");
}

SctpAssociation SctpListener::accept(Duration within) {
  if (!ready(socket_, POLLIN, within)) throw std::runtime_error("accept: timed out");
  return SctpAssociation(Descriptor(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept"));
}

SctpEnds::SctpEnds(const NetworkNamespace& lan) {
  const Inside inside(lan);
  // Protocol 0 receives nothing until the filter is in place.
  socket_ = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "packet socket");
  attach_sctp_filter(socket_.get());
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_ALL);
  if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) fail("bind packet socket");
}

std::vector<SctpEnd> SctpEnds::seen() {
  constexpr std::size_t ip = 14, common_header = 12, shortest_chunk = 4;
  std::vector<SctpEnd> result;
  std::array<std::uint8_t, 2048> frame{};
  while (true) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        recvfrom(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return result;
    ++packets_;
    ifreq name{};
    name.ifr_ifindex = from.sll_ifindex;
    if (ioctl(socket_.get(), SIOCGIFNAME, &name) != 0) continue;
    SctpEnd end{.port = name.ifr_name,
                .source = *IpAddress::from_bytes(std::span<const std::uint8_t>(&frame[ip + 12], 4)),
                .destination = *IpAddress::from_bytes(std::span<const std::uint8_t>(&frame[ip + 16], 4))};
    // The chunks (RFC 9260, 3.2), each padded to four bytes. The frame may be padded, too: by zeros, which have no
    // length.
    std::size_t at = ip + 20 + common_header;
    while (at + shortest_chunk <= static_cast<std::size_t>(size)) {
      const std::size_t chunk = static_cast<std::size_t>(frame[at + 2]) << 8U | frame[at + 3];
      if (chunk < shortest_chunk) break;
      end.chunk = frame[at] == 6 ? SctpEnd::Chunk::abort : SctpEnd::Chunk::shutdown;
      if (frame[at] == 6 || frame[at] == 7) result.push_back(end);
      at += (chunk + 3) / 4 * 4;
    }
  }
}

}  // namespace cip::lab
