#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/iam.h"
#include "simulator/services/iam_managed.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kVersionLimit = 5;

Value show_version(const Value& policy, const Value& version, bool with_document) {
  Value reply = Value::object(
      {{"VersionId", version.get("VersionId")},
       {"IsDefaultVersion", version.text_of("VersionId") == policy.text_of("DefaultVersionId")},
       {"CreateDate", show_date(version.get("CreateDate"))}}
  );
  if (with_document) {
    reply.set("Document", percent_encode(version.text_of("Document")));
  }
  return reply;
}

Value* find_version(Value& policy, const std::string& id) {
  List& versions = policy.find("Versions")->as_list();
  const auto found = std::find_if(versions.begin(), versions.end(), [&id](const Value& version) {
    return version.text_of("VersionId") == id;
  });
  return found == versions.end() ? nullptr : &*found;
}

Fault no_such_version(const std::string& arn, const std::string& id) {
  return {
      404,
      "NoSuchEntity",
      fmt::format("Policy {} version {} does not exist or is not attachable.", arn, id)};
}

}  // namespace

Outcome Iam::get_policy_version(const Request& request) {
  const std::string arn = text_param(request.params, "PolicyArn");
  const std::string id = text_param(request.params, "VersionId");
  if (is_aws_managed(arn) && id == "v1") {
    return Value::object(
        {{"PolicyVersion",
          Value::object(
              {{"VersionId", id},
               {"IsDefaultVersion", true},
               {"CreateDate", "2015-04-09T15:03:43Z"},
               {"Document", percent_encode(aws_managed_document(arn))}}
          )}}
    );
  }
  Value* policy = find_policy_named(request);
  if (policy == nullptr) {
    return no_such_policy(arn);
  }
  const Value* version = find_version(*policy, id);
  if (version == nullptr) {
    return no_such_version(arn, id);
  }
  return Value::object({{"PolicyVersion", show_version(*policy, *version, true)}});
}

Outcome Iam::list_policy_versions(const Request& request) {
  const Value* policy = find_policy_named(request);
  if (policy == nullptr) {
    return no_such_policy(text_param(request.params, "PolicyArn"));
  }
  List versions = policy->get("Versions").as_list();
  std::reverse(versions.begin(), versions.end());
  std::vector<Named> all;
  for (const Value& version : versions) {
    all.push_back({version.text_of("VersionId"), show_version(*policy, version, false)});
  }
  return reply_page(request, "Versions", all);
}

Outcome Iam::create_policy_version(const Request& request) {
  Value* policy = find_policy_named(request);
  if (policy == nullptr) {
    return no_such_policy(text_param(request.params, "PolicyArn"));
  }
  const std::string document = text_param(request.params, "PolicyDocument");
  Value parsed;
  if (auto why = find_document_fault(document, DocumentKind::kIdentity, parsed)) {
    return malformed_document(*why);
  }
  if (document_size(document) > kPolicySize) {
    return limit_exceeded(fmt::format("Cannot exceed quota for PolicySize: {}", kPolicySize));
  }
  List& versions = policy->find("Versions")->as_list();
  if (versions.size() >= kVersionLimit) {
    return limit_exceeded(fmt::format(
        "A managed policy can have up to {} versions. Before you create a new version, you must "
        "delete an existing version.",
        kVersionLimit
    ));
  }
  const std::int64_t number = policy->get("NextVersion").as_int();
  const std::string id = fmt::format("v{}", number);
  const std::int64_t now = to_millis(world_.now());
  versions.push_back(Value::object({{"VersionId", id}, {"Document", document}, {"CreateDate", now}})
  );
  policy->set("NextVersion", number + 1);
  policy->set("UpdateDate", now);
  if (flag_param(request.params, "SetAsDefault")) {
    policy->set("DefaultVersionId", id);
  }
  return Value::object({{"PolicyVersion", show_version(*policy, *find_version(*policy, id), false)}}
  );
}

Outcome Iam::delete_policy_version(const Request& request) {
  Value* policy = find_policy_named(request);
  const std::string arn = text_param(request.params, "PolicyArn");
  if (policy == nullptr) {
    return no_such_policy(arn);
  }
  const std::string id = text_param(request.params, "VersionId");
  if (find_version(*policy, id) == nullptr) {
    return no_such_version(arn, id);
  }
  if (id == policy->text_of("DefaultVersionId")) {
    return Fault{409, "DeleteConflict", "Cannot delete the default version of a policy."};
  }
  std::erase_if(policy->find("Versions")->as_list(), [&id](const Value& version) {
    return version.text_of("VersionId") == id;
  });
  return Value{};
}

Outcome Iam::set_default_policy_version(const Request& request) {
  Value* policy = find_policy_named(request);
  const std::string arn = text_param(request.params, "PolicyArn");
  if (policy == nullptr) {
    return no_such_policy(arn);
  }
  const std::string id = text_param(request.params, "VersionId");
  if (find_version(*policy, id) == nullptr) {
    return no_such_version(arn, id);
  }
  policy->set("DefaultVersionId", id);
  policy->set("UpdateDate", to_millis(world_.now()));
  return Value{};
}

Value Iam::detail_policy(const std::string& account, const Value& policy) const {
  Value detail = show_policy(account, policy, false);
  copy_member(detail, policy, "Description");
  List versions;
  for (const Value& version : items_of(policy.get("Versions"))) {
    versions.push_back(show_version(policy, version, true));
  }
  detail.set("PolicyVersionList", versions);
  return detail;
}

}  // namespace plumbline::sim
