// The bytes of a source file as ANTLR's lexer reads them: well-formed UTF-8, without a copy. Indices are bytes.
#pragma once

#include <antlr4-runtime.h>
#include <string>
#include <string_view>

namespace cip::syntax {

class ByteStream : public antlr4::CharStream {
 public:
  explicit ByteStream(std::string_view bytes) : bytes_(bytes) {}

  void consume() override { at_ += length_at(at_); }
  // The lexer looks one character ahead, and no further in any direction.
  std::size_t LA(ssize_t offset) override {
    if (offset != 1) throw antlr4::UnsupportedOperationException("only the next character can be looked at");
    return at_ < bytes_.size() ? code_point() : antlr4::IntStream::EOF;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t /*marker*/) override {}
  std::size_t index() override { return at_; }
  void seek(std::size_t index) override { at_ = index; }
  std::size_t size() override { return bytes_.size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval& interval) override {
    const auto begin = static_cast<std::size_t>(interval.a);
    return std::string(bytes_.substr(begin, static_cast<std::size_t>(interval.b) + 1 - begin));
  }
  std::string toString() const override { return std::string(bytes_); }

 private:
  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }
  std::size_t length_at(std::size_t at) const {
    return byte(at) < 0x80 ? 1 : byte(at) < 0xE0 ? 2 : byte(at) < 0xF0 ? 3 : 4;
  }
  std::size_t code_point() const {
    const std::size_t length = length_at(at_);
    if (length == 1) return byte(at_);
    std::size_t value = byte(at_) & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) value = value << 6U | (byte(at_ + i) & 0x3FU);
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace cip::syntax
