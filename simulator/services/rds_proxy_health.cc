// Whether a proxy can serve its target: the questions AWS asks, in the order in which it finds out.
#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kRegistering = std::chrono::seconds(20);
constexpr Duration kScalingUp = std::chrono::seconds(60);

Value unavailable(std::string_view reason, std::string description) {
  return Value::object(
      {{"State", "UNAVAILABLE"}, {"Reason", reason}, {"Description", std::move(description)}}
  );
}

std::vector<std::string> groups_of(const Value& instance) {
  std::vector<std::string> groups;
  for (const Value& each :
       instance.get("shown").get("VpcSecurityGroups[VpcSecurityGroupMembership]").as_list()) {
    groups.push_back(each.text_of("VpcSecurityGroupId"));
  }
  return groups;
}

/// Why the proxy's packets do not arrive; "" when they do.
std::string path_fault(const Place& place, const Value& proxy, const Value& instance) {
  const std::vector<std::string> from = texts_of(proxy.get("shown").get("VpcSecurityGroupIds"));
  const std::vector<std::string> to = groups_of(instance);
  const int port = static_cast<int>(instance.get("port").as_int());
  const bool can_reach = place.neighbours.can_reach(
      place.store.account,
      place.store.region,
      from,
      to,
      texts_of(proxy.get("shown").get("VpcSubnetIds")),
      texts_of(instance.get("subnets")),
      port
  );
  if (can_reach) {
    return "";
  }
  return fmt::format(
      "DBProxy Target is unreachable: the security groups of the proxy ({}) cannot connect to the "
      "security groups of the database ({}) on TCP port {}",
      join(from, ", "),
      join(to, ", "),
      port
  );
}

std::map<std::string, std::string> context_of(const Place& place) {
  return {
      {"aws:SourceAccount", place.store.account},
      {"aws:RequestedRegion", place.store.region},
      {"aws:SecureTransport", "true"},
      {"kms:ViaService",
       fmt::format(
           "secretsmanager.{}.amazonaws.com{}",
           place.store.region,
           place.store.region.starts_with("cn-") ? ".cn" : ""
       )},
  };
}

/// Why the role cannot read what the secret's key encrypts; "" when it can.
std::string decrypt_fault(
    const Place& place, const Neighbours::RoleFacts& role, const Neighbours::SecretFacts& secret
) {
  if (secret.kms_key_id.empty()) {
    return "";  // AWS's own key lets everyone in who may read the secret.
  }
  const Neighbours::KeyFacts key =
      place.neighbours.find_key(place.store.account, place.store.region, secret.kms_key_id);
  if (!key.is_usable()) {
    return fmt::format(
        "the secret's key {} is {}",
        secret.kms_key_id,
        key.exists ? key.state : std::string("not there")
    );
  }
  if (key.is_of_aws || is_allowed(role.policies, {"kms:Decrypt", key.arn, context_of(place)})) {
    return "";
  }
  return fmt::format("the proxy's role may not call kms:Decrypt on {}", secret.kms_key_id);
}

/// Why one secret does not open the database; "" when it does.
std::string secret_fault(
    const Place& place, const Neighbours::RoleFacts& role, const Value& auth, const Value& instance
) {
  const Neighbours::SecretFacts secret = place.neighbours.find_secret(
      place.store.account, place.store.region, auth.text_of("SecretArn")
  );
  // Policies are held against the full ARN, also when Auth names it without its suffix.
  const std::string arn = secret.exists ? secret.arn : auth.text_of("SecretArn");
  if (!is_allowed(role.policies, {"secretsmanager:GetSecretValue", arn, context_of(place)})) {
    return fmt::format(
        "Proxy does not have any registered credentials: the proxy's role may not call "
        "secretsmanager:GetSecretValue on {}",
        arn
    );
  }
  if (!secret.exists) {
    return "Proxy does not have any registered credentials: no secret " + arn;
  }
  if (std::string fault = decrypt_fault(place, role, secret); !fault.empty()) {
    return "Proxy does not have any registered credentials: " + fault;
  }
  const Result<Value> content = parse_json(secret.value);
  const bool is_complete =
      content && !content->text_of("username").empty() && !content->text_of("password").empty();
  if (!is_complete) {
    return fmt::format(
        "Proxy does not have any registered credentials: secret {} is not JSON with username and "
        "password",
        arn
    );
  }
  if (content->text_of("username") != instance.get("shown").text_of("MasterUsername") ||
      content->text_of("password") != instance.text_of("password")) {
    return fmt::format(
        "Database refused the credentials of user '{}' in secret {}",
        content->text_of("username"),
        arn
    );
  }
  return "";
}

