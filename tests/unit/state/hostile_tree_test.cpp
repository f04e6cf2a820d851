// Trees that are cut off, swapped, half copied, or made to harm: each is refused at once, by a message that names the
// file, and a tree that is read is one that somebody wrote.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <random>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "state/tree.h"
#include "tests/unit/state/sample.h"
#include "tests/unit/state/temporary_directory.h"

using namespace cip;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  fs::remove_all(file);
  REQUIRE(write_new_file(file, bytes));
}

void put(const fs::path& dir, const TreeFiles& files) {
  fs::remove_all(dir);
  for (const auto& [path, bytes] : files) put(dir / path, bytes);
}

// Fails the test if the answer takes a second.
Result<ClimState> read_n1(const fs::path& dir) {
  const auto begin = std::chrono::steady_clock::now();
  auto state = read_clim_state(dir, ClimName("n1"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
  return state;
}

bool same(const ClimState& state, const ClimState& other) {
  const auto same_files = [](const auto& a, const auto& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
      return left.first == right.first && left.second.digest == right.second.digest &&
             *left.second.interface == *right.second.interface;
    });
  };
  return state.clim == other.clim && state.swanctl == other.swanctl && same_files(state.home, other.home) &&
         same_files(state.mirrors, other.mirrors);
}

// What the reader says; fit for a line on a terminal. Who knows an earlier tree hears the same.
std::string said_by(const fs::path& dir, const ClimState* known = nullptr) {
  const auto state = read_n1(dir);
  if (known != nullptr) {
    const auto again = read_clim_state(dir, ClimName("n1"), known);
    CHECK(static_cast<bool>(again) == static_cast<bool>(state));
    if (!again && !state) CHECK(again.error().message == state.error().message);
    if (again && state) CHECK(same(*again, *state));
  }
  if (state) return "";
  const auto& message = state.error().message;
  CHECK(message.size() < 1000);
  CHECK(std::none_of(message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }));
  return message;
}

// Files of the sample that are read for n1.
std::vector<std::string> files_of_n1() {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : sample::tree()) {
    if (!path.starts_with("n2/")) paths.push_back(path);
  }
  return paths;
}

const std::string manifest = "manifest.json";

// All digests as the bytes have them.
TreeFiles sealed(TreeFiles files) {
  for (std::size_t at = 0; const auto* name : {"n1", "n2"}) {
    auto& text = files[manifest];
    at = text.find("\"digest\": \"", at) + 11;
    text.replace(at, 64, Digest::of(files[std::string(name) + "/clim.json"]).str());
  }
  if (auto made = manifest_from_json(files[manifest], "")) {
    made->generation = generation_digest(made->clims);
    files[manifest] = to_json(*made);
  }
  return files;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The sample with another address on n1.eth1, another mirror of n2.eth1, an interface less and one more.
TreeFiles next_generation() {
  auto files = sample::tree();
  auto home = sample::home("n1", "n2");
  home.mtu = 1500;
  auto theirs = sample::home("n2", "n1");
  theirs.description = "moved";
  auto fresh = sample::lone_tunnel("n1");
  fresh.name.interface = fresh.tunnels[0].name = InterfaceName("tun8");
  files.erase("n1/home/tun9.json");
  files["n1/home/eth1.json"] = to_json(home);
  files["n1/home/tun8.json"] = to_json(fresh);
  files["n2/home/eth1.json"] = files["n1/mirror/n2/eth1.json"] = to_json(theirs);
  auto clim = *clim_from_json(files["n1/clim.json"], "");
  std::erase_if(clim.interfaces, [](const auto& entry) { return entry.name == InterfaceName("tun9"); });
  clim.interfaces.push_back({fresh.name.interface, {}});
  for (auto& entry : clim.interfaces) entry.digest = Digest::of(files["n1/home/" + entry.name.str() + ".json"]);
  for (auto& entry : clim.mirrors) {
    entry.digest = Digest::of(files["n1/mirror/n2/" + entry.home.interface.str() + ".json"]);
  }
  files["n1/clim.json"] = to_json(clim);
  return sealed(files);
}

}  // namespace

