// Rules about how clients log in, and who may with IAM.
#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/identity.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/obstacles.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/statements.h"

namespace plumbline::checks {

namespace {

/// The one user that a proxy can log in as; "" when there are several, or it is not known.
std::string only_user(const LintContext& context, const Resource& proxy) {
  const Value& auth = proxy.properties.get("auth");
  if (!auth.is_list() || auth.size() != 1) {
    return "";
  }
  const Resource* secret = context.facts->topology.target(auth.as_list()[0].get("secret"));
  if (secret == nullptr || secret->address.section != "secrets") {
    return "";
  }
  const Node* user = node_at(*secret, "secretString.username");
  const bool is_name = user != nullptr && user->is_scalar() && !user->text.empty() &&
                       std::all_of(user->text.begin(), user->text.end(), [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '_' || c == '-';
                       });
  return is_name ? user->text : "";
}

/// A client, and what it logs in to: a proxy or a database that is made here.
struct Attempt {
  const Resource* client;  ///< Null for addresses alone.
  const Resource& door;
  Login auth;
  std::string user;  ///< "" when it is not said.
  SourceRange origin;

  [[nodiscard]] bool is_at_proxy() const { return door.address.section == "dbProxies"; }
};

std::optional<Attempt> attempt_of(const LintContext& context, const Connection& connection) {
  const Manifest& manifest = context.manifest;
  const Resource* door =
      behind(context.facts->topology, manifest.find(Address::parse(connection.to)));
  const bool is_door =
      door != nullptr && !door->existing &&
      (door->address.section == "dbProxies" || door->address.section == "dbInstances");
  if (connection.expect == Expectation::kDenied || !is_door) {
    return std::nullopt;
  }
  return Attempt{
      manifest.find(Address::parse(connection.from)),
      *door,
      connection.auth,
      connection.user,
      connection.range};
}

/// The entries of a proxy's `auth` that the user may come in by: all, while one is not known.
std::vector<const Value*> entries_for(const LintContext& context, const Attempt& attempt) {
  std::vector<const Value*> all;
  std::vector<const Value*> own;
  bool are_known = !attempt.user.empty();
  const Value& auth = attempt.door.properties.get("auth");
  for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
    const Value& entry = auth.as_list()[i];
    const std::string user = user_of(context.facts->topology, entry);
    are_known = are_known && !user.empty();
    all.push_back(&entry);
    if (user == attempt.user) {
      own.push_back(&entry);
    }
  }
  return are_known ? own : all;
}

/// Users that no secret is for log in with IAM all the way, or perhaps do.
bool may_be_end_to_end(const Resource& proxy) {
  const Value& scheme = proxy.properties.get("defaultAuthScheme");
  return scheme.is_text() ? scheme.as_text() == "IAM_AUTH" : is_written(proxy, "defaultAuthScheme");
}

/// No secret of the proxy is for the user. With IAM all the way no secret says who is known.
bool is_stranger(const LintContext& context, const Attempt& attempt) {
  return attempt.is_at_proxy() && !attempt.user.empty() && !may_be_end_to_end(attempt.door) &&
         attempt.door.properties.get("auth").size() > 0 && entries_for(context, attempt).empty();
}

/// Why an attempt fails whatever is granted, and what is to be done; no text when it may work.
struct Objection {
  std::string text;
  std::string_view help;
};

Objection objection_of_database(const Attempt& attempt, const std::string& door) {
  // A snapshot brings the setting along.
  const bool takes_none = attempt.auth == Login::kIam &&
                          !is_written(attempt.door, "dbSnapshotIdentifier") &&
                          is_surely_false(attempt.door, "enableIamDatabaseAuthentication");
  return takes_none
             ? Objection{fmt::format("`{}` takes no IAM", door),
                         "set enableIamDatabaseAuthentication: true, or write auth: password"}
             : Objection();
}

Objection objection_to(const LintContext& context, const Attempt& attempt) {
  const std::string door = attempt.door.address.to_string();
  if (!attempt.is_at_proxy()) {
    return objection_of_database(attempt, door);
  }
  const std::vector<const Value*> entries = entries_for(context, attempt);
  const auto all_are = [&](std::string_view mode) {
    return !entries.empty() && std::all_of(entries.begin(), entries.end(), [&](const Value* entry) {
      const bool is_left_out = mode == "DISABLED" && entry->find("iamAuth") == nullptr;
      return is_left_out || entry->text_of("iamAuth") == mode;
    });
  };
  if (attempt.auth == Login::kIam && !may_be_end_to_end(attempt.door) && all_are("DISABLED")) {
    return {
        fmt::format("`{}` takes passwords alone", door),
        "set iamAuth: REQUIRED in the proxy's auth, or write auth: password"};
  }
  // A proxy that asks for IAM without TLS is a finding of its own.
  if (attempt.auth == Login::kIam && all_are("ENABLED") &&
      is_surely_false(attempt.door, "requireTls")) {
    return {
        fmt::format("`{}` does not ask for TLS, without which IAM does not work", door),
        "set requireTls: true"};
  }
  const bool is_iam_alone = entries.empty() ? is_end_to_end(attempt.door) : all_are("REQUIRED");
  if (attempt.auth != Login::kPassword || !is_iam_alone) {
    return {};
  }
  return {
      fmt::format("`{}` takes IAM alone", door),
      entries.empty() ? "write auth: iam, or add a secret of the user to the proxy's auth"
                      : "write auth: iam, or set iamAuth: DISABLED in the proxy's auth"};
}

/// What a role asks to be let in.
std::vector<Ask> asks_of(const LintContext& context, const Attempt& attempt) {
  if (attempt.user.empty() && attempt.is_at_proxy()) {
    return asks_to_connect(context.manifest, context.facts->topology, attempt.door);
  }
  return {
      {"rds-db:connect", connect_arn(context.manifest, attempt.door, attempt.user), &attempt.door}};
}

/// What keeps the role out as whichever user; none while one of them lacks a grant alone.
Obstacle obstacle_of_connecting(
    const LintContext& context, const Resource& role, const std::vector<Ask>& asks
) {
  Obstacle first;
  for (const Ask& ask : asks) {
    const Obstacle one = obstacle_of_role(context, role, ask);
    if (!one.is_there()) {
      return {};
    }
    first = first.is_there() ? first : one;
  }
  return first;
}

std::string arn_to_allow(const Attempt& attempt, const std::string& user) {
  return fmt::format(
      "arn:${{partition}}:rds-db:${{region}}:${{account}}:dbuser:${{{}.{}}}/{}",
      attempt.door.address.to_string(),
      attempt.is_at_proxy() ? "proxyId" : "dbiResourceId",
      user
  );
}

/// Where a client says whose rights it has.
std::string_view role_property(const Resource& client) {
  return client.address.section == "instances" ? "instanceProfile" : "role";
}

/// An instance without a profile has no rights at all.
void report_nobody(const Reporting& reporting, const Attempt& attempt) {
  Diagnostic& finding = reporting.at(
      {*attempt.client, "instanceProfile"},
      fmt::format(
          "`{}` logs in to `{}` with IAM and has no instanceProfile, so no role.",
          attempt.client->address.to_string(),
          attempt.door.address.to_string()
      ),
      "give it an instanceProfile whose role is allowed rds-db:connect"
  );
  finding.evidence.push_back({"the connection", attempt.origin});
}

void report_client(const Reporting& reporting, const Attempt& attempt, const Resource& role) {
  const LintContext& context = reporting.context();
  const std::string door = attempt.door.address.to_string();
  const Obstacle obstacle = obstacle_of_connecting(context, role, asks_of(context, attempt));
  const std::string user = attempt.user.empty() && attempt.is_at_proxy()
                               ? only_user(context, attempt.door)
                               : attempt.user;
  Diagnostic& finding = reporting.at(
      {*attempt.client, role_property(*attempt.client)},
      fmt::format(
          "{}, but `{}` is not allowed rds-db:connect on it as {}{}.",
          attempt.auth == Login::kIam
              ? fmt::format(
                    "`{}` logs in to `{}` with IAM", attempt.client->address.to_string(), door
                )
              : fmt::format("`{}` takes IAM alone", door),
          role.address.to_string(),
          attempt.user.empty() ? "a user it knows" : attempt.user,
          because_of(obstacle)
      ),
      obstacle.is_there() ? advice_against(obstacle, "rds-db:connect")
                          : fmt::format(
                                "allow rds-db:connect on {} in {}",
                                arn_to_allow(attempt, user.empty() ? "USER" : user),
                                role.address.to_string()
                            )
  );
  finding.evidence.push_back(reporting.evidence(
      {attempt.door, attempt.is_at_proxy() ? "auth" : "enableIamDatabaseAuthentication"},
      "how it lets clients in"
  ));
  const NearGrant near = near_grant(context, role, "rds-db:connect");
  finding.evidence.push_back(
      obstacle.is_there() ? evidence_of(reporting, obstacle)
      : near.resource == nullptr
          ? reporting.evidence({role, "inlinePolicies"}, "what the role is allowed")
          : reporting.evidence(
                {*near.resource, near.path}, "this statement allows it, but not here"
            )
  );
  finding.evidence.push_back({"the connection", attempt.origin});
  if (!user.empty() && !obstacle.is_there()) {
    finding.edits = allow(
        role,
        {"connect-" + attempt.door.address.name, "rds-db:connect", arn_to_allow(attempt, user)}
    );
  }
}

/// A client logs in with IAM because it says so, a function also because the proxy asks for it: who
/// sits at an instance may have rights of their own. What cannot work whatever is granted is
/// another rule's.
bool needs_grant(const LintContext& context, const Attempt& attempt) {
  if (attempt.client == nullptr || attempt.client->existing) {
    return false;
  }
  const std::string& section = attempt.client->address.section;
  const bool is_asked = section == "functions" && attempt.auth == Login::kNotSaid &&
                        attempt.is_at_proxy() && takes_iam_alone(attempt.door);
  const bool is_said =
      attempt.auth == Login::kIam && (section == "functions" || section == "instances");
  return (is_said || is_asked) && !is_stranger(context, attempt) &&
         objection_to(context, attempt).text.empty();
}

/// What the manifest declares, and what it implies beside that.
std::vector<Attempt> all_attempts(const LintContext& context) {
  std::vector<Attempt> all;
  std::set<std::pair<const Resource*, const Resource*>> declared;
  for (const Connection& connection : context.manifest.connections) {
    if (auto attempt = attempt_of(context, connection)) {
      declared.emplace(attempt->client, &attempt->door);
      all.push_back(*std::move(attempt));
    }
  }
  for (const Hop& hop : context.facts->hops) {
    const Resource* door = behind(context.facts->topology, hop.target.resource);
    if (!hop.is_declared && door != nullptr && !door->existing &&
        door->address.section == "dbProxies" && !declared.contains({hop.source.resource, door})) {
      all.push_back({hop.source.resource, *door, Login::kNotSaid, "", hop.origin});
    }
  }
  return all;
}

/// The role logs in to a database itself as well, or for a proxy: then a grant of a database's id
/// is for that.
bool has_other_use(
    const LintContext& context, const std::vector<Attempt>& attempts, const Resource& role
) {
  const Topology& topology = context.facts->topology;
  const auto uses = role_uses(context);
  const auto use = uses.find(&role);
  return (use != uses.end() && use->second.by_proxy) ||
         std::any_of(attempts.begin(), attempts.end(), [&](const Attempt& attempt) {
           return !attempt.is_at_proxy() && attempt.client != nullptr &&
                  made_role_of(topology, *attempt.client) == &role;
         });
}

/// "${dbInstances.app.dbiResourceId}", or the id itself, of an ARN of users that is a database's;
/// "" when it is another's, or not known.
std::string database_among_logins(const LintContext& context, const Value& item) {
  for (std::size_t i = 0; item.is_concat() && i < item.size(); ++i) {
    const Value& part = item.as_concat()[i];
    if (part.is_reference() && part.as_reference().attribute == "dbiResourceId") {
      return part.as_reference().to_string();
    }
  }
  const auto arn = expand_arn(context.manifest, item);
  const auto holder = arn ? user_holder(*arn) : std::nullopt;
  const bool is_database =
      holder && (holder->starts_with("db-") || holder->starts_with("cluster-"));
  return is_database ? *holder : "";
}

/// Every grant of the role to log in to a database itself, where it comes by a proxy.
void report_other_doors(const Reporting& reporting, const Attempt& attempt, const Resource& role) {
  const std::string door = attempt.door.address.to_string();
  for_each_statement_of(reporting.context(), role, [&](const WrittenStatement& statement) {
    if (!is_allow(statement) || action_for(statement, "rds-db:connect").empty()) {
      return;
    }
    for_each_said(statement, "Resource", [&](const Value& item, const std::string& path) {
      const std::string database = database_among_logins(reporting.context(), item);
      if (database.empty()) {
        return;
      }
      Diagnostic& finding = reporting.at(
          {statement.resource, path},
          fmt::format(
              "`{}` comes by `{}`, and may log in to the database behind it alone.",
              attempt.client->address.to_string(),
              door
          ),
          fmt::format("write ${{{}.proxyId}}", door)
      );
      finding.summary = "a grant to log in names the database behind a proxy";
      finding.evidence.push_back({"the connection", attempt.origin});
      finding.edits =
          replace_part(statement.resource, path, database, fmt::format("{}.proxyId", door));
    });
  });
}

}  // namespace

