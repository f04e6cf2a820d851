#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "reconciler/ipsec/secret.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::ipsec;
using namespace std::string_literals;

namespace {

std::filesystem::path written(const TemporaryDirectory& temporary, const std::string& content, mode_t mode = 0400) {
  auto file = temporary.path() / "secret";
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary) << content;
  REQUIRE(chmod(file.c_str(), mode) == 0);
  return file;
}

}  // namespace

TEST_CASE("a pre-shared key is text, hex or Base64, without the newline at its end", "[ipsec][secret]") {
  const TemporaryDirectory temporary;
  const auto key = [&](const std::string& content) {
    const auto secret = read_preshared_key(written(temporary, content));
    return secret ? std::string(secret->bytes()) : "error: " + secret.error().message;
  };
  CHECK(key("correct horse") == "correct horse");
  CHECK(key("correct horse\n") == "correct horse");
  CHECK(key("correct horse\r\n") == "correct horse");
  CHECK(key("two\n\n") == "two\n");
  CHECK(key("0x00fFa1\n") == "\x00\xff\xa1"s);
  // RFC 4648, section 10.
  CHECK(key("0sZg==") == "f");
  CHECK(key("0sZm8=") == "fo");
  CHECK(key("0sZm9v") == "foo");
  CHECK(key("0sZm9vYmFy\n") == "foobar");
  for (const auto* wrong : {"0x", "0xabc", "0xzz", "0s", "0sZ", "0sZm9v!", "", "\n"}) {
    CAPTURE(wrong);
    const auto error = key(wrong);
    CHECK(error.starts_with("error: secret file " + (temporary.path() / "secret").string()));
  }
}

TEST_CASE("no error has any of a secret", "[ipsec][secret]") {
  const TemporaryDirectory temporary;
  for (const auto* content : {"0xdeadbeefdeadbeefz", "0sc2VjcmV0c2VjcmV0*"}) {
    const auto secret = read_preshared_key(written(temporary, content));
    REQUIRE_FALSE(secret);
    CHECK(secret.error().message.find(std::string(content).substr(2, 8)) == std::string::npos);
  }
}

TEST_CASE("a secret that others can read, or that is no file of ours, is refused", "[ipsec][secret]") {
  const TemporaryDirectory temporary;
  const auto error = [](const std::filesystem::path& file) {
    const auto secret = read_private_key(file);
    return secret ? std::string() : secret.error().message;
  };
  CHECK(error(written(temporary, "key")).empty());
  CHECK(error(written(temporary, "key", 0600)).empty());
  CHECK_THAT(error(written(temporary, "key", 0640)), Catch::Contains("has mode 0640") && Catch::Contains("mode 0400"));
  CHECK_THAT(error(written(temporary, "key", 0404)), Catch::Contains("has mode 0404"));
  CHECK_THAT(error(temporary.path()), Catch::Contains("not a regular file"));
  CHECK_THAT(error(temporary.path() / "none"), Catch::Contains("No such file"));
  CHECK_THAT(error(written(temporary, std::string(70000, 'x'))), Catch::Contains("more than 60000 bytes"));
  const auto pipe = temporary.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0400) == 0);
  CHECK_THAT(error(pipe), Catch::Contains("not a regular file"));
  if (geteuid() == 0) {
    const auto foreign = written(temporary, "key");
    REQUIRE(chown(foreign.c_str(), 12345, 12345) == 0);
    CHECK_THAT(error(foreign), Catch::Contains("belongs to user 12345"));
  }
}
