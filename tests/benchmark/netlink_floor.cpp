// The floor for the reconciler: what the kernel takes for the same work, asked for by a program that does nothing else
// (docs/testing.md: 32 requests in one sendmsg, an acknowledgement of the last). reconciler_figures.py measures it.
//   netlink_floor routes PREFIX/LENGTH COUNT DEVICE GATEWAY     adds PREFIX and the COUNT - 1 networks of that length
//                                                               behind it
//   netlink_floor addresses ADDRESS/LENGTH COUNT DEVICE         adds COUNT addresses, one after the other
//   netlink_floor dump                                          reads all links, addresses, routes and neighbours
// and what the figures are taken with:
//   netlink_floor wait PREFIX/LENGTH [GATEWAY]                  until the kernel has that route: prints the time
//                                                               (CLOCK_MONOTONIC, seconds)
//   netlink_floor repair DEVICE ADDRESS/LENGTH ROUNDS [self]    deletes the address and waits until it is there again:
//                                                               prints the seconds of each round; self: adds it itself,
//                                                               as soon as it hears that it is gone
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t batch_size = 32;
constexpr auto time_limit = 120s;

void must(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

struct Network {
  int family = AF_INET;
  std::size_t size = 4;  // bytes of the address
  std::array<std::uint8_t, 16> bytes{};
  int length = 0;

  explicit Network(const std::string& text) {
    const auto slash = text.find('/');
    family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
    size = family == AF_INET ? 4 : 16;
    length = slash == std::string::npos ? static_cast<int>(size) * 8 : std::stoi(text.substr(slash + 1));
    if (inet_pton(family, text.substr(0, slash).c_str(), bytes.data()) != 1)
      throw std::runtime_error("no address: " + text);
  }

  // The next network of `bits` bits (a multiple of 8).
  void advance(int bits) {
    for (int at = bits / 8 - 1; at >= 0 && ++bytes.at(static_cast<std::size_t>(at)) == 0;) --at;
  }
};

class Request {
 public:
  template <class Header>
  Request(int type, int flags, const Header& header) {
    start_.nlmsg_type = static_cast<std::uint16_t>(type);
    start_.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    append(&start_, sizeof start_);
    append(&header, sizeof header);
  }
  void put(int type, const void* value, std::size_t size) {
    const rtattr attribute{static_cast<std::uint16_t>(sizeof(rtattr) + size), static_cast<std::uint16_t>(type)};
    append(&attribute, sizeof attribute);
    append(value, size);
  }
  void put(int type, const Network& network) { put(type, network.bytes.data(), network.size); }
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  std::size_t size() const { return size_; }

 private:
  void append(const void* bytes, std::size_t size) {
    std::memcpy(bytes_.data() + size_, bytes, size);
    size_ += NLMSG_ALIGN(size);
    header()->nlmsg_len = static_cast<std::uint32_t>(size_);
  }
  nlmsghdr start_{};
  alignas(nlmsghdr) std::array<char, 256> bytes_{};
  std::size_t size_ = 0;
};

class Socket {
 public:
  explicit Socket(std::uint32_t groups = 0) : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
    must(fd_ >= 0, "netlink socket");
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_groups = groups;
    must(bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0, "bind");
    const int on = 1;
    must(setsockopt(fd_, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) == 0, "NETLINK_GET_STRICT_CHK");
    must(setsockopt(fd_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) == 0, "NETLINK_CAP_ACK");
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(std::vector<Request>& requests) {
    std::vector<iovec> parts;
    for (auto& request : requests) {
      request.header()->nlmsg_seq = ++sequence_;
      parts.push_back({request.header(), request.size()});
    }
    msghdr datagram{};
    datagram.msg_iov = parts.data();
    datagram.msg_iovlen = parts.size();
    must(sendmsg(fd_, &datagram, 0) >= 0, "sendmsg");
  }

  // Calls `each` for every message of the next datagram.
  template <class Each>
  void receive(Each each) {
    auto left = recv(fd_, buffer_.data(), buffer_.size(), 0);
    must(left >= 0, "recv");
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      each(message);
    }
  }

  // Carries them out; throws what the kernel says to one.
  void carry_out(std::vector<Request>& requests) {
    if (requests.empty()) return;
    requests.back().header()->nlmsg_flags |= NLM_F_ACK;
    send(requests);
    for (bool done = false; !done;) {
      receive([&](const nlmsghdr* message) {
        if (message->nlmsg_type != NLMSG_ERROR) return;
        errno = -static_cast<const nlmsgerr*>(NLMSG_DATA(message))->error;
        must(errno == 0, "the kernel refuses");
        done = message->nlmsg_seq == sequence_;
      });
    }
    requests.clear();
  }

  // The first message of the answer to a request for one thing; false if the kernel has none.
  template <class Answer>
  bool ask(const Request& request, Answer answer) {
    std::vector<Request> requests{request};
    send(requests);
    bool found = false;
    receive([&](const nlmsghdr* message) {
      found = message->nlmsg_type != NLMSG_ERROR;
      if (found) answer(message);
    });
    return found;
  }

 private:
  int fd_;
  std::uint32_t sequence_ = 0;
  std::vector<char> buffer_ = std::vector<char>(64 << 10);
};

