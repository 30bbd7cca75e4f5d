#include "controller/lint/rules/identity.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/trust.h"

namespace plumbline {

namespace {

IdentityStep step_of_connecting(
    const Manifest& manifest,
    const Resource& role,
    const Resource& door,
    const std::string& user,
    const std::vector<Ask>& asks
) {
  return {
      role_allows_one(manifest, role, asks),
      fmt::format(
          "`{}` may rds-db:connect to `{}`{}",
          role.address.to_string(),
          door.address.to_string(),
          user.empty() ? "" : fmt::format(" as {}", user)
      ),
      manifest.range_of(role, "inlinePolicies")};
}

/// A snapshot brings the setting along.
IdentityStep step_of_database(const Manifest& manifest, const Resource& database) {
  constexpr std::string_view kSetting = "enableIamDatabaseAuthentication";
  const bool is_off =
      is_surely_false(database, kSetting) && !is_written(database, "dbSnapshotIdentifier");
  return {
      is_surely_true(database, kSetting) ? Answer::kYes
      : is_off                           ? Answer::kNo
                                         : Answer::kUnknown,
      fmt::format("`{}` takes logins with IAM", database.address.to_string()),
      manifest.range_of(database, kSetting)};
}

class ProxySteps {
 public:
  ProxySteps(const Manifest& manifest, const Topology& topology, const Resource& proxy)
      : manifest_(manifest), topology_(topology), proxy_(proxy), role_(role_of(topology, proxy)) {}

  std::vector<IdentityStep> run() {
    if (role_ == nullptr || role_->existing) {
      add(Answer::kUnknown, "its role is not written here", proxy_, "role");
      return std::move(steps_);
    }
    add(role_trusts(manifest_, *role_, "rds.amazonaws.com", proxy_),
        fmt::format("`{}` lets RDS take it on", role_->address.to_string()),
        *role_,
        "trustPolicy");
    const Value& auth = proxy_.properties.get("auth");
    for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
      const Value& written = auth.as_list()[i].get("secret");
      const Resource* secret = topology_.target(written);
      if (secret != nullptr && !secret->existing && is_secret_of_database(written)) {
        add_secret_of_database(written, *secret);
      } else if (secret == nullptr || secret->existing || secret->address.section != "secrets") {
        add(Answer::kUnknown,
            "what the secret holds is not written here",
            proxy_,
            fmt::format("auth.{}", i));
      } else {
        add_secret(*secret);
      }
    }
    if (is_end_to_end(proxy_)) {
      add_end_to_end();
    }
    return std::move(steps_);
  }

 private:
  void add(Answer holds, std::string text, const Resource& resource, std::string_view path) {
    steps_.push_back({holds, std::move(text), manifest_.range_of(resource, path)});
  }

  void add_secret(const Resource& secret) {
    const std::string role = role_->address.to_string();
    const std::string name = secret.address.to_string();
    add(role_reads(manifest_, *role_, secret),
        fmt::format("`{}` reads `{}`", role, name),
        *role_,
        "inlinePolicies");
    if (has_own_key(secret)) {
      add(role_decrypts(manifest_, *role_, secret),
          fmt::format("`{}` decrypts `{}`", role, name),
          secret,
          "kmsKey");
    }
    add(is_login(secret),
        fmt::format("`{}` holds a user and a password", name),
        secret,
        "secretString");
  }

  /// RDS makes it with the database, for the main user: it is a login.
  void add_secret_of_database(const Value& written, const Resource& database) {
    const Ask ask{"secretsmanager:GetSecretValue", expand_arn(manifest_, written), &database};
    add(role_allows(manifest_, *role_, ask),
        fmt::format(
            "`{}` reads the secret of `{}`",
            role_->address.to_string(),
            database.address.to_string()
        ),
        *role_,
        "inlinePolicies");
    if (has_own_key(database)) {
      add(role_decrypts(manifest_, *role_, database),
          fmt::format(
              "`{}` decrypts the secret of `{}`",
              role_->address.to_string(),
              database.address.to_string()
          ),
          database,
          key_property(database));
    }
  }

  /// The proxy itself logs in with IAM, as whoever its clients are.
  void add_end_to_end() {
    const Value& targets = proxy_.properties.get("targets");
    for (std::size_t i = 0; targets.is_list() && i < targets.size(); ++i) {
      const Resource* database = topology_.target(targets.as_list()[i].get("dbInstance"));
      if (database == nullptr || database->existing) {
        continue;
      }
      steps_.push_back(step_of_database(manifest_, *database));
      std::set<std::string> users = users_without_secret(manifest_, topology_, proxy_);
      if (users.empty()) {
        users.insert("");  // Whoever it may be.
      }
      for (const std::string& user : users) {
        const Ask ask{"rds-db:connect", connect_arn(manifest_, *database, user), database};
        steps_.push_back(step_of_connecting(manifest_, *role_, *database, user, {ask}));
      }
    }
  }

  [[nodiscard]] static Answer is_login(const Resource& secret) {
    const Value& held = secret.properties.get("secretString");
    if (held.type() != Value::Type::kObject) {
      return Answer::kUnknown;
    }
    const bool is_whole = held.find("username") != nullptr && held.find("password") != nullptr;
    return is_whole ? Answer::kYes : Answer::kNo;
  }

