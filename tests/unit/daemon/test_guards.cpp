// Which policies there must be. What they do is shown by tests/unit/kernel/test_policies.cpp, that they are there in
// time by tests/lab/test_lab_ipsec.cpp.
#include <algorithm>
#include <catch2/catch.hpp>

#include "reconciler/daemon/guards.h"

using namespace cip;
using namespace cip::daemon;
using kernel::Policy;
using kernel::PolicyDirection;

namespace {

ipsec::Connection connection(const char* local, std::vector<std::pair<const char*, const char*>> protections) {
  ipsec::Connection result;
  result.local = *IpAddress::parse(local);
  for (const auto& [here, there] : protections) {
    result.protections.push_back({"p", *Prefix::parse(here), *Prefix::parse(there), ipsec::StartAction::none});
  }
  return result;
}

}  // namespace

TEST_CASE("each protection is guarded in every direction, whatever its start action", "[daemon][guards]") {
  const auto here = *Prefix::parse("10.1.0.1/32");
  const auto there = *Prefix::parse("10.50.0.0/24");
  std::vector<Policy> wanted{{PolicyDirection::in, there, here, Policy::Kind::block},
                             {PolicyDirection::out, here, there, Policy::Kind::block},
                             {PolicyDirection::forward, there, here, Policy::Kind::block}};
  std::sort(wanted.begin(), wanted.end());
  CHECK(guards_of({connection("10.1.0.1", {{"10.1.0.1/32", "10.50.0.0/24"}})}) == wanted);
  // Two connections may protect the same.
  CHECK(guards_of({connection("10.1.0.1", {{"10.1.0.1/32", "10.50.0.0/24"}}),
                   connection("10.1.0.9", {{"10.1.0.1/32", "10.50.0.0/24"}})}) == wanted);
  CHECK(guards_of({}).empty());
}

TEST_CASE("IPv6 neighbours can be found before anything is negotiated, IPv4 ones need no policy for it",
          "[daemon][guards]") {
  const auto guards = guards_of({connection("2001:db8::1", {{"2001:db8::1/128", "2001:db8::2/128"}})});
  CHECK(guards.size() == 7);
  const auto here = *Prefix::parse("2001:db8::1/128");
  const auto there = *Prefix::parse("2001:db8::2/128");
  for (const auto kind : {Policy::Kind::solicitation, Policy::Kind::advertisement}) {
    CHECK(std::count(guards.begin(), guards.end(), Policy{PolicyDirection::out, here, there, kind}) == 1);
    CHECK(std::count(guards.begin(), guards.end(), Policy{PolicyDirection::in, there, here, kind}) == 1);
  }
  CHECK(guards_of({connection("10.1.0.1", {{"10.1.0.1/32", "10.1.0.2/32"}})}).size() == 3);
}
