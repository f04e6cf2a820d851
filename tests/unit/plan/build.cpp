#include "tests/unit/plan/build.h"

#include <stdexcept>

namespace cip::test {

namespace {

template <class Value>
Value parsed(const std::optional<Value>& value, std::string_view text) {
  if (!value) throw std::invalid_argument(std::string(text));
  return *value;
}

}  // namespace

InterfaceAddress ifaddr(std::string_view text) {
  return parsed(InterfaceAddress::parse(text), text);
}
IpAddress ip(std::string_view text) {
  return parsed(IpAddress::parse(text), text);
}
MacAddress mac(std::string_view text) {
  return parsed(MacAddress::parse(text), text);
}

Route route(std::string_view destination, std::string_view gateway) {
  Route made;
  made.destination = parsed(Prefix::parse(destination), destination);
  made.metric = made.family() == Family::ipv6 ? 1024 : 0;
  if (!gateway.empty()) made.gateway = ip(gateway);
  return made;
}

plan::DesiredAddress want(std::string_view address, const InterfaceName& link) {
  return {link, ifaddr(address), {}, false, {home1}};
}

plan::DesiredRoute want(const Route& route, const InterfaceName& link, const InterfaceRef& home) {
  return {link, route, {home}};
}

plan::Observed two_links() {
  plan::Observed observed;
  observed.instance = "boot/1";
  for (const auto& [index, name] : {std::pair{1, eth1}, std::pair{2, eth2}}) {
    plan::ObservedLink link;
    link.id = {index, name};
    link.mtu = 1500;
    link.up = true;
    link.carrier = true;
    observed.links.push_back(link);
  }
  return observed;
}

plan::ObservedAddress seen(std::string_view address, int link) {
  plan::ObservedAddress observed;
  observed.link = {link, link == 1 ? eth1 : eth2};
  observed.address = ifaddr(address);
  return observed;
}

plan::ObservedRoute seen(const Route& route, int protocol, int link) {
  plan::ObservedRoute observed;
  if (route.type == RouteType::unicast) observed.link = {link, link == 1 ? eth1 : eth2};
  observed.route = route;
  observed.protocol = static_cast<std::uint8_t>(protocol);
  return observed;
}

plan::Ledger owning(const std::vector<plan::ObservedAddress>& addresses) {
  plan::Ledger ledger{"boot/1", {}, {}};
  for (const auto& address : addresses) ledger.addresses.push_back({address.link, address.address, false, {home1}});
  return ledger;
}

plan::Ledger after(const plan::Plan& plan) {
  return settle(plan, std::vector<plan::OperationResult>(plan.operations.size()));
}

std::vector<std::string> lines(const plan::Plan& plan) {
  std::vector<std::string> text;
  for (const auto& operation : plan.operations) text.push_back(describe(operation));
  return text;
}

}  // namespace cip::test
