#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "simulator/services/iam.h"
#include "simulator/services/iam_managed.h"

namespace plumbline::sim {

Value Iam::detail_role(const Account& account, const Value& role) const {
  Value detail = show_role(role, true);
  detail.erase("MaxSessionDuration");
  detail.erase("Description");
  List inline_policies;
  for (const auto& [name, document] : role.get("Inline").as_object()) {
    inline_policies.push_back(Value::object(
        {{"PolicyName", name}, {"PolicyDocument", percent_encode(document.as_text())}}
    ));
  }
  List attached;
  for (const std::string& arn : texts_of(role.get("Attached"))) {
    attached.push_back(Value::object({{"PolicyName", policy_name_of(arn)}, {"PolicyArn", arn}}));
  }
  detail.set("InstanceProfileList", profiles_of(account, to_lower(role.text_of("RoleName"))));
  detail.set("RolePolicyList", inline_policies);
  detail.set("AttachedManagedPolicies", attached);
  return detail;
}

Outcome Iam::get_authorization_details(const Request& request) {
  const auto filter = texts_of(request.params.get("Filter"));
  const std::set<std::string> wanted(filter.begin(), filter.end());
  for (const std::string& type : wanted) {
    static const std::set<std::string> known = {
        "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"};
    if (!known.contains(type)) {
      return Fault{
          400,
          "ValidationError",
          "1 validation error detected: Value '[" + type +
              "]' at 'filter' failed to satisfy constraint: Member must satisfy constraint: "
              "[Member must satisfy enum value set: [Group, LocalManagedPolicy, User, Role, "
              "AWSManagedPolicy]]"};
    }
  }
  const Account& account = accounts_[request.account];
  // One list is paged over both kinds; its marks tell them apart by their first letters.
  std::vector<Named> all;
  if (wanted.empty() || wanted.contains("LocalManagedPolicy")) {
    for (const auto& [arn, policy] : account.policies) {
      all.push_back({"policy " + arn, detail_policy(request.account, policy)});
    }
  }
  if (wanted.empty() || wanted.contains("Role")) {
    for (const auto& [key, role] : account.roles) {
      all.push_back({"role " + key, detail_role(account, role)});
    }
  }
  Outcome page = reply_page(request, "RoleDetailList", all);
  auto* reply = std::get_if<Value>(&page);
  if (reply == nullptr) {
    return page;
  }
  List roles;
  List policies;
  for (const Value& item : reply->get("RoleDetailList").as_list()) {
    (has_param(item, "RoleId") ? roles : policies).push_back(item);
  }
  reply->set("UserDetailList", List{});
  reply->set("GroupDetailList", List{});
  reply->set("RoleDetailList", roles);
  reply->set("Policies", policies);
  return page;
}

}  // namespace plumbline::sim
