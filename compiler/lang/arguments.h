// The arguments of a statement, read one after the other as values of the types of docs/language.md, "Types and
// expressions". What does not fit is reported, once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/expression.h"
#include "compiler/lang/model.h"
#include "compiler/lang/reading.h"
#include "compiler/syntax/tree.h"

namespace cip::lang {

// What an address is for decides which ones make sense.
enum class AddressUse : std::uint8_t { interface_address, gateway, source, neighbor, control, end_point };

class Arguments {
 public:
  // Reads from the first argument on; `statement` and `reading` must live longer.
  Arguments(const syntax::Statement& statement, Reading& reading) : statement_(statement), reading_(reading) {}

  // Values. Nothing is returned if the value is missing or wrong, and `failed` is true from then on. `what` is what a
  // message calls the value: "an MTU". In a dry reading a value that is not known is replaced by some that fits.
  std::optional<Sourced<std::string>> name(std::string_view what);    // a bare word, or a string
  std::optional<Sourced<std::string>> string(std::string_view what);  // a string
  std::optional<Sourced<std::uint32_t>> integer(std::string_view what, std::uint32_t least, std::uint32_t most);
  std::optional<Sourced<std::chrono::milliseconds>> duration(std::string_view what);
  std::optional<Sourced<IpAddress>> ip(std::string_view what, AddressUse use);
  std::optional<Sourced<InterfaceAddress>> interface_address(std::string_view what);
  std::optional<Sourced<Prefix>> prefix(std::string_view what);
  std::optional<Sourced<MacAddress>> mac(std::string_view what);
  std::optional<Sourced<InterfaceRef>> interface(std::string_view what);  // n1.eth1

  // The next argument, or null at the end.
  const syntax::Argument* peek() const;
  // Whether a word or reference is the name of a value that can be seen here.
  bool names_value(const syntax::Argument& argument) const;
  // Reads a word of the language (`via`) or a piece of punctuation if it is next.
  bool take_word(std::string_view word);
  bool take_punctuation(std::string_view text);
  void skip() { ++next_; }
  void skip_all() { next_ = statement_.arguments.size(); }
  // The same, and an error (E0001) if it is not next.
  bool expect_word(std::string_view word);

  // Reports what is left over (E0001). To be called when all that may come has been read.
  void end();
  // Reports that something is missing at the end of what has been read (E0001).
  void missing(std::string_view what);
  void fail() { failed_ = true; }
  // Reports at `place`, and fails.
  void error(diagnostics::Code code, std::string message, const syntax::Span& span, std::string label,
             std::string help = {});

  const syntax::Statement& statement() const { return statement_; }
  Reading& reading() { return reading_; }
  // Without values: what has one that is not known is replaced.
  bool dry() const { return reading_.dry; }
  bool failed() const { return failed_ || statement_.broken; }
  // The origin of a value at `span`.
  Origin origin(const syntax::Span& span) { return {span, reading_.rank++, reading_.scope->step()}; }

 private:
  // The value of the next expression as one of the type, and where it stands.
  std::optional<Sourced<Value>> value(std::string_view what, Type type);
  void missing_value(std::string_view what);
  void wrong_type(const Evaluated& evaluated, std::string_view what, Type wanted);
  void host_bits(const Evaluated& evaluated);

  const syntax::Statement& statement_;
  Reading& reading_;
  std::size_t next_ = 0;
  bool failed_ = false;
};

// A word of the language as messages show it: `word`.
std::string backticked(std::string_view text);

}  // namespace cip::lang
