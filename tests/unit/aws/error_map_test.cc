#include "controller/aws/error_map.h"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

ErrorClass classify(int status, std::string_view code, std::string_view message = "") {
  return classify_error(ServiceProfile{}, status, code, message);
}

TEST(ErrorMap, TellsThrottlesFromQuotas) {
  EXPECT_EQ(classify(503, "RequestLimitExceeded"), ErrorClass::kThrottled);
  EXPECT_EQ(classify(400, "Throttling"), ErrorClass::kThrottled);
  EXPECT_EQ(classify(429, "TooManyRequestsException"), ErrorClass::kThrottled);
  EXPECT_EQ(classify(400, "LimitExceededException"), ErrorClass::kThrottled);
  EXPECT_EQ(classify(429, "PriorRequestNotComplete"), ErrorClass::kThrottled);
  EXPECT_EQ(classify(429, "SomethingNew"), ErrorClass::kThrottled);
  EXPECT_EQ(classify(400, "VpcLimitExceeded"), ErrorClass::kQuota);
  EXPECT_EQ(classify(409, "LimitExceeded"), ErrorClass::kQuota);
  EXPECT_EQ(classify(400, "DBProxyQuotaExceededFault"), ErrorClass::kQuota);
  EXPECT_EQ(classify(400, "TooManyTargetGroups"), ErrorClass::kQuota);
}

TEST(ErrorMap, AsksTheServiceFirst) {
  ServiceProfile service;
  service.quota_codes = {"LimitExceededException"};
  service.throttle_codes = {"Busy"};
  service.transient_codes = {"NoSuchEntity"};
  service.dependency_codes = {"InvalidRequestException"};
  EXPECT_EQ(classify_error(service, 400, "LimitExceededException", ""), ErrorClass::kQuota);
  EXPECT_EQ(classify_error(service, 400, "Busy", ""), ErrorClass::kThrottled);
  EXPECT_EQ(classify_error(service, 404, "NoSuchEntity", ""), ErrorClass::kTransient);
  EXPECT_EQ(classify_error(service, 400, "InvalidRequestException", ""), ErrorClass::kConflict);
}

TEST(ErrorMap, KnowsTheNamesOfAbsence) {
  for (const std::string_view code :
       {"InvalidVpcID.NotFound",
        "DBInstanceNotFound",
        "DBClusterNotFoundFault",
        "NoSuchEntity",
        "ResourceNotFoundException",
        "NoSuchHostedZone",
        "NotFound"}) {
    EXPECT_EQ(classify(400, code), ErrorClass::kNotFound) << code;
  }
  EXPECT_EQ(classify(404, "ScheduleGone"), ErrorClass::kNotFound);
  EXPECT_EQ(classify(400, "InvalidVpcID.Malformed"), ErrorClass::kInvalid);
}

TEST(ErrorMap, DoesNotTakeAnUnexplained404ForAbsence) {
  EXPECT_EQ(classify(404, "404"), ErrorClass::kInvalid);
}

TEST(ErrorMap, KnowsTakenNames) {
  for (const std::string_view code :
       {"EntityAlreadyExists",
        "InvalidGroup.Duplicate",
        "DuplicateTargetGroupName",
        "DBProxyAlreadyExistsFault",
        "ResourceExistsException",
        "RouteAlreadyExists"}) {
    EXPECT_EQ(classify(400, code), ErrorClass::kExists) << code;
  }
}

TEST(ErrorMap, KnowsWhatMayPassByWaiting) {
  for (const std::string_view code :
       {"DependencyViolation",
        "DeleteConflict",
        "InvalidGroup.InUse",
        "ResourceInUseException",
        "InvalidDBInstanceState",
        "InvalidDBProxyStateFault",
        "KMSInvalidStateException",
        "IncorrectState",
        "ConcurrentModificationException",
        "InsufficientInstanceCapacity"}) {
    EXPECT_EQ(classify(400, code), ErrorClass::kConflict) << code;
  }
}

TEST(ErrorMap, ReadsTheMessageWhereOneCodeMeansTwoThings) {
  EXPECT_EQ(
      classify(409, "ResourceConflictException", "Function already exist: f"), ErrorClass::kExists
  );
  EXPECT_EQ(
      classify(409, "ResourceConflictException", "An update is in progress for resource"),
      ErrorClass::kConflict
  );
  EXPECT_EQ(classify(401, "AuthFailure", "The security token has expired"), ErrorClass::kExpired);
  EXPECT_EQ(classify(401, "AuthFailure", "Not able to validate"), ErrorClass::kAuth);
  EXPECT_EQ(
      classify(403, "SignatureDoesNotMatch", "Signature expired: 20260102T030405Z is now earlier"),
      ErrorClass::kExpired
  );
}

TEST(ErrorMap, TellsDeniedFromNotAuthenticated) {
  EXPECT_EQ(classify(403, "UnauthorizedOperation"), ErrorClass::kDenied);
  EXPECT_EQ(classify(400, "AccessDeniedException"), ErrorClass::kDenied);
  EXPECT_EQ(classify(403, "403"), ErrorClass::kDenied);
  EXPECT_EQ(classify(403, "InvalidClientTokenId"), ErrorClass::kAuth);
  EXPECT_EQ(classify(400, "UnrecognizedClientException"), ErrorClass::kAuth);
  EXPECT_EQ(classify(400, "ExpiredTokenException"), ErrorClass::kExpired);
  EXPECT_EQ(classify(403, "RequestTimeTooSkewed"), ErrorClass::kExpired);
}

TEST(ErrorMap, TakesServerErrorsForTransientAndOtherRefusalsForFinal) {
  EXPECT_EQ(classify(500, "InternalError"), ErrorClass::kTransient);
  EXPECT_EQ(classify(503, "503"), ErrorClass::kTransient);
  EXPECT_EQ(classify(400, "InternalFailure"), ErrorClass::kTransient);
  EXPECT_EQ(classify(408, "408"), ErrorClass::kTransient);
  EXPECT_EQ(classify(400, "InvalidParameterValue"), ErrorClass::kInvalid);
  EXPECT_EQ(classify(400, ""), ErrorClass::kInvalid);
  EXPECT_EQ(classify(301, "PermanentRedirect"), ErrorClass::kInvalid);
}

}  // namespace
}  // namespace plumbline
