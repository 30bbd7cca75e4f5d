// Rules about proxies by themselves and with the databases behind them.
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/engine_facts.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/identity.h"
#include "controller/lint/rules/obstacles.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// The family of clients' password types: MYSQL_…, POSTGRES_… and SQL_SERVER_….
std::string_view family_of_password_type(std::string_view type) {
  return type.starts_with("MYSQL_")        ? "MYSQL"
         : type.starts_with("POSTGRES_")   ? "POSTGRESQL"
         : type.starts_with("SQL_SERVER_") ? "SQLSERVER"
                                           : "";
}

void check_engine(const Reporting& reporting, const Resource& proxy, const Resource& database) {
  const std::string& family = proxy.properties.text_of("engineFamily");
  const std::string engine = engine_of(database);
  const std::string_view wanted = engine_family(engine);
  if (family.empty() || engine.empty() || wanted == family || engine.starts_with("custom-")) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {proxy, "engineFamily"},
      fmt::format(
          "`{}` speaks {}, but its target `{}` is {}.",
          proxy.address.to_string(),
          family,
          database.address.to_string(),
          engine
      ),
      wanted.empty() ? "choose another target: a proxy cannot speak to this engine"
                     : fmt::format("set engineFamily: {}", wanted)
  );
  finding.evidence.push_back(reporting.evidence({database, "engine"}, "the target's engine"));
}

void check_password_types(const Reporting& reporting, const Resource& proxy) {
  // Where the family contradicts the target, that is the finding, and the target decides here.
  const std::vector<const Resource*> targets = targets_of(reporting.context(), proxy);
  const std::string_view wanted = targets.empty() ? "" : engine_family(engine_of(*targets.front()));
  const std::string family(wanted.empty() ? proxy.properties.text_of("engineFamily") : wanted);
  const Value& auth = proxy.properties.get("auth");
  for (std::size_t i = 0; !family.empty() && auth.is_list() && i < auth.size(); ++i) {
    const std::string& type = auth.as_list()[i].text_of("clientPasswordAuthType");
    if (type.empty() || family_of_password_type(type) == family) {
      continue;
    }
    reporting.at(
        {proxy, fmt::format("auth.{}.clientPasswordAuthType", i)},
        fmt::format(
            "`{}` speaks {}, whose clients cannot prove a password by {}.",
            proxy.address.to_string(),
            family,
            type
        ),
        "choose a clientPasswordAuthType of the proxy's family, or delete it"
    );
  }
}

/// End to end, the proxy itself logs in at the database with its role.
void check_login_of_role(
    const Reporting& reporting,
    const Resource& proxy,
    const Resource& database,
    const std::string& user
) {
  const LintContext& context = reporting.context();
  const Resource* role = role_of(context.facts->topology, proxy);
  const auto arn = database.existing ? std::nullopt : connect_arn(context.manifest, database, user);
  const Ask ask{"rds-db:connect", arn, &database};
  if (role == nullptr || role_allows(context.manifest, *role, ask) != Answer::kNo) {
    return;
  }
  const Obstacle obstacle = obstacle_of_role(context, *role, ask);
  Diagnostic& finding = reporting.at(
      {proxy, "role"},
      fmt::format(
          "`{}` logs in with IAM, but `{}` is not allowed rds-db:connect on `{}`{}{}.",
          proxy.address.to_string(),
          role->address.to_string(),
          database.address.to_string(),
          user.empty() ? "" : fmt::format(" as {}", in_ticks(user)),
          because_of(obstacle)
      ),
      obstacle.is_there() ? advice_against(obstacle, ask.action)
                          : "allow rds-db:connect on the database's dbiResourceId"
  );
  finding.evidence.push_back(
      obstacle.is_there() ? evidence_of(reporting, obstacle)
                          : reporting.evidence({*role, "inlinePolicies"}, "what it is allowed")
  );
}

}  // namespace

void px003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      check_engine(reporting, *proxy, *database);
    }
    check_password_types(reporting, *proxy);
  }
}

void px004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      const std::string engine = engine_of(*database);
      const std::string& version = database->properties.text_of("engineVersion");
      const bool is_custom = engine.starts_with("custom-");
      const std::string oldest = oldest_behind_proxy(engine, version);
      if (!is_custom && oldest.empty()) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*proxy, "targets"},
          fmt::format(
              "`{}` is to stand in front of `{}`, which is {}.",
              proxy->address.to_string(),
              database->address.to_string(),
              is_custom ? "RDS Custom" : fmt::format("{} {}", engine, version)
          ),
          is_custom ? "let clients connect to the database itself"
                    : fmt::format("take {} {} or newer", engine, oldest)
      );
      finding.evidence.push_back(reporting.evidence(
          {*database, is_custom ? "engine" : "engineVersion"},
          is_custom ? "the target's engine" : "the target's version"
      ));
    }
  }
}

void px005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& targets = proxy->properties.get("targets");
    if (!is_written(*proxy, "targets") || (targets.is_list() && targets.size() == 0)) {
      reporting.about_choice(
          {*proxy, "targets"},
          fmt::format("`{}` has no target.", proxy->address.to_string()),
          "add `targets: [{ dbInstance: … }]`"
      );
    }
  }
}

