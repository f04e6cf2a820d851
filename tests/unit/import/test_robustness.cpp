// Whatever an import accepts, it makes a specification of that compiles: recorded inputs, mutated at random.
#include <array>
#include <random>

#include "tests/unit/import/importing.h"

namespace cip::importing {
namespace {

namespace fs = std::filesystem;

// Pieces that have broken writers before.
const std::array<std::string, 16> hostile{"\n",       "\"",  "*/", "}",      ";", "{",   "\\", std::string(1, '\0'),
                                          "\xff\xfe", "999", "-1", "\u202e", "#", "[[[", "/",  std::string(300, 'a')};

std::string mutated(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (std::size_t times = 1 + below(4); times > 0 && !text.empty(); --times) {
    const auto at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + below(20));
        break;
      case 2:
        text.insert(at, hostile[below(hostile.size())]);
        break;
      case 3:
        text.insert(at, text.substr(below(text.size()), below(60)));
        break;
      case 4:
        std::swap(text[at], text[below(text.size())]);
        break;
      default:
        text.insert(at, std::to_string(random()));
        break;
    }
  }
  return text;
}

// Part of a recorded input, so that mutations meet what is rare in it, too.
std::string excerpt(const std::string& text, bool lines, std::mt19937& random) {
  if (!lines || random() % 2 == 0) {
    return text;
  }
  const auto begin = text.find('\n', random() % text.size());
  return begin == std::string::npos ? text : text.substr(begin + 1, 200 + random() % 800);
}

}  // namespace

TEST_CASE("mutated inputs are refused, or give a specification that compiles") {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& entry : fs::directory_iterator("tests/corpus/import")) {
    const bool obey = entry.path().extension() == ".obey";
    if (!obey && entry.path().extension() != ".json") {
      continue;
    }
    INFO(entry.path());
    const auto recorded = read_text(entry.path());
    std::mt19937 random(7);  // NOLINT: the same run every time
    for (int i = 0; i < 600; ++i) {
      const auto input = mutated(excerpt(recorded, obey, random), random);
      const auto imported = import_one(obey ? "climconfig" : "iproute", input);
      if (!imported) {
        ++refused;
        if (imported.error().message.find("no specification can be made") != std::string::npos) {
          INFO(input);
          FAIL(imported.error().message);
        }
        continue;
      }
      ++accepted;
      if (const auto errors = errors_of(imported->text); !errors.empty()) {
        INFO(input);
        INFO(imported->text);
        FAIL(errors);
      }
    }
  }
  CHECK(accepted > 1000);
  CHECK(refused > 100);
}

TEST_CASE("huge inputs take linear time") {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += "climconfig route -add eth2 -target 10." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
             ".0 -netmask 24 -gateway 172.16.0.1\n";
  }
  const auto imported = must(import_one("climconfig", lines));
  CHECK(imported.warnings.size() >= 3000);  // the gateway is on no network of eth2
}

}  // namespace cip::importing
