#include "reconciler/kernel/policies.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/xfrm.h>
#include <map>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <utility>

#include "reconciler/kernel/message.h"
#include "reconciler/kernel/socket.h"

namespace cip::kernel {
namespace {

// What makes them ours: no other software has these numbers.
constexpr std::uint32_t block_priority = 2000000153;
constexpr std::uint32_t pass_priority = 153;
constexpr std::uint16_t half = 0x8000;  // of the ports
constexpr std::size_t batch = 32;

std::uint8_t kernel_direction(PolicyDirection direction) {
  switch (direction) {
    case PolicyDirection::in:
      return XFRM_POLICY_IN;
    case PolicyDirection::out:
      return XFRM_POLICY_OUT;
    case PolicyDirection::forward:
      return XFRM_POLICY_FWD;
  }
  return XFRM_POLICY_OUT;
}

void put(xfrm_address_t& to, const IpAddress& address) {
  std::memcpy(&to, address.bytes().data(), address.bytes().size());
}

std::optional<Prefix> prefix(const xfrm_address_t& from, std::uint8_t length, Family family) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&from);
  const auto address = IpAddress::from_bytes({bytes, family == Family::ipv4 ? 4U : 16U});
  if (!address || length > address_bits(family)) {
    return std::nullopt;
  }
  return Prefix(*address, length);
}

// The policies of the kernel that make one of ours, known by these.
std::vector<xfrm_selector> selectors(const Policy& policy) {
  xfrm_selector selector{};
  selector.family = static_cast<std::uint16_t>(af(policy.source.family()));
  put(selector.saddr, policy.source.network());
  put(selector.daddr, policy.destination.network());
  selector.prefixlen_s = static_cast<std::uint8_t>(policy.source.length());
  selector.prefixlen_d = static_cast<std::uint8_t>(policy.destination.length());
  if (policy.kind != Policy::Kind::block) {
    // The kernel has the type of an ICMP message where other protocols have their source port.
    selector.proto = IPPROTO_ICMPV6;
    selector.sport = htons(policy.kind == Policy::Kind::solicitation ? ND_NEIGHBOR_SOLICIT : ND_NEIGHBOR_ADVERT);
    selector.sport_mask = htons(0xffff);
    return {selector};
  }
  selector.sport_mask = htons(half);
  auto other = selector;
  other.sport = htons(half);
  return {selector, other};
}

Message add_request(const Policy& policy, const xfrm_selector& selector) {
  xfrm_userpolicy_info info{};
  info.sel = selector;
  for (auto* limit : {&info.lft.soft_byte_limit, &info.lft.hard_byte_limit, &info.lft.soft_packet_limit,
                      &info.lft.hard_packet_limit}) {
    *limit = XFRM_INF;
  }
  const bool blocks = policy.kind == Policy::Kind::block;
  info.priority = blocks ? block_priority : pass_priority;
  info.action = blocks ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW;
  info.dir = kernel_direction(policy.direction);
  info.share = XFRM_SHARE_ANY;
  return {XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL, info};
}

Message remove_request(const Policy& policy, const xfrm_selector& selector) {
  xfrm_userpolicy_id id{};
  id.sel = selector;
  id.dir = kernel_direction(policy.direction);
  return {XFRM_MSG_DELPOLICY, 0, id};
}

