#include <catch2/catch.hpp>
#include <cerrno>

#include "reconciler/plan/hint.h"
#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;

TEST_CASE("a refusal of the kernel that a person can do something about says what") {
  const plan::LinkId link{1, eth1};
  const auto about = [](const plan::Action& action, int error) { return std::string(plan::hint(action, error)); };
  CHECK(about(plan::AddRoute{link, route("10.9.0.0/16", "10.7.0.1")}, ENETUNREACH).find("`onlink`") !=
        std::string::npos);
  CHECK(about(plan::AddLink{link, plan::BondOptions{}}, EOPNOTSUPP).find("modprobe bonding") != std::string::npos);
  CHECK(about(plan::AddLink{link, plan::VlanOptions{}}, EOPNOTSUPP).find("modprobe 8021q") != std::string::npos);
  CHECK(about(plan::AddLink{link, plan::TunnelOptions{}}, EOPNOTSUPP).find("modprobe sit") != std::string::npos);
  CHECK(about(plan::AddLink{link, plan::TunnelOptions{}}, EEXIST).find("same two ends") != std::string::npos);
  CHECK(about(plan::AddAddress{link, ifaddr("2001:db8::1/64"), {}}, EINVAL).find("1280") != std::string::npos);
  CHECK(about(plan::SetMtu{link, 9000}, EINVAL).find("MTU") != std::string::npos);
  CHECK(about(plan::SetMtu{link, 9000}, EPERM) == "cipd needs CAP_NET_ADMIN");
  CHECK(about(plan::SetUp{link, true}, EBUSY).empty());
  CHECK(about(plan::AddRoute{link, route("10.9.0.0/16")}, EBUSY).empty());
}