TEST_CASE("a file of a tree that is cut off, changed or another is refused by its name") {
  const TemporaryDirectory dir;
  const auto good = sample::tree();
  const auto next = next_generation();
  put(dir.path(), good);
  REQUIRE(said_by(dir.path()).empty());
  const auto known = *read_n1(dir.path());
  for (const auto& path : files_of_n1()) {
    const auto& bytes = good.at(path);
    const auto said_of = [&](const std::string& content) {
      put(dir.path() / path, content);
      return said_by(dir.path(), &known);
    };
    const auto named = Catch::StartsWith((dir.path() / path).string() + ": ");
    const auto what_to_do = Catch::Contains("copy ");
    for (const auto size : {bytes.size() - 1, bytes.size() - 2, bytes.size() / 2, std::size_t{1}, std::size_t{0}}) {
      const auto said = said_of(bytes.substr(0, size));
      CHECK_THAT(said, named && what_to_do);
      CHECK_THAT(said, Catch::Contains(path != manifest ? "its digest is not the one in"
                                       : size == 0      ? "is empty"
                                                        : "cut off"));
    }
    for (const auto& [other, content] : good) {
      if (content != bytes) CHECK_THAT(said_of(content), named && what_to_do);
    }
    if (next.count(path) != 0 && next.at(path) != bytes && path != manifest) {
      CHECK_THAT(said_of(next.at(path)), named && Catch::Contains("half copied"));
    }
    for (std::size_t at = 0; at < bytes.size(); at += bytes.size() / 16) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      CHECK_THAT(said_of(changed), named);
    }
    for (const auto& rubbish :
         {std::string(5000, '\0'), std::string(5000, '\xff'), std::string("\xef\xbb\xbf") + bytes, bytes + bytes,
          bytes + '\0', std::string(200000, '[') + "\n", std::string(largest_manifest - 1, '[') + "\n"}) {
      CHECK_THAT(said_of(rubbish), named && what_to_do);
    }
    put(dir.path() / path, bytes);
  }
  CHECK(said_by(dir.path()).empty());
}

TEST_CASE("what is in the place of a file of a tree is not waited for, and not read for long") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  const auto good = sample::tree();
  put(out, good);
  put(dir.path() / "elsewhere", "{}\n");
  for (const auto& path : files_of_n1()) {
    const auto file = out / path;
    CAPTURE(path);
    const auto check = [&](const std::string& why, const std::string& to_do, const std::function<void()>& make) {
      fs::remove_all(file);
      make();
      CHECK_THAT(said_by(out),
                 Catch::StartsWith(file.string() + ": ") && Catch::Contains(why) && Catch::Contains(to_do));
    };
    check("No such file", "half copied", [] {});
    check("is a directory", "copy the whole tree again", [&] { fs::create_directory(file); });
    check("No such file", "half copied", [&] { fs::create_symlink("nowhere", file); });
    check("symbolic links", "copy the whole tree again", [&] { fs::create_symlink(file.filename(), file); });
    check("is a device", "copy the whole tree again", [&] { fs::create_symlink("/dev/zero", file); });
    check("is a device", "copy the whole tree again", [&] { fs::create_symlink("/dev/null", file); });
    check("", "copy ", [&] { fs::create_symlink(dir.path() / "elsewhere", file); });
    check("is a named pipe", "copy the whole tree again", [&] { REQUIRE(mkfifo(file.c_str(), 0666) == 0); });
    check("is larger than", "copy the whole tree again", [&] {
      REQUIRE(write_new_file(file, ""));
      fs::resize_file(file, std::uintmax_t{8} << 30);  // sparse
    });
    check("is a socket", "copy the whole tree again", [&] {
      const FileDescriptor server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      REQUIRE(file.native().size() < sizeof address.sun_path);
      file.native().copy(address.sun_path, sizeof address.sun_path - 1);
      REQUIRE(bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    });
    // Who keeps files elsewhere may: the digest says that it is the right one.
    put(dir.path() / "same", good.at(path));
    fs::remove_all(file);
    fs::create_symlink(dir.path() / "same", file);
    CHECK(said_by(out).empty());
    put(file, good.at(path));
  }
}

TEST_CASE("a file of a tree that may not be read is said to be that") {
  const TemporaryDirectory dir;
  put(dir.path() / "out", sample::tree());
  fs::permissions(dir.path(), fs::perms(0755));
  const bool root = geteuid() == 0;
  for (const auto& path : files_of_n1()) {
    for (const auto& closed : {dir.path() / "out" / path, (dir.path() / "out" / path).parent_path()}) {
      const auto before = fs::status(closed).permissions();
      fs::permissions(closed, fs::perms::none);
      if (root) REQUIRE(seteuid(65534) == 0);
      const auto said = said_by(dir.path() / "out");
      if (root) REQUIRE(seteuid(0) == 0);
      fs::permissions(closed, before);
      CHECK_THAT(said,
                 Catch::Contains("Permission denied; make it readable for the user who reads the tree (user id "));
    }
  }
}

