// What a CLIM keeps on disk (--data-dir), beside the configuration it is given:
//
//   records/n1.eth1.json          the record of each home interface it shares (docs/protocol.md, "Shape")
//   mirrors/n2.eth1/DIGEST.json   mirrors: the one that was announced and newer ones
//   tree/                         the last state tree that was good
//   unproven.json                 the generation that must not be used by itself: it is on trial, or was undone
//   lock                          held while a cipd runs
//
// Every file is written anew, synced and renamed. A file that is damaged is an alarm and counts as absent.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/failover/record.h"
#include "state/file.h"
#include "state/tree.h"

namespace cip::daemon {

// The text of a record's file, and back.
std::string to_json(const InterfaceRef& home, const failover::Saved& saved);
Result<failover::Saved> saved_from_json(std::string_view text, const InterfaceRef& home, std::string_view where);

// "n1.eth2.100" is eth2.100 of n1; nothing if either part is no name.
std::optional<InterfaceRef> parse_interface_ref(std::string_view text);

struct Unproven {
  Digest generation;
  std::string why;
};
std::string to_json(const Unproven& unproven);
Result<Unproven> unproven_from_json(std::string_view text, std::string_view where);

using Mirrors = std::map<InterfaceRef, std::map<Digest, HomeFile>>;

class DataDirectory {
 public:
  explicit DataDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  // Makes it if it is not there and keeps others out until this object goes. Errors: another cipd has it, or the disk.
  Result<void> lock();

  // What is there. `damaged` gets a sentence for each file that counts as absent.
  std::map<InterfaceRef, failover::Saved> read_records(std::vector<std::string>& damaged) const;
  Mirrors read_mirrors(std::vector<std::string>& damaged) const;
  Result<ClimState> read_last_tree(const ClimName& clim, const ClimState* known = nullptr) const;

  std::filesystem::path record_file(const InterfaceRef& home) const;
  std::filesystem::path mirror_file(const InterfaceRef& home, const Digest& digest) const;

  // Nothing: every generation may be used. May block.
  Result<void> write_unproven(const std::optional<Unproven>& unproven) const;
  std::optional<Unproven> read_unproven(std::vector<std::string>& damaged) const;

  // A copy of what `state` has, to become the last tree. May block.
  Result<StagedTree> stage_last_tree(const ClimState& state) const;
  Result<void> write_last_tree(const ClimState& state) const;  // at once

 private:
  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace cip::daemon
