#include "tests/lab/network_namespace.h"

#include <arpa/inet.h>
#include <array>
#include <bit>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <optional>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/lab/process.h"

namespace cip::lab {
namespace {

Descriptor current_namespace() {
  return {open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open network namespace"};
}

void enter(int descriptor) {
  if (setns(descriptor, CLONE_NEWNET) != 0) fail("setns");
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

// The address of an entry with its prefix length; nothing for link-local and non-IP entries.
std::optional<std::string> text_of(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || entry.ifa_netmask == nullptr) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  int length = 0;
  if (entry.ifa_addr->sa_family == AF_INET) {
    sockaddr_in address{};
    sockaddr_in mask{};
    std::memcpy(&address, entry.ifa_addr, sizeof address);
    std::memcpy(&mask, entry.ifa_netmask, sizeof mask);
    inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    length = std::popcount(mask.sin_addr.s_addr);
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    sockaddr_in6 address{};
    sockaddr_in6 mask{};
    std::memcpy(&address, entry.ifa_addr, sizeof address);
    std::memcpy(&mask, entry.ifa_netmask, sizeof mask);
    if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) return {};
    inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    for (const unsigned char byte : mask.sin6_addr.s6_addr) length += std::popcount(byte);
  } else {
    return {};
  }
  return fmt::format("{}/{}", text.data(), length);
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  const Descriptor home = current_namespace();
  if (unshare(CLONE_NEWNET) != 0) fail("unshare: a network namespace (are you root?)");
  descriptor_ = current_namespace();
  enter(home.get());
  set_up("lo", true);
}

std::string NetworkNamespace::path() const {
  return fmt::format("/proc/{}/fd/{}", getpid(), descriptor());
}

void NetworkNamespace::set_sysctl(const std::string& name, const std::string& value) const {
  const Inside inside(*this);
  const std::string path = "/proc/sys/net/" + name;
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC), path);
  if (write(file.get(), value.data(), value.size()) < 0) fail("write " + path);
}

void NetworkNamespace::ip(const std::vector<std::string>& commands) const {
  std::string input;
  for (const auto& command : commands) input += command + "\n";
  const Outcome outcome = run({"ip", "-batch", "-"}, {.where = this, .input = input});
  if (outcome.status != 0) throw std::runtime_error("ip: " + outcome.err + "in: " + input);
}

void NetworkNamespace::set_up(const std::string& interface, bool up) const {
  const Inside inside(*this);
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) fail("flags of " + interface);
  const int flags = request.ifr_flags;
  request.ifr_flags = static_cast<short>(up ? flags | IFF_UP : flags & ~IFF_UP);
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) fail("set flags of " + interface);
}

std::string NetworkNamespace::ip_json(const std::string& arguments) const {
  std::vector<std::string> command{"ip", "-j", "-d"};
  for (const auto& word : words(arguments)) command.push_back(word);
  const Outcome outcome = run(command, {.where = this});
  if (outcome.status != 0) throw std::runtime_error("ip " + arguments + ": " + outcome.err);
  return outcome.out;
}

std::vector<std::string> NetworkNamespace::addresses(const std::string& interface) const {
  const Inside inside(*this);
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) fail("getifaddrs");
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  std::vector<std::string> result;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (!interface.empty() && interface != entry->ifa_name) continue;
    if (const auto text = text_of(*entry)) result.push_back(*text);
  }
  return result;
}

Inside::Inside(const NetworkNamespace& there) : home_(current_namespace()) {
  enter(there.descriptor());
}

Inside::~Inside() {
  // Going on in the wrong network would make every later result a lie.
  if (setns(home_.get(), CLONE_NEWNET) != 0) std::terminate();
}

}  // namespace cip::lab
