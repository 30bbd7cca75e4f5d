#include <fmt/format.h>

#include "simulator/services/iam_documents.h"
#include "simulator/services/kms.h"

namespace plumbline::sim {
namespace {

constexpr std::int64_t kShortestPeriod = 90;
constexpr std::int64_t kLongestPeriod = 2560;
constexpr std::int64_t kUsualPeriod = 365;
constexpr std::int64_t kDayMillis = 24LL * 60 * 60 * 1000;

/// Whether the caller could still put another policy: KMS's lockout safety check.
bool keeps_control(const Value& document, const Request& request) {
  const std::string root = fmt::format("arn:aws:iam::{}:root", request.account);
  for (const Value& statement : items_of(document.get("Statement"))) {
    const Value alone = Value::object({{"Statement", Value::list({statement})}});
    if (!allows_action({alone}, "kms:PutKeyPolicy")) {
      continue;
    }
    for (const Principal& principal : principals_of(alone)) {
      if (principal.name == "*" || principal.name == root || principal.name == request.account ||
          principal.name == request.principal_arn) {
        return true;
      }
    }
  }
  return false;
}

Fault malformed(std::string message) {
  return {400, "MalformedPolicyDocumentException", std::move(message)};
}

/// Only keys whose material AWS made and can make again rotate by themselves.
std::optional<Fault> check_rotatable(const Value& key) {
  if (key.text_of("KeySpec") == "SYMMETRIC_DEFAULT" && key.text_of("Origin") == "AWS_KMS") {
    return std::nullopt;
  }
  return Fault{
      400,
      "UnsupportedOperationException",
      fmt::format("{} does not support automatic rotation.", key.text_of("Arn"))};
}

}  // namespace

std::string default_key_policy(const std::string& account) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User )"
      R"(Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},)"
      R"("Action":"kms:*","Resource":"*"}}]}})",
      account
  );
}

std::optional<Fault> Kms::find_policy_fault(const Request& request, const std::string& text) const {
  Value document;
  if (find_document_fault(text, DocumentKind::kResource, document)) {
    return malformed("The policy is not a valid key policy.");
  }
  for (const Principal& principal : principals_of(document)) {
    const Arn arn = parse_arn(principal.name);
    const bool is_own_role = principal.type == "AWS" && arn.is_arn && arn.service == "iam" &&
                             arn.account == request.account && arn.resource.starts_with("role/");
    if (!is_own_role || !neighbours_.find_role) {
      continue;
    }
    const auto role = neighbours_.find_role(request.account, principal.name);
    if (!role.exists || world_.now() - role.created_at < world_.scaled(kRolePropagation)) {
      return malformed("Policy contains a statement with one or more invalid principals.");
    }
  }
  if (!flag_param(request.params, "BypassPolicyLockoutSafetyCheck") &&
      !keeps_control(document, request)) {
    return malformed("The new key policy will not allow you to update the key policy in the future."
    );
  }
  return std::nullopt;
}

Outcome Kms::get_key_policy(const Request& request) {
  const auto found = find(request, Demand::kAny, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const std::string name = text_param(request.params, "PolicyName");
  if (!name.empty() && name != "default") {
    return Fault{400, "NotFoundException", fmt::format("No such policy exists: {}", name)};
  }
  return Value::object(
      {{"Policy", std::get<Value*>(found)->get("Policy")}, {"PolicyName", "default"}}
  );
}

Outcome Kms::put_key_policy(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Validation validation(request.params);
  validation.required("Policy");
  validation.length("Policy", 1, 131072);
  validation.one_of("PolicyName", {"default"});
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  const std::string text = text_param(request.params, "Policy");
  if (auto fault = find_policy_fault(request, text)) {
    return *fault;
  }
  std::get<Value*>(found)->set("Policy", text);
  return Value();
}

Outcome Kms::list_key_policies(const Request& request) {
  const auto found = find(request, Demand::kAny, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  return Value::object({{"PolicyNames", Value::list({"default"})}, {"Truncated", false}});
}

Outcome Kms::enable_key_rotation(const Request& request) {
  const auto found = find(request, Demand::kEnabled, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Validation validation(request.params);
  validation.range("RotationPeriodInDays", kShortestPeriod, kLongestPeriod);
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  Value& key = *std::get<Value*>(found);
  if (auto fault = check_rotatable(key)) {
    return *fault;
  }
  // Without a period the one it has stays; a key that never rotated gets a year.
  const std::int64_t before = int_param(key, "RotationPeriodInDays").value_or(kUsualPeriod);
  key.set(
      "RotationPeriodInDays", int_param(request.params, "RotationPeriodInDays").value_or(before)
  );
  key.set("RotationStart", to_millis(world_.now()));
  return Value();
}

Outcome Kms::disable_key_rotation(const Request& request) {
  const auto found = find(request, Demand::kEnabled, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  if (auto fault = check_rotatable(*std::get<Value*>(found))) {
    return *fault;
  }
  std::get<Value*>(found)->erase("RotationStart");
  return Value();
}

Outcome Kms::get_key_rotation_status(const Request& request) {
  const auto found = find(request, Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const Value& key = *std::get<Value*>(found);
  if (auto fault = check_rotatable(key)) {
    return *fault;
  }
  const Value& start = key.get("RotationStart");
  Value reply = Value::object({{"KeyId", key.get("Arn")}, {"KeyRotationEnabled", start.is_int()}});
  if (start.is_int()) {
    const std::int64_t days = key.get("RotationPeriodInDays").as_int();
    reply.set("RotationPeriodInDays", days);
    reply.set("NextRotationDate", epoch_seconds(start.as_int() + days * kDayMillis));
  }
  return reply;
}

}  // namespace plumbline::sim
