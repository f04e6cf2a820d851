#include "tests/unit/output/everything.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace cip::test {
namespace {

using namespace std::chrono_literals;
using lang::Clim;
using lang::Interface;

IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}

// What the evaluator of templates and loops makes for each `use`.
class Use : public syntax::Expansion {
 public:
  Use(syntax::Span span, const Expansion* outer) : span_(span), outer_(outer) {}
  syntax::Span span() const override { return span_; }
  std::string text() const override { return "in template spare"; }
  const Expansion* outer() const override { return outer_; }
  bool is_import() const override { return false; }

 private:
  syntax::Span span_;
  const Expansion* outer_;
};

}  // namespace

Everything::Everything() {
  std::ifstream file("tests/unit/output/everything.cip");
  std::stringstream text;
  text << file.rdbuf();
  sources.add("everything.cip", text.str());
  cluster.name = ClusterName("lab");
  cluster.etcd = {value<std::string>("\"http:", "http://192.168.100.9:2379"),
                  value<std::string>("\"https:", "https://etcd.example:2379")};
  fill_n1();
  fill_n2();
  fill_ipsec();
}

lang::Origin Everything::at(const std::string& text) {
  const auto& file = sources[syntax::SourceId{0}];
  last_ = file.bytes().find(text, last_);
  INFO(text);
  REQUIRE(last_ != std::string_view::npos);
  const auto begin = static_cast<std::uint32_t>(last_);
  return {{file.id(), begin, begin + static_cast<std::uint32_t>(text.size())}, begin};
}

Clim& Everything::add_clim(const std::string& name) {
  cluster.clim_by_name[ClimName(name)] = cluster.clims.size();
  auto& clim = cluster.clims.emplace_back();
  clim.name = ClimName(name);
  clim.origin = at("clim " + name);
  return clim;
}

Interface& Everything::add(Clim& clim, InterfaceKind kind, const std::string& name) {
  clim.by_name[InterfaceName(name)] = clim.interfaces.size();
  auto& interface = clim.interfaces.emplace_back();
  interface.name = {clim.name, InterfaceName(name)};
  interface.kind = kind;
  interface.origin = at(" " + name + " {");
  ++interface.origin.span.begin;
  return interface;
}

void Everything::address(Interface& interface, const std::string& text) {
  interface.addresses.push_back(value(text, *InterfaceAddress::parse(text)));
}

void Everything::tunnel(Clim& clim, const std::string& name, const std::string& local, const std::string& remote) {
  auto& interface = add(clim, InterfaceKind::tunnel, name);
  if (!local.empty()) {
    interface.tunnel.local = value(local, ip(local));
  }
  interface.tunnel.remote = value(remote, ip(remote));
}

// A block whose statements come from a template: they stand there, but the `use` is here.
void Everything::slave(Clim& clim) {
  auto& eth2 = add(clim, InterfaceKind::physical, "eth2");
  const auto outer = std::make_shared<Use>(at("use spare").span, nullptr);
  const auto inner = std::make_shared<Use>(at("spare").span, outer.get());
  cluster.expansions = std::make_shared<std::pair<std::shared_ptr<Use>, std::shared_ptr<Use>>>(outer, inner);
  const auto behind = last_;
  last_ = 0;
  eth2.match_mac = value("match-mac", *MacAddress::parse("02:00:00:00:00:02"));
  eth2.match_mac->origin.expansion = inner.get();
  eth2.description = value<std::string>("description", "a slave");
  eth2.description->origin.expansion = outer.get();
  last_ = behind;
}

void Everything::bond(Clim& clim) {
  auto& bond0 = add(clim, InterfaceKind::bond, "bond0");
  bond0.bond.slaves = {value("eth2", InterfaceName("eth2")), value("eth3", InterfaceName("eth3"))};
  bond0.bond.mode = value("active-backup", BondMode::active_backup);
  bond0.bond.primary = value("eth3", InterfaceName("eth3"));
  bond0.bond.primary_reselect = value("failure", PrimaryReselect::failure);
  bond0.bond.miimon = value("50ms", std::chrono::milliseconds(50ms));
  bond0.bond.min_links = value("1;", 1U);
  bond0.bond.lacp_rate = value("fast", LacpRate::fast);
  bond0.bond.hash_policy = value("layer3+4", HashPolicy::layer3_4);
  bond0.bond.up_delay = value("200ms", std::chrono::milliseconds(200ms));
  bond0.bond.down_delay = value("100ms", std::chrono::milliseconds(100ms));
  address(bond0, "10.2.0.1/24");
  auto& bond1 = add(clim, InterfaceKind::bond, "bond1");
  bond1.bond.slaves = {value("eth4", InterfaceName("eth4"))};
}