/// End-to-end IAM authentication: the proxy signs in with its own role.
std::string iam_fault(
    const Place& place, const Neighbours::RoleFacts& role, const Value& instance
) {
  const Value& shown = instance.get("shown");
  if (shown.get("IAMDatabaseAuthenticationEnabled") != Value(true)) {
    return "IAM database authentication is not enabled on the database";
  }
  const std::string user = fmt::format(
      "arn:{}:rds-db:{}:{}:dbuser:{}/{}",
      partition_of(place.store.region),
      place.store.region,
      place.store.account,
      shown.text_of("DbiResourceId"),
      shown.text_of("MasterUsername")
  );
  if (is_allowed(role.policies, {"rds-db:connect", user, context_of(place)})) {
    return "";
  }
  return "the proxy's role may not call rds-db:connect on " + user;
}

std::string auth_fault(const Place& place, const Value& proxy, const Value& instance) {
  const Value& shown = proxy.get("shown");
  const Neighbours::RoleFacts role =
      place.neighbours.find_role(place.store.account, shown.text_of("RoleArn"));
  std::map<std::string, std::string> context = context_of(place);
  context["aws:SourceArn"] = shown.text_of("DBProxyArn");
  if (!role.exists || !is_trusted(role.trust_policy, "rds.amazonaws.com", context)) {
    return fmt::format(
        "Proxy does not have any registered credentials: role {} cannot be assumed by "
        "rds.amazonaws.com",
        shown.text_of("RoleArn")
    );
  }
  std::string first;
  if (shown.text_of("DefaultAuthScheme") == "IAM_AUTH") {
    first = iam_fault(place, role, instance);
    if (first.empty()) {
      return "";
    }
  }
  // One secret that opens the database is enough; others may be for users made later.
  for (const Value& auth : shown.get("Auth").as_list()) {
    const std::string fault = secret_fault(place, role, auth, instance);
    if (fault.empty()) {
      return "";
    }
    if (first.empty()) {
      first = fault;
    }
  }
  return first;
}

}  // namespace

Value health_of(const Place& place, const Value& proxy, const Value& target) {
  const Duration age = place.world.now() - Timestamp(Duration(target.get("since").as_int()));
  if (age < place.world.scaled(kRegistering)) {
    return Value::object({{"State", "REGISTERING"}});
  }
  if (age < place.world.scaled(kScalingUp)) {
    return unavailable(
        "PENDING_PROXY_CAPACITY", "DBProxy Target is waiting for proxy to scale to desired capacity"
    );
  }
  const Value* instance = instance_of_target(place.store, target);
  if (instance == nullptr) {
    return unavailable("UNREACHABLE", "DB instance " + target.text_of("instance") + " was deleted");
  }
  const Value& shown = instance->get("shown");
  const std::string& status = shown.text_of("DBInstanceStatus");
  // A database goes on answering while it is modified or backed up.
  if (status != "available" && status != "modifying" && status != "backing-up") {
    return unavailable(
        "CONNECTION_FAILED",
        fmt::format("DB instance {} is {}", shown.text_of("DBInstanceIdentifier"), status)
    );
  }
  if (std::string fault = path_fault(place, proxy, *instance); !fault.empty()) {
    return unavailable("UNREACHABLE", std::move(fault));
  }
  if (find_engine(shown.text_of("Engine"))->proxy_family !=
      proxy.get("shown").text_of("EngineFamily")) {
    return unavailable("CONNECTION_FAILED", "The engine family of the proxy is not the database's");
  }
  if (std::string fault = auth_fault(place, proxy, *instance); !fault.empty()) {
    return unavailable("AUTH_FAILURE", std::move(fault));
  }
  return Value::object({{"State", "AVAILABLE"}});
}

}  // namespace plumbline::sim::rds
