#include <algorithm>
#include <iterator>
#include <linux/if.h>
#include <linux/if_bonding.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
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

template <class Enum>
std::optional<Enum> enumeration(std::optional<std::uint8_t> value, Enum last) {
  if (!value || *value > static_cast<std::uint8_t>(last)) return std::nullopt;
  return static_cast<Enum>(*value);  // the values are the kernel's (linux/if_bonding.h): see kernel_value()
}

template <class Enum>
std::uint8_t kernel_value(Enum value) {
  static_assert(static_cast<int>(BondMode::active_backup) == BOND_MODE_ACTIVEBACKUP &&
                static_cast<int>(BondMode::ieee_802_3ad) == BOND_MODE_8023AD &&
                static_cast<int>(BondMode::balance_alb) == BOND_MODE_ALB);
  return static_cast<std::uint8_t>(value);
}

// The kernel's order is not that of the words.
constexpr HashPolicy hash_policies[] = {HashPolicy::layer2,   HashPolicy::layer3_4, HashPolicy::layer2_3,
                                        HashPolicy::encap2_3, HashPolicy::encap3_4, HashPolicy::vlan_srcmac};
static_assert(BOND_XMIT_POLICY_LAYER34 == 1 && BOND_XMIT_POLICY_LAYER23 == 2 && BOND_XMIT_POLICY_ENCAP23 == 3 &&
              BOND_XMIT_POLICY_ENCAP34 == 4 && BOND_XMIT_POLICY_VLAN_SRCMAC == 5);

plan::Shape read_bond(const nlattr* data) {
  Attributes<IFLA_BOND_MAX> options;
  if (!options.parse(data)) return {};
  plan::BondOptions bond;
  bond.mode = enumeration(u8(options[IFLA_BOND_MODE]), BondMode::balance_alb);
  if (const auto primary = u32(options[IFLA_BOND_PRIMARY]))
    bond.primary = plan::LinkRef{{static_cast<int>(*primary), {}}};
  bond.primary_reselect = enumeration(u8(options[IFLA_BOND_PRIMARY_RESELECT]), PrimaryReselect::failure);
  bond.miimon = u32(options[IFLA_BOND_MIIMON]);
  bond.up_delay = u32(options[IFLA_BOND_UPDELAY]);
  bond.down_delay = u32(options[IFLA_BOND_DOWNDELAY]);
  bond.min_links = u32(options[IFLA_BOND_MIN_LINKS]);
  bond.lacp_rate = enumeration(u8(options[IFLA_BOND_AD_LACP_RATE]), LacpRate::fast);
  if (const auto policy = u8(options[IFLA_BOND_XMIT_HASH_POLICY]); policy && *policy < std::size(hash_policies)) {
    bond.hash_policy = hash_policies[*policy];
  }
  return bond;
}

plan::Shape read_vlan(const nlattr* data, int link) {
  Attributes<IFLA_VLAN_MAX> options;
  if (!options.parse(data)) return {};
  const auto id = u16(options[IFLA_VLAN_ID]);
  const auto protocol = u16(options[IFLA_VLAN_PROTOCOL]);
  if (!id || (protocol && *protocol != htons(ETH_P_8021Q))) return {};
  return plan::VlanOptions{{{link, {}}}, *id};
}

plan::Shape read_tunnel(const nlattr* data) {
  Attributes<IFLA_IPTUN_MAX> options;
  if (!options.parse(data)) return {};
  const auto any = *IpAddress::parse("0.0.0.0");
  plan::TunnelOptions tunnel;
  tunnel.local = ip(options[IFLA_IPTUN_LOCAL], Family::ipv4);
  if (tunnel.local == any) tunnel.local.reset();
  tunnel.remote = ip(options[IFLA_IPTUN_REMOTE], Family::ipv4).value_or(any);
  tunnel.ttl = u8(options[IFLA_IPTUN_TTL]).value_or(0);
  return tunnel;
}

plan::Shape read_shape(const Attributes<IFLA_INFO_MAX>& info, int link) {
  const auto kind = text(info[IFLA_INFO_KIND]);
  if (kind == "bond") return read_bond(info[IFLA_INFO_DATA]);
  if (kind == "vlan") return read_vlan(info[IFLA_INFO_DATA], link);
  if (kind == "sit") return read_tunnel(info[IFLA_INFO_DATA]);
  return {};
}

std::optional<MacAddress> address_before_bond(const Attributes<IFLA_INFO_MAX>& info) {
  Attributes<IFLA_BOND_SLAVE_MAX> slave;
  if (text(info[IFLA_INFO_SLAVE_KIND]) != "bond" || !slave.parse(info[IFLA_INFO_SLAVE_DATA])) return std::nullopt;
  return mac(slave[IFLA_BOND_SLAVE_PERM_HWADDR]);
}