void Everything::fill_n1() {
  auto& n1 = add_clim("n1");
  n1.control = {value("192.168.100.1", ip("192.168.100.1"))};
  address(add(n1, InterfaceKind::loopback, "lo"), "10.255.0.1/32");
  address(add(n1, InterfaceKind::maintenance, "eth0"), "192.168.100.1/24");
  tunnel(n1, "tun2", "10.1.0.1", "192.0.2.10");
  auto& eth1 = add(n1, InterfaceKind::physical, "eth1");
  eth1.provider = value("blue", ProviderName("blue"));
  eth1.match_mac = value("02:00:00:00:00:01", *MacAddress::parse("02:00:00:00:00:01"));
  address(eth1, "10.1.0.1/24");
  eth1.rules.push_back({{Prefix::parse("10.1.0.0/24"), {}, 1000, 100}, at("rule")});
  last_ += 1;
  eth1.rules.push_back({{Prefix::parse("2001:db8::/32"), Prefix::parse("2001:db8:9::/48"), 900, 101}, at("rule")});
  const auto failover = at("n2.eth1");
  cluster.failovers.push_back({eth1.name, {ClimName("n2"), InterfaceName("eth1")}, failover, eth1.origin, false});
  slave(n1);
  bond(n1);
  auto& vlan = add(n1, InterfaceKind::vlan, "bond0.100");
  vlan.vlan.link = value("bond0;", InterfaceName("bond0"));
  vlan.vlan.id = value("100;", std::uint16_t{100});
  address(vlan, "10.3.0.1/24");
  tunnel(n1, "tun1", "10.1.0.1", "192.0.2.9");
  auto& tun1 = n1.interfaces.back();
  tun1.tunnel.ttl = value("255", std::uint8_t{255});
  tun1.mtu = value("1400", 1400U);
  address(tun1, "2001:db8:ff::1/64");
  Route route;
  route.destination = *Prefix::parse("2001:db8:aa::/48");
  route.metric = 1024;
  tun1.routes.push_back({route, at("route 2001"), {}, {}});
  tunnel(n1, "tun3", "10.2.0.1", "192.0.2.9");
  tunnel(n1, "tun4", "10.3.0.1", "192.0.2.9");
  tunnel(n1, "tun5", "10.255.0.1", "192.0.2.9");
  tunnel(n1, "tun6", "192.168.100.1", "192.0.2.9");
  tunnel(n1, "tun9", "", "192.0.2.11");
  address(n1.interfaces.back(), "2001:db8:fe::1/64");
}

void Everything::fill_n2() {
  auto& n2 = add_clim("n2");
  n2.control = {value("192.168.100.2", ip("192.168.100.2"))};
  auto& eth1 = add(n2, InterfaceKind::physical, "eth1");
  eth1.provider = value("blue", ProviderName("blue"));
}

void Everything::fill_ipsec() {
  lang::Ipsec partner;
  partner.name = "partner";
  partner.origin = at("partner");
  partner.clims = {value("n1", ClimName("n1")), value("n2", ClimName("n2"))};
  partner.local = value("10.1.0.1", ip("10.1.0.1"));
  partner.remote = value("192.0.2.20", ip("192.0.2.20"));
  for (const std::string suite : {"aes256gcm16-prfsha384-ecp384", "aes128gcm16-prfsha256-ecp256"}) {
    partner.ike.push_back(value(suite, suite));
  }
  partner.esp = {value<std::string>("aes256gcm16-ecp384", "aes256gcm16-ecp384")};
  partner.auth = value("psk", lang::IpsecSecrets{lang::IpsecAuth::psk, "/etc/cip/secrets/partner.psk", ""});
  for (const auto* pair : {"10.1.0.1/32 198.51.100.0/24", "10.1.0.0/24 203.0.113.0/24"}) {
    std::string local;
    std::string remote;
    std::istringstream(pair) >> local >> remote;
    partner.protections.push_back(value(local, lang::Protection{*Prefix::parse(local), *Prefix::parse(remote)}));
  }
  lang::Ipsec branch;
  branch.name = "branch";
  branch.origin = at("branch");
  branch.clims = {value("n1", ClimName("n1"))};
  branch.local = value("2001:db8:1::1", ip("2001:db8:1::1"));
  branch.remote = value("2001:db8:2::1", ip("2001:db8:2::1"));
  branch.local_id = value<std::string>("\"C=CH", "C=CH, O=strongSwan, CN=n1");
  branch.remote_id = value<std::string>("\"%any", "%any");
  branch.auth =
      value("cert", lang::IpsecSecrets{lang::IpsecAuth::cert, "/etc/cip/certs/n1.pem", "/etc/cip/secrets/n1.key"});
  branch.mode = value("transport", lang::IpsecMode::transport);
  branch.protections = {value(
      "2001:db8:1::1/128", lang::Protection{*Prefix::parse("2001:db8:1::1/128"), *Prefix::parse("2001:db8:2::1/128")})};
  branch.start_action = value("start;", lang::StartAction::start);
  cluster.ipsec = {partner, branch};
}

}  // namespace cip::test
