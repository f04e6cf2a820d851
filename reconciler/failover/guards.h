// For the simulator's own test only: every rule that keeps the engine safe can be switched off, and the test demands
// that the simulator then finds a violation. The daemon never touches this.
#pragma once

namespace cip::failover {

struct Guards {
  bool epoch = true;          // a record with a lower epoch never replaces one with a higher
  bool mirror = true;         // F10: only the mirror that was announced last is added
  bool shared = true;         // F10: only what its home CLIM, if that is heard, still says to be ours to take
  bool beside_home = true;    // F5: a visitor only beside the interface's own home resources
  bool probe = true;          // an answer of the other side's MAC addresses stops a takeover
  bool answered = true;       // who has answered once must be silent for a second
  bool data_lan = true;       // heartbeats of the data LAN count as those of the control LAN do
  bool witness = true;        // no takeover before a third host was heard
  bool removal_first = true;  // giving waits for the kernel's acknowledgement of the removal
  bool persist_first = true;  // a record is on disk before it is said or acted on
  bool settle = true;         // a carrier that came back must last before anything is added
  bool fence = true;          // lifetimes of the addresses are refreshed only while the daemon runs
  bool linger = true;         // lifetime `linger` while the other side cannot take it
  bool both_hold = true;      // of two that hold it, one removes
  bool reread = true;         // the kernel is read after a pause
  bool newer_message = true;  // an older message never overwrites newer knowledge
  bool starting = true;       // a CLIM that boots listens before it acts
  bool stays = true;          // no failback by itself (F4)

  // No rule: without it every home interface is looked at after every event. The test demands the same results.
  bool only_concerned = true;
};

}  // namespace cip::failover
