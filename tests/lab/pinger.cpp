#include "tests/lab/pinger.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <sys/socket.h>

namespace cip::lab {
namespace {

constexpr std::size_t header_size = 8;  // of an echo request, both families
constexpr std::size_t packet_size = header_size + sizeof(std::uint64_t);

IpAddress parsed(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (!address) throw std::invalid_argument("not an address: " + text);
  return *address;
}

Descriptor ping_socket(const NetworkNamespace& from, Family family) {
  const Inside inside(from);
  const bool ipv4 = family == Family::ipv4;
  return Descriptor(socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                           ipv4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)),
                    "ping socket");
}

void send_request(const Descriptor& socket, const IpAddress& address, std::uint64_t number) {
  const bool ipv4 = address.family() == Family::ipv4;
  std::array<std::uint8_t, packet_size> packet{};
  packet[0] = ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  std::memcpy(packet.data() + header_size, &number, sizeof number);
  sockaddr_storage to{};
  const auto bytes = address.bytes();
  if (ipv4) {
    auto& inet = reinterpret_cast<sockaddr_in&>(to);
    inet.sin_family = AF_INET;
    std::memcpy(&inet.sin_addr, bytes.data(), bytes.size());
  } else {
    auto& inet6 = reinterpret_cast<sockaddr_in6&>(to);
    inet6.sin6_family = AF_INET6;
    std::memcpy(&inet6.sin6_addr, bytes.data(), bytes.size());
  }
  // A request that cannot be sent (no neighbour) is one without an answer, like any other.
  sendto(socket.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
         ipv4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
}

// The number of the request that was answered next; nothing has come: none.
std::optional<std::uint64_t> receive_answer(const Descriptor& socket) {
  std::array<std::uint8_t, 256> packet{};
  while (true) {
    const ssize_t size = recv(socket.get(), packet.data(), packet.size(), 0);
    if (size < 0) return {};
    if (static_cast<std::size_t>(size) != packet_size) continue;
    std::uint64_t number = 0;
    std::memcpy(&number, packet.data() + header_size, sizeof number);
    return number;
  }
}

}  // namespace

std::size_t answering(const NetworkNamespace& from, const std::vector<std::string>& addresses, Duration within) {
  constexpr std::size_t at_once = 400;  // a kernel knows 1,024 neighbours, and not more
  std::set<std::uint64_t> answered;
  for (std::size_t begin = 0; begin < addresses.size(); begin += at_once) {
    const std::size_t end = std::min(begin + at_once, addresses.size());
    from.ip({"neigh flush all"});
    const Descriptor socket = ping_socket(from, parsed(addresses[begin]).family());
    wait_until(within, [&] {
      for (std::size_t i = begin; i < end; ++i) {
        if (!answered.contains(i)) send_request(socket, parsed(addresses[i]), i);
      }
      std::this_thread::sleep_for(50ms);
      while (const auto number = receive_answer(socket)) answered.insert(*number);
      return answered.size() == end;
    });
  }
  return answered.size();
}

Pinger::Pinger(const NetworkNamespace& from, const std::string& address, Duration interval)
    : address_(parsed(address)), interval_(interval), socket_(ping_socket(from, address_.family())) {
  worker_ = std::thread([this] { work(); });
}

Pinger::~Pinger() {
  stop_ = true;
  worker_.join();
}

void Pinger::work() {
  Time next = Clock::now();
  while (!stop_) {
    if (Clock::now() >= next) {
      send();
      next += interval_;
    }
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(next - Clock::now());
    const timespec timeout{.tv_sec = 0, .tv_nsec = std::max<long>(0, static_cast<long>(left.count()))};
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (ppoll(&ready, 1, &timeout, nullptr) > 0) receive();
  }
}

void Pinger::send() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = requests_.size();
    requests_.push_back({.sent = Clock::now(), .answered = {}});
  }
  send_request(socket_, address_, number);
}

void Pinger::receive() {
  while (const auto number = receive_answer(socket_)) {
    const Time now = Clock::now();
    const std::lock_guard lock(mutex_);
    if (*number < requests_.size() && !requests_[*number].answered) requests_[*number].answered = now;
  }
}

bool Pinger::answered(Duration within) const {
  const Time since = Clock::now();
  return wait_until(within, [&] {
    const std::lock_guard lock(mutex_);
    return std::any_of(requests_.rbegin(), requests_.rend(),
                       [&](const Request& request) { return request.sent >= since && request.answered; });
  });
}

PingReport Pinger::report(Time since, Duration patience) const {
  const std::lock_guard lock(mutex_);
  PingReport report;
  const Time now = Clock::now();
  std::vector<Time> answers;
  Time begin = now;
  for (const auto& request : requests_) {
    if (request.sent < since) continue;
    begin = std::min(begin, request.sent);
    ++report.sent;
    if (request.answered) {
      answers.push_back(*request.answered);
    } else if (now - request.sent > patience) {
      ++report.lost;
    }
  }
  std::sort(answers.begin(), answers.end());
  answers.push_back(now);
  Time last = begin;
  for (const Time answer : answers) {
    const Duration gap = milliseconds_between(last, answer);
    if (gap > report.longest_gap) {
      report.longest_gap = gap;
      report.gap_from = last;
    }
    last = answer;
  }
  return report;
}

}  // namespace cip::lab
