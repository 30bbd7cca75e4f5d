#include "controller/lint/rules/identity.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/trust.h"

namespace plumbline {

namespace {

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

std::vector<IdentityStep> prove_client_identity(
    const Manifest& manifest,
    const Topology& topology,
    const Resource& client,
    const Resource& proxy
) {
  const Resource* role = acting_role(topology, client);
  if (proxy.existing || proxy.address.section != "dbProxies" || role == nullptr ||
      !takes_iam_alone(proxy)) {
    return {};
  }
  return {
      {role_allows_one(manifest, *role, asks_to_connect(manifest, topology, proxy)),
       fmt::format(
           "`{}` may rds-db:connect to `{}`", role->address.to_string(), proxy.address.to_string()
       ),
       manifest.range_of(*role, "inlinePolicies")}};
}

}  // namespace plumbline