void px006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  constexpr std::size_t kMostSecrets = 200;
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    const Value& scheme = proxy->properties.get("defaultAuthScheme");
    const bool has_none = !is_written(*proxy, "auth") || (auth.is_list() && auth.size() == 0);
    const bool is_by_secret = scheme.is_text() ? scheme.as_text() != "IAM_AUTH"
                                               : !is_written(*proxy, "defaultAuthScheme");
    const std::string address = proxy->address.to_string();
    if (has_none && is_by_secret) {
      reporting.at(
          {*proxy, "auth"},
          fmt::format("`{}` has no secret to log in with.", address),
          "add `auth: [{ secret: … }]`"
      );
    }
    for (std::size_t i = 0; is_by_secret && auth.is_list() && i < auth.size(); ++i) {
      const Value& entry = auth.as_list()[i];
      if (entry.is_object() && entry.find("secret") == nullptr) {
        reporting.at(
            {*proxy, fmt::format("auth.{}", i)},
            fmt::format("This entry of `{}` names no secret.", address),
            "add `secret:`"
        );
      }
    }
    if (auth.is_list() && auth.size() > kMostSecrets) {
      reporting.at(
          {*proxy, "auth"},
          fmt::format("`{}` has {} secrets; {} are the most.", address, auth.size(), kMostSecrets),
          "make a second proxy for some of them"
      );
    }
  }
}

void px008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    const std::string& family = proxy->properties.text_of("engineFamily");
    for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
      const std::string& mode = auth.as_list()[i].text_of("iamAuth");
      const std::string path = fmt::format("auth.{}.iamAuth", i);
      if (mode == "REQUIRED" && is_surely_false(*proxy, "requireTls")) {
        reporting.at(
            {*proxy, path},
            fmt::format(
                "`{}` asks for IAM, which works over TLS only, and does not ask for TLS.",
                proxy->address.to_string()
            ),
            "set requireTls: true"
        );
      } else if (mode == "ENABLED" && !family.empty() && family != "SQLSERVER") {
        reporting.at(
            {*proxy, path},
            fmt::format("`{}` is of family {}.", proxy->address.to_string(), family),
            "set iamAuth: REQUIRED or DISABLED; ENABLED is for SQLSERVER"
        );
      }
    }
    if (is_end_to_end(*proxy) && is_surely_false(*proxy, "requireTls")) {
      reporting.at(
          {*proxy, "defaultAuthScheme"},
          fmt::format(
              "`{}` asks for IAM, which works over TLS only, and does not ask for TLS.",
              proxy->address.to_string()
          ),
          "set requireTls: true"
      );
    }
  }
  px008_clients(rule, context, out);
}

void px009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    if (!is_end_to_end(*proxy)) {
      continue;
    }
    const std::string address = proxy->address.to_string();
    for (const Resource* database : targets_of(context, *proxy)) {
      // A snapshot brings the setting along.
      if (database->existing || is_written(*database, "dbSnapshotIdentifier") ||
          !is_surely_false(*database, "enableIamDatabaseAuthentication")) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*proxy, "defaultAuthScheme"},
          fmt::format(
              "`{}` logs in to `{}` with IAM, which the database does not take.",
              address,
              database->address.to_string()
          ),
          fmt::format(
              "set enableIamDatabaseAuthentication: true in {}", database->address.to_string()
          )
      );
      finding.evidence.push_back(
          reporting.evidence({*database, "enableIamDatabaseAuthentication"}, "the database")
      );
    }
    std::set<std::string> users =
        users_without_secret(context.manifest, context.facts->topology, *proxy);
    if (users.empty()) {
      users.insert("");  // Whoever it is.
    }
    for (const Resource* database : targets_of(context, *proxy)) {
      for (const std::string& user : users) {
        check_login_of_role(reporting, *proxy, *database, user);
      }
    }
  }
}

void px010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    bool is_required = is_end_to_end(*proxy);  // With IAM it is an error of its own: PX008.
    for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
      is_required = is_required || auth.as_list()[i].text_of("iamAuth") == "REQUIRED";
    }
    if (is_surely_false(*proxy, "requireTls") && !is_required) {
      reporting.at(
          {*proxy, "requireTls"},
          fmt::format("`{}` takes clients without TLS.", proxy->address.to_string()),
          "set requireTls: true"
      );
    }
  }
}

void px011(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& most = proxy->properties.get_path("targetGroup.maxConnectionsPercent");
    const Value& idle = proxy->properties.get_path("targetGroup.maxIdleConnectionsPercent");
    if (!most.is_int() || !idle.is_int() || idle.as_int() <= most.as_int()) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*proxy, "targetGroup.maxIdleConnectionsPercent"},
        fmt::format(
            "`{}` may keep {} % idle of the {} % it may open.",
            proxy->address.to_string(),
            idle.as_int(),
            most.as_int()
        ),
        fmt::format("set maxIdleConnectionsPercent to {} or less", most.as_int())
    );
    finding.evidence.push_back(
        reporting.evidence({*proxy, "targetGroup.maxConnectionsPercent"}, "the larger limit")
    );
  }
}

void px014(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& filters = proxy->properties.get_path("targetGroup.sessionPinningFilters");
    const std::string& family = proxy->properties.text_of("engineFamily");
    const bool is_mysql = family == "MYSQL";
    for_each_text(filters, [&](const std::string& filter) {
      if (family.empty() || (is_mysql && filter == "EXCLUDE_VARIABLE_SETS")) {
        return;
      }
      reporting.at(
          {*proxy, "targetGroup.sessionPinningFilters"},
          is_mysql ? fmt::format("`{}` names the filter {}.", proxy->address.to_string(), filter)
                   : fmt::format("`{}` is of family {}.", proxy->address.to_string(), family),
          is_mysql ? "write EXCLUDE_VARIABLE_SETS, the only one there is"
                   : "delete sessionPinningFilters"
      );
    });
  }
}

}  // namespace plumbline::checks
