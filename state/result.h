// Result<T>: a value, or an error that a person can read. For failures that are normal (bad input, a kernel that
// refuses, a disk that is full). Exceptions are left to programming errors and to libraries.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace cip {

// Whose fault an error is; the programs turn it into their exit code (docs/commands.md).
enum class ErrorCode {
  invalid,    // the input or the request is at fault: exit 1
  version,    // the input is that of another version of CIP: exit 1
  not_found,  // a file or object that was asked for does not exist: exit 1
  system,     // disk, kernel or network failed: exit 3
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;  // one sentence: lower case, no full stop, names the file or object it is about
};

template <class T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return value;` is the point of the type
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return content_.index() == 0; }
  const T& operator*() const& { return std::get<0>(content_); }
  T& operator*() & { return std::get<0>(content_); }
  T&& operator*() && { return std::get<0>(std::move(content_)); }
  const T* operator->() const { return &std::get<0>(content_); }
  T* operator->() { return &std::get<0>(content_); }
  const Error& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, Error> content_;
};

// A Result without a value: done, or an error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  explicit operator bool() const { return !failed_; }
  const Error& error() const { return error_; }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace cip
