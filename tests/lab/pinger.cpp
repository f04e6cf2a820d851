#include "tests/lab/pinger.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
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

}  // namespace

Pinger::Pinger(const NetworkNamespace& from, const std::string& address, Duration interval)
    : address_(parsed(address)), interval_(interval) {
  const Inside inside(from);
  const bool ipv4 = address_.family() == Family::ipv4;
  socket_ = Descriptor(socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                              ipv4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)),
                       "ping socket");
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
  std::array<std::uint8_t, packet_size> packet{};
  packet[0] = address_.family() == Family::ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = requests_.size();
    std::memcpy(packet.data() + header_size, &number, sizeof number);
    requests_.push_back({.sent = Clock::now(), .answered = {}});
  }
  sockaddr_storage to{};
  socklen_t length = sizeof(sockaddr_in);
  const auto bytes = address_.bytes();
  if (address_.family() == Family::ipv4) {
    auto& inet = reinterpret_cast<sockaddr_in&>(to);
    inet.sin_family = AF_INET;
    std::memcpy(&inet.sin_addr, bytes.data(), bytes.size());
  } else {
    auto& inet6 = reinterpret_cast<sockaddr_in6&>(to);
    inet6.sin6_family = AF_INET6;
    std::memcpy(&inet6.sin6_addr, bytes.data(), bytes.size());
    length = sizeof(sockaddr_in6);
  }
  // A request that cannot be sent (no neighbour) is one without an answer, like any other.
  sendto(socket_.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to), length);
}

void Pinger::receive() {
  std::array<std::uint8_t, 256> packet{};
  while (true) {
    const ssize_t size = recv(socket_.get(), packet.data(), packet.size(), 0);
    if (size < 0) return;
    const Time now = Clock::now();
    if (static_cast<std::size_t>(size) != packet_size) continue;
    std::uint64_t number = 0;
    std::memcpy(&number, packet.data() + header_size, sizeof number);
    const std::lock_guard lock(mutex_);
    if (number < requests_.size() && !requests_[number].answered) requests_[number].answered = now;
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
