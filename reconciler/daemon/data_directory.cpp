#include "reconciler/daemon/data_directory.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/file.h>
#include <system_error>
#include <utility>

#include "state/json.h"

namespace cip::daemon {

namespace fs = std::filesystem;
using failover::Epoch;
using failover::Reason;
using failover::Saved;
using nlohmann::json;

namespace {

constexpr unsigned record_format = 1;
constexpr std::size_t largest_record = 64 << 10;

struct ReasonWord {
  Reason reason;
  const char* word;
};
constexpr std::array<ReasonWord, 4> reasons{{{Reason::initial, "initial"},
                                             {Reason::failure, "failure"},
                                             {Reason::command, "command"},
                                             {Reason::found, "found"}}};

std::optional<Reason> reason_of(const std::string& word) {
  for (const auto& each : reasons) {
    if (word == each.word) {
      return each.reason;
    }
  }
  return std::nullopt;
}

// A directory that is not there has no files.
std::vector<fs::path> files_in(const fs::path& directory, std::vector<std::string>& damaged) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator each(directory, failed), end; !failed && each != end; each.increment(failed)) {
    files.push_back(each->path());
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    damaged.push_back(fmt::format("cannot read {}: {}", directory.string(), failed.message()));
  }
  return files;
}

// write_file_atomically leaves these when it dies in the middle.
bool is_data_file(const fs::path& file) {
  return file.extension() == ".json";
}

Result<HomeFile> read_mirror(const fs::path& file, const InterfaceRef& home) {
  auto bytes = read_file(file);
  if (!bytes) {
    return bytes.error();
  }
  auto digest = Digest::of(*bytes);
  if (digest.str() != file.stem()) {
    return Error{ErrorCode::system,
                 fmt::format("{}: its content does not have the digest that it is named by", file.string())};
  }
  auto interface = home_interface_from_json(*bytes, file.string());
  if (!interface) {
    return interface.error();
  }
  if (interface->name != home) {
    return Error{ErrorCode::system, fmt::format("{}: is about {}", file.string(), interface->name.str())};
  }
  return HomeFile{std::make_shared<const HomeInterface>(std::move(*interface)), std::move(digest)};
}

}  // namespace

std::optional<InterfaceRef> parse_interface_ref(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto clim = text.substr(0, dot);
  const auto interface = text.substr(dot + 1);
  if (!is_clim_name(clim) || !is_interface_name(interface)) {
    return std::nullopt;
  }
  return InterfaceRef{ClimName(std::string(clim)), InterfaceName(std::string(interface))};
}

std::string to_json(const InterfaceRef& home, const Saved& saved) {
  json object{{"format", record_format},
              {"home", home.str()},
              {"owner", saved.record.owner.str()},
              {"epoch", failover::number(saved.record.epoch)},
              {"stopped", saved.record.stopped},
              {"announced", saved.announced.str()},
              {"interface-stopped", saved.interface_stopped}};
  for (const auto& each : reasons) {
    if (each.reason == saved.record.reason) {
      object["reason"] = each.word;
    }
  }
  // The disk may return an old block or another's: the file vouches for itself.
  object["digest"] = Digest::of(object.dump()).str();
  return object.dump(2) + "\n";
}

Result<Saved> saved_from_json(std::string_view text, const InterfaceRef& home, std::string_view where) {
  const auto damaged = [&](std::string_view why) {
    return Error{ErrorCode::system, fmt::format("{} is damaged: {}", where, why)};
  };
  json object = json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return damaged("not a JSON object");
  }
  // A number that is no natural one, or too large, is of another type.
  const auto number = [&](const char* key) { return object.at(key).get_ref<const json::number_unsigned_t&>(); };
  try {
    if (number("format") != record_format) {
      return damaged("unknown format");
    }
    const auto digest = object.at("digest").get<std::string>();
    object.erase("digest");
    if (Digest::of(object.dump()).str() != digest) {
      return damaged("its digest does not match");
    }
    if (object.at("home").get<std::string>() != home.str()) {
      return damaged("it is about another interface");
    }
    Saved saved;
    saved.record.owner = ClimName(object.at("owner").get<std::string>());
    saved.record.epoch = Epoch{number("epoch")};
    saved.record.stopped = object.at("stopped").get<bool>();
    saved.interface_stopped = object.at("interface-stopped").get<bool>();
    const auto reason = reason_of(object.at("reason").get<std::string>());
    if (!reason) {
      return damaged("unknown reason");
    }
    saved.record.reason = *reason;
    const auto announced = object.at("announced").get<std::string>();
    if (!announced.empty()) {
      const auto parsed = Digest::parse(announced);
      if (!parsed) {
        return damaged("announced is no digest");
      }
      saved.announced = *parsed;
    }
    return saved;
  } catch (const json::exception& exception) {
    return damaged(exception.what());
  }
}