void put_options(Message& message, const std::monostate&) {
  message.put(IFLA_INFO_DATA, std::span<const std::uint8_t>());
}

void put_options(Message& message, const plan::BondOptions& bond) {
  nlattr* data = message.begin_nested(IFLA_INFO_DATA);
  if (bond.mode) message.put_u8(IFLA_BOND_MODE, kernel_value(*bond.mode));
  if (bond.miimon) message.put_u32(IFLA_BOND_MIIMON, *bond.miimon);
  if (bond.up_delay) message.put_u32(IFLA_BOND_UPDELAY, *bond.up_delay);
  if (bond.down_delay) message.put_u32(IFLA_BOND_DOWNDELAY, *bond.down_delay);
  if (bond.primary) message.put_u32(IFLA_BOND_PRIMARY, static_cast<std::uint32_t>(bond.primary->index));
  if (bond.primary_reselect) message.put_u8(IFLA_BOND_PRIMARY_RESELECT, kernel_value(*bond.primary_reselect));
  if (bond.min_links) message.put_u32(IFLA_BOND_MIN_LINKS, *bond.min_links);
  if (bond.lacp_rate) message.put_u8(IFLA_BOND_AD_LACP_RATE, kernel_value(*bond.lacp_rate));
  if (bond.hash_policy) {
    const auto* policy = std::find(std::begin(hash_policies), std::end(hash_policies), *bond.hash_policy);
    message.put_u8(IFLA_BOND_XMIT_HASH_POLICY, static_cast<std::uint8_t>(policy - std::begin(hash_policies)));
  }
  message.end_nested(data);
}

void put_options(Message& message, const plan::VlanOptions& vlan) {
  nlattr* data = message.begin_nested(IFLA_INFO_DATA);
  message.put_u16(IFLA_VLAN_ID, vlan.id);
  message.end_nested(data);
}

// All of them: the kernel takes what is not said for 0.
void put_options(Message& message, const plan::TunnelOptions& tunnel) {
  nlattr* data = message.begin_nested(IFLA_INFO_DATA);
  if (tunnel.local) message.put(IFLA_IPTUN_LOCAL, *tunnel.local);
  message.put(IFLA_IPTUN_REMOTE, tunnel.remote);
  message.put_u8(IFLA_IPTUN_TTL, tunnel.ttl);
  message.put_u8(IFLA_IPTUN_PMTUDISC, 1);  // a fixed ttl needs it
  message.end_nested(data);
}

void put_shape(Message& message, const plan::Shape& shape) {
  nlattr* info = message.begin_nested(IFLA_LINKINFO);
  message.put(IFLA_INFO_KIND, plan::kind_of(shape));
  std::visit([&](const auto& options) { put_options(message, options); }, shape);
  message.end_nested(info);
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
  link.permanent_mac = mac(attributes[IFLA_PERM_ADDRESS]).value_or(link.mac);
  link.master = static_cast<int>(u32(attributes[IFLA_MASTER]).value_or(0));
  Attributes<IFLA_INFO_MAX> info;
  if (info.parse(attributes[IFLA_LINKINFO])) {
    link.kind = text(info[IFLA_INFO_KIND]);
    link.shape = read_shape(info, static_cast<int>(u32(attributes[IFLA_LINK]).value_or(0)));
    // A device that has no permanent address in hardware lends its address to its bond.
    if (attributes[IFLA_PERM_ADDRESS] == nullptr) {
      link.permanent_mac = address_before_bond(info).value_or(link.permanent_mac);
    }
  }
  link.settings = read_settings(attributes[IFLA_AF_SPEC]);
  return link;
}

Message request(const plan::AddLink& action) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, header_for(action.link));
  message.put(IFLA_IFNAME, action.link.name.str());
  if (const auto* vlan = std::get_if<plan::VlanOptions>(&action.shape)) {
    message.put_u32(IFLA_LINK, static_cast<std::uint32_t>(vlan->link.index));
  }
  put_shape(message, action.shape);
  return message;
}

Message request(const plan::RemoveLink& action) {
  return {RTM_DELLINK, 0, header_for(action.link)};
}

Message request(const plan::SetName& action) {
  Message message(RTM_NEWLINK, 0, header_for(action.link));
  message.put(IFLA_IFNAME, action.name.str());
  return message;
}

Message request(const plan::SetMaster& action) {
  Message message(RTM_NEWLINK, 0, header_for(action.link));
  message.put_u32(IFLA_MASTER, static_cast<std::uint32_t>(action.master.index));
  return message;
}

Message request(const plan::SetBond& action) {
  Message message(RTM_NEWLINK, 0, header_for(action.link));
  put_shape(message, action.options);
  return message;
}

Message request(const plan::SetTunnel& action) {
  Message message(RTM_NEWLINK, 0, header_for(action.link));
  put_shape(message, action.options);
  return message;
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