TEST_CASE("directories that are missing or none are named") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  for (const auto* path : {"n1", "n1/home", "n1/mirror", "n1/mirror/n2", "n1/ipsec"}) {
    put(out, sample::tree());
    fs::remove_all(out / path);
    CHECK_THAT(said_by(out), Catch::StartsWith((out / path).string()) && Catch::Contains("No such file") &&
                                 Catch::Contains("half copied"));
    put(out / path, std::string("a file"));
    CHECK_THAT(said_by(out), Catch::StartsWith((out / path).string()) && Catch::Contains("Not a directory"));
  }
  fs::remove_all(out);
  for (const bool there : {false, true}) {
    if (there) REQUIRE(mkfifo(out.c_str(), 0666) == 0);
    CHECK_THAT(said_by(out), Catch::StartsWith(out.string() + ": ") && Catch::Contains("cipc build"));
  }
}

TEST_CASE("what no other file names is not read") {
  const TemporaryDirectory dir;
  put(dir.path(), sample::tree());
  const auto before = *read_n1(dir.path());
  put(dir.path() / "n1/home/eth9.json", std::string("rubbish"));
  put(dir.path() / "n1/home/eth1.json~", std::string("rubbish"));
  put(dir.path() / "n9/clim.json", std::string("rubbish"));
  put(dir.path() / "n1/source-map.json", std::string("rubbish"));
  const auto after = read_n1(dir.path());
  REQUIRE(after);
  CHECK(same(*after, before));
}

TEST_CASE("however far a copy has come, what is read is the old tree, the new one, or nothing") {
  const TemporaryDirectory dir;
  const auto out = dir.path() / "out";
  const auto good = sample::tree();
  const auto next = next_generation();
  put(out, good);
  const auto before = *read_n1(out);
  put(out, next);
  const auto after = *read_n1(out);
  REQUIRE_FALSE(same(before, after));

  std::vector<std::string> paths;
  for (const auto& [path, bytes] : next) paths.push_back(path);
  std::mt19937 random(Catch::rngSeed());
  for (int order = 0; order < 12; ++order) {
    if (order == 1) std::reverse(paths.begin(), paths.end());
    if (order > 1) std::shuffle(paths.begin(), paths.end(), random);
    const bool into_old = order % 3 != 2;
    put(out, into_old ? good : TreeFiles{});
    fs::create_directories(out);
    bool refused = false;
    for (const auto& path : paths) {
      const auto& bytes = next.at(path);
      for (const auto size : {std::size_t{0}, bytes.size() / 2, bytes.size()}) {
        put(out / path, bytes.substr(0, size));
        CAPTURE(order, path, size);
        const auto state = read_n1(out);
        refused = refused || !state;
        if (state) {
          CHECK((same(*state, after) || (into_old && same(*state, before))));
          CHECK(state->generation == (same(*state, after) ? after.generation : before.generation));
        } else {
          CHECK_THAT(state.error().message, Catch::StartsWith(out.string()) && Catch::Contains("copy "));
        }
      }
    }
    CHECK(refused);
    const auto whole = read_n1(out);
    REQUIRE(whole);
    CHECK(same(*whole, after));
  }
}

