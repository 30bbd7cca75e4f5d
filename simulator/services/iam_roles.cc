#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/iam.h"
#include "simulator/services/iam_managed.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kRolesPerAccount = 1000;
constexpr std::size_t kTrustSize = 2048;
constexpr std::int64_t kHour = 3600;

std::optional<Fault> check_role_settings(const Value& params) {
  Validation validation(params);
  validation.length("Description", 0, 1000);
  validation.range("MaxSessionDuration", kHour, 12 * kHour);
  return validation.fault("ValidationError");
}

bool is_account_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Fault invalid_principal(const Principal& principal) {
  return malformed_document(fmt::format(
      "Invalid principal in policy: \"{}\":\"{}\"",
      principal.type == "Service" ? "SERVICE" : principal.type,
      principal.name
  ));
}

}  // namespace

Value* Iam::find_role_named(const Request& request) {
  Objects& roles = accounts_[request.account].roles;
  const std::string name = text_param(request.params, "RoleName");
  const auto found = roles.find(to_lower(name));
  // Names clash whatever their case, but are looked up as they were written.
  return found == roles.end() || found->second.text_of("RoleName") != name ? nullptr
                                                                           : &found->second;
}

bool Iam::knows_principal(const Request& request, const std::string& principal) {
  if (principal == "*" || is_account_id(principal) || principal == request.principal_arn) {
    return true;
  }
  const Objects& roles = accounts_[request.account].roles;
  const Arn arn = parse_arn(principal);
  if (!arn.is_arn) {
    return std::any_of(roles.begin(), roles.end(), [&principal](const auto& role) {
      return role.second.text_of("RoleId") == principal;
    });
  }
  if (arn.service != "iam" && arn.service != "sts") {
    return false;
  }
  // Nobody here can look into other accounts.
  if (arn.account != request.account || arn.resource == "root") {
    return true;
  }
  if (arn.resource.starts_with("assumed-role/")) {
    return roles.contains(to_lower(split(arn.resource, '/')[1]));
  }
  const auto facts = find_role(request.account, principal);
  return facts.exists && world_.now() - facts.created_at >= world_.scaled(kRolePropagation);
}

std::optional<Fault> Iam::read_trust(
    const Request& request, std::string_view key, std::string& out
) {
  Validation validation(request.params);
  validation.required(key);
  validation.length(key, 1, 131072);
  if (auto fault = validation.fault("ValidationError")) {
    return fault;
  }
  const std::string text = text_param(request.params, key);
  Value document;
  if (auto why = find_document_fault(text, DocumentKind::kTrust, document)) {
    return malformed_document(*why);
  }
  if (document_size(text) > kTrustSize) {
    return limit_exceeded(fmt::format("Cannot exceed quota for ACLSizePerRole: {}", kTrustSize));
  }
  for (const Principal& principal : principals_of(document)) {
    const bool is_known = principal.type == "AWS" ? knows_principal(request, principal.name)
                          : principal.type == "Service"
                              ? principal.name.find(".amazonaws.com") != std::string::npos
                              : principal.type == "Federated";
    if (!is_known) {
      return invalid_principal(principal);
    }
  }
  const Value kept = rename_principals(document, [](const std::string& name) {
    return is_account_id(name) ? fmt::format("arn:aws:iam::{}:root", name) : name;
  });
  out = kept == document ? text : wire_json(kept);
  return std::nullopt;
}

void Iam::forget_principal(Account& account, const Value& role) {
  for (auto& [key, other] : account.roles) {
    const auto document = parse_json(other.text_of("AssumeRolePolicyDocument"));
    if (!document) {
      continue;
    }
    const Value kept = rename_principals(*document, [&role](const std::string& name) {
      return name == role.text_of("Arn") ? role.text_of("RoleId") : name;
    });
    if (kept != *document) {
      other.set("AssumeRolePolicyDocument", wire_json(kept));
    }
  }
}

Value Iam::show_role(const Value& role, bool is_whole) const {
  Value reply = Value::object(
      {{"Path", role.get("Path")},
       {"RoleName", role.get("RoleName")},
       {"RoleId", role.get("RoleId")},
       {"Arn", role.get("Arn")},
       {"CreateDate", show_date(role.get("CreateDate"))},
       {"AssumeRolePolicyDocument", percent_encode(role.text_of("AssumeRolePolicyDocument"))}}
  );
  copy_member(reply, role, "Description");
  copy_member(reply, role, "MaxSessionDuration");
  if (!is_whole) {
    return reply;
  }
  if (has_param(role, "PermissionsBoundary")) {
    reply.set(
        "PermissionsBoundary",
        Value::object(
            {{"PermissionsBoundaryType", "Policy"},
             {"PermissionsBoundaryArn", role.get("PermissionsBoundary")}}
        )
    );
  }
  if (role.get("Tags").size() > 0) {
    reply.set("Tags", role.get("Tags"));
  }
  reply.set("RoleLastUsed", Object{});
  return reply;
}

