// A hostile box on a cable: records the frames of one EtherType that a machine sends, and puts frames of its own choice
// onto the way to a machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"

namespace cip::lab {

using Frame = std::vector<std::uint8_t>;  // from the Ethernet header on

class FrameTap {
 public:
  // On the cable of a port ("n1.eth1") of that LAN.
  FrameTap(const NetworkNamespace& lan, const std::string& port, std::uint16_t ether_type);

  // What the machine has sent since the tap was set, or since the last call.
  std::vector<Frame> sent_by_machine();
  // The machine receives this frame.
  void inject(const Frame& frame);

 private:
  Descriptor socket_;
  std::uint16_t ether_type_;
};

}  // namespace cip::lab
