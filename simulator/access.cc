#include "simulator/access.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/iam_documents.h"
#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

/// "aws:requesttag/" → "team" for "aws:requesttag/team".
std::optional<std::string> tag_in(const std::string& key, std::string_view prefix) {
  if (!key.starts_with(prefix)) {
    return std::nullopt;
  }
  return key.substr(prefix.size());
}

/// The tags that a request hands over, whatever its service's dialect, and the keys it takes away.
struct RequestTags {
  AccessObjects::Tags tags;  ///< By key in lower case.
  std::set<std::string> keys;
};

void add_tag(RequestTags& all, const std::string& key, const std::string& value) {
  all.keys.insert(key);
  all.tags[to_lower(key)] = value;
}

RequestTags tags_in(const Request& request, const Need& need) {
  RequestTags all;
  const auto add = [&](const Value& list) {
    for (const Value& tag : items_of(list)) {
      if (tag.is_object() && has_param(tag, "Key")) {
        add_tag(all, tag.text_of("Key"), tag.text_of("Value"));
      } else if (tag.is_object() && has_param(tag, "TagKey")) {
        add_tag(all, tag.text_of("TagKey"), tag.text_of("TagValue"));
      }
    }
  };
  const Value& tags = request.params.get(has_param(request.params, "tags") ? "tags" : "Tags");
  if (tags.is_object()) {
    for (const Member& tag : tags.as_object()) {
      add_tag(all, tag.key, text_param(tags, tag.key));
    }
  } else {
    add(tags);
  }
  add(request.params.get("Tag"));
  for (const Value& each : items_of(request.params.get("TagSpecification"))) {
    // In EC2 tags belong to the resource that they are given to, not to the whole request.
    if (need.resource.find(':' + each.text_of("ResourceType") + '/') != std::string::npos) {
      add(each.get("Tag"));
    }
  }
  for (const std::string& key : texts_of(request.params.get("TagKeys"))) {
    all.keys.insert(key);
  }
  return all;
}

std::string why_not(Verdict verdict, const Need& need) {
  return verdict == Verdict::kDenied
             ? "with an explicit deny in an identity-based policy"
             : fmt::format("because no identity-based policy allows the {} action", need.action);
}

/// What sts:DecodeAuthorizationMessage gives back.
std::string encoded_message(const Caller& caller, const Need& need, Verdict verdict) {
  const Value context = Value::object(
      {{"principal", Value::object({{"arn", caller.principal_arn}})},
       {"action", need.action},
       {"resource", need.resource},
       {"conditions", Value::object({{"items", Value(List{})}})}}
  );
  return base64_encode(show_json(Value::object(
      {{"allowed", false},
       {"explicitDeny", verdict == Verdict::kDenied},
       {"matchedStatements", Value::object({{"items", Value(List{})}})},
       {"failures", Value::object({{"items", Value(List{})}})},
       {"context", context}}
  )));
}

/// Secrets Manager says the name as it was asked for.
std::string shown_resource(const Request& request, const Need& need) {
  if (need.action.starts_with("secretsmanager:")) {
    const std::string& id =
        request.params.text_of(request.action == "CreateSecret" ? "Name" : "SecretId");
    return id.empty() ? need.resource : id;
  }
  return need.resource;
}

Fault refuse(const Caller& caller, const Request& request, const Need& need, Verdict verdict) {
  const bool has_resource = need.resource != "*";
  std::string message = fmt::format(
      "User: {} is not authorized to perform: {}{}{} {}",
      caller.principal_arn,
      need.action,
      has_resource ? " on resource: " : "",
      has_resource ? shown_resource(request, need) : "",
      why_not(verdict, need)
  );
  switch (caller.wire->dialect) {
    case Dialect::kEc2:
      message = "You are not authorized to perform this operation. " + message;
      if (has_resource) {
        message +=
            ". Encoded authorization failure message: " + encoded_message(caller, need, verdict);
      }
      return {403, "UnauthorizedOperation", std::move(message)};
    case Dialect::kQuery:
      return {403, "AccessDenied", std::move(message)};
    case Dialect::kJson:
      return {400, "AccessDeniedException", std::move(message)};
    case Dialect::kRest:
      return {403, "AccessDeniedException", std::move(message)};
  }
  return {};
}

/// "arn:aws:sts::123456789012:assumed-role/deployer/run-1" → "arn:aws:iam::…:role/deployer".
std::string role_of_session(const std::string& principal_arn) {
  const Arn arn = parse_arn(principal_arn);
  const auto parts = split(arn.resource, '/');
  return arn.service == "sts" && parts.size() == 3 && parts[0] == "assumed-role"
             ? fmt::format("arn:aws:iam::{}:role/{}", arn.account, parts[1])
             : "";
}

}  // namespace

std::string AccessGate::restrict(
    const std::string& key_id, const std::vector<std::string>& documents
) {
  std::vector<Value> parsed;
  for (const std::string& text : documents) {
    Value document;
    if (const auto fault = find_document_fault(text, DocumentKind::kIdentity, document)) {
      return *fault;
    }
    for (const Value& statement : items_of(document.get("Statement"))) {
      if (const std::string name = unknown_operator(statement.get("Condition")); !name.empty()) {
        return fmt::format("the simulator has no condition operator {}", name);
      }
    }
    parsed.push_back(std::move(document));
  }
  if (parsed.empty()) {
    policies_.erase(key_id);
  } else {
    policies_[key_id] = std::move(parsed);
  }
  return "";
}

