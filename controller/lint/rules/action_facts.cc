#include "controller/lint/rules/action_facts.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/action_names.h"
#include "controller/lint/rules/arns.h"

namespace plumbline {

namespace {

constexpr auto kKms = std::to_array<std::string_view>({
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateAlias",
    "CreateCustomKeyStore",
    "CreateGrant",
    "CreateKey",
    "Decrypt",
    "DeleteAlias",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
    "PutKeyPolicy",
    "ReEncryptFrom",
    "ReEncryptTo",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "SynchronizeMultiRegionKey",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
});
constexpr auto kSecrets = std::to_array<std::string_view>({
    "BatchGetSecretValue",
    "CancelRotateSecret",
    "CreateSecret",
    "DeleteResourcePolicy",
    "DeleteSecret",
    "DescribeSecret",
    "GetRandomPassword",
    "GetResourcePolicy",
    "GetSecretValue",
    "ListSecretVersionIds",
    "ListSecrets",
    "PutResourcePolicy",
    "PutSecretValue",
    "RemoveRegionsFromReplication",
    "ReplicateSecretToRegions",
    "RestoreSecret",
    "RotateSecret",
    "StopReplicationToReplica",
    "TagResource",
    "UntagResource",
    "UpdateSecret",
    "UpdateSecretVersionStage",
    "ValidateResourcePolicy",
});
constexpr auto kSts = std::to_array<std::string_view>({
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetCallerIdentity",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetServiceBearerToken",
    "GetSessionToken",
    "GetWebIdentityToken",
    "SetContext",
    "SetSourceIdentity",
    "TagSession",
});
/// Services whose actions are all listed; from AWS's service models and the service authorization
/// reference, 2026-08.
struct Listed {
  std::string_view service;
  std::span<const std::string_view> actions;
};
constexpr Listed kListed[] = {{"kms", kKms}, {"secretsmanager", kSecrets}, {"sts", kSts}};

/// Services whose names are long enough that what is nearly the same is a slip.
constexpr auto kServices = std::to_array<std::string_view>(
    {"dynamodb", "elasticloadbalancing", "lambda", "rds-db", "secretsmanager"}
);

/// Names that are written for a service and are none.
struct Slip {
  std::string_view written, meant;
};
constexpr Slip kSlips[] = {
    {"log", "logs"},
    {"cloudwatchlogs", "logs"},
    {"cloudwatch-logs", "logs"},
    {"ec2-messages", "ec2messages"}};

/// What roles of functions and proxies are often given, of services too large to be listed: what is
/// nearly the same as one of these is none. Each row holds the real neighbours of its own words.
constexpr auto kOfEc2 = std::to_array<std::string_view>({
    "AssignIpv6Addresses",
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
    "DetachNetworkInterface",
    "UnassignIpv6Addresses",
    "UnassignPrivateIpAddresses",
});
constexpr Listed kCommon[] = {{"ec2", kOfEc2}};

std::string best_of(std::string_view word, std::span<const std::string_view> words) {
  const std::vector<std::string> candidates(words.begin(), words.end());
  return nearest(word, candidates).value_or("");
}

/// The action of the row that the name nearly is.
std::optional<std::string> slip_in(const Listed& common, std::string_view name) {
  const std::string pattern = to_lower(name);
  const bool is_known =
      std::any_of(common.actions.begin(), common.actions.end(), [&](std::string_view one) {
        return arn_matches(pattern, to_lower(one)) == Answer::kYes;
      });
  const std::string meant =
      is_known || name.find_first_of("*?") != name.npos ? "" : best_of(name, common.actions);
  return meant.empty() ? std::nullopt : std::optional(fmt::format("{}:{}", common.service, meant));
}

/// The same of a service whose actions stand in the table of names: but for its case no name of it,
/// and one or two letters from one.
std::optional<std::string> slip_among(
    std::string_view names, std::string_view service, std::string_view name
) {
  const std::string word = fmt::format(" {} ", name);
  if (names.find(word) != names.npos || name.find_first_of("*?") != name.npos) {
    return std::nullopt;
  }
  constexpr std::size_t kMostSlips = 2;
  const std::string small = to_lower(name);
  std::string_view best;
  std::size_t least = kMostSlips + 1;
  for (const std::string_view one : split(trim(names), ' ')) {
    const bool is_near =
        one.size() <= name.size() + kMostSlips && name.size() <= one.size() + kMostSlips;
    const std::size_t distance = is_near ? edit_distance(small, to_lower(one)) : least;
    if (distance < least) {
      least = distance;
      best = one;
    }
  }
  return least == 0 || best.empty() ? std::nullopt
                                    : std::optional(fmt::format("{}:{}", service, best));
}

}  // namespace

std::optional<std::string> action_meant_by(std::string_view action) {
  const auto colon = action.find(':');
  const std::string service = to_lower(action.substr(0, colon));
  if (colon == std::string_view::npos || service.find_first_of("*?") != std::string::npos) {
    return std::nullopt;
  }
  const std::string_view name = action.substr(colon + 1);
  for (const Listed& listed : kListed) {
    if (listed.service != service) {
      continue;
    }
    const std::string pattern = to_lower(name);
    const bool is_known =
        std::any_of(listed.actions.begin(), listed.actions.end(), [&](std::string_view one) {
          return arn_matches(pattern, to_lower(one)) == Answer::kYes;
        });
    const std::string meant = is_known ? "" : best_of(name, listed.actions);
    return is_known ? std::nullopt
                    : std::optional(meant.empty() ? "" : fmt::format("{}:{}", service, meant));
  }
  for (const Slip& slip : kSlips) {
    if (slip.written == service) {
      return fmt::format("{}:{}", slip.meant, name);
    }
  }
  for (const Listed& common : kCommon) {
    if (common.service == service) {
      return slip_in(common, name);
    }
  }
  if (const std::string_view names = action_names(service); !names.empty()) {
    return slip_among(names, service, name);
  }
  const bool is_service = std::find(kServices.begin(), kServices.end(), service) != kServices.end();
  const std::string meant = is_service ? "" : best_of(service, kServices);
  return meant.empty() ? std::nullopt : std::optional(meant + ":" + std::string(name));
}

}  // namespace plumbline
