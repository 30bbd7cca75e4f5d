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

/// A proxy for its endpoint, anything else for itself.
const Resource* behind(const Topology& topology, const Resource* target) {
  return target != nullptr && target->address.section == "dbProxyEndpoints"
             ? topology.target(target->properties.get("dbProxy"))
             : target;
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

/// No secret of the proxy is for the user. With IAM all the way no secret says who is known.
bool is_stranger(const LintContext& context, const Attempt& attempt) {
  return attempt.is_at_proxy() && !attempt.user.empty() &&
         !is_written(attempt.door, "defaultAuthScheme") &&
         attempt.door.properties.get("auth").size() > 0 && entries_for(context, attempt).empty();
}

/// Why the attempt fails whatever is granted; "" when it may work.
std::string objection_to(const LintContext& context, const Attempt& attempt) {
  const std::string door = attempt.door.address.to_string();
  if (!attempt.is_at_proxy()) {
    // A snapshot brings the setting along.
    const bool takes_none = attempt.auth == Login::kIam &&
                            !is_written(attempt.door, "dbSnapshotIdentifier") &&
                            is_surely_false(attempt.door, "enableIamDatabaseAuthentication");
    return takes_none ? fmt::format("`{}` takes no IAM", door) : "";
  }
  const std::vector<const Value*> entries = entries_for(context, attempt);
  const auto all_are = [&](const auto& is_so) {
    return !entries.empty() && std::all_of(entries.begin(), entries.end(), is_so);
  };
  const bool is_whole = is_written(attempt.door, "defaultAuthScheme");
  if (attempt.auth == Login::kIam && !is_whole && all_are([](const Value* entry) {
        return entry->find("iamAuth") == nullptr || entry->text_of("iamAuth") == "DISABLED";
      })) {
    return fmt::format("`{}` takes passwords alone", door);
  }
  const bool is_iam_alone =
      entries.empty()
          ? attempt.user.empty() && takes_iam_alone(attempt.door)
          : all_are([](const Value* entry) { return entry->text_of("iamAuth") == "REQUIRED"; });
  return attempt.auth == Login::kPassword && is_iam_alone
             ? fmt::format("`{}` takes IAM alone", door)
             : "";
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
         objection_to(context, attempt).empty();
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
    const std::string objection = attempt ? objection_to(context, *attempt) : "";
    if (objection.empty()) {
      continue;
    }
    const bool is_iam = attempt->auth == Login::kIam;
    Diagnostic& finding = reporting.at(
        connection.auth_range,
        fmt::format(
            "`{}` logs in with {}, and {}.",
            connection.from,
            is_iam ? "IAM" : "a password",
            objection
        ),
        !is_iam ? "write auth: iam, or set iamAuth: DISABLED in the proxy's auth"
        : attempt->is_at_proxy()
            ? "set iamAuth: REQUIRED in the proxy's auth, or write auth: password"
            : "set enableIamDatabaseAuthentication: true, or write auth: password"
    );
    finding.address = attempt->door.address.to_string();
    finding.evidence.push_back(reporting.evidence(
        {attempt->door, attempt->is_at_proxy() ? "auth" : "enableIamDatabaseAuthentication"},
        "how it lets clients in"
    ));
  }
}

}  // namespace plumbline::checks