int index_of(const std::string& device) {
  const unsigned index = if_nametoindex(device.c_str());
  must(index != 0, device.c_str());
  return static_cast<int>(index);
}

void add_routes(Network to, int count, const std::string& device, const Network& gateway) {
  Socket socket;
  const int link = index_of(device);
  const std::uint32_t metric = to.family == AF_INET ? 0 : 1024;
  std::vector<Request> batch;
  for (int i = 0; i < count; ++i) {
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(to.family);
    header.rtm_dst_len = static_cast<std::uint8_t>(to.length);
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_STATIC;
    header.rtm_type = RTN_UNICAST;
    auto& request = batch.emplace_back(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header);
    request.put(RTA_DST, to);
    request.put(RTA_OIF, &link, sizeof link);
    request.put(RTA_PRIORITY, &metric, sizeof metric);
    request.put(RTA_GATEWAY, gateway);
    to.advance(to.length);
    if (batch.size() == batch_size) socket.carry_out(batch);
  }
  socket.carry_out(batch);
}

Request about_address(int type, int flags, const Network& address, int link) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(address.family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(address.length);
  header.ifa_index = static_cast<std::uint32_t>(link);
  Request request(type, flags, header);
  request.put(IFA_LOCAL, address);
  request.put(IFA_ADDRESS, address);
  return request;
}

void add_addresses(Network address, int count, const std::string& device) {
  Socket socket;
  const int link = index_of(device);
  std::vector<Request> batch;
  for (int i = 0; i < count; ++i) {
    batch.push_back(about_address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address, link));
    address.advance(static_cast<int>(address.size) * 8);
    if (batch.size() == batch_size) socket.carry_out(batch);
  }
  socket.carry_out(batch);
}

template <class Header>
void dump_one(Socket& socket, int type, const Header& header) {
  std::vector<Request> request{{type, NLM_F_DUMP, header}};
  socket.send(request);
  bool done = false;
  while (!done) {
    socket.receive([&](const nlmsghdr* message) {
      if (message->nlmsg_type == NLMSG_ERROR) throw std::runtime_error("the kernel refuses a dump");
      done = done || message->nlmsg_type == NLMSG_DONE;
    });
  }
}

void dump() {
  Socket socket;
  dump_one(socket, RTM_GETLINK, ifinfomsg{});
  dump_one(socket, RTM_GETADDR, ifaddrmsg{});
  for (const int family : {AF_INET, AF_INET6}) {
    rtmsg routes{};
    routes.rtm_family = static_cast<std::uint8_t>(family);
    dump_one(socket, RTM_GETROUTE, routes);
    ndmsg neighbors{};
    neighbors.ndm_family = static_cast<std::uint8_t>(family);
    dump_one(socket, RTM_GETNEIGH, neighbors);
  }
}

