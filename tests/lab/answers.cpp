#include "tests/lab/answers.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <span>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/lab/capture.h"

namespace cip::lab {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr const char* own_end = "asker0";  // of the cable; the LAN's is "asker"

void append(Bytes& to, std::span<const std::uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes ethernet(const MacAddress& to, const MacAddress& from, std::uint16_t type) {
  Bytes frame;
  append(frame, to.bytes());
  append(frame, from.bytes());
  append(frame, std::array{static_cast<std::uint8_t>(type >> 8U), static_cast<std::uint8_t>(type)});
  return frame;
}

// RFC 5227, section 2.1.1: from nobody.
Bytes arp_probe(const MacAddress& own, const IpAddress& address) {
  Bytes frame = ethernet(MacAddress({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), own, ETH_P_ARP);
  append(frame, std::array<std::uint8_t, 8>{0, 1, 8, 0, 6, 4, 0, 1});
  append(frame, own.bytes());
  frame.resize(frame.size() + 4 + 6);
  append(frame, address.bytes());
  return frame;
}

std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

// RFC 4861, section 4.3, from a link-local address: the answer to a question of nobody would go to everybody.
Bytes solicitation(const MacAddress& own, const IpAddress& address) {
  const auto mac = own.bytes();
  const auto target = address.bytes();
  const Bytes source{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]};
  Bytes group{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};  // solicited-node, RFC 4291, section 2.7.1
  append(group, target.last(3));
  Bytes message{135, 0, 0, 0, 0, 0, 0, 0};
  append(message, target);
  append(message, std::array<std::uint8_t, 2>{1, 1});
  append(message, mac);

  Bytes sealed = source;
  append(sealed, group);
  append(sealed, std::array<std::uint8_t, 8>{0, 0, 0, static_cast<std::uint8_t>(message.size()), 0, 0, 0, 58});
  append(sealed, message);
  const auto sum = checksum(sealed);
  message[2] = static_cast<std::uint8_t>(sum >> 8U);
  message[3] = static_cast<std::uint8_t>(sum);

  Bytes frame = ethernet(MacAddress({0x33, 0x33, group[12], group[13], group[14], group[15]}), own, ETH_P_IPV6);
  append(frame, std::array<std::uint8_t, 8>{0x60, 0, 0, 0, 0, static_cast<std::uint8_t>(message.size()), 58, 255});
  append(frame, source);
  append(frame, group);
  append(frame, message);
  return frame;
}

MacAddress mac_of(int socket) {
  ifreq request{};
  std::string(own_end).copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFHWADDR, &request) != 0) fail("MAC address of the asker");
  std::array<std::uint8_t, 6> bytes{};
  std::copy_n(request.ifr_hwaddr.sa_data, bytes.size(), bytes.begin());
  return MacAddress(bytes);
}

// When the kernel received it, by the lab's clock. The kernel's stamp is of the wall clock, which may have been set
// since: it was not before `earliest`, nor after now.
Time time_of(msghdr& received, Time earliest) {
  const Time now = Clock::now();
  for (cmsghdr* extra = CMSG_FIRSTHDR(&received); extra != nullptr; extra = CMSG_NXTHDR(&received, extra)) {
    if (extra->cmsg_level != SOL_SOCKET || extra->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    timespec wall{};
    std::copy_n(CMSG_DATA(extra), sizeof stamp, reinterpret_cast<unsigned char*>(&stamp));
    clock_gettime(CLOCK_REALTIME, &wall);
    const auto age =
        std::chrono::seconds(wall.tv_sec - stamp.tv_sec) + std::chrono::nanoseconds(wall.tv_nsec - stamp.tv_nsec);
    return std::clamp(now - age, std::min(earliest, now), now);
  }
  return now;
}

}  // namespace

AnswerWatcher::AnswerWatcher(const NetworkNamespace& lan, std::map<MacAddress, std::string> ports,
                             const std::vector<std::string>& addresses, Duration interval)
    : ports_(std::move(ports)), interval_(interval), round_began_(Clock::now()), received_(round_began_) {
  // It says nothing of its own.
  network_.set_sysctl("ipv6/conf/default/disable_ipv6", "1");
  lan.ip({fmt::format("link add name asker type veth peer name {} netns {}", own_end, network_.path()),
          "link set dev asker master lan0", "link set dev asker up"});
  network_.set_up(own_end, true);
  socket_ = address_packet_socket(network_, own_end);
  constexpr int on = 1;
  if (setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) fail("timestamps");
  const MacAddress own = mac_of(socket_.get());
  for (const auto& text : addresses) {
    const auto address = IpAddress::parse(text);
    if (!address) throw std::invalid_argument("not an address: " + text);
    const bool ipv4 = address->family() == Family::ipv4;
    asked_.push_back({.address = *address,
                      .question = ipv4 ? arp_probe(own, *address) : solicitation(own, *address),
                      .answers = {},
                      .silences = {}});
  }
  worker_ = std::thread([this] { work(); });
}

AnswerWatcher::~AnswerWatcher() {
  stop_ = true;
  worker_.join();
}