TEST_CASE("a manifest that is made up leads nowhere") {
  const TemporaryDirectory dir;
  const auto good = sample::tree();
  const auto said_of = [&](const std::string& text) {
    put(dir.path(), good);
    put(dir.path() / manifest, text);
    return said_by(dir.path());
  };
  const auto said_with = [&](const std::string& from, const std::string& to) {
    return said_of(replaced(good.at(manifest), from, to));
  };
  const auto named = Catch::StartsWith((dir.path() / manifest).string() + ": ");
  for (const auto* name : {"../n1", "/etc", "", ".", "..", "n1/../n1", "n1\\u0000", "n1\\n", "-n1", "n\xc3\xa4"}) {
    CHECK_THAT(said_with(R"("name": "n1")", std::string(R"("name": ")") + name + '"'),
               named && Catch::Contains("clims[0].name: must be the name of a CLIM"));
  }
  CHECK_THAT(said_with(R"("name": "n1")", R"("name": ")" + std::string(100000, 'n') + '"'),
             named && Catch::Contains("must be the name of a CLIM"));
  CHECK_THAT(said_with(R"("name": "n2")", R"("name": "n1")"), named && Catch::Contains("is there twice"));
  for (const auto* format : {"2", "4294967295", "4294967296", "18446744073709551615"}) {
    CHECK_THAT(said_with(R"("format": 1)", std::string(R"("format": )") + format),
               named && Catch::Contains(std::string("format ") + format + " is not known to this version") &&
                   Catch::EndsWith("compile the specification with the cipc of this version"));
  }
  for (const auto* format : {"-1", "1e99", "99999999999999999999999", "01", "1.0", "null", "\"1\"", "[1]"}) {
    CHECK_THAT(said_with(R"("format": 1)", std::string(R"("format": )") + format),
               named && Catch::EndsWith("copy the whole tree again"));
  }
  CHECK_THAT(said_with(R"("generation": ")", R"("generation": "0)"), named);
  auto made = *manifest_from_json(good.at(manifest), "");
  made.generation = Digest::of("x");
  CHECK_THAT(said_of(to_json(made)), named && Catch::Contains("its generation is not that of its CLIMs"));
  // What it says is not repeated without bound, and not to a terminal as it is.
  for (const auto& key : {"fz" + std::string(100000, 'z'), std::string("fz\\u001b[2J"), std::string("fz\\nz")}) {
    CHECK_THAT(said_with("\"generation\"", '"' + key + "\": 1,\n  \"generation\""),
               named && Catch::Contains("unknown key"));
  }
  made.clims.clear();
  made.generation = generation_digest(made.clims);
  CHECK_THAT(said_of(to_json(made)), Catch::EndsWith("has no CLIM `n1`; it has none"));
  for (int i = 0; i < 10000; ++i) made.clims.push_back({ClimName("x" + std::to_string(i)), Digest::of("")});
  made.generation = generation_digest(made.clims);
  CHECK_THAT(said_of(to_json(made)), Catch::Contains("has no CLIM `n1`; it has x0, x1,"));
}

TEST_CASE("a tree whose digests are right and whose contents are not is refused") {
  const TemporaryDirectory dir;
  const auto good = sample::tree();
  const auto said_with = [&](const std::string& from, const std::string& to) {
    auto files = good;
    files["n1/clim.json"] = replaced(files["n1/clim.json"], from, to);
    put(dir.path(), sealed(files));
    return said_by(dir.path());
  };
  const auto named = Catch::StartsWith((dir.path() / "n1/clim.json").string() + ": ");
  for (const auto* name : {"../home/eth1", "/etc/passwd", "..", "", "eth1\\u0000", "eth 1", "much-too-long-for-it"}) {
    CHECK_THAT(said_with(R"("name": "eth1")", std::string(R"("name": ")") + name + '"'),
               named && Catch::Contains("must be the name of an interface"));
    CHECK_THAT(said_with(R"("home": "n2.eth1")", std::string(R"("home": "n2.)") + name + '"'), named);
  }
  CHECK_THAT(said_with(R"("home": "n2.eth1")", R"("home": "../n2.eth1")"), named);
  CHECK_THAT(said_with(R"("name": "bond0.100")", R"("name": "bond0")"),
             named && Catch::Contains("interfaces[1].name: is there twice"));
  CHECK_THAT(said_with(R"("home": "n2.bond0.100")", R"("home": "n2.bond0")"),
             named && Catch::Contains("mirrors[1].home: is there twice"));
  CHECK_THAT(said_with(R"("here": "bond0.100")", R"("here": "bond0")"),
             named && Catch::Contains("mirrors[1].here: is there twice"));
  CHECK_THAT(said_with(R"("format": 1)", R"("format": 2)"), named && Catch::Contains("format 2 is not known"));
  CHECK_THAT(said_with(R"("cluster": "lab")", R"("cluster": )" + std::string(1000000, '[')), named);
  CHECK_THAT(said_with(R"("cluster": "lab")", "\"cluster\": \"\xff\xfe\""), named);
  CHECK_THAT(said_with(R"("name": "n1")", R"("name": "n3")"), named && Catch::Contains("is about n3"));
}

TEST_CASE("what nobody would read is not written") {
  const TemporaryDirectory dir;
  auto files = sample::tree();
  files[manifest] += std::string(largest_manifest, ' ');
  CHECK_THAT(write_tree(dir.path() / "out", files).error().message, Catch::Contains("manifest.json: would be larger"));
  CHECK(fs::is_empty(dir.path()));
}