// Whether the route that packets to the network take is that one, not a shorter one.
bool has_route(Socket& socket, const Network& to, const Network* gateway) {
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(to.family);
  header.rtm_dst_len = static_cast<std::uint8_t>(to.size * 8);
  header.rtm_flags = RTM_F_FIB_MATCH;
  Request request(RTM_GETROUTE, 0, header);
  request.put(RTA_DST, to);
  bool same = false;
  const bool found = socket.ask(request, [&](const nlmsghdr* message) {
    const auto* route = static_cast<const rtmsg*>(NLMSG_DATA(message));
    same = route->rtm_dst_len == to.length && gateway == nullptr;
    auto left = RTM_PAYLOAD(message);
    for (const auto* attribute = RTM_RTA(route); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
      if (attribute->rta_type != RTA_GATEWAY || gateway == nullptr) continue;
      same = route->rtm_dst_len == to.length &&
             std::memcmp(RTA_DATA(attribute), gateway->bytes.data(), gateway->size) == 0;
    }
  });
  return found && same;
}

void wait_for_route(const Network& to, const Network* gateway) {
  Socket socket;
  const auto give_up = Clock::now() + time_limit;
  while (!has_route(socket, to, gateway)) {
    if (Clock::now() > give_up) throw std::runtime_error("the route does not come");
    std::this_thread::sleep_for(200us);
  }
  std::printf("%.6f\n", seconds(Clock::now().time_since_epoch()));
}

// Until there is such an event of the address.
void hear(Socket& events, int type, const Network& address) {
  bool heard = false;
  while (!heard) {
    events.receive([&](const nlmsghdr* message) {
      if (message->nlmsg_type != type) return;
      const auto* header = static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
      auto left = IFA_PAYLOAD(message);
      for (const auto* attribute = IFA_RTA(header); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        heard = heard || (attribute->rta_type == IFA_LOCAL &&
                          std::memcmp(RTA_DATA(attribute), address.bytes.data(), address.size) == 0);
      }
    });
  }
}

void repair(const std::string& device, const Network& address, int rounds, bool self) {
  Socket events(RTMGRP_IPV4_IFADDR);
  Socket others(RTMGRP_IPV4_IFADDR);  // self: what the one who repairs hears
  Socket socket;
  const int link = index_of(device);
  for (int round = 0; round < rounds; ++round) {
    std::thread repairs;
    if (self) {
      repairs = std::thread([&] {
        hear(others, RTM_DELADDR, address);
        std::vector<Request> addition{about_address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address, link)};
        Socket().carry_out(addition);
      });
    }
    std::this_thread::sleep_for(1100ms);  // the last repair has been verified, and nobody takes it for a fight
    const auto begin = Clock::now();
    std::vector<Request> removal{about_address(RTM_DELADDR, 0, address, link)};
    socket.carry_out(removal);
    hear(events, RTM_NEWADDR, address);
    std::printf("%.6f\n", seconds(Clock::now() - begin));
    if (self) repairs.join();
  }
}

int run(const std::vector<std::string>& words) {
  const auto is = [&](std::string_view command, std::size_t least, std::size_t most) {
    return !words.empty() && words[0] == command && words.size() > least && words.size() <= most + 1;
  };
  if (is("routes", 4, 4)) {
    add_routes(Network(words[1]), std::stoi(words[2]), words[3], Network(words[4]));
  } else if (is("addresses", 3, 3)) {
    add_addresses(Network(words[1]), std::stoi(words[2]), words[3]);
  } else if (is("dump", 0, 0)) {
    dump();
  } else if (is("wait", 1, 2)) {
    const Network gateway(words.size() > 2 ? words[2] : "0.0.0.0");
    wait_for_route(Network(words[1]), words.size() > 2 ? &gateway : nullptr);
  } else if (is("repair", 3, 4)) {
    repair(words[1], Network(words[2]), std::stoi(words[3]), words.size() > 4);
  } else {
    std::fputs("usage: see the first lines of netlink_floor.cpp\n", stderr);
    return 2;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "netlink_floor: %s\n", error.what());
    return 1;
  }
}
