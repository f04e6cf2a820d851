#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "reconciler/kernel/objects.h"

namespace cip::kernel {

namespace {

constexpr std::uint32_t forever = 0xffffffff;  // INFINITY_LIFE_TIME

Message request_for(int type, int flags, const plan::LinkId& link, const InterfaceAddress& address) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(af(address.family()));
  header.ifa_prefixlen = address.length;
  header.ifa_index = static_cast<std::uint32_t>(link.index);
  Message message(type, flags, header);
  message.put(IFA_LOCAL, address.address);
  message.put(IFA_ADDRESS, address.address);
  return message;
}

void put_lifetime(Message& message, const plan::Lifetime& lifetime) {
  ifa_cacheinfo info{};
  info.ifa_valid = lifetime ? static_cast<std::uint32_t>(lifetime->count()) : forever;
  info.ifa_prefered = info.ifa_valid;
  message.put_struct(IFA_CACHEINFO, info);
}

plan::Lifetime read_lifetime(const nlattr* attribute) {
  const auto info = read_struct<ifa_cacheinfo>(attribute);
  if (!info || info->ifa_valid == forever) return std::nullopt;
  return std::chrono::seconds(info->ifa_valid);
}

}  // namespace

Message dump_addresses() {
  ifaddrmsg header{};
  header.ifa_family = AF_UNSPEC;
  return {RTM_GETADDR, NLM_F_DUMP, header};
}

std::optional<plan::ObservedAddress> read_address(const nlmsghdr* message) {
  const auto* header = header_of<ifaddrmsg>(message);
  Attributes<IFA_MAX> attributes;
  if (header == nullptr || !attributes.parse(message, sizeof *header)) return std::nullopt;
  const auto family = family_of(header->ifa_family);
  if (!family || header->ifa_prefixlen > address_bits(*family)) return std::nullopt;
  // IFA_ADDRESS is the other end of a point-to-point address, and all there is of a plain IPv6 one.
  const auto address = ip(attributes[IFA_ADDRESS], *family);
  const auto local = ip(attributes[IFA_LOCAL], *family);
  if (!address && !local) return std::nullopt;

  plan::ObservedAddress observed;
  observed.link.index = static_cast<int>(header->ifa_index);
  observed.address = {local ? *local : *address, header->ifa_prefixlen};
  observed.has_peer = local && address && *local != *address;
  const std::uint32_t flags = u32(attributes[IFA_FLAGS]).value_or(header->ifa_flags);
  observed.secondary = *family == Family::ipv4 && (flags & IFA_F_SECONDARY) != 0;
  observed.dad_failed = (flags & IFA_F_DADFAILED) != 0;
  observed.tentative = (flags & IFA_F_TENTATIVE) != 0 && !observed.dad_failed;
  observed.deprecated = (flags & IFA_F_DEPRECATED) != 0;
  observed.lifetime = read_lifetime(attributes[IFA_CACHEINFO]);
  observed.protocol = u8(attributes[IFA_PROTO]);
  return observed;
}

Message request(const plan::AddAddress& action) {
  Message message = request_for(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, action.link, action.address);
  put_lifetime(message, action.lifetime);
  message.put_u8(IFA_PROTO, plan::our_protocol);
  if (action.skip_dad) message.put_u32(IFA_FLAGS, IFA_F_NODAD);
  return message;
}

Message request(const plan::RefreshAddress& action) {
  Message message = request_for(RTM_NEWADDR, NLM_F_REPLACE, action.link, action.address);
  put_lifetime(message, action.lifetime);
  message.put_u8(IFA_PROTO, plan::our_protocol);
  // The flags are replaced too; this one keeps duplicate address detection from starting when the link comes up again.
  if (action.address.family() == Family::ipv6) message.put_u32(IFA_FLAGS, IFA_F_NODAD);
  return message;
}

Message request(const plan::RemoveAddress& action) {
  return request_for(RTM_DELADDR, 0, action.link, action.address);
}

}  // namespace cip::kernel
