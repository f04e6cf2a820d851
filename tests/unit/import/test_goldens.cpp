// Recorded inputs (tests/corpus/import) and the example give the bytes of their golden files. UPDATE_EXPECTED=1 writes
// these anew; review the difference.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "tests/unit/import/importing.h"

namespace cip::importing {
namespace {

namespace fs = std::filesystem;

void check_golden(const fs::path& golden, const std::string& text) {
  if (std::getenv("UPDATE_EXPECTED") != nullptr) {
    std::ofstream(golden, std::ios::binary) << text;
  }
  CHECK(text == read_text(golden));
}

}  // namespace

TEST_CASE("recorded inputs give their golden specifications, which compile") {
  std::set<fs::path> inputs;
  for (const auto& entry : fs::directory_iterator("tests/corpus/import")) {
    if (entry.path().extension() == ".obey" || entry.path().extension() == ".json") {
      inputs.insert(entry.path());
    }
  }
  REQUIRE(inputs.size() >= 6);
  for (const auto& path : inputs) {
    INFO(path);
    const bool obey = path.extension() == ".obey";
    Options options;
    options.clim = "n1";
    const std::vector<Input> files{{path.filename().string(), read_text(path)}};
    const auto imported = must(obey ? from_climconfig(files, options) : from_iproute(files, options));
    check_golden(path.string() + ".cip", imported.text);
    std::string warnings;
    for (const auto& warning : imported.warnings) {
      warnings += warning + "\n";
    }
    check_golden(path.string() + ".warnings", warnings);
  }
}

TEST_CASE("the example of a migration is what its README says") {
  std::vector<Input> files;
  for (const std::string name : {"n100253.obey", "n100254.obey"}) {
    files.push_back({name, read_text("examples/migration/" + name)});
  }
  const auto imported = must(from_climconfig(files, {}));
  check_golden("examples/migration/migration.cip", imported.text);
  CHECK(imported.warnings.empty());
}

}  // namespace cip::importing
