#include "controller/lint/rules/action_facts.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "controller/base/text.h"
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

std::string best_of(std::string_view word, std::span<const std::string_view> words) {
  const std::vector<std::string> candidates(words.begin(), words.end());
  return nearest(word, candidates).value_or("");
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
  const bool is_service = std::find(kServices.begin(), kServices.end(), service) != kServices.end();
  const std::string meant = is_service ? "" : best_of(service, kServices);
  return meant.empty() ? std::nullopt : std::optional(meant + ":" + std::string(name));
}

}  // namespace plumbline
