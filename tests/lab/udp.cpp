#include "tests/lab/udp.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace cip::lab {

UdpSocket::UdpSocket(const NetworkNamespace& where, const std::string& address, std::uint16_t port, Bind bind)
    : socket_(bound_socket(where, SOCK_DGRAM, address, port, bind)) {
  constexpr int yes = 1;
  setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
}

int UdpSocket::send(const std::string& text, const std::string& to, std::uint16_t port, const std::string& source) {
  sockaddr_in6 there = endpoint(to, port);
  iovec data{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  msghdr message{};
  message.msg_name = &there;
  message.msg_namelen = sizeof there;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (!source.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
    const in6_pktinfo from{.ipi6_addr = endpoint(source, 0).sin6_addr, .ipi6_ifindex = 0};
    std::memcpy(CMSG_DATA(header), &from, sizeof from);
  }
  return sendmsg(socket_.get(), &message, 0) < 0 ? errno : 0;
}

std::optional<Datagram> UdpSocket::receive(Duration within) {
  pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, static_cast<int>(within.count())) <= 0) return std::nullopt;
  std::array<char, 256> text{};
  alignas(cmsghdr) std::array<char, 256> control{};
  sockaddr_in6 from{};
  iovec data{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket_.get(), &message, 0);
  if (size < 0) return std::nullopt;
  Datagram result{.text = {text.data(), static_cast<std::size_t>(size)},
                  .from = address_of(from.sin6_addr),
                  .port = ntohs(from.sin6_port),
                  .to = ""};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != IPPROTO_IPV6 || header->cmsg_type != IPV6_PKTINFO) continue;
    in6_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(header), sizeof info);
    result.to = address_of(info.ipi6_addr);
  }
  return result;
}

}  // namespace cip::lab
