#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/iam.h"
#include "simulator/services/iam_managed.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kPoliciesPerAccount = 1500;

Value role_entry(const Value& role) {
  return Value::object({{"RoleName", role.get("RoleName")}, {"RoleId", role.get("RoleId")}});
}

}  // namespace

Value* Iam::find_policy_named(const Request& request) {
  Objects& policies = accounts_[request.account].policies;
  const auto found = policies.find(text_param(request.params, "PolicyArn"));
  return found == policies.end() ? nullptr : &found->second;
}

std::int64_t Iam::count_users(
    const std::string& account, std::string_view member, const std::string& policy_arn
) const {
  const auto world = accounts_.find(account);
  if (world == accounts_.end()) {
    return 0;
  }
  const Objects& roles = world->second.roles;
  return std::count_if(roles.begin(), roles.end(), [member, &policy_arn](const auto& role) {
    const auto arns = texts_of(role.second.get(member));
    return std::find(arns.begin(), arns.end(), policy_arn) != arns.end();
  });
}

Value Iam::show_policy(const std::string& account, const Value& policy, bool is_whole) const {
  const std::string& arn = policy.text_of("Arn");
  Value reply = Value::object(
      {{"PolicyName", policy.get("PolicyName")},
       {"PolicyId", policy.get("PolicyId")},
       {"Arn", arn},
       {"Path", policy.get("Path")},
       {"DefaultVersionId", policy.get("DefaultVersionId")},
       {"AttachmentCount", count_users(account, "Attached", arn)},
       {"PermissionsBoundaryUsageCount", count_users(account, "PermissionsBoundary", arn)},
       {"IsAttachable", true},
       {"CreateDate", show_date(policy.get("CreateDate"))},
       {"UpdateDate", show_date(policy.get("UpdateDate"))}}
  );
  if (is_whole) {
    copy_member(reply, policy, "Description");
    reply.set("Tags", policy.get("Tags"));
  }
  return reply;
}

