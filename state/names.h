// Names of the things a cluster is made of, each a type of its own.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace cip {

// A name of one kind of thing. Not empty, once it has been through the compiler or the state reader.
template <class Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) : text_(std::move(text)) {}
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Name&) const = default;
  bool operator==(const Name&) const = default;

 private:
  std::string text_;
};

using ClusterName = Name<struct ClusterTag>;
using ClimName = Name<struct ClimTag>;            // no dots: `n1.eth2.100` is eth2.100 of n1
using InterfaceName = Name<struct InterfaceTag>;  // at most 15 bytes, as the kernel's; may have dots
using ProviderName = Name<struct ProviderTag>;
using LanName = Name<struct LanTag>;

// An interface of a CLIM, written `n1.eth2`. Home interfaces are named by this everywhere.
struct InterfaceRef {
  ClimName clim;
  InterfaceName interface;

  std::string str() const { return clim.str() + "." + interface.str(); }
  auto operator<=>(const InterfaceRef&) const = default;
  bool operator==(const InterfaceRef&) const = default;
};

// Whether the kernel accepts it as an interface name (net/core/dev.c, dev_valid_name): 1-15 bytes, no '/', ':' or white
// space, not "." or "..".
bool is_interface_name(std::string_view text);

// Whether it can name a CLIM: letters, digits, `_` and `-`, at most 63, not starting with `-`. It is a directory of the
// state tree, and no dot may be in it.
bool is_clim_name(std::string_view text);

}  // namespace cip

template <class Tag>
struct std::hash<cip::Name<Tag>> {
  std::size_t operator()(const cip::Name<Tag>& name) const noexcept { return std::hash<std::string>{}(name.str()); }
};
template <>
struct std::hash<cip::InterfaceRef> {
  std::size_t operator()(const cip::InterfaceRef& ref) const noexcept {
    return std::hash<std::string>{}(ref.clim.str()) * 31 + std::hash<std::string>{}(ref.interface.str());
  }
};