void AnswerWatcher::work() {
  setpriority(PRIO_PROCESS, 0, -20);  // of this thread: to ask in time is what it is for
  Time next = Clock::now();
  while (!stop_) {
    receive();
    ask();
    next = std::max(next + interval_, Clock::now());
    std::this_thread::sleep_until(next);
  }
}

void AnswerWatcher::ask() {
  std::vector<iovec> frames;
  {
    const std::lock_guard lock(mutex_);
    const Time now = Clock::now();
    longest_pause_ = std::max(longest_pause_, milliseconds_between(round_began_, now));
    round_began_ = now;
    ++round_;
    for (auto& one : asked_) {
      one.answered = false;
      frames.push_back({.iov_base = one.question.data(), .iov_len = one.question.size()});
    }
  }
  std::vector<mmsghdr> messages(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    messages[i].msg_hdr.msg_iov = &frames[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  sendmmsg(socket_.get(), messages.data(), static_cast<unsigned>(messages.size()), 0);
}

void AnswerWatcher::receive() {
  const std::lock_guard lock(mutex_);
  const Time drained = Clock::now();
  alignas(cmsghdr) std::array<char, 64> control{};
  Bytes frame(2048);
  while (true) {
    iovec part{.iov_base = frame.data(), .iov_len = frame.size()};
    msghdr received{};
    received.msg_iov = &part;
    received.msg_iovlen = 1;
    received.msg_control = control.data();
    received.msg_controllen = control.size();
    const ssize_t size = recvmsg(socket_.get(), &received, MSG_DONTWAIT);
    if (size < 0) break;
    take({frame.begin(), frame.begin() + size}, time_of(received, received_));
  }
  received_ = drained;
  for (auto& one : asked_) {
    const bool silent = !one.silences.empty() && !one.silences.back().to;
    if (round_ > 0 && !one.answered && !silent) one.silences.push_back({.from = round_began_, .to = {}});
  }
}

void AnswerWatcher::take(const Bytes& frame, Time time) {
  const auto packet = parse_address_packet(frame);
  if (!packet || !packet->claims()) return;
  const auto one =
      std::find_if(asked_.begin(), asked_.end(), [&](const Asked& each) { return each.address == packet->target; });
  if (one == asked_.end()) return;
  one->answered = true;
  if (!one->silences.empty() && !one->silences.back().to) one->silences.back().to = time;
  const auto port = ports_.find(packet->mac);
  auto& answers = one->answers[port == ports_.end() ? packet->mac.str() : port->second];
  // One question that was not answered may be one that was lost.
  if (answers.empty() || round_ - answers.back().round > 2) answers.push_back({.span = {.from = time, .to = time}});
  answers.back().span.to = std::max(*answers.back().span.to, time);
  answers.back().round = round_;
}

std::vector<std::string> AnswerWatcher::answering(const std::string& address) const {
  std::uint64_t from = 0;
  {
    const std::lock_guard lock(mutex_);
    from = round_ + 1;
  }
  std::vector<std::string> result;
  wait_until(10s, [&] {
    const std::lock_guard lock(mutex_);
    return round_ > from;
  });
  const std::lock_guard lock(mutex_);
  for (const auto& one : asked_) {
    if (one.address.str() != address) continue;
    for (const auto& [port, answers] : one.answers) {
      if (answers.back().round >= from) result.push_back(port);
    }
  }
  return result;
}

std::optional<Overlap> AnswerWatcher::worst_overlap(Time since) const {
  const std::lock_guard lock(mutex_);
  std::optional<Overlap> worst;
  const auto consider = [&](const Asked& one, const auto& first, const auto& second) {
    for (const auto& a : first.second) {
      for (const auto& b : second.second) {
        const Time from = std::max({a.span.from, b.span.from, since});
        const Time to = std::min(*a.span.to, *b.span.to);
        if (from >= to) continue;
        const Duration length = milliseconds_between(from, to) + Duration(1);
        if (worst && worst->length >= length) continue;
        worst = Overlap{
            .address = one.address.str(), .first = first.first, .second = second.first, .from = from, .length = length};
      }
    }
  };
  for (const auto& one : asked_) {
    for (auto first = one.answers.begin(); first != one.answers.end(); ++first) {
      for (auto second = std::next(first); second != one.answers.end(); ++second) consider(one, *first, *second);
    }
  }
  return worst;
}

std::optional<Span> AnswerWatcher::longest_silence(const std::string& address, Time since) const {
  const std::lock_guard lock(mutex_);
  std::optional<Span> longest;
  for (const auto& one : asked_) {
    if (one.address.str() != address) continue;
    for (auto silence : one.silences) {
      silence.from = std::max(silence.from, since);
      if (!silence.to) silence.to = Clock::now();
      if (silence.from >= *silence.to) continue;
      if (!longest || *silence.to - silence.from > *longest->to - longest->from) longest = silence;
    }
  }
  return longest;
}

std::vector<std::string> AnswerWatcher::addresses() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> addresses;
  for (const auto& one : asked_) addresses.push_back(one.address.str());
  return addresses;
}

Duration AnswerWatcher::longest_pause() const {
  const std::lock_guard lock(mutex_);
  return longest_pause_;
}

}  // namespace cip::lab
