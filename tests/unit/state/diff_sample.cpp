#include "diff_sample.h"

namespace cip::sample {

const std::vector<Mutation>& mutations() {
  using enum ChangeKind;
  using enum Impact;
  using H = HomeInterface;
  static const std::vector<Mutation> all{
      {"kind", physical, [](H& h) { h.kind = InterfaceKind::maintenance; }, "", "kind", changed, interrupts,
       interrupts},
      {"match-mac", physical, [](H& h) { h.match_mac = mac("02:00:00:00:00:09"); }, "", "match-mac", changed,
       interrupts, interrupts},
      {"match-mac goes", physical, [](H& h) { h.match_mac.reset(); }, "", "match-mac", removed, hitless, interrupts},
      {"mtu lower", bond, [](H& h) { h.mtu = 1500; }, "", "mtu", changed, interrupts, interrupts},
      {"mtu goes", bond, [](H& h) { h.mtu.reset(); }, "", "mtu", removed, hitless, interrupts},
      {"the usual mtu", physical, [](H& h) { h.mtu = 1500; }, "", "mtu", added, hitless, hitless},
      {"mtu of a vlan lower", vlan, [](H& h) { h.mtu = 1400; }, "", "mtu", added, interrupts, hitless},
      {"mtu of a vlan higher", vlan, [](H& h) { h.mtu = 9000; }, "", "mtu", added, hitless, hitless},
      {"provider", bond, [](H& h) { h.provider = ProviderName("green"); }, "", "provider", changed, hitless, hitless},
      {"lan", bond, [](H& h) { h.lan = LanName(); }, "", "lan", removed, hitless, hitless},
      {"description", bond, [](H& h) { h.description = "x"; }, "", "description", changed, hitless, hitless},
      // bonds
      {"slave", bond,
       [](H& h) {
         h.bond->slaves.push_back({InterfaceName("eth9"), {}, ""});
       },
       "", "slave", added, hitless, interrupts},
      {"slave's device", bond, [](H& h) { h.bond->slaves[0].match_mac = mac("02:00:00:00:00:09"); }, "slave eth2",
       "match-mac", changed, interrupts, interrupts},
      {"slave's device goes", bond, [](H& h) { h.bond->slaves[0].match_mac.reset(); }, "slave eth2", "match-mac",
       removed, hitless, interrupts},
      {"slave's description", bond, [](H& h) { h.bond->slaves[1].description = "right"; }, "slave eth3", "description",
       added, hitless, hitless},
      {"first slave", bond, [](H& h) { std::swap(h.bond->slaves[0], h.bond->slaves[1]); }, "", "first slave", changed,
       hitless, hitless},
      {"mode", bond, [](H& h) { h.bond->mode = BondMode::balance_tlb; }, "", "mode", changed, interrupts, interrupts},
      {"primary", bond, [](H& h) { h.bond->primary = InterfaceName("eth3"); }, "", "primary", changed, interrupts,
       interrupts},
      {"primary goes", bond, [](H& h) { h.bond->primary = InterfaceName(); }, "", "primary", removed, hitless,
       interrupts},
      {"primary-reselect", bond, [](H& h) { h.bond->primary_reselect = PrimaryReselect::failure; }, "",
       "primary-reselect", changed, hitless, interrupts},
      {"miimon", bond, [](H& h) { h.bond->miimon = std::chrono::milliseconds(50); }, "", "miimon", changed, hitless,
       hitless},
      {"min-links", bond, [](H& h) { h.bond->min_links = 2; }, "", "min-links", changed, hitless, hitless},
      {"min-links, too many", bond, [](H& h) { h.bond->min_links = 3; }, "", "min-links", changed, interrupts, hitless},
      {"lacp-rate of no 802.3ad", bond, [](H& h) { h.bond->lacp_rate = LacpRate::fast; }, "", "lacp-rate", changed,
       hitless, hitless},
      {"hash-policy", bond, [](H& h) { h.bond->hash_policy = HashPolicy::layer3_4; }, "", "hash-policy", changed,
       hitless, hitless},
      {"up-delay", bond, [](H& h) { h.bond->up_delay = std::chrono::milliseconds(200); }, "", "up-delay", changed,
       hitless, hitless},
      {"down-delay", bond, [](H& h) { h.bond->down_delay = std::chrono::seconds(1); }, "", "down-delay", changed,
       hitless, hitless},
      // VLANs
      {"id", vlan, [](H& h) { h.vlan->id = 101; }, "", "id", changed, interrupts, interrupts},
      {"link", vlan, [](H& h) { h.vlan->link = InterfaceName("eth2"); }, "", "link", changed, interrupts, interrupts},
      // addresses
      {"address", bond, [](H& h) { h.addresses.push_back(address("10.1.0.9/24")); }, "", "address", added, hitless,
       interrupts},
      {"another network in front", bond, [](H& h) { h.addresses.insert(h.addresses.begin(), address("10.7.0.1/24")); },
       "", "address", added, hitless, interrupts},
      {"a primary in front", bond, [](H& h) { h.addresses.insert(h.addresses.begin(), address("10.1.0.9/24")); }, "",
       "address", added, interrupts, interrupts},
      {"an IPv6 address in front", bond,
       [](H& h) { h.addresses.insert(h.addresses.begin(), address("2001:db8:1::9/64")); }, "", "address", added,
       hitless, interrupts},
      {"length", bond, [](H& h) { h.addresses[2].length = 48; }, "", "address", changed, interrupts, interrupts},
      {"order in a network", bond, [](H& h) { std::swap(h.addresses[0], h.addresses[1]); }, "",
       "primary of 10.1.0.0/24", changed, interrupts, interrupts},
      // routes
      {"route", bond, [](H& h) { h.routes.push_back(route("10.8.0.0/16", "10.1.0.253")); }, "", "route", added, hitless,
       interrupts},
      {"a second way", bond, [](H& h) { h.routes.push_back(route("10.9.0.0/16", "10.1.0.252", 30)); }, "", "route",
       added, hitless, hitless},
      {"blackhole goes", bond, [](H& h) { h.routes.pop_back(); }, "", "route", removed, hitless, interrupts},
      {"gateway", bond, [](H& h) { h.routes[0].gateway = ip("10.1.0.253"); }, "", "route", changed, hitless, hitless},
      {"source", bond, [](H& h) { h.routes[0].source = ip("10.1.0.2"); }, "", "route", changed, hitless, hitless},
      {"route's mtu", bond, [](H& h) { h.routes[0].mtu = 1400; }, "", "route", changed, hitless, hitless},
      {"onlink", bond, [](H& h) { h.routes[0].onlink = true; }, "", "route", changed, hitless, hitless},
      {"metric", bond, [](H& h) { h.routes[1].metric = 21; }, "", "route", changed, interrupts, interrupts},
      {"table", bond, [](H& h) { h.routes[1].table = 100; }, "", "route", changed, interrupts, interrupts},
      {"type", bond, [](H& h) { h.routes[1].type = RouteType::prohibit; }, "", "route", changed, interrupts, hitless},
      {"throw", bond, [](H& h) { h.routes[1].type = RouteType::throw_; }, "", "route", changed, interrupts, interrupts},
      // rules and neighbours
      {"rule", bond,
       [](H& h) {
         h.rules.push_back({prefix("10.7.0.0/16"), {}, 1000, 100});
       },
       "", "rule", added, hitless, interrupts},
      {"rule's priority", bond, [](H& h) { h.rules[0].priority = 999; }, "", "rule", changed, interrupts, interrupts},
      {"rule's table", bond, [](H& h) { h.rules[0].table = 101; }, "", "rule", changed, interrupts, interrupts},
      {"neighbor", bond,
       [](H& h) {
         h.neighbors.push_back({ip("10.1.0.7"), mac("02:00:00:00:00:07")});
       },
       "", "neighbor", added, hitless, hitless},
      {"neighbor's mac", bond, [](H& h) { h.neighbors[0].mac = mac("02:00:00:00:00:07"); }, "", "neighbor", changed,
       hitless, hitless},
      // tunnels
      {"local", bond, [](H& h) { h.tunnels[0].local = ip("10.1.0.2"); }, "tunnel tun1", "local", changed, interrupts,
       interrupts},
      {"remote", bond, [](H& h) { h.tunnels[0].remote = ip("192.0.2.8"); }, "tunnel tun1", "remote", changed,
       interrupts, interrupts},
      {"ttl", bond, [](H& h) { h.tunnels[0].ttl = 255; }, "tunnel tun1", "ttl", changed, hitless, hitless},
      {"tunnel's mtu", bond, [](H& h) { h.tunnels[0].mtu = 1280; }, "tunnel tun1", "mtu", changed, interrupts, hitless},
      {"tunnel's address", bond, [](H& h) { h.tunnels[0].addresses.push_back(address("2001:db8:ff::2/64")); },
       "tunnel tun1", "address", added, hitless, interrupts},
      {"tunnel's route", bond, [](H& h) { h.tunnels[0].routes.clear(); }, "tunnel tun1", "route", removed, interrupts,
       hitless},
      // failover
      {"failover", bond, [](H& h) { h.failover = ref("n3", "eth4"); }, "", "failover", changed, hitless, hitless},
      {"failover goes", bond, [](H& h) { h.failover.reset(); }, "", "failover", removed, hitless, hitless},
  };
  return all;
}

}  // namespace cip::sample
