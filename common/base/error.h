// Errors of data paths. Functions that meet peers, files or user input return Result<T>;
// exceptions are kept for programming errors and for start-up.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace slicecast {

enum class Errc {
  invalid_argument,    // a value the caller gave is outside what is allowed
  not_found,           // a named file, dataset, service or object does not exist
  already_exists,      // a name or address is taken by somebody else
  deadline_exceeded,   // the answer did not come in time; the next request may work
  unavailable,         // the other side is not there (yet) or went away
  permission_denied,   // the role, key or file mode forbids it
  resource_exhausted,  // a budget (memory, slices, queue) is used up
  malformed,           // bytes that do not follow their format
  unsupported,         // well-formed, but not something this program does
  io,                  // the operating system refused to read or write
  cancelled,           // a newer request or a stop superseded it
};

// Stable lower-case name of a code, as it appears in logs, metrics and Reply.error_code.
const char* to_string(Errc code);

// `message` is one line that says what happened and what to do about it.
struct Error {
  Errc code;
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace slicecast