Outcome Iam::create_role(const Request& request) {
  Validation validation(request.params);
  check_name(validation, "RoleName", 64);
  check_path(validation, request.params, "Path");
  if (auto fault = validation.fault("ValidationError")) {
    return *fault;
  }
  if (auto fault = check_role_settings(request.params)) {
    return *fault;
  }
  if (auto fault = check_tags(request.params)) {
    return *fault;
  }
  std::string trust;
  if (auto fault = read_trust(request, "AssumeRolePolicyDocument", trust)) {
    return *fault;
  }
  Account& account = accounts_[request.account];
  const std::string name = text_param(request.params, "RoleName");
  if (account.roles.contains(to_lower(name))) {
    return Fault{
        409, "EntityAlreadyExists", fmt::format("Role with name {} already exists.", name)};
  }
  if (account.roles.size() >= kRolesPerAccount) {
    return limit_exceeded(
        fmt::format("Cannot exceed quota for RolesPerAccount: {}", kRolesPerAccount)
    );
  }
  Value role = new_object(request, "role", "RoleName");
  role.set("RoleId", make_unique_id("AROA"));
  role.set("AssumeRolePolicyDocument", trust);
  role.set("MaxSessionDuration", int_param(request.params, "MaxSessionDuration").value_or(kHour));
  role.set("Inline", Object{});
  role.set("Attached", List{});
  if (!text_param(request.params, "Description").empty()) {
    role.set("Description", text_param(request.params, "Description"));
  }
  if (const std::string arn = text_param(request.params, "PermissionsBoundary"); !arn.empty()) {
    if (!is_attachable(request, arn)) {
      return Fault{
          404,
          "NoSuchEntity",
          fmt::format("Scope ARN: {} does not exist or is not attachable.", arn)};
    }
    role.set("PermissionsBoundary", arn);
  }
  const Value& kept = account.roles[to_lower(name)] = std::move(role);
  return Value::object({{"Role", show_role(kept, true)}});
}

Outcome Iam::get_role(const Request& request) {
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  return Value::object({{"Role", show_role(*role, true)}});
}

Outcome Iam::list_roles(const Request& request) {
  const std::string prefix = text_param(request.params, "PathPrefix");
  std::vector<Named> all;
  for (const auto& [key, role] : accounts_[request.account].roles) {
    if (role.text_of("Path").starts_with(prefix)) {
      all.push_back({key, show_role(role, false)});
    }
  }
  return reply_page(request, "Roles", all);
}

Outcome Iam::update_role(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  if (auto fault = check_role_settings(request.params)) {
    return *fault;
  }
  if (has_param(request.params, "Description")) {
    role->set("Description", text_param(request.params, "Description"));
  }
  if (const auto longest = int_param(request.params, "MaxSessionDuration")) {
    role->set("MaxSessionDuration", *longest);
  }
  return Value{Object{}};
}

Outcome Iam::update_role_description(const Request& request) {
  Outcome updated = update_role(request);
  if (std::holds_alternative<Fault>(updated)) {
    return updated;
  }
  return get_role(request);
}

Outcome Iam::update_assume_role_policy(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  std::string trust;
  if (auto fault = read_trust(request, "PolicyDocument", trust)) {
    return *fault;
  }
  role->set("AssumeRolePolicyDocument", trust);
  return Value{};
}

Outcome Iam::delete_role(const Request& request) {
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  Account& account = accounts_[request.account];
  const std::string key = to_lower(role->text_of("RoleName"));
  if (profiles_of(account, key).size() > 0) {
    return Fault{
        409,
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first."};
  }
  if (role->get("Attached").size() > 0) {
    return Fault{409, "DeleteConflict", "Cannot delete entity, must detach all policies first."};
  }
  if (role->get("Inline").size() > 0) {
    return Fault{409, "DeleteConflict", "Cannot delete entity, must delete policies first."};
  }
  const Value gone = *role;
  account.roles.erase(key);
  forget_principal(account, gone);
  return Value{};
}

Outcome Iam::put_boundary(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string arn = text_param(request.params, "PermissionsBoundary");
  if (!is_attachable(request, arn)) {
    return Fault{
        404,
        "NoSuchEntity",
        fmt::format("Scope ARN: {} does not exist or is not attachable.", arn)};
  }
  role->set("PermissionsBoundary", arn);
  return Value{};
}

Outcome Iam::delete_boundary(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  role->erase("PermissionsBoundary");
  return Value{};
}

Outcome Iam::tag_role(const Request& request) {
  Value* role = find_role_named(request);
  return role == nullptr ? no_such_role(text_param(request.params, "RoleName"))
                         : tag_object(*role, request);
}

Outcome Iam::untag_role(const Request& request) {
  Value* role = find_role_named(request);
  return role == nullptr ? no_such_role(text_param(request.params, "RoleName"))
                         : untag_object(*role, request);
}

Outcome Iam::list_role_tags(const Request& request) {
  const Value* role = find_role_named(request);
  return role == nullptr ? no_such_role(text_param(request.params, "RoleName"))
                         : list_tags_of(*role, request);
}

}  // namespace plumbline::sim