// One of ours, as far as this policy of the kernel says, and which half it is (0 or 1; of what has none, 2).
std::optional<std::pair<Policy, int>> read_policy(const nlmsghdr* message) {
  const auto* info = header_of<xfrm_userpolicy_info>(message);
  if (info == nullptr || message->nlmsg_type != XFRM_MSG_NEWPOLICY) {
    return std::nullopt;
  }
  const bool blocks = info->priority == block_priority && info->action == XFRM_POLICY_BLOCK;
  const bool passes = info->priority == pass_priority && info->action == XFRM_POLICY_ALLOW;
  const auto family = family_of(info->sel.family);
  if ((!blocks && !passes) || !family || info->dir > XFRM_POLICY_FWD) {
    return std::nullopt;
  }
  const auto source = prefix(info->sel.saddr, info->sel.prefixlen_s, *family);
  const auto destination = prefix(info->sel.daddr, info->sel.prefixlen_d, *family);
  if (!source || !destination) {
    return std::nullopt;
  }
  const auto port = ntohs(info->sel.sport);
  Policy policy{info->dir == XFRM_POLICY_IN    ? PolicyDirection::in
                : info->dir == XFRM_POLICY_OUT ? PolicyDirection::out
                                               : PolicyDirection::forward,
                *source, *destination, Policy::Kind::block};
  if (blocks) {
    return std::pair(policy, port == 0 ? 0 : 1);
  }
  policy.kind = port == ND_NEIGHBOR_SOLICIT ? Policy::Kind::solicitation : Policy::Kind::advertisement;
  return std::pair(policy, 2);
}

std::string_view word(PolicyDirection direction) {
  switch (direction) {
    case PolicyDirection::in:
      return "in";
    case PolicyDirection::out:
      return "out";
    case PolicyDirection::forward:
      return "forward";
  }
  return "?";
}

Result<void> send_all(Socket& socket, const std::vector<Policy>& policies, int harmless, auto&& request) {
  std::vector<Message> requests;
  std::vector<const Policy*> about;
  const auto flush = [&]() -> Result<void> {
    const auto results = socket.send(requests);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i].ok() && results[i].error != harmless) {
        return Error{ErrorCode::system, fmt::format("{}: {}", describe(*about[i]), results[i].text)};
      }
    }
    requests.clear();
    about.clear();
    return {};
  };
  for (const auto& policy : policies) {
    for (const auto& selector : selectors(policy)) {
      requests.push_back(request(policy, selector));
      about.push_back(&policy);
    }
    if (requests.size() >= batch) {
      if (const auto done = flush(); !done) {
        return done;
      }
    }
  }
  return flush();
}

}  // namespace

std::string describe(const Policy& policy) {
  const std::string_view what = policy.kind == Policy::Kind::block          ? "block"
                                : policy.kind == Policy::Kind::solicitation ? "pass neighbour solicitations of"
                                                                            : "pass neighbour advertisements of";
  return fmt::format("{} {} to {} ({})", what, policy.source.str(), policy.destination.str(), word(policy.direction));
}

Policies::Policies(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Policies::Policies(Policies&&) noexcept = default;
Policies& Policies::operator=(Policies&&) noexcept = default;
Policies::~Policies() = default;

Result<Policies> Policies::open() {
  auto socket = Socket::open(NETLINK_XFRM);
  if (!socket) {
    return Error{socket.error().code,
                 fmt::format("the kernel has no IPsec (CONFIG_XFRM_USER): {}", socket.error().message)};
  }
  return Policies(std::move(*socket));
}

Result<std::vector<Policy>> Policies::read() {
  std::map<Policy, std::vector<bool>> found;  // which parts there are
  Message request(XFRM_MSG_GETPOLICY, NLM_F_DUMP, xfrm_userpolicy_id{});
  const auto dumped = socket_->dump(
      request, [&] { found.clear(); },
      [&](const nlmsghdr* message) {
        if (const auto policy = read_policy(message)) {
          auto& parts = found[policy->first];
          parts.resize(3);
          parts[static_cast<std::size_t>(policy->second)] = true;
        }
      });
  if (!dumped) {
    return dumped.error();
  }
  std::vector<Policy> whole;
  for (const auto& [policy, parts] : found) {
    if ((parts[0] && parts[1]) || parts[2]) {
      whole.push_back(policy);
    }
  }
  return whole;
}

Result<void> Policies::add(const std::vector<Policy>& policies) {
  return send_all(*socket_, policies, EEXIST, add_request);
}

Result<void> Policies::remove(const std::vector<Policy>& policies) {
  return send_all(*socket_, policies, ENOENT, remove_request);
}

}  // namespace cip::kernel
