#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/iam_documents.h"
#include "simulator/services/secretsmanager.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kPolicySize = 20480;

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A principal that is no role: accounts, their roots and users, sessions, unique ids.
bool is_plausible(const Principal& principal) {
  if (principal.type == "Service") {
    return principal.name.find(".amazonaws.com") != std::string::npos;
  }
  if (principal.type != "AWS" || principal.name == "*" || is_account(principal.name)) {
    return true;
  }
  const Arn arn = parse_arn(principal.name);
  return arn.is_arn && (arn.service == "iam" || arn.service == "sts") && !arn.account.empty();
}

}  // namespace

std::optional<std::string> SecretsManager::find_policy_fault(
    const Request& request, const std::string& text
) const {
  Value document;
  if (find_document_fault(text, DocumentKind::kResource, document)) {
    return "This resource policy contains a syntax error.";
  }
  for (const Principal& principal : principals_of(document)) {
    const Arn arn = parse_arn(principal.name);
    const bool is_own_role = principal.type == "AWS" && arn.is_arn && arn.service == "iam" &&
                             arn.account == request.account && arn.resource.starts_with("role/");
    bool is_known = is_plausible(principal);
    if (is_own_role && neighbours_.find_role) {
      const auto role = neighbours_.find_role(request.account, principal.name);
      is_known = role.exists && world_.now() - role.created_at >= world_.scaled(kRolePropagation);
    }
    if (!is_known) {
      return "This resource policy contains an unsupported principal.";
    }
  }
  return std::nullopt;
}

Outcome SecretsManager::put_resource_policy(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.required("ResourcePolicy");
  validation.length("ResourcePolicy", 1, kPolicySize);
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  const std::string text = text_param(request.params, "ResourcePolicy");
  if (const auto why = find_policy_fault(request, text)) {
    return Fault{400, "MalformedPolicyDocumentException", *why};
  }
  Value document;
  find_document_fault(text, DocumentKind::kResource, document);
  if (flag_param(request.params, "BlockPublicPolicy") && is_public(document)) {
    return Fault{
        400,
        "PublicPolicyException",
        "You can't attach a resource policy that allows broad access to the secret."};
  }
  secret->set("Policy", text);
  return name_secret(*secret);
}

Outcome SecretsManager::get_resource_policy(const Request& request) {
  std::optional<Fault> fault;
  const Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  Value reply = name_secret(*secret);
  if (has_param(*secret, "Policy")) {
    reply.set("ResourcePolicy", secret->get("Policy"));
  }
  return reply;
}

Outcome SecretsManager::delete_resource_policy(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  secret->erase("Policy");
  return name_secret(*secret);
}

Outcome SecretsManager::validate_resource_policy(const Request& request) {
  if (has_param(request.params, "SecretId")) {
    std::optional<Fault> fault;
    if (find_usable(request, fault) == nullptr) {
      return *fault;
    }
  }
  const std::string text = text_param(request.params, "ResourcePolicy");
  if (const auto why = find_policy_fault(request, text)) {
    return Fault{400, "MalformedPolicyDocumentException", *why};
  }
  Value document;
  find_document_fault(text, DocumentKind::kResource, document);
  List errors;
  if (is_public(document)) {
    errors.push_back(Value::object(
        {{"CheckName", "PUBLIC_POLICY_CHECK"},
         {"ErrorMessage", "Resource Policy validation failed: it allows broad access."}}
    ));
  }
  return Value::object({{"PolicyValidationPassed", errors.empty()}, {"ValidationErrors", errors}});
}

}  // namespace plumbline::sim
