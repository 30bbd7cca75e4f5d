#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kPolicySize = 20480;

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Value policy_document(const Value& policy) {
  return Value::object(
      {{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", policy.get("Statements")}}
  );
}

/// How Lambda words the restrictions of a permission as conditions.
Value conditions_of(const Value& params) {
  Value conditions;
  const auto add = [&](std::string_view member, std::string_view test, std::string_view key) {
    if (const std::string text = text_param(params, member); !text.empty()) {
      Value* tests = conditions.find(test);
      if (tests == nullptr) {
        tests = &conditions.set(test, Object{});
      }
      tests->set(key, text);
    }
  };
  add("SourceAccount", "StringEquals", "AWS:SourceAccount");
  add("EventSourceToken", "StringEquals", "lambda:EventSourceToken");
  add("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType");
  add("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID");
  add("SourceArn", "ArnLike", "AWS:SourceArn");
  return conditions;
}

Value principal_of(const std::string& text) {
  if (text == "*") {
    return "*";
  }
  if (is_account(text)) {
    return Value::object({{"AWS", fmt::format("arn:aws:iam::{}:root", text)}});
  }
  return Value::object({{parse_arn(text).is_arn ? "AWS" : "Service", text}});
}

std::optional<Fault> check_permission(const Value& params) {
  Validation validation(params);
  for (const char* key : {"StatementId", "Action", "Principal"}) {
    validation.required(key);
  }
  validation.length("StatementId", 1, 100);
  validation.made_of("StatementId", "-_", "([a-zA-Z0-9-_]+)");
  const std::string action = text_param(params, "Action");
  const bool is_action = action == "*" || action == "lambda:*" ||
                         (action.starts_with("lambda:") && action.size() > 7 &&
                          is_made_of(std::string_view(action).substr(7), ""));
  if (has_param(params, "Action") && !is_action) {
    validation.add(
        "Action",
        "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])"
    );
  }
  validation.one_of("FunctionUrlAuthType", {"NONE", "AWS_IAM"});
  return validation.fault("ValidationException");
}

bool is_plausible(const std::string& principal) {
  return principal == "*" || is_account(principal) || parse_arn(principal).is_arn ||
         (principal.find('.') != std::string::npos && is_made_of(principal, ".-"));
}

Fault stale_revision() {
  return {
      412,
      "PreconditionFailedException",
      "The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API to "
      "retrieve the latest RevisionId for your resource."};
}

}  // namespace

Outcome Lambda::get_policy(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const Value& policy = function->get("Policies").get(read_function_id(request.params).qualifier);
  if (policy.get("Statements").size() == 0) {
    return Fault{404, "ResourceNotFoundException", "The resource you requested does not exist."};
  }
  return Value::object(
      {{"Policy", wire_json(policy_document(policy))}, {"RevisionId", policy.get("RevisionId")}}
  );
}

Outcome Lambda::add_permission(const Request& request) {
  const Value& params = request.params;
  if (auto fault = check_permission(params)) {
    return *fault;
  }
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const FunctionId id = read_function_id(params);
  const Outcome shown = show_version(*function, id.qualifier);
  if (std::holds_alternative<Fault>(shown)) {
    return shown;
  }
  const std::string principal = text_param(params, "Principal");
  const Arn arn = parse_arn(principal);
  const bool is_lost_role = arn.account == request.account && arn.resource.starts_with("role/") &&
                            !neighbours_.find_role(request.account, principal).exists;
  if (!is_plausible(principal) || is_lost_role) {
    return invalid_value(
        "The provided principal was invalid. Please check the principal and try again."
    );
  }
  Value policy = function->get("Policies").get(id.qualifier);
  const std::string revision = text_param(params, "RevisionId");
  if (!revision.empty() && revision != policy.text_of("RevisionId")) {
    return stale_revision();
  }
  const std::string sid = text_param(params, "StatementId");
  for (const Value& statement : items_of(policy.get("Statements"))) {
    if (statement.text_of("Sid") == sid) {
      return Fault{
          409,
          "ResourceConflictException",
          fmt::format(
              "The statement id ({}) provided already exists. Please provide a new statement id, "
              "or remove the existing statement.",
              sid
          )};
    }
  }
  Value statement = Value::object(
      {{"Sid", sid},
       {"Effect", "Allow"},
       {"Principal", principal_of(principal)},
       {"Action", text_param(params, "Action")},
       {"Resource", std::get<Value>(shown).get("FunctionArn")}}
  );
  if (Value conditions = conditions_of(params); conditions.size() > 0) {
    statement.set("Condition", std::move(conditions));
  }
  List statements = items_of(policy.get("Statements"));
  statements.push_back(statement);
  policy.set("Statements", statements);
  if (const std::size_t size = wire_json(policy_document(policy)).size(); size > kPolicySize) {
    return Fault{
        400,
        "PolicyLengthExceededException",
        fmt::format(
            "The final policy size ({}) is bigger than the limit ({}).", size, kPolicySize
        )};
  }
  policy.set("RevisionId", world_.make_uuid());
  function->find("Policies")->set(id.qualifier, policy);
  return Value::object({{"Statement", wire_json(statement)}, {"$status", 201}});
}

Outcome Lambda::remove_permission(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const std::string sid = text_param(request.params, "StatementId");
  const std::string qualifier = read_function_id(request.params).qualifier;
  Value policy = function->get("Policies").get(qualifier);
  List statements = items_of(policy.get("Statements"));
  if (statements.empty()) {
    return Fault{
        404, "ResourceNotFoundException", "No policy is associated with the given resource."};
  }
  const std::string revision = text_param(request.params, "RevisionId");
  if (!revision.empty() && revision != policy.text_of("RevisionId")) {
    return stale_revision();
  }
  const auto is_named = [&sid](const Value& statement) { return statement.text_of("Sid") == sid; };
  if (std::erase_if(statements, is_named) == 0) {
    return Fault{
        404,
        "ResourceNotFoundException",
        fmt::format("Statement {} is not found in resource policy.", sid)};
  }
  policy.set("Statements", statements);
  policy.set("RevisionId", world_.make_uuid());
  function->find("Policies")->set(qualifier, policy);
  return no_content();
}

}  // namespace plumbline::sim