void ia007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::set<std::tuple<const Resource*, const Resource*, std::string>> told;
  for (const Attempt& attempt : all_attempts(context)) {
    if (!needs_grant(context, attempt)) {
      continue;
    }
    const Resource* role = acting_role(context.facts->topology, *attempt.client);
    const bool is_nobody = attempt.client->address.section == "instances" &&
                           !is_written(*attempt.client, "instanceProfile");
    if (is_nobody && told.emplace(attempt.client, &attempt.door, attempt.user).second) {
      report_nobody(reporting, attempt);
    } else if (role != nullptr && !role->existing &&
        role_allows_one(context.manifest, *role, asks_of(context, attempt)) == Answer::kNo &&
        told.emplace(attempt.client, &attempt.door, attempt.user).second) {
      report_client(reporting, attempt, *role);
    }
  }
}

void ia008_clients(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const std::vector<Attempt> attempts = all_attempts(context);
  std::set<std::pair<const Resource*, const Resource*>> told;
  for (const Attempt& attempt : attempts) {
    const Resource* role = attempt.is_at_proxy() && needs_grant(context, attempt)
                               ? made_role_of(context.facts->topology, *attempt.client)
                               : nullptr;
    if (role != nullptr && !has_other_use(context, attempts, *role) &&
        role_allows_one(context.manifest, *role, asks_of(context, attempt)) == Answer::kNo &&
        told.emplace(role, &attempt.door).second) {
      report_other_doors(reporting, attempt, *role);
    }
  }
}

