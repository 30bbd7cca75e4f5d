#include "controller/base/result.h"

#include <fmt/format.h>

namespace plumbline {

std::string_view name_of(ErrorClass klass) {
  switch (klass) {
    case ErrorClass::kInvalid:
      return "invalid";
    case ErrorClass::kNotFound:
      return "not-found";
    case ErrorClass::kExists:
      return "exists";
    case ErrorClass::kConflict:
      return "conflict";
    case ErrorClass::kThrottled:
      return "throttled";
    case ErrorClass::kTransient:
      return "transient";
    case ErrorClass::kQuota:
      return "quota";
    case ErrorClass::kDenied:
      return "denied";
    case ErrorClass::kAuth:
      return "auth";
    case ErrorClass::kExpired:
      return "expired";
    case ErrorClass::kNotSent:
      return "not-sent";
    case ErrorClass::kUnknownOutcome:
      return "unknown-outcome";
    case ErrorClass::kCorrupt:
      return "corrupt";
    case ErrorClass::kIo:
      return "io";
  }
  PLUMBLINE_UNREACHABLE("ErrorClass");
}

std::string Error::to_string() const {
  std::string text = code.empty() ? message : fmt::format("{}: {}", code, message);
  if (!request_id.empty()) {
    text += fmt::format(" (request id {})", request_id);
  }
  return text;
}

}  // namespace plumbline
