// Proposals of a connection. What strongSwan would refuse when it reads its configuration is an error here.
#include <algorithm>
#include <string>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/keyword.h"
#include "compiler/lang/parts.h"
#include "compiler/lang/proposal.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;

// All that strongSwan would use if nothing was proposed.
constexpr std::string_view default_suite = "default";

// Where a part of the suite stands, if it stands there as it is.
syntax::Span span_of(const Sourced<std::string>& suite, std::string_view part) {
  syntax::Span span = suite.origin.span;
  const std::size_t length = span.end - span.begin;
  const std::size_t quotes = length == suite.value.size() + 2 ? 1 : 0;
  if (length != suite.value.size() + 2 * quotes || part.empty()) {
    return span;
  }
  span.begin += static_cast<std::uint32_t>(quotes + static_cast<std::size_t>(part.data() - suite.value.data()));
  span.end = span.begin + static_cast<std::uint32_t>(part.size());
  return span;
}

void report_unknown(Arguments& arguments, const Sourced<std::string>& suite, std::string_view algorithm) {
  const auto meant = diagnostics::suggestion(algorithm, transform_keywords());
  arguments.error(Code::e0002, "unknown algorithm " + backticked(algorithm) + " in a proposal",
                  span_of(suite, algorithm), "unknown here",
                  meant ? "did you mean " + backticked(*meant) + "?"
                        : "algorithms are those of swanctl.conf, joined by `-`: aes256gcm16-prfsha384-ecp384");
}

// What a suite has, by kind.
class Suite {
 public:
  explicit Suite(std::vector<Transform> transforms) : transforms_(std::move(transforms)) {}
  bool has(Transform transform) const {
    return std::find(transforms_.begin(), transforms_.end(), transform) != transforms_.end();
  }

 private:
  std::vector<Transform> transforms_;
};

// The algorithms that must be there (strongSwan, proposal.c); empty if none is missing.
std::string lacks(const Suite& suite, bool ike) {
  if (!suite.has(Transform::encryption) && !suite.has(Transform::aead)) {
    return "encryption algorithm, such as aes256gcm16";
  }
  if (!ike) {
    return "";
  }
  if (suite.has(Transform::encryption) && !suite.has(Transform::integrity)) {
    return "integrity algorithm, such as sha384";
  }
  if (!suite.has(Transform::prf) && !suite.has(Transform::integrity)) {
    return "pseudo-random function, such as prfsha384";
  }
  return suite.has(Transform::key_exchange) ? "" : "key exchange, such as ecp384";
}

bool check_suite(Arguments& arguments, const Sourced<std::string>& text, bool ike) {
  if (text.value == default_suite) {
    return true;
  }
  std::vector<Transform> transforms;
  for (const auto algorithm : algorithms_of(text.value)) {
    const auto transform = transform_of(algorithm);
    if (!transform) {
      report_unknown(arguments, text, algorithm);
      return false;
    }
    transforms.push_back(*transform);
  }
  const Suite suite(std::move(transforms));
  if (suite.has(Transform::encryption) && suite.has(Transform::aead)) {
    arguments.error(Code::e0007, "the proposal mixes encryption with and without integrity of its own",
                    text.origin.span, "strongSwan refuses it", "make two proposals of it, with a `,` between them");
    return false;
  }
  if (const auto what = lacks(suite, ike); !what.empty()) {
    arguments.error(Code::e0011, std::string(ike ? "an IKE" : "an ESP") + " proposal needs an " + what,
                    text.origin.span, "strongSwan refuses it");
    return false;
  }
  return true;
}

}  // namespace

void read_proposal(Block& block, Arguments& arguments) {
  const bool ike = arguments.take_word("ike");
  if (!ike && !arguments.take_word("esp")) {
    const auto* next = arguments.peek();
    if (next != nullptr && next->kind == syntax::ArgumentKind::word) {
      report_unknown_keyword(block, arguments, *next);
    } else {
      arguments.missing("`ike` or `esp`");
      arguments.skip_all();
    }
    return;
  }
  do {
    const bool unknown = is_unknown_text(arguments, arguments.peek());
    const auto suite = arguments.name("a proposal such as aes256gcm16-prfsha384-ecp384");
    if (!suite) {
      return;
    }
    if (unknown || check_suite(arguments, *suite, ike)) {
      (ike ? block.ipsec->ike : block.ipsec->esp).push_back(*suite);
    }
  } while (arguments.take_punctuation(","));
}

}  // namespace cip::lang
