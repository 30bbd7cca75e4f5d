#include "controller/aws/error_map.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace plumbline {

namespace {

struct Meaning {
  std::string_view code;
  ErrorClass klass;
};

/// Codes by name. They come before the patterns, several of which would misread them.
constexpr Meaning kCodes[] = {
    {"Throttling", ErrorClass::kThrottled},
    {"ThrottlingException", ErrorClass::kThrottled},
    {"ThrottledException", ErrorClass::kThrottled},
    {"Throttled", ErrorClass::kThrottled},
    {"RequestThrottledException", ErrorClass::kThrottled},
    {"RequestThrottled", ErrorClass::kThrottled},
    {"TooManyRequestsException", ErrorClass::kThrottled},
    {"TooManyRequests", ErrorClass::kThrottled},
    {"ProvisionedThroughputExceededException", ErrorClass::kThrottled},
    {"TransactionInProgressException", ErrorClass::kThrottled},
    {"RequestLimitExceeded", ErrorClass::kThrottled},
    {"BandwidthLimitExceeded", ErrorClass::kThrottled},
    {"LimitExceededException", ErrorClass::kThrottled},
    {"SlowDown", ErrorClass::kThrottled},
    {"PriorRequestNotComplete", ErrorClass::kThrottled},
    {"EC2ThrottledException", ErrorClass::kThrottled},

    {"ExpiredToken", ErrorClass::kExpired},
    {"ExpiredTokenException", ErrorClass::kExpired},
    {"TokenRefreshRequired", ErrorClass::kExpired},
    {"RequestExpired", ErrorClass::kExpired},
    {"RequestTimeTooSkewed", ErrorClass::kExpired},
    {"RequestInTheFuture", ErrorClass::kExpired},

    {"AuthFailure", ErrorClass::kAuth},
    {"UnrecognizedClientException", ErrorClass::kAuth},
    {"UnrecognizedClient", ErrorClass::kAuth},
    {"InvalidClientTokenId", ErrorClass::kAuth},
    {"InvalidAccessKeyId", ErrorClass::kAuth},
    {"SignatureDoesNotMatch", ErrorClass::kAuth},
    {"InvalidSignatureException", ErrorClass::kAuth},
    {"InvalidSignature", ErrorClass::kAuth},
    {"MissingAuthenticationToken", ErrorClass::kAuth},
    {"MissingAuthenticationTokenException", ErrorClass::kAuth},
    {"IncompleteSignature", ErrorClass::kAuth},
    {"IncompleteSignatureException", ErrorClass::kAuth},
    {"OptInRequired", ErrorClass::kAuth},
    {"SubscriptionRequiredException", ErrorClass::kAuth},
    {"Blocked", ErrorClass::kAuth},

    {"AccessDenied", ErrorClass::kDenied},
    {"AccessDeniedException", ErrorClass::kDenied},
    {"AccessDeniedFault", ErrorClass::kDenied},
    {"UnauthorizedOperation", ErrorClass::kDenied},
    {"AuthorizationError", ErrorClass::kDenied},
    {"AuthorizationErrorException", ErrorClass::kDenied},
    {"NotAuthorized", ErrorClass::kDenied},
    {"NotAuthorizedException", ErrorClass::kDenied},
    {"Unauthorized", ErrorClass::kDenied},
    {"UnauthorizedException", ErrorClass::kDenied},

    {"NoSuchEntity", ErrorClass::kNotFound},
    {"NoSuchHostedZone", ErrorClass::kNotFound},

    {"ResourceExistsException", ErrorClass::kExists},

    {"DependencyViolation", ErrorClass::kConflict},
    {"DeleteConflict", ErrorClass::kConflict},
    {"DeleteConflictException", ErrorClass::kConflict},
    {"ConflictException", ErrorClass::kConflict},
    {"ResourceConflictException", ErrorClass::kConflict},
    {"ConcurrentModification", ErrorClass::kConflict},
    {"ConcurrentModificationException", ErrorClass::kConflict},
    {"OperationAbortedException", ErrorClass::kConflict},
    {"OperationInProgress", ErrorClass::kConflict},
    {"UpdateInProgressException", ErrorClass::kConflict},
    {"ResourceNotReadyException", ErrorClass::kConflict},
    {"EntityTemporarilyUnmodifiable", ErrorClass::kConflict},
    {"HostedZoneNotEmpty", ErrorClass::kConflict},
    {"IncorrectState", ErrorClass::kConflict},
    {"IncorrectStateException", ErrorClass::kConflict},
    {"IncorrectInstanceState", ErrorClass::kConflict},
    {"Resource.AlreadyAssociated", ErrorClass::kConflict},

    {"CodeStorageExceededException", ErrorClass::kQuota},

    {"RequestTimeout", ErrorClass::kTransient},
    {"RequestTimeoutException", ErrorClass::kTransient},
    {"InternalError", ErrorClass::kTransient},
    {"InternalFailure", ErrorClass::kTransient},
    {"InternalServerError", ErrorClass::kTransient},
    {"InternalServerException", ErrorClass::kTransient},
    {"InternalServiceError", ErrorClass::kTransient},
    {"InternalServiceException", ErrorClass::kTransient},
    {"InternalErrorException", ErrorClass::kTransient},
    {"KMSInternalException", ErrorClass::kTransient},
    {"ServiceUnavailable", ErrorClass::kTransient},
    {"ServiceUnavailableException", ErrorClass::kTransient},
    {"ServiceException", ErrorClass::kTransient},
    {"ServerException", ErrorClass::kTransient},
    {"Unavailable", ErrorClass::kTransient},
};

bool lists(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <std::size_t kCount>
bool ends_in_any(std::string_view code, const std::array<std::string_view, kCount>& endings) {
  return std::any_of(endings.begin(), endings.end(), [code](std::string_view ending) {
    return code.ends_with(ending);
  });
}

/// AWS builds most of its codes by a handful of rules; services drop the suffixes irregularly.
bool matches_pattern(std::string_view code, ErrorClass& klass) {
  for (const std::string_view suffix : {"Exception", "Fault"}) {
    if (code.ends_with(suffix)) {
      code.remove_suffix(suffix.size());
    }
  }
  constexpr std::array<std::string_view, 2> kNotFound = {"NotFound", "DoesNotExist"};
  constexpr std::array<std::string_view, 4> kExists = {
      "AlreadyExists", "AlreadyExist", "AlreadyOwnedByYou", ".Duplicate"};
  constexpr std::array<std::string_view, 2> kInUse = {"InUse", "InUseBy"};
  const bool is_bad_state = holds(code, "Invalid") && code.ends_with("State");
  const bool is_out_of_capacity = code.starts_with("Insufficient") && code.ends_with("Capacity");
  const bool is_over_limit = holds(code, "LimitExceeded") || holds(code, "QuotaExceeded");
  if (ends_in_any(code, kNotFound) || code.starts_with("NoSuch")) {
    klass = ErrorClass::kNotFound;
  } else if (ends_in_any(code, kExists) || code.starts_with("Duplicate")) {
    klass = ErrorClass::kExists;
  } else if (holds(code, "Throttl")) {
    klass = ErrorClass::kThrottled;
  } else if (ends_in_any(code, kInUse) || is_bad_state || is_out_of_capacity) {
    klass = ErrorClass::kConflict;
  } else if (is_over_limit || code.starts_with("TooMany")) {
    klass = ErrorClass::kQuota;
  } else {
    return false;
  }
  return true;
}

ErrorClass classify_status(int status, std::string_view code) {
  // A number for a code is what the codec writes when the reply named none: a load balancer, a
  // proxy, or a wrong endpoint spoke, and nothing is known about the object.
  const bool is_named = !code.empty() && (code.front() < '0' || code.front() > '9');
  switch (status) {
    case 401:
      return ErrorClass::kAuth;
    case 403:
      return ErrorClass::kDenied;
    case 404:
      return is_named ? ErrorClass::kNotFound : ErrorClass::kInvalid;
    case 408:
      return ErrorClass::kTransient;
    case 429:
    case 509:
      return ErrorClass::kThrottled;
    default:
      return status >= 500 ? ErrorClass::kTransient : ErrorClass::kInvalid;
  }
}

/// The few codes that mean two things; their message tells which.
ErrorClass refine(ErrorClass klass, std::string_view code, std::string_view message) {
  if (klass == ErrorClass::kAuth &&
      (holds(message, "expired") || holds(message, "not yet current"))) {
    return ErrorClass::kExpired;
  }
  if (code == "ResourceConflictException" && holds(message, "already exist")) {
    return ErrorClass::kExists;
  }
  return klass;
}

}  // namespace

ErrorClass classify_error(
    const ServiceProfile& service, int http_status, std::string_view code, std::string_view message
) {
  if (lists(service.quota_codes, code)) {
    return ErrorClass::kQuota;
  }
  if (lists(service.throttle_codes, code)) {
    return ErrorClass::kThrottled;
  }
  if (lists(service.transient_codes, code)) {
    return ErrorClass::kTransient;
  }
  if (lists(service.dependency_codes, code)) {
    return ErrorClass::kConflict;
  }
  for (const Meaning& meaning : kCodes) {
    if (meaning.code == code) {
      return refine(meaning.klass, code, message);
    }
  }
  ErrorClass klass = ErrorClass::kInvalid;
  if (matches_pattern(code, klass)) {
    return klass;
  }
  return classify_status(http_status, code);
}

}  // namespace plumbline
