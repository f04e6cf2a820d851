#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "reconciler/kernel/objects.h"

namespace cip::kernel {

namespace {

// Settings go over netlink rather than through /proc/sys: they come with the link, for any namespace, and need no
// writable /proc (systemd's ProtectKernelTunables).
int devconf(plan::Setting setting) {
  switch (setting) {
    case plan::Setting::arp_ignore:
      return IPV4_DEVCONF_ARP_IGNORE;
    case plan::Setting::arp_announce:
      return IPV4_DEVCONF_ARP_ANNOUNCE;
    case plan::Setting::promote_secondaries:
      return IPV4_DEVCONF_PROMOTE_SECONDARIES;
  }
  return 0;
}

// IFLA_AF_SPEC / AF_INET / IFLA_INET_CONF: an array of 32-bit values, the first being IPV4_DEVCONF 1.
plan::Settings read_settings(const nlattr* af_spec) {
  plan::Settings settings;
  Attributes<AF_INET> families;
  Attributes<IFLA_INET_MAX> inet;
  if (!families.parse(af_spec) || !inet.parse(families[AF_INET]) || inet[IFLA_INET_CONF] == nullptr) return settings;
  const nlattr* values = inet[IFLA_INET_CONF];
  const int count = nla_len(values) / static_cast<int>(sizeof(std::int32_t));
  for (const auto setting : plan::all_settings) {
    const int position = devconf(setting) - 1;
    if (position >= count) continue;
    settings[setting] = static_cast<const std::int32_t*>(nla_data(values))[position];
  }
  return settings;
}

ifinfomsg header_for(const plan::LinkId& link) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = link.index;
  return header;
}

}  // namespace

Message dump_links() {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  Message message(RTM_GETLINK, NLM_F_DUMP, header);
  message.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return message;
}

std::optional<plan::ObservedLink> read_link(const nlmsghdr* message) {
  const auto* header = header_of<ifinfomsg>(message);
  Attributes<IFLA_MAX> attributes;
  // Other families: a bridge telling of its ports, not the device itself.
  if (header == nullptr || header->ifi_family != AF_UNSPEC || !attributes.parse(message, sizeof *header)) {
    return std::nullopt;
  }
  plan::ObservedLink link;
  link.id = {header->ifi_index, InterfaceName(text(attributes[IFLA_IFNAME]))};
  link.mtu = u32(attributes[IFLA_MTU]).value_or(0);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.carrier = link.up && u8(attributes[IFLA_CARRIER]).value_or(0) != 0;
  link.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
  link.mac = mac(attributes[IFLA_ADDRESS]).value_or(MacAddress());
  Attributes<IFLA_INFO_MAX> info;
  if (info.parse(attributes[IFLA_LINKINFO])) link.kind = text(info[IFLA_INFO_KIND]);
  link.settings = read_settings(attributes[IFLA_AF_SPEC]);
  return link;
}

Message request(const plan::SetMtu& action) {
  Message message(RTM_NEWLINK, 0, header_for(action.link));
  message.put_u32(IFLA_MTU, action.mtu);
  return message;
}

Message request(const plan::SetUp& action) {
  ifinfomsg header = header_for(action.link);
  header.ifi_change = IFF_UP;
  header.ifi_flags = action.up ? IFF_UP : 0;
  return {RTM_NEWLINK, 0, header};
}

Message request(const plan::SetSetting& action) {
  Message message(RTM_NEWLINK, 0, header_for(action.link));
  nlattr* af_spec = message.begin_nested(IFLA_AF_SPEC);
  nlattr* inet = message.begin_nested(AF_INET);
  nlattr* conf = message.begin_nested(IFLA_INET_CONF);
  message.put_u32(devconf(action.setting), static_cast<std::uint32_t>(action.value));
  message.end_nested(conf);
  message.end_nested(inet);
  message.end_nested(af_spec);
  return message;
}

}  // namespace cip::kernel
