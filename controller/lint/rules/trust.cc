#include "controller/lint/rules/trust.h"

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/policy.h"

namespace plumbline {

namespace {

/// Names of a service in all partitions, and of the service in one region.
bool is_name_of_service(std::string_view written, std::string_view service) {
  const std::string_view first = service.substr(0, service.find('.') + 1);
  return written == service || written == fmt::format("{}.cn", service) ||
         (written.starts_with(first) && written.find(".amazonaws.com") != written.npos);
}

/// Everybody is kept out by a Deny, and is not surely let in by an Allow: roles for services name
/// them. NotPrincipal is refused in trust policies, and lets nobody in (IAM, "NotPrincipal").
Answer names_service(const Value& statement, std::string_view service) {
  const Value& principal = statement.get("Principal");
  const bool is_deny = statement.text_of("Effect") == "Deny";
  if (principal.is_text()) {
    return principal.as_text() != "*" ? Answer::kNo : is_deny ? Answer::kYes : Answer::kUnknown;
  }
  if (principal.is_null() && !is_deny && statement.find("NotPrincipal") != nullptr) {
    return Answer::kNo;
  }
  if (principal.type() != Value::Type::kObject) {
    return Answer::kUnknown;
  }
  Answer found = Answer::kNo;
  for_each_item(principal.get("Service"), [&](const Value& item) {
    if (item.is_text() && item.as_text() == service) {
      found = Answer::kYes;
      return;
    }
    const bool may_be_it = !item.is_text() || is_name_of_service(item.as_text(), service);
    if (!item.is_null() && may_be_it) {
      found = either(found, Answer::kUnknown);  // Its name in another partition or region.
    }
  });
  return found;
}

/// Whom a service takes a role on for: the resource, of the role's account.
RequestContext request_of_service(
    const Manifest& manifest, std::string_view service, const Resource& user
) {
  const std::string account = account_of(manifest, user);
  // Services take roles on for themselves: they name no external id and belong to no organisation.
  RequestContext request{
      {"aws:sourceaccount", account},
      {"sts:externalid", SymbolicArn(kAbsent)},
      {"aws:principalorgid", SymbolicArn(kAbsent)}};
  if (service == "rds.amazonaws.com" && !user.region.empty()) {
    request.emplace_back(
        "aws:sourcearn",
        fmt::format(
            "arn:{}:rds:{}:{}:db-proxy:{}",
            partition_of(user.region),
            user.region,
            account,
            connect_id(user)
        )
    );
  }
  return request;
}

}  // namespace

Answer is_trust(
    const Manifest& manifest, const Value& statement, std::string_view service, const Resource& user
) {
  Answer action = Answer::kNo;
  for_each_item(statement.get("Action"), [&](const Value& item) {
    action = either(
        action,
        item.is_text() ? arn_matches(to_lower(item.as_text()), "sts:assumerole") : Answer::kUnknown
    );
  });
  // What RDS sends along is its own matter: a condition that can hold does not make it sure.
  const Answer holds = conditions_hold(
      manifest, statement.get("Condition"), request_of_service(manifest, service, user), &user
  );
  return both(both(action, names_service(statement, service)), holds);
}

namespace {

/// The key of the condition that does not hold; "" when each may.
std::string failing_key(
    const Manifest& manifest,
    const Value& condition,
    const RequestContext& request,
    const Resource& user
) {
  for (std::size_t i = 0; condition.is_object() && i < condition.size(); ++i) {
    const Member& operation = condition.as_object()[i];
    for (std::size_t j = 0; operation.value.is_object() && j < operation.value.size(); ++j) {
      const Value one =
          Value::object({{operation.key, Value(Object{operation.value.as_object()[j]})}});
      if (conditions_hold(manifest, one, request, &user) == Answer::kNo) {
        return fmt::format("{}.{}", operation.key, operation.value.as_object()[j].key);
      }
    }
  }
  return "";
}

/// What of a statement keeps the service out; "" when nothing surely does.
std::string failing_part(
    const Manifest& manifest, const Value& statement, std::string_view service, const Resource& user
) {
  if (actions_match(statement, "sts:assumerole") == Answer::kNo) {
    return ".Action";
  }
  if (names_service(statement, service) == Answer::kNo) {
    const Value& principal = statement.get("Principal");
    const bool is_of_services = principal.is_object() && principal.size() == 1;
    return ".Principal" + (is_of_services ? "." + principal.as_object()[0].key : "");
  }
  const std::string key = failing_key(
      manifest, statement.get("Condition"), request_of_service(manifest, service, user), user
  );
  return key.empty() ? "" : ".Condition." + key;
}

}  // namespace

std::string near_trust(
    const Manifest& manifest, const Resource& role, std::string_view service, const Resource& user
) {
  std::string place = "trustPolicy";
  const Value& statements = role.properties.get("trustPolicy").get("Statement");
  const bool is_one = statements.is_object() || (statements.is_list() && statements.size() == 1);
  const Value& statement = statements.is_object() || !is_one ? statements : statements.as_list()[0];
  if (!is_one || !statement.is_object() || statement.text_of("Effect") != "Allow") {
    return place;
  }
  const std::string part = failing_part(manifest, statement, service, user);
  return part.empty() ? place
                      : place + (statements.is_list() ? ".Statement.0" : ".Statement") + part;
}

Answer role_trusts(
    const Manifest& manifest, const Resource& role, std::string_view service, const Resource& user
) {
  const Value& policy = role.properties.get("trustPolicy");
  const Value& statements = policy.get("Statement");
  if (role.existing || statements.is_null()) {
    return Answer::kUnknown;
  }
  Answer allow = Answer::kNo;
  Answer deny = Answer::kNo;
  for_each_item(statements, [&](const Value& statement) {
    if (statement.type() != Value::Type::kObject) {
      allow = either(allow, Answer::kUnknown);
      return;
    }
    Answer& side = statement.text_of("Effect") == "Deny" ? deny : allow;
    side = either(side, is_trust(manifest, statement, service, user));
  });
  return both(allow, opposite(deny));
}

}  // namespace plumbline