  const Manifest& manifest_;
  const Topology& topology_;
  const Resource& proxy_;
  const Resource* role_;
  std::vector<IdentityStep> steps_;
};

}  // namespace

std::string user_of(const Topology& topology, const Value& entry) {
  if (const std::string& name = entry.text_of("userName"); !name.empty()) {
    return name;
  }
  static const Value kNothing;
  const Resource* secret = topology.target(entry.get("secret"));
  if (secret != nullptr && is_secret_of_database(entry.get("secret"))) {
    return secret->properties.text_of("masterUsername");
  }
  const Value& held =
      secret == nullptr ? kNothing : secret->properties.get("secretString").get("username");
  return held.is_text() || held.is_secret() ? std::string(held.reveal()) : "";
}

const Resource* behind(const Topology& topology, const Resource* target) {
  return target != nullptr && target->address.section == "dbProxyEndpoints"
             ? topology.target(target->properties.get("dbProxy"))
             : target;
}

std::set<std::string> users_without_secret(
    const Manifest& manifest, const Topology& topology, const Resource& proxy
) {
  std::set<std::string> users;
  for (const Connection& connection : manifest.connections) {
    const Resource* door = behind(topology, manifest.find(Address::parse(connection.to)));
    if (door == &proxy && connection.expect == Expectation::kAllowed && !connection.user.empty()) {
      users.insert(connection.user);
    }
  }
  const Value& auth = proxy.properties.get("auth");
  for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
    const std::string known = user_of(topology, auth.as_list()[i]);
    if (known.empty()) {
      return {};
    }
    users.erase(known);
  }
  return users;
}

bool is_end_to_end(const Resource& proxy) {
  return proxy.properties.text_of("defaultAuthScheme") == "IAM_AUTH";
}

bool takes_iam_alone(const Resource& proxy) {
  const Value& auth = proxy.properties.get("auth");
  if (!auth.is_list() || auth.size() == 0) {
    return !is_written(proxy, "auth") && is_end_to_end(proxy);
  }
  return std::all_of(auth.as_list().begin(), auth.as_list().end(), [](const Value& entry) {
    return entry.text_of("iamAuth") == "REQUIRED";
  });
}

std::vector<Ask> asks_to_connect(
    const Manifest& manifest, const Topology& topology, const Resource& proxy
) {
  const Value& auth = proxy.properties.get("auth");
  std::vector<Ask> asks;
  const auto as = [&](const std::string& user) {
    asks.push_back({"rds-db:connect", connect_arn(manifest, proxy, user), &proxy});
  };
  if (!auth.is_list() || auth.size() == 0) {
    as("");
    return asks;
  }
  for (const Value& entry : auth.as_list()) {
    as(user_of(topology, entry));
  }
  return asks;
}

Answer role_allows_one(
    const Manifest& manifest, const Resource& role, const std::vector<Ask>& asks
) {
  Answer best = Answer::kNo;
  for (const Ask& ask : asks) {
    best = either(best, role_allows(manifest, role, ask));
  }
  return best;
}

std::vector<IdentityStep> prove_proxy_identity(
    const Manifest& manifest, const Topology& topology, const Resource& proxy
) {
  if (proxy.existing || proxy.address.section != "dbProxies") {
    return {};
  }
  return ProxySteps(manifest, topology, proxy).run();
}

namespace {

/// Whom a client says it logs in as with IAM; "" is whoever it may be.
std::set<std::string> users_with_iam(
    const Manifest& manifest, const Resource& client, const Resource& target
) {
  std::set<std::string> users;
  for (const Connection& connection : manifest.connections) {
    if (connection.auth == Login::kIam && connection.expect != Expectation::kDenied &&
        connection.from == client.address.to_string() &&
        connection.to == target.address.to_string()) {
      users.insert(connection.user);
    }
  }
  return users;
}

}  // namespace

std::vector<IdentityStep> prove_client_identity(
    const Manifest& manifest,
    const Topology& topology,
    const Resource& client,
    const Resource& target
) {
  const Resource* role = acting_role(topology, client);
  const Resource* door = behind(topology, &target);
  const bool is_made = role != nullptr && door != nullptr && !door->existing;
  const bool is_proxy = is_made && door->address.section == "dbProxies";
  if (!is_made || (!is_proxy && door->address.section != "dbInstances")) {
    return {};
  }
  std::set<std::string> users = users_with_iam(manifest, client, target);
  if (users.empty() && is_proxy && takes_iam_alone(*door)) {
    users.insert("");
  }
  std::vector<IdentityStep> steps;
  for (const std::string& user : users) {
    const auto asks =
        user.empty() && is_proxy
            ? asks_to_connect(manifest, topology, *door)
            : std::vector<Ask>{{"rds-db:connect", connect_arn(manifest, *door, user), door}};
    steps.push_back(step_of_connecting(manifest, *role, *door, user, asks));
  }
  if (!is_proxy && !steps.empty()) {
    steps.insert(steps.begin(), step_of_database(manifest, *door));
  }
  return steps;
}

}  // namespace plumbline
