// What is said about addresses on a LAN: every ARP packet, neighbour solicitation and neighbour advertisement, with the
// port of the bridge it came in on. The port, not the MAC address in the packet, is the proof of who sent it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "state/address.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

namespace cip::lab {

struct AddressPacket {
  enum class Kind {
    arp_probe,      // who has it? from nobody (RFC 5227)
    arp_request,    // who has it? from somebody
    arp_reply,      // I have it, to who asked
    announcement,   // gratuitous ARP or unsolicited advertisement: I have it, to all
    solicitation,   // IPv6: who has it?
    advertisement,  // IPv6: I have it, to who asked
  };
  Time time;
  std::string port;  // who sent it: "n1.eth1"
  Kind kind = Kind::arp_probe;
  IpAddress target;        // the address that it asks for or claims
  IpAddress sender;        // the address of who asks; of claims the same as target
  MacAddress mac;          // of the sender, as the packet says
  bool overrides = false;  // of an advertisement: what a host knew before is wrong

  bool claims() const { return kind == Kind::arp_reply || kind == Kind::announcement || kind == Kind::advertisement; }
};

// What a frame says about addresses, but its time and port.
std::optional<AddressPacket> parse_address_packet(std::span<const std::uint8_t> frame);
// A packet socket that receives such frames, without waiting, on an interface or (empty) on all of them.
Descriptor address_packet_socket(const NetworkNamespace& where, const std::string& interface);

class Capture {
 public:
  explicit Capture(const NetworkNamespace& lan);  // every port of the bridge in it, also those that come later
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();

  std::vector<AddressPacket> packets() const;
  // Those that say "I have it", since then.
  std::vector<AddressPacket> claims(const std::string& address, Time since = {}) const;
  // Those that ask for it, since then.
  std::vector<AddressPacket> questions(const std::string& address, Time since = {}) const;

 private:
  void read();

  Descriptor socket_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<AddressPacket> packets_;  // guarded by mutex_
  std::thread reader_;
};

}  // namespace cip::lab
