#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "reconciler/kernel/objects.h"

namespace cip::kernel {

namespace {

Message request_for(int type, int flags, Family family, const Rule& rule) {
  fib_rule_hdr header{};
  header.family = static_cast<std::uint8_t>(af(family));
  header.src_len = rule.from ? static_cast<std::uint8_t>(rule.from->length()) : std::uint8_t{0};
  header.dst_len = rule.to ? static_cast<std::uint8_t>(rule.to->length()) : std::uint8_t{0};
  header.table = rule.table < 256 ? static_cast<std::uint8_t>(rule.table) : std::uint8_t{RT_TABLE_UNSPEC};
  header.action = FR_ACT_TO_TBL;
  Message message(type, flags, header);
  if (header.src_len != 0) message.put(FRA_SRC, rule.from->network());
  if (header.dst_len != 0) message.put(FRA_DST, rule.to->network());
  message.put_u32(FRA_PRIORITY, rule.priority);
  message.put_u32(FRA_TABLE, rule.table);
  message.put_u8(FRA_PROTOCOL, plan::our_protocol);
  return message;
}

std::optional<Prefix> prefix(const nlattr* address, std::uint8_t length, Family family) {
  const auto network = ip(address, family);
  if (!network || length == 0) return std::nullopt;
  return Prefix(*network, length);
}

}  // namespace

Message dump_rules(Family family) {
  fib_rule_hdr header{};
  header.family = static_cast<std::uint8_t>(af(family));
  return {RTM_GETRULE, NLM_F_DUMP, header};
}

std::optional<plan::ObservedRule> read_rule(const nlmsghdr* message) {
  const auto* header = header_of<fib_rule_hdr>(message);
  Attributes<FRA_MAX> attributes;
  if (header == nullptr || !attributes.parse(message, sizeof *header)) return std::nullopt;
  const auto family = family_of(header->family);
  if (!family || header->src_len > address_bits(*family) || header->dst_len > address_bits(*family)) {
    return std::nullopt;
  }
  plan::ObservedRule observed;
  observed.family = *family;
  observed.rule.from = prefix(attributes[FRA_SRC], header->src_len, *family);
  observed.rule.to = prefix(attributes[FRA_DST], header->dst_len, *family);
  observed.rule.priority = u32(attributes[FRA_PRIORITY]).value_or(0);
  observed.rule.table = u32(attributes[FRA_TABLE]).value_or(header->table);
  observed.protocol = u8(attributes[FRA_PROTOCOL]).value_or(0);
  observed.plain = header->action == FR_ACT_TO_TBL && header->tos == 0 && (header->flags & FIB_RULE_INVERT) == 0;
  for (const int more : {FRA_IIFNAME, FRA_OIFNAME, FRA_FWMARK, FRA_FLOW, FRA_TUN_ID, FRA_L3MDEV, FRA_UID_RANGE,
                         FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE}) {
    // The kernel says 0 where nothing is said.
    const auto* attribute = attributes[more];
    if (attribute != nullptr && u8(attribute) != 0 && u32(attribute) != 0U) observed.plain = false;
  }
  return observed;
}

Message request(const plan::AddRule& action) {
  return request_for(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, action.rule.family(), action.rule);
}

Message request(const plan::RemoveRule& action) {
  return request_for(RTM_DELRULE, 0, action.family, action.rule);
}

}  // namespace cip::kernel