std::string to_json(const Unproven& unproven) {
  const json object{{"format", record_format}, {"generation", unproven.generation.str()}, {"why", unproven.why}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Unproven> unproven_from_json(std::string_view text, std::string_view where) {
  const json object = json::parse(text, nullptr, false);
  const auto member = [&](const char* key) {
    const bool there = object.is_object() && object.contains(key) && object[key].is_string();
    return there ? object[key].get<std::string>() : std::string();
  };
  const auto generation = Digest::parse(member("generation"));
  if (!generation) {
    return Error{ErrorCode::system, fmt::format("{} is damaged: it names no generation", where)};
  }
  return Unproven{*generation, member("why")};
}

Result<void> DataDirectory::lock() {
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (failed) {
    return Error{ErrorCode::system, fmt::format("cannot create {}: {}", path_.string(), failed.message())};
  }
  const auto file = path_ / "lock";
  FileDescriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!descriptor) {
    return system_error(file, errno);
  }
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return system_error(file, errno);
    }
    return Error{
        ErrorCode::invalid,
        fmt::format("another cipd runs with the data directory {}: stop it, or ask it with cipctl", path_.string())};
  }
  lock_ = std::move(descriptor);
  return {};
}

std::map<InterfaceRef, Saved> DataDirectory::read_records(std::vector<std::string>& damaged) const {
  std::map<InterfaceRef, Saved> records;
  for (const auto& file : files_in(path_ / "records", damaged)) {
    if (!is_data_file(file)) {
      continue;
    }
    const auto home = parse_interface_ref(file.stem().string());
    if (!home) {
      damaged.push_back(fmt::format("{} is not named by an interface", file.string()));
      continue;
    }
    const auto text = read_file(file, largest_record);
    const auto saved = text ? saved_from_json(*text, *home, file.string()) : Result<Saved>(text.error());
    if (saved) {
      records.emplace(*home, *saved);
    } else {
      damaged.push_back(saved.error().message);
    }
  }
  return records;
}

Mirrors DataDirectory::read_mirrors(std::vector<std::string>& damaged) const {
  Mirrors mirrors;
  for (const auto& directory : files_in(path_ / "mirrors", damaged)) {
    const auto home = parse_interface_ref(directory.filename().string());
    if (!home) {
      continue;
    }
    for (const auto& file : files_in(directory, damaged)) {
      if (!is_data_file(file)) {
        continue;
      }
      auto mirror = read_mirror(file, *home);
      if (mirror) {
        const auto digest = mirror->digest;
        mirrors[*home].emplace(digest, std::move(*mirror));
      } else {
        damaged.push_back(mirror.error().message);
      }
    }
  }
  return mirrors;
}

Result<void> DataDirectory::write_unproven(const std::optional<Unproven>& unproven) const {
  const auto file = path_ / "unproven.json";
  if (!unproven) {
    std::error_code failed;
    const bool removed = fs::remove(file, failed);
    if (failed) {
      return Error{ErrorCode::system, fmt::format("cannot remove {}: {}", file.string(), failed.message())};
    }
    if (!removed) {
      return {};
    }
    const auto directory = Directory::open(path_);  // else it may be there again after a loss of power
    return directory ? directory->sync(path_) : directory.error();
  }
  return write_file_atomically(file, to_json(*unproven));
}

std::optional<Unproven> DataDirectory::read_unproven(std::vector<std::string>& damaged) const {
  const auto file = path_ / "unproven.json";
  const auto text = read_file(file, largest_record);
  if (!text) {
    if (text.error().code != ErrorCode::not_found) {
      damaged.push_back(text.error().message);
    }
    return std::nullopt;
  }
  const auto unproven = unproven_from_json(*text, file.string());
  if (!unproven) {
    damaged.push_back(unproven.error().message);
    return std::nullopt;
  }
  return *unproven;
}

Result<ClimState> DataDirectory::read_last_tree(const ClimName& clim, const ClimState* known) const {
  return read_clim_state(path_ / "tree", clim, known);
}

fs::path DataDirectory::record_file(const InterfaceRef& home) const {
  return path_ / "records" / (home.str() + ".json");
}

fs::path DataDirectory::mirror_file(const InterfaceRef& home, const Digest& digest) const {
  return path_ / "mirrors" / home.str() / (digest.str() + ".json");
}

Result<void> DataDirectory::write_last_tree(const ClimState& state) const {
  auto staged = stage_last_tree(state);
  return staged ? staged->put_in_place() : staged.error();
}

Result<StagedTree> DataDirectory::stage_last_tree(const ClimState& state) const {
  const auto base = state.clim.name.str();
  TreeFiles files;
  const auto clim = cip::to_json(state.clim);
  files[base + "/clim.json"] = clim;
  for (const auto& [name, file] : state.home) {
    files[base + "/home/" + name.str() + ".json"] = cip::to_json(*file.interface);
  }
  for (const auto& [home, file] : state.mirrors) {
    files[base + "/mirror/" + home.clim.str() + "/" + home.interface.str() + ".json"] = cip::to_json(*file.interface);
  }
  if (state.clim.ipsec) {
    files[base + "/ipsec/swanctl.conf"] = state.swanctl;
  }
  // A tree of one CLIM only, so a generation of its own.
  Manifest manifest{CIP_VERSION, {}, {{state.clim.name, Digest::of(clim)}}};
  manifest.generation = generation_digest(manifest.clims);
  files["manifest.json"] = cip::to_json(manifest);
  return StagedTree::write(path_ / "tree", files);
}

}  // namespace cip::daemon
