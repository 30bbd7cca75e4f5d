// Rules about grants that are far wider than a path to a database needs, or that nothing needs.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/statements.h"

namespace plumbline::checks {

namespace {

/// Every user of every database: "arn:…:dbuser:*/*", or "…:dbuser:*".
bool is_every_login(const std::string& arn) {
  const auto at = arn.find(":dbuser:");
  return user_holder(arn) == "*" && arn.find_first_not_of("*/", at + 8) == std::string::npos;
}

/// Managed policies that hold far more than a path to a database needs.
bool is_full_access(const std::string& arn) {
  return arn.find(":aws:policy/") != std::string::npos &&
         (arn.ends_with("/AdministratorAccess") || arn.ends_with("/PowerUserAccess") ||
          arn.ends_with("/SecretsManagerReadWrite") || arn.ends_with("FullAccess"));
}

void check_managed(const Reporting& reporting, const Resource& role) {
  const Value& managed = role.properties.get("managedPolicies");
  for (std::size_t i = 0; managed.is_list() && i < managed.size(); ++i) {
    const auto arn = expand_arn(reporting.context().manifest, managed.as_list()[i]);
    if (arn && is_full_access(*arn)) {
      reporting.at(
          {role, fmt::format("managedPolicies.{}", i)},
          fmt::format("`{}` gets {}.", role.address.to_string(), *arn),
          "allow what it needs in a policy of its own"
      );
    }
  }
}

/// Services of which a path to a database never needs everything.
constexpr auto kTempting = std::to_array<std::string_view>(
    {"ec2:*", "iam:*", "kms:*", "rds:*", "secretsmanager:*", "ssm:*", "sts:*"}
);

bool is_every_action(const std::string& action) {
  return action == "*" || action == "*:*";
}

bool is_everything(const std::string& action) {
  return is_every_action(action) ||
         std::find(kTempting.begin(), kTempting.end(), to_lower(action)) != kTempting.end();
}

/// Everything but a few actions, on everything, is nearly everything.
void check_all_but(const Reporting& reporting, const WrittenStatement& statement) {
  const bool is_inverse = statement.value.find("NotAction") != nullptr;
  for_each_text(statement.value.get("Resource"), [&](const std::string& resource) {
    if (is_inverse && resource == "*") {
      const std::string address = statement.resource.address.to_string();
      reporting.at(
          {statement.resource, statement.path + ".NotAction"},
          fmt::format("`{}` allows every action but those of NotAction.", address),
          "name the actions it needs"
      );
    }
  });
}

void check_breadth(const Reporting& reporting, const WrittenStatement& statement) {
  const std::string address = statement.resource.address.to_string();
  bool is_all = false;  // What else is allowed is a part of it.
  for_each_text(statement.value.get("Action"), [&](const std::string& action) {
    is_all = is_all || is_every_action(action);
  });
  for_each_said(statement, "Action", [&](const Value& written, const std::string& path) {
    const std::string action = written.is_text() ? written.as_text() : "";
    if (is_all ? is_every_action(action) : is_everything(action)) {
      reporting.at(
          {statement.resource, path},
          action.starts_with('*') ? fmt::format("`{}` allows every action.", address)
                                  : fmt::format("`{}` allows {}.", address, action),
          "name the actions it needs"
      );
    }
  });
  check_all_but(reporting, statement);
  const std::string action = action_for(statement, "rds-db:connect");
  if (action.empty() || action.starts_with('*')) {
    return;
  }
  for_each_resource(
      reporting.context(),
      statement,
      [&](const std::string& arn, const std::string& path) {
        if (arn == "*" || is_every_login(arn)) {
          reporting.at(
              {statement.resource, path},
              fmt::format("`{}` may log in to every database.", address),
              "name the database or proxy by its id"
          );
        }
      }
  );
}

/// A proxy or database that takes logins with IAM, or may.
bool may_take_iam(const LintContext& context) {
  for (const Resource* proxy : context.facts->topology.section("dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    const bool is_list = auth.is_list() && !is_written(*proxy, "defaultAuthScheme");
    if (!is_list || std::any_of(auth.as_list().begin(), auth.as_list().end(), [](const Value& one) {
          return one.text_of("iamAuth") != "DISABLED" && one.find("iamAuth") != nullptr;
        })) {
      return true;
    }
  }
  for (const Resource* database : context.facts->topology.section("dbInstances")) {
    if (database->existing || !is_surely_false(*database, "enableIamDatabaseAuthentication")) {
      return true;
    }
  }
  return false;
}

constexpr std::string_view kDeadGrant = "a grant that nothing needs";

/// A grant that is of no use: nothing here takes logins with IAM.
void check_dead_login(const Reporting& reporting, const WrittenStatement& statement) {
  const std::string action = action_for(statement, "rds-db:connect");
  if (action.empty() || action.starts_with('*')) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {statement.resource, statement.path},
      fmt::format(
          "`{}` may log in with IAM, and nothing in the manifest takes such logins.",
          statement.resource.address.to_string()
      ),
      "delete the statement, or set iamAuth: REQUIRED in the proxy's auth"
  );
  finding.severity = Severity::kInfo;
  finding.summary = kDeadGrant;
}

/// The secrets that proxies log in with, each by what it is a part of; nothing when that is not
/// known of all of them.
std::optional<std::set<Address>> secrets_of_proxies(const LintContext& context) {
  std::set<Address> all;
  for (const Resource* proxy : context.facts->topology.section("dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    if (proxy->existing || !auth.is_list()) {
      return std::nullopt;
    }
    for (const Value& entry : auth.as_list()) {
      const Value& secret = entry.get("secret");
      if (secret.is_reference()) {
        all.insert(secret.as_reference().address);
      } else if (!secret.is_text()) {
        return std::nullopt;
      }
    }
  }
  return all;
}

/// Proxies read what is in their `auth`, and nothing else; what a function reads its code knows.
void check_dead_read(
    const Reporting& reporting, const WrittenStatement& statement, const std::set<Address>& read
) {
  const std::string action = action_for(statement, "secretsmanager:GetSecretValue");
  if (action.empty() || action.starts_with('*')) {
    return;
  }
  for_each_said(statement, "Resource", [&](const Value& item, const std::string& path) {
    const bool is_secret = item.is_reference() && item.as_reference().address.section == "secrets";
    if (!is_secret || read.contains(item.as_reference().address)) {
      return;
    }
    Diagnostic& finding = reporting.at(
        {statement.resource, path},
        fmt::format(
            "`{}` may read `{}`, which no proxy logs in with.",
            statement.resource.address.to_string(),
            item.as_reference().address.to_string()
        ),
        "delete it, or name the secret in the proxy's auth"
    );
    finding.severity = Severity::kInfo;
    finding.summary = kDeadGrant;
  });
}

}  // namespace

void ia011(const Rule& rule, const LintContext& context, Diagnostics& out) {
  ia011_roles(rule, context, out);
  const Reporting reporting(rule, context, out);
  const auto uses = role_uses(context);
  for (const auto& [resource, use] : uses) {
    if (resource->address.section == "roles" && !resource->existing) {
      check_managed(reporting, *resource);
    }
  }
  const bool is_dead = context.manifest.is_whole && !may_take_iam(context);
  const auto read = context.manifest.is_whole ? secrets_of_proxies(context) : std::nullopt;
  for_each_statement(context, [&](const WrittenStatement& statement) {
    const auto use = uses.find(&statement.resource);
    if (use == uses.end() || !is_allow(statement)) {
      return;
    }
    check_breadth(reporting, statement);
    if (is_dead) {
      check_dead_login(reporting, statement);
    }
    if (read && !use->second.by_function) {
      check_dead_read(reporting, statement, *read);
    }
  });
}

}  // namespace plumbline::checks