Value Iam::show_aws_policy(const std::string& account, const std::string& arn) const {
  // AWS's own policies have fixed ids and dates; the id is made from the name, so that it stays.
  std::string id = "ANPA";
  for (const char c : policy_name_of(arn) + std::string(17, 'A')) {
    if (id.size() < 21 && is_made_of(std::string_view(&c, 1), "")) {
      id += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return Value::object(
      {{"PolicyName", policy_name_of(arn)},
       {"PolicyId", id},
       {"Arn", arn},
       {"Path", policy_path_of(arn)},
       {"DefaultVersionId", "v1"},
       {"AttachmentCount", count_users(account, "Attached", arn)},
       {"PermissionsBoundaryUsageCount", count_users(account, "PermissionsBoundary", arn)},
       {"IsAttachable", true},
       {"CreateDate", "2015-04-09T15:03:43Z"},
       {"UpdateDate", "2015-04-09T15:03:43Z"}}
  );
}

Outcome Iam::create_policy(const Request& request) {
  Validation validation(request.params);
  check_name(validation, "PolicyName", 128);
  check_path(validation, request.params, "Path");
  validation.length("Description", 0, 1000);
  validation.required("PolicyDocument");
  if (auto fault = validation.fault("ValidationError")) {
    return *fault;
  }
  if (auto fault = check_tags(request.params)) {
    return *fault;
  }
  const std::string document = text_param(request.params, "PolicyDocument");
  Value parsed;
  if (auto why = find_document_fault(document, DocumentKind::kIdentity, parsed)) {
    return malformed_document(*why);
  }
  if (document_size(document) > kPolicySize) {
    return limit_exceeded(fmt::format("Cannot exceed quota for PolicySize: {}", kPolicySize));
  }
  Objects& policies = accounts_[request.account].policies;
  const std::string name = to_lower(text_param(request.params, "PolicyName"));
  // The name is taken whatever the path it was created under.
  const bool is_taken = std::any_of(policies.begin(), policies.end(), [&name](const auto& other) {
    return to_lower(other.second.text_of("PolicyName")) == name;
  });
  if (is_taken) {
    return Fault{
        409,
        "EntityAlreadyExists",
        fmt::format(
            "A policy called {} already exists. Duplicate names are not allowed.",
            text_param(request.params, "PolicyName")
        )};
  }
  if (policies.size() >= kPoliciesPerAccount) {
    return limit_exceeded(
        fmt::format("Cannot exceed quota for PoliciesPerAccount: {}", kPoliciesPerAccount)
    );
  }
  Value policy = new_object(request, "policy", "PolicyName");
  policy.set("PolicyId", make_unique_id("ANPA"));
  policy.set("UpdateDate", policy.get("CreateDate"));
  policy.set("DefaultVersionId", "v1");
  policy.set("NextVersion", 2);
  policy.set(
      "Versions",
      Value::list({Value::object(
          {{"VersionId", "v1"}, {"Document", document}, {"CreateDate", policy.get("CreateDate")}}
      )})
  );
  if (!text_param(request.params, "Description").empty()) {
    policy.set("Description", text_param(request.params, "Description"));
  }
  const std::string arn = policy.text_of("Arn");
  const Value& kept = policies[arn] = std::move(policy);
  return Value::object({{"Policy", show_policy(request.account, kept, true)}});
}

Outcome Iam::get_policy(const Request& request) {
  const std::string arn = text_param(request.params, "PolicyArn");
  if (const Value* policy = find_policy_named(request); policy != nullptr) {
    return Value::object({{"Policy", show_policy(request.account, *policy, true)}});
  }
  if (is_aws_managed(arn)) {
    return Value::object({{"Policy", show_aws_policy(request.account, arn)}});
  }
  return no_such_policy(arn);
}

Outcome Iam::list_policies(const Request& request) {
  Validation validation(request.params);
  validation.one_of("Scope", {"All", "AWS", "Local"});
  if (auto fault = validation.fault("ValidationError")) {
    return *fault;
  }
  const std::string prefix = text_param(request.params, "PathPrefix");
  const bool is_attached_only = flag_param(request.params, "OnlyAttached");
  std::vector<Named> all;
  for (const auto& [arn, policy] : accounts_[request.account].policies) {
    const bool is_wanted = text_param(request.params, "Scope") != "AWS" &&
                           policy.text_of("Path").starts_with(prefix) &&
                           (!is_attached_only || count_users(request.account, "Attached", arn) > 0);
    if (is_wanted) {
      all.push_back({arn, show_policy(request.account, policy, false)});
    }
  }
  return reply_page(request, "Policies", all);
}

Outcome Iam::delete_policy(const Request& request) {
  const Value* policy = find_policy_named(request);
  const std::string arn = text_param(request.params, "PolicyArn");
  if (policy == nullptr) {
    return is_aws_managed(arn)
               ? Fault{403, "AccessDenied", "Cannot delete a policy that AWS manages."}
               : no_such_policy(arn);
  }
  if (count_users(request.account, "Attached", arn) > 0 ||
      count_users(request.account, "PermissionsBoundary", arn) > 0) {
    return Fault{409, "DeleteConflict", "Cannot delete a policy attached to entities."};
  }
  if (policy->get("Versions").size() > 1) {
    return Fault{
        409,
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the "
        "policy's versions. The default version is deleted with the policy."};
  }
  accounts_[request.account].policies.erase(arn);
  return Value{};
}

Outcome Iam::list_entities_for_policy(const Request& request) {
  const std::string arn = text_param(request.params, "PolicyArn");
  if (!is_attachable(request, arn)) {
    return no_such_policy(arn);
  }
  const std::string filter = text_param(request.params, "EntityFilter");
  const bool is_boundary = text_param(request.params, "PolicyUsageFilter") == "PermissionsBoundary";
  std::vector<Named> all;
  for (const auto& [key, role] : accounts_[request.account].roles) {
    const auto arns = texts_of(role.get(is_boundary ? "PermissionsBoundary" : "Attached"));
    const bool is_using = std::find(arns.begin(), arns.end(), arn) != arns.end();
    if (is_using && (filter.empty() || filter == "Role")) {
      all.push_back({key, role_entry(role)});
    }
  }
  Outcome page = reply_page(request, "PolicyRoles", all);
  if (auto* reply = std::get_if<Value>(&page)) {
    reply->set("PolicyGroups", List{});
    reply->set("PolicyUsers", List{});
  }
  return page;
}

Outcome Iam::tag_policy(const Request& request) {
  Value* policy = find_policy_named(request);
  return policy == nullptr ? no_such_policy(text_param(request.params, "PolicyArn"))
                           : tag_object(*policy, request);
}

Outcome Iam::untag_policy(const Request& request) {
  Value* policy = find_policy_named(request);
  return policy == nullptr ? no_such_policy(text_param(request.params, "PolicyArn"))
                           : untag_object(*policy, request);
}

Outcome Iam::list_policy_tags(const Request& request) {
  const Value* policy = find_policy_named(request);
  return policy == nullptr ? no_such_policy(text_param(request.params, "PolicyArn"))
                           : list_tags_of(*policy, request);
}

}  // namespace plumbline::sim
