#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/iam.h"
#include "simulator/services/iam_managed.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kInlineSize = 10240;
constexpr std::size_t kAttachedLimit = 10;

/// The inline documents together once `name` holds `document`.
std::size_t inline_size(const Value& role, const std::string& name, const std::string& document) {
  std::size_t size = document_size(document);
  for (const auto& [other, text] : role.get("Inline").as_object()) {
    size += other == name ? 0 : document_size(text.as_text());
  }
  return size;
}

Fault no_such_inline(const std::string& policy) {
  return {
      404, "NoSuchEntity", fmt::format("The role policy with name {} cannot be found.", policy)};
}

}  // namespace

Outcome Iam::put_role_policy(const Request& request) {
  Validation validation(request.params);
  check_name(validation, "PolicyName", 128);
  validation.required("PolicyDocument");
  validation.length("PolicyDocument", 1, 131072);
  if (auto fault = validation.fault("ValidationError")) {
    return *fault;
  }
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string name = text_param(request.params, "PolicyName");
  const std::string document = text_param(request.params, "PolicyDocument");
  Value parsed;
  if (auto why = find_document_fault(document, DocumentKind::kIdentity, parsed)) {
    return malformed_document(*why);
  }
  if (inline_size(*role, name, document) > kInlineSize) {
    return limit_exceeded(fmt::format(
        "Maximum policy size of {} bytes exceeded for role {}",
        kInlineSize,
        role->text_of("RoleName")
    ));
  }
  role->find("Inline")->set(name, document);
  return Value{};
}

Outcome Iam::get_role_policy(const Request& request) {
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string name = text_param(request.params, "PolicyName");
  const Value* document = role->get("Inline").find(name);
  if (document == nullptr) {
    return no_such_inline(name);
  }
  return Value::object(
      {{"RoleName", role->get("RoleName")},
       {"PolicyName", name},
       {"PolicyDocument", percent_encode(document->as_text())}}
  );
}

Outcome Iam::list_role_policies(const Request& request) {
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  std::vector<Named> all;
  for (const auto& [name, document] : role->get("Inline").as_object()) {
    all.push_back({name, name});
  }
  std::sort(all.begin(), all.end(), [](const Named& a, const Named& b) { return a.name < b.name; });
  return reply_page(request, "PolicyNames", all);
}

Outcome Iam::delete_role_policy(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string name = text_param(request.params, "PolicyName");
  if (role->get("Inline").find(name) == nullptr) {
    return no_such_inline(name);
  }
  role->find("Inline")->erase(name);
  return Value{};
}

bool Iam::is_attachable(const Request& request, const std::string& policy_arn) {
  return is_aws_managed(policy_arn) || accounts_[request.account].policies.contains(policy_arn);
}

Outcome Iam::attach_role_policy(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string arn = text_param(request.params, "PolicyArn");
  if (!parse_arn(arn).is_arn) {
    return Fault{400, "InvalidInput", fmt::format("ARN {} is not valid.", arn)};
  }
  if (!is_attachable(request, arn)) {
    return Fault{
        404, "NoSuchEntity", fmt::format("Policy {} does not exist or is not attachable.", arn)};
  }
  List& attached = role->find("Attached")->as_list();
  if (std::find(attached.begin(), attached.end(), Value(arn)) != attached.end()) {
    return Value{};
  }
  if (attached.size() >= kAttachedLimit) {
    return limit_exceeded(fmt::format("Cannot exceed quota for PoliciesPerRole: {}", kAttachedLimit)
    );
  }
  attached.push_back(arn);
  return Value{};
}

Outcome Iam::detach_role_policy(const Request& request) {
  Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string arn = text_param(request.params, "PolicyArn");
  if (std::erase(role->find("Attached")->as_list(), Value(arn)) == 0) {
    return no_such_policy(arn);
  }
  return Value{};
}

Outcome Iam::list_attached_role_policies(const Request& request) {
  const Value* role = find_role_named(request);
  if (role == nullptr) {
    return no_such_role(text_param(request.params, "RoleName"));
  }
  const std::string prefix = text_param(request.params, "PathPrefix");
  std::vector<Named> all;
  for (const std::string& arn : texts_of(role->get("Attached"))) {
    if (policy_path_of(arn).starts_with(prefix)) {
      all.push_back({arn, Value::object({{"PolicyName", policy_name_of(arn)}, {"PolicyArn", arn}})}
      );
    }
  }
  return reply_page(request, "AttachedPolicies", all);
}

}  // namespace plumbline::sim
