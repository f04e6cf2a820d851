// How the two ends of a connection prove who they are: secrets are in files of the CLIM, never in a specification
// (E0402). No message has the text of what may be one.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/ipsec_words.h"
#include "compiler/lang/readers.h"
#include "compiler/lang/secrets.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;

void report_secret(Arguments& arguments, const Argument& first) {
  if (first.kind == ArgumentKind::malformed) {  // reported as such
    arguments.fail();
    arguments.skip_all();
    return;
  }
  const auto& all = arguments.statement().arguments;
  const auto span = syntax::join(first.span, all.back().span);
  arguments.error(Code::e0402, "a secret in clear text", span, "whoever reads the specification knows it now",
                  "write it to a file of the CLIM that only root can read, and name that: `auth psk file \"/PATH\";`");
  Reading& reading = arguments.reading();
  if (reading.definition != nullptr) {
    reading.definition->has_secret = true;
  }
  redact_literals(std::span(all).subspan(static_cast<std::size_t>(&first - all.data())), reading);
  arguments.skip_all();
}

// Whether the word was meant to be `file`, and so what follows is no secret.
bool is_misspelt_file(const Argument& argument) {
  constexpr std::string_view file = "file";
  return argument.kind == ArgumentKind::word && argument.text != file &&
         diagnostics::suggestion(argument.text, std::span(&file, 1)).has_value();
}

std::optional<std::string> read_path(Arguments& arguments) {
  auto path = arguments.string("the path of a file as a string");
  if (!path) {
    return std::nullopt;
  }
  const bool printable =
      std::none_of(path->value.begin(), path->value.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (!path->value.starts_with("/") || !printable) {
    arguments.error(Code::e0007, "this is not the absolute path of a file", path->origin.span, "",
                    "write where the file is on the CLIM, from `/` on");
    return std::nullopt;
  }
  return std::move(path->value);
}

// `file "..."`. What stands there instead is a secret if `secret`.
std::optional<std::string> read_file(Arguments& arguments, bool secret) {
  const Argument* next = arguments.peek();
  if (secret && next != nullptr && !next->is(ArgumentKind::word, "file") && !is_misspelt_file(*next)) {
    report_secret(arguments, *next);
    return std::nullopt;
  }
  if (!arguments.expect_word("file")) {
    arguments.skip_all();
    return std::nullopt;
  }
  return read_path(arguments);
}

// Whether a text stands in the statement that is not the path of a file.
bool has_text(const syntax::Statement& statement) {
  bool after_file = false;
  for (const Argument& argument : statement.arguments) {
    if (argument.kind != ArgumentKind::word && !after_file) {
      return true;
    }
    after_file = argument.is(ArgumentKind::word, "file") || is_misspelt_file(argument);
  }
  return false;
}

void report_kind(Block& block, Arguments& arguments) {
  const Argument* next = arguments.peek();
  if (next == nullptr || next->kind == ArgumentKind::malformed) {
    arguments.missing("`psk` or `cert`");
  } else if (has_text(arguments.statement())) {
    report_secret(arguments, *next);
  } else {
    constexpr std::array<std::string_view, 2> kinds{"psk", "cert"};
    const auto meant = diagnostics::suggestion(next->text, kinds);
    arguments.error(
        Code::e0002, meant ? "unknown keyword " + backticked(next->text) + " in `auth`" : "`auth` of no known kind",
        next->span, "unknown here",
        meant ? "did you mean " + backticked(*meant) + "?" : "it is one of: " + cip::all_words<IpsecAuth>());
    arguments.skip_all();
  }
  block.ipsec->unknown = true;
}

}  // namespace

void read_auth(Block& block, Arguments& arguments) {
  IpsecSecrets secrets;
  const Argument* kind = arguments.peek();
  if (arguments.take_word("psk")) {
    secrets.kind = IpsecAuth::psk;
  } else if (arguments.take_word("cert")) {
    secrets.kind = IpsecAuth::cert;
  } else {
    report_kind(block, arguments);
    return;
  }
  const auto file = read_file(arguments, secrets.kind == IpsecAuth::psk);
  if (!file) {
    return;
  }
  secrets.file = *file;
  if (secrets.kind == IpsecAuth::cert) {
    if (!arguments.expect_word("key")) {
      arguments.skip_all();
      return;
    }
    const auto key = read_file(arguments, /*secret=*/true);
    if (!key) {
      return;
    }
    secrets.key_file = *key;
  }
  block.ipsec->auth = Sourced<IpsecSecrets>{std::move(secrets), arguments.origin(kind->span)};
}

void read_clear_secret(Block& block, Arguments& arguments) {
  block.ipsec->unknown = true;
  if (const Argument* next = arguments.peek()) {
    report_secret(arguments, *next);
  } else {
    arguments.error(Code::e0002, backticked(arguments.statement().word) + " is not known in an IPsec connection",
                    arguments.statement().head, "unknown here", "did you mean `auth psk file \"/PATH\"`?");
  }
}

}  // namespace cip::lang
