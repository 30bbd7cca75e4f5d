#include "controller/lint/rules/identity.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/lint/rules/policy.h"

namespace plumbline {

namespace {

const Resource* role_of(const Topology& topology, const Resource& resource) {
  const Resource* role = topology.target(resource.properties.get("role"));
  return role != nullptr && role->address.section == "roles" ? role : nullptr;
}

/// AWS's own key asks nothing of who may read the secret.
bool has_own_key(const Resource& secret) {
  const Value& key = secret.properties.get("kmsKey");
  const bool is_of_aws = key.is_text() && key.as_text().ends_with("alias/aws/secretsmanager");
  return secret.entry->value.find("kmsKey") != nullptr && !key.is_null() && !is_of_aws;
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
    add(role_trusts(*role_, "rds.amazonaws.com"),
        fmt::format("`{}` lets RDS take it on", role_->address.to_string()),
        *role_,
        "trustPolicy");
    const Value& auth = proxy_.properties.get("auth");
    for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
      const Resource* secret = topology_.target(auth.as_list()[i].get("secret"));
      if (secret == nullptr || secret->existing || secret->address.section != "secrets") {
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
    Answer reads = role_allows(
        manifest_, *role_, {"secretsmanager:GetSecretValue", secret_arn(secret), "", nullptr}
    );
    if (secret.entry->value.find("resourcePolicy") != nullptr) {
      reads = Answer::kUnknown;  // The secret's own policy may let it in, or keep it out.
    }
    add(reads, fmt::format("`{}` reads `{}`", role, name), *role_, "inlinePolicies");
    if (has_own_key(secret)) {
      add(decrypts(secret), fmt::format("`{}` decrypts `{}`", role, name), secret, "kmsKey");
    }
    add(is_login(secret),
        fmt::format("`{}` holds a user and a password", name),
        secret,
        "secretString");
  }

  [[nodiscard]] Answer decrypts(const Resource& secret) const {
    const Value& written = secret.properties.get("kmsKey");
    const Resource* key = topology_.target(written);
    const bool is_arn = written.is_text() && written.as_text().find(":key/") != std::string::npos;
    const std::string& region = secret.region;
    Ask ask{"kms:Decrypt", std::nullopt, "", nullptr};
    if (is_arn) {
      ask.resource = written.as_text();
    }
    if (!region.empty() && !region.starts_with("cn-")) {
      ask.via_service = fmt::format("secretsmanager.{}.amazonaws.com", region);
    }
    const Answer allowed = role_allows(manifest_, *role_, ask);
    // A key without a policy of its own leaves it to the account's roles; any other decides, too.
    const bool is_delegated =
        key != nullptr && !key->existing && key->entry->value.find("policy") == nullptr;
    if (is_delegated || key == nullptr) {
      return allowed;
    }
    return Answer::kUnknown;
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

/// The user a proxy's entry is for. One inside a secret is never taken out: it is recognised when
/// it is also the main user of the proxy's database. "" when it is not known.
std::string user_of(const Topology& topology, const Resource& proxy, const Value& entry) {
  if (const std::string& name = entry.text_of("userName"); !name.empty()) {
    return name;
  }
  static const Value kNothing;
  const Resource* secret = topology.target(entry.get("secret"));
  const Value& held =
      secret == nullptr ? kNothing : secret->properties.get("secretString").get("username");
  const Value& targets = proxy.properties.get("targets");
  for (std::size_t i = 0; targets.is_list() && i < targets.size(); ++i) {
    const Resource* database = topology.target(targets.as_list()[i].get("dbInstance"));
    const std::string main =
        database == nullptr ? "" : database->properties.text_of("masterUsername");
    if (!main.empty() && (held == Value(main) || held == Value::secret(main))) {
      return main;
    }
  }
  return held.is_text() ? held.as_text() : "";
}

/// Whether the role may connect as the user of one of the proxy's secrets.
Answer may_connect(
    const Manifest& manifest, const Topology& topology, const Resource& role, const Resource& proxy
) {
  Answer best = Answer::kNo;
  const Value& auth = proxy.properties.get("auth");
  for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
    const std::string user = user_of(topology, proxy, auth.as_list()[i]);
    const Ask ask{"rds-db:connect", proxy_connect_arn(proxy, user), "", &proxy};
    best = std::max(best, role_allows(manifest, role, ask));
  }
  return best;
}

}  // namespace

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
  const Resource* role = role_of(topology, client);
  const Value& auth = proxy.properties.get("auth");
  if (proxy.existing || proxy.address.section != "dbProxies" ||
      client.address.section != "functions" || role == nullptr || !auth.is_list()) {
    return {};
  }
  const bool needs_iam =
      std::any_of(auth.as_list().begin(), auth.as_list().end(), [](const Value& entry) {
        return entry.text_of("iamAuth") == "REQUIRED";
      });
  if (!needs_iam) {
    return {};
  }
  const Answer holds =
      role->existing ? Answer::kUnknown : may_connect(manifest, topology, *role, proxy);
  return {
      {holds,
       fmt::format(
           "`{}` may rds-db:connect to `{}`", role->address.to_string(), proxy.address.to_string()
       ),
       manifest.range_of(*role, "inlinePolicies")}};
}

Answer conclude(const std::vector<IdentityStep>& steps) {
  Answer whole = Answer::kYes;
  for (const IdentityStep& step : steps) {
    whole = std::min(whole, step.holds);
  }
  return whole;
}

}  // namespace plumbline