void px007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Connection& connection : context.manifest.connections) {
    const auto attempt = attempt_of(context, connection);
    if (!attempt || !is_stranger(context, *attempt)) {
      continue;
    }
    const std::string door = attempt->door.address.to_string();
    Diagnostic& finding = reporting.at(
        connection.user_range,
        fmt::format("No secret of `{}` is for the user {}.", door, in_ticks(attempt->user)),
        fmt::format("add a secret of {} to {}.auth, or name another user", attempt->user, door)
    );
    finding.address = door;
    finding.evidence.push_back(reporting.evidence({attempt->door, "auth"}, "whom the proxy knows"));
  }
}

void px008_clients(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Connection& connection : context.manifest.connections) {
    const auto attempt = attempt_of(context, connection);
    const Objection objection = attempt ? objection_to(context, *attempt) : Objection();
    if (objection.text.empty()) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        connection.auth_range,
        fmt::format(
            "`{}` logs in with {}, and {}.",
            connection.from,
            attempt->auth == Login::kIam ? "IAM" : "a password",
            objection.text
        ),
        std::string(objection.help)
    );
    finding.address = attempt->door.address.to_string();
    finding.evidence.push_back(reporting.evidence(
        {attempt->door, attempt->is_at_proxy() ? "auth" : "enableIamDatabaseAuthentication"},
        "how it lets clients in"
    ));
  }
}

}  // namespace plumbline::checks
