// Each kind of object: the message that asks for all of them, a message read, and messages that change one. Readers
// give nothing for what is not of interest or malformed. Link names are left empty but in links. Of this room only.
#pragma once

#include <optional>

#include "reconciler/kernel/message.h"
#include "reconciler/plan/objects.h"

namespace cip::kernel {

Message dump_links();
std::optional<plan::ObservedLink> read_link(const nlmsghdr* message);
Message request(const plan::AddLink& action);
Message request(const plan::RemoveLink& action);
Message request(const plan::SetName& action);
Message request(const plan::SetMaster& action);
Message request(const plan::SetBond& action);
Message request(const plan::SetTunnel& action);
Message request(const plan::SetMtu& action);
Message request(const plan::SetUp& action);
Message request(const plan::SetSetting& action);

Message dump_addresses();
std::optional<plan::ObservedAddress> read_address(const nlmsghdr* message);
Message request(const plan::AddAddress& action);
Message request(const plan::RefreshAddress& action);
Message request(const plan::RemoveAddress& action);

Message dump_routes(Family family);
std::optional<plan::ObservedRoute> read_route(const nlmsghdr* message);
Message request(const plan::AddRoute& action);
Message request(const plan::ReplaceRoute& action);
Message request(const plan::RemoveRoute& action);

Message dump_neighbors(Family family);
std::optional<plan::ObservedNeighbor> read_neighbor(const nlmsghdr* message);
Message request(const plan::AddNeighbor& action);
Message request(const plan::ReplaceNeighbor& action);
Message request(const plan::RemoveNeighbor& action);

Message dump_rules(Family family);
std::optional<plan::ObservedRule> read_rule(const nlmsghdr* message);
Message request(const plan::AddRule& action);
Message request(const plan::RemoveRule& action);

}  // namespace cip::kernel
