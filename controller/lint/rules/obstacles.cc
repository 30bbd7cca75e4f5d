#include "controller/lint/rules/obstacles.h"

#include <fmt/format.h>

#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/trust.h"

namespace plumbline {

namespace {

bool is_deny(const WrittenStatement& statement) {
  return statement.value.text_of("Effect") == "Deny";
}

/// Collects the first statement that is a Deny and of which `is_about` says a sure yes.
template <class IsAbout>
auto first_deny(Obstacle& found, const IsAbout& is_about) {
  return [&found, is_about](const WrittenStatement& statement) {
    if (!found.is_there() && is_deny(statement) && is_about(statement.value) == Answer::kYes) {
      found = {&statement.resource, statement.path};
    }
  };
}

}  // namespace

Obstacle obstacle_of_role(const LintContext& context, const Resource& role, const Ask& ask) {
  const Manifest& manifest = context.manifest;
  Obstacle found;
  const auto look =
      first_deny(found, [&](const Value& statement) { return is_about(manifest, statement, ask); });
  for_each_statement_of(context, role, look);
  if (found.is_there() || boundary_allows(manifest, role, ask) != Answer::kNo) {
    return found;
  }
  const Resource* boundary =
      context.facts->topology.target(role.properties.get("permissionsBoundary"));
  if (boundary != nullptr && !boundary->existing) {
    for_each_statement_in(
        *boundary, "policyDocument", boundary->properties.get("policyDocument"), look
    );
  }
  return found.is_there() ? found : Obstacle{&role, "permissionsBoundary", true};
}

Obstacle obstacle_of_holder(
    const LintContext& context, const Spot& holder, const Resource& role, const Ask& ask
) {
  Obstacle found;
  for_each_statement_in(
      holder.resource,
      std::string(holder.path),
      holder.resource.properties.get(holder.path),
      first_deny(
          found,
          [&](const Value& statement) { return is_about(context.manifest, statement, role, ask); }
      )
  );
  return found;
}

Obstacle obstacle_of_trust(
    const LintContext& context, const Resource& role, std::string_view service, const Resource& user
) {
  Obstacle found;
  for_each_statement_in(
      role,
      "trustPolicy",
      role.properties.get("trustPolicy"),
      first_deny(
          found,
          [&](const Value& statement) {
            return is_trust(context.manifest, statement, service, user);
          }
      )
  );
  return found;
}

std::string because_of(const Obstacle& obstacle) {
  if (!obstacle.is_there()) {
    return "";
  }
  return obstacle.is_boundary
             ? ", because its permissions boundary does not allow it"
             : fmt::format(", because `{}` denies it", obstacle.resource->address.to_string());
}

std::string advice_against(const Obstacle& obstacle, std::string_view action) {
  const std::string address = obstacle.resource->address.to_string();
  if (obstacle.is_boundary) {
    return fmt::format(
        "let the policy of {}.permissionsBoundary allow {}; what other policies allow stays inside "
        "of it",
        address,
        action
    );
  }
  return fmt::format(
      "take {} out of the Deny at {}.{}, or narrow what it is about; a Deny wins over every grant",
      action,
      address,
      obstacle.path
  );
}

Evidence evidence_of(const Reporting& reporting, const Obstacle& obstacle) {
  return reporting.evidence(
      {*obstacle.resource, obstacle.path},
      obstacle.is_boundary ? "this boundary does not allow it" : "this statement denies it"
  );
}

}  // namespace plumbline
