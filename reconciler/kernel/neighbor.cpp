#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "reconciler/kernel/objects.h"

namespace cip::kernel {

namespace {

Message request_for(int type, int flags, const plan::LinkId& link, const IpAddress& address) {
  ndmsg header{};
  header.ndm_family = static_cast<std::uint8_t>(af(address.family()));
  header.ndm_ifindex = link.index;
  header.ndm_state = NUD_PERMANENT;
  Message message(type, flags, header);
  message.put(NDA_DST, address);
  return message;
}

Message addition(int flags, const plan::LinkId& link, const Neighbor& neighbor) {
  Message message = request_for(RTM_NEWNEIGH, flags, link, neighbor.address);
  message.put(NDA_LLADDR, neighbor.mac.bytes());
  message.put_u8(NDA_PROTOCOL, plan::our_protocol);
  return message;
}

}  // namespace

Message dump_neighbors(Family family) {
  ndmsg header{};
  header.ndm_family = static_cast<std::uint8_t>(af(family));
  return {RTM_GETNEIGH, NLM_F_DUMP, header};
}

std::optional<plan::ObservedNeighbor> read_neighbor(const nlmsghdr* message) {
  const auto* header = header_of<ndmsg>(message);
  Attributes<NDA_MAX> attributes;
  if (header == nullptr || (header->ndm_flags & NTF_PROXY) != 0 || !attributes.parse(message, sizeof *header)) {
    return std::nullopt;
  }
  const auto family = family_of(header->ndm_family);  // others: forwarding tables of bridges
  if (!family) return std::nullopt;
  const auto address = ip(attributes[NDA_DST], *family);
  if (!address) return std::nullopt;

  plan::ObservedNeighbor observed;
  observed.link.index = header->ndm_ifindex;
  observed.neighbor = {*address, mac(attributes[NDA_LLADDR]).value_or(MacAddress())};
  observed.permanent = (header->ndm_state & NUD_PERMANENT) != 0;
  observed.protocol = u8(attributes[NDA_PROTOCOL]);
  return observed;
}

Message request(const plan::AddNeighbor& action) {
  return addition(NLM_F_CREATE | NLM_F_EXCL, action.link, action.neighbor);
}

Message request(const plan::ReplaceNeighbor& action) {
  return addition(NLM_F_CREATE | NLM_F_REPLACE, action.link, action.neighbor);
}

Message request(const plan::RemoveNeighbor& action) {
  return request_for(RTM_DELNEIGH, 0, action.link, action.address);
}

}  // namespace cip::kernel