/// Nothing for callers that may do everything.
std::optional<std::vector<Value>> AccessGate::policies_of(const Caller& caller) const {
  if (const auto found = policies_.find(caller.access_key_id); found != policies_.end()) {
    return found->second;
  }
  const std::string role = role_of_session(caller.principal_arn);
  if (policies_.empty() || role.empty() || !neighbours_.find_role) {
    return std::nullopt;
  }
  const auto facts = neighbours_.find_role(caller.account, role);
  return facts.exists ? std::optional(facts.policies) : std::nullopt;
}

/// With what only the objects themselves tell: their ARNs, tags that a reply would show, keys.
std::vector<Need> AccessGate::all_needs(const Request& request) const {
  std::vector<Need> needs = needs_of(request);
  for (Need& need : needs) {
    if (need.resource != "*") {
      need.resource = objects_.resolve(request, need.resource);
    }
  }
  std::erase_if(needs, [&](const Need& need) {
    return request.action == "GetFunction" && need.action == "lambda:ListTags" &&
           objects_.tags_of(request, need.resource).empty();
  });
  const bool writes_value = request.action == "PutSecretValue" || request.action == "UpdateSecret";
  if (request.service == "secretsmanager" && (writes_value || request.action == "GetSecretValue")) {
    if (const std::string key = objects_.key_of_secret(request); !key.empty()) {
      const std::string arn = arn_in(request, "kms", "kms " + key);
      needs.push_back({"kms:Decrypt", arn, false, "", ""});
      if (writes_value) {
        needs.push_back({"kms:GenerateDataKey", arn, false, "", ""});
      }
    }
  }
  return needs;
}

ContextKeys AccessGate::keys_of(const Caller& caller, const Request& request, const Need& need)
    const {
  const std::string service = need.action.substr(0, need.action.find(':'));
  const bool is_own = service == request.service;
  // EC2 knows the request's tags only of what they are given to.
  const bool has_tags =
      is_own && (service != "ec2" || need.makes_resource || request.action.ends_with("Tags"));
  RequestTags given = has_tags ? tags_in(request, need) : RequestTags();
  return [this, &caller, &request, &need, service, given](const std::string& key
         ) -> std::optional<std::vector<std::string>> {
    const auto one = [](std::string text) -> std::optional<std::vector<std::string>> {
      return text.empty() ? std::nullopt : std::optional(std::vector<std::string>{std::move(text)});
    };
    if (const auto tag = tag_in(key, "aws:requesttag/")) {
      const auto found = given.tags.find(*tag);
      return found == given.tags.end() ? std::nullopt
                                       : std::optional(std::vector<std::string>{found->second});
    }
    auto tag = tag_in(key, "aws:resourcetag/");
    if (tag = tag ? tag : tag_in(key, service + ":resourcetag/"); tag) {
      if (need.makes_resource || need.resource == "*") {
        return std::nullopt;
      }
      const AccessObjects::Tags tags = objects_.tags_of(request, need.resource);
      const auto found = tags.find(*tag);
      return found == tags.end() ? std::nullopt
                                 : std::optional(std::vector<std::string>{found->second});
    }
    if (key == "aws:tagkeys") {
      return given.keys.empty()
                 ? std::nullopt
                 : std::optional(std::vector<std::string>(given.keys.begin(), given.keys.end()));
    }
    if (key == "aws:requestedregion" || key == "ec2:region") {
      return one(request.service == "iam" ? "us-east-1" : request.region);
    }
    const bool is_user = caller.principal_arn.find(":user/") != std::string::npos;
    const std::string name = caller.principal_arn.substr(caller.principal_arn.rfind('/') + 1);
    const std::map<std::string_view, std::string> plain = {
        {"aws:principalarn", caller.principal_arn},
        {"aws:principalaccount", caller.account},
        {"aws:resourceaccount", parse_arn(need.resource).account},
        {"aws:principaltype", is_user ? "User" : "AssumedRole"},
        {"aws:username", is_user ? name : ""},
        {"aws:currenttime", format_iso8601(world_.now())},
        {"aws:securetransport", "true"},  // As at AWS; nobody listens on a loopback port.
        {"aws:viaawsservice", "false"},
        {"ec2:createaction", need.created_by},
        {"iam:passedtoservice", need.passed_to},
        {"iam:policyarn", request.params.text_of("PolicyArn")},
        {"iam:permissionsboundary", request.params.text_of("PermissionsBoundary")},
        {"secretsmanager:name", request.params.text_of("Name")},
    };
    const auto found = plain.find(key);
    return found == plain.end() ? std::nullopt : one(found->second);
  };
}

std::optional<Fault> AccessGate::check(
    const Caller& caller, const Request& request, std::vector<AccessAsked>& asked
) const {
  const auto policies = policies_of(caller);
  if (!policies) {
    return std::nullopt;
  }
  for (const Need& need : all_needs(request)) {
    const AccessQuestion question{need.action, need.resource, keys_of(caller, request, need)};
    const Verdict verdict = judge_access(*policies, question);
    asked.push_back(
        {request.service + ":" + request.action,
         need.action,
         need.resource,
         verdict == Verdict::kAllowed}
    );
    if (verdict != Verdict::kAllowed) {
      return refuse(caller, request, need, verdict);
    }
  }
  return std::nullopt;
}

}  // namespace plumbline::sim
