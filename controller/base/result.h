// Result<T>: a value, or the Error with which the world refused. Texts written by people are judged
// in `Diagnostics` instead, because there all faults are collected and none is thrown away.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "controller/base/check.h"

namespace plumbline {

/// What an error means for what may be done next. A closed list: every switch over it is
/// exhaustive.
enum class ErrorClass {
  kInvalid,         ///< The request is wrong and will be wrong again.
  kNotFound,        ///< The named object does not exist (as far as this one read can tell).
  kExists,          ///< The name is in use.
  kConflict,        ///< The object is busy or something still depends on it; may pass.
  kThrottled,       ///< Refused before execution because of its rate.
  kTransient,       ///< The service says it failed; the effect of a mutating call is unknown.
  kQuota,           ///< A limit of the account; does not pass by waiting.
  kDenied,          ///< This principal may not do this.
  kAuth,            ///< The credentials or the signature are not accepted; nothing will work.
  kExpired,         ///< The credentials or the signature were good once; refresh and sign again.
  kNotSent,         ///< No byte of the request left: resolve, connect or TLS failed.
  kUnknownOutcome,  ///< The request left and no trustworthy answer came back.
  kCorrupt,         ///< Data at rest does not have the form it must have.
  kIo,              ///< The local disk or operating system refused.
};

std::string_view name_of(ErrorClass klass);

struct Error {
  ErrorClass klass = ErrorClass::kInvalid;
  std::string code;     ///< AWS's error code on the wire, or a short word of ours.
  std::string message;  ///< One sentence, without secrets.
  std::string request_id;
  int http_status = 0;  ///< 0 when no HTTP answer was had.

  /// "Code: message (request id …)".
  [[nodiscard]] std::string to_string() const;
};

template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Error{…};` read as what they are.
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    PLUMBLINE_CHECK(has_value());
    return std::get<0>(content_);
  }
  const T& value() const& {
    PLUMBLINE_CHECK(has_value());
    return std::get<0>(content_);
  }
  T&& value() && {
    PLUMBLINE_CHECK(has_value());
    return std::get<0>(std::move(content_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const& {
    PLUMBLINE_CHECK(!has_value());
    return std::get<1>(content_);
  }

 private:
  std::variant<T, Error> content_;
};

/// Success without a value.
struct Done {};
using Status = Result<Done>;

}  // namespace plumbline

/// Returns the error of `expression` from the enclosing function, or defines `name` as its value.
#define PLUMBLINE_TRY(name, expression) \
  auto name##_result = (expression);    \
  if (!name##_result) {                 \
    return name##_result.error();       \
  }                                     \
  auto name = std::move(name##_result).value()
