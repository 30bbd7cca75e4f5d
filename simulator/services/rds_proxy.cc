#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kCreateTime = std::chrono::minutes(3);
constexpr Duration kModifyTime = std::chrono::seconds(30);
constexpr Duration kDeleteTime = std::chrono::minutes(2);
/// For so long after its creation a role is not yet known everywhere.
constexpr Duration kRoleLag = std::chrono::seconds(8);
constexpr std::size_t kMaxProxies = 20;
constexpr std::size_t kMaxAuth = 200;

Refusal check_role(const Place& place, const std::string& arn) {
  const Neighbours::RoleFacts role = place.neighbours.find_role(place.store.account, arn);
  const std::map<std::string, std::string> context = {
      {"aws:SourceAccount", place.store.account},
      {"aws:SourceArn", arn_of(place.store, "db-proxy", "*")},
  };
  const bool is_young =
      role.exists && place.world.now() - role.created_at < place.world.scaled(kRoleLag);
  if (!role.exists || is_young || !is_trusted(role.trust_policy, "rds.amazonaws.com", context)) {
    return refuse(
        "InvalidParameterValue",
        fmt::format(
            "IAM role ARN value is invalid or does not include the required permissions for: {}",
            arn
        )
    );
  }
  return std::nullopt;
}

std::string default_password_type(std::string_view family) {
  if (family == "POSTGRESQL") {
    return "POSTGRES_SCRAM_SHA_256";
  }
  return family == "MYSQL" ? "MYSQL_CACHING_SHA2_PASSWORD" : "SQL_SERVER_AUTHENTICATION";
}

bool is_type_of_family(std::string_view type, std::string_view family) {
  const std::string_view start = family == "MYSQL"        ? "MYSQL_"
                                 : family == "POSTGRESQL" ? "POSTGRES_"
                                                          : "SQL_SERVER_";
  return type.starts_with(start);
}

bool is_secret_arn(std::string_view arn) {
  const std::vector<std::string_view> parts = split(arn, ':');
  return parts.size() == 7 && parts[0] == "arn" && parts[2] == "secretsmanager" &&
         parts[5] == "secret" && !parts[6].empty();
}

struct Auth {
  Value list = List{};
  Refusal fault;
};

Refusal check_auth_entry(const Value& entry, const std::string& family) {
  const std::string& scheme = entry.text_of("AuthScheme");
  const std::string& iam = entry.text_of("IAMAuth");
  const std::string& type = entry.text_of("ClientPasswordAuthType");
  if (!scheme.empty() && scheme != "SECRETS") {
    return refuse("InvalidParameterValue", "Invalid AuthScheme: " + scheme);
  }
  if (!is_secret_arn(entry.text_of("SecretArn"))) {
    return refuse(
        "InvalidParameterValue",
        fmt::format("Secret ARN '{}' is not valid.", entry.text_of("SecretArn"))
    );
  }
  if (!contains({"", "DISABLED", "REQUIRED", "ENABLED"}, iam) ||
      (iam == "ENABLED" && family != "SQLSERVER")) {
    return refuse(
        "InvalidParameterValue", fmt::format("IAMAuth {} is not valid for {} proxies.", iam, family)
    );
  }
  if (!type.empty() && !is_type_of_family(type, family)) {
    return refuse(
        "InvalidParameterValue",
        fmt::format("ClientPasswordAuthType {} is not valid for {} proxies.", type, family)
    );
  }
  return std::nullopt;
}

Auth read_auth(const Value& params, const std::string& family, const std::string& scheme) {
  Auth auth;
  const Value& given = params.get("Auth");
  const std::size_t count = given.is_list() ? given.size() : 0;
  if (scheme != "NONE" && scheme != "IAM_AUTH") {
    auth.fault = refuse("InvalidParameterValue", "Invalid DefaultAuthScheme: " + scheme);
  } else if ((count == 0 && scheme != "IAM_AUTH") || count > kMaxAuth) {
    auth.fault = refuse(
        "InvalidParameterValue",
        "Between 1 and 200 Auth entries must be given unless DefaultAuthScheme is IAM_AUTH."
    );
  }
  if (auth.fault || count == 0) {
    return auth;
  }
  std::set<std::string> secrets;
  for (const Value& entry : given.as_list()) {
    auth.fault = check_auth_entry(entry, family);
    if (!auth.fault && !secrets.insert(entry.text_of("SecretArn")).second) {
      auth.fault = refuse("InvalidParameterValue", "A secret may be named once in Auth.");
    }
    if (auth.fault) {
      return auth;
    }
    Reader read(entry);
    Value shown = Object{};
    for (const std::string_view key : {"Description", "UserName"}) {
      if (read.has(key)) {
        shown.set(key, read.text(key));
      }
    }
    shown.set("AuthScheme", "SECRETS");
    shown.set("SecretArn", read.text("SecretArn"));
    shown.set("IAMAuth", read.text("IAMAuth", "DISABLED"));
    shown.set(
        "ClientPasswordAuthType", read.text("ClientPasswordAuthType", default_password_type(family))
    );
    auth.list.push_back(std::move(shown));
  }
  return auth;
}

Refusal check_new_proxy(const Place& place, Reader& read, const std::string& name) {
  const std::string family = read.required("EngineFamily");
  read.required("RoleArn");
  read.number("IdleClientTimeout", 1, 28800, 1800);
  read.flag("RequireTLS", false);
  read.flag("DebugLogging", false);
  if (read.fault()) {
    return read.fault();
  }
  if (!is_identifier(name)) {
    return refuse("InvalidParameterValue", fmt::format("Invalid DB proxy name: {}", name));
  }
  if (!contains({"MYSQL", "POSTGRESQL", "SQLSERVER"}, family)) {
    return refuse("InvalidParameterValue", fmt::format("Invalid EngineFamily: {}", family));
  }
  if (place.store.proxies.contains(name)) {
    return refuse(
        "DBProxyAlreadyExistsFault", fmt::format("DB proxy with name {} already exists.", name)
    );
  }
  if (place.store.proxies.size() >= kMaxProxies) {
    return refuse(
        "DBProxyQuotaExceededFault", "The quota of DB proxies of this region is used up."
    );
  }
  return std::nullopt;
}

Value render_proxy(const Value& proxy) {
  return proxy.get("shown");
}

Refusal check_state(
    const Value& proxy, const std::string& name, const std::vector<std::string>& allowed
) {
  const std::string& status = proxy.get("shown").text_of("Status");
  if (contains(allowed, status)) {
    return std::nullopt;
  }
  return refuse(
      "InvalidDBProxyStateFault",
      fmt::format("DB proxy {} is in state {} and cannot be changed now.", name, status)
  );
}

Refusal rename(const Place& place, Reader& read, Value& shown) {
  const std::string name = to_lower(read.text("NewDBProxyName", shown.text_of("DBProxyName")));
  if (!is_identifier(name)) {
    return refuse("InvalidParameterValue", fmt::format("Invalid DB proxy name: {}", name));
  }
  if (name != shown.text_of("DBProxyName") && place.store.proxies.contains(name)) {
    return refuse(
        "DBProxyAlreadyExistsFault", fmt::format("DB proxy with name {} already exists.", name)
    );
  }
  shown.set("DBProxyName", name);
  return std::nullopt;
}

/// Everything of ModifyDBProxy that only changes what is shown.
Refusal change_shown(const Place& place, const Value& params, Value& shown) {
  Reader read(params);
  if (params.find("Auth") != nullptr || read.has("DefaultAuthScheme")) {
    const std::string scheme = read.text("DefaultAuthScheme", shown.text_of("DefaultAuthScheme"));
    Auth auth = params.find("Auth") == nullptr
                    ? Auth{shown.get("Auth"), std::nullopt}
                    : read_auth(params, shown.text_of("EngineFamily"), scheme);
    if (auth.fault) {
      return auth.fault;
    }
    shown.set("Auth", std::move(auth.list));
    shown.set("DefaultAuthScheme", scheme);
  }
  if (read.has("RoleArn")) {
    if (Refusal fault = check_role(place, read.text("RoleArn"))) {
      return fault;
    }
    shown.set("RoleArn", read.text("RoleArn"));
  }
  shown.set("RequireTLS", read.flag("RequireTLS", shown.get("RequireTLS").as_bool()));
  shown.set("DebugLogging", read.flag("DebugLogging", shown.get("DebugLogging").as_bool()));
  const std::int64_t timeout = shown.get("IdleClientTimeout").as_int();
  shown.set("IdleClientTimeout", read.number("IdleClientTimeout", 1, 28800, timeout));
  return read.fault() ? read.fault() : rename(place, read, shown);
}

void attach(const Place& place, Value& proxy) {
  const Value& shown = proxy.get("shown");
  attach_interfaces(
      place,
      proxy,
      texts_of(shown.get("VpcSubnetIds")),
      texts_of(shown.get("VpcSecurityGroupIds")),
      "Network interface for DBProxy " + shown.text_of("DBProxyName")
  );
}

}  // namespace

Network read_network(const Place& place, const Reader& read) {
  Network network;
  std::set<std::string> zones;
  for (const std::string& id : read.texts("VpcSubnetIds")) {
    const Neighbours::SubnetFacts facts =
        place.neighbours.find_subnet(place.store.account, place.store.region, id);
    const bool is_elsewhere = !network.vpc.empty() && network.vpc != facts.vpc_id;
    if (!facts.exists || is_elsewhere) {
      network.fault = refuse(
          "InvalidSubnet",
          is_elsewhere && facts.exists ? "The subnets of a DB proxy must all be in the same VPC."
                                       : fmt::format(
                                             "The requested subnet is invalid, or multiple subnets "
                                             "were requested that are not all in a common VPC: {}",
                                             id
                                         )
      );
      return network;
    }
    network.vpc = facts.vpc_id;
    zones.insert(facts.availability_zone);
    if (!contains(network.subnets, id)) {
      network.subnets.push_back(id);
    }
  }
  if (zones.size() < 2) {
    network.fault = refuse(
        "InvalidSubnet", "A DB proxy needs subnets in at least two different Availability Zones."
    );
    return network;
  }
  Groups groups = resolve_groups(place, read.texts("VpcSecurityGroupIds"), network.vpc);
  network.groups = std::move(groups.ids);
  network.fault = std::move(groups.fault);
  return network;
}

Fault no_such_proxy(std::string_view name) {
  return not_found(
      "DBProxyNotFoundFault", fmt::format("The specified proxy {} doesn't exist.", name)
  );
}

Outcome create_proxy(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBProxyName"));
  if (Refusal fault = check_new_proxy(place, read, name)) {
    return *fault;
  }
  const std::string family = read.text("EngineFamily");
  const std::string scheme = read.text("DefaultAuthScheme", "NONE");
  Auth auth = read_auth(params, family, scheme);
  Tags tags = read_tags(params);
  if (auth.fault || tags.fault) {
    return auth.fault ? *auth.fault : *tags.fault;
  }
  const Network network = read_network(place, read);
  if (network.fault) {
    return *network.fault;
  }
  if (Refusal fault = check_role(place, read.text("RoleArn"))) {
    return *fault;
  }
  const std::string now = now_text(place);
  Value shown = Value::object(
      {{"DBProxyName", name},
       {"DBProxyArn", arn_of(place.store, "db-proxy", place.world.make_id("prx-"))},
       {"Status", "creating"},
       {"EngineFamily", family},
       {"VpcId", network.vpc},
       {"VpcSecurityGroupIds", texts_value(network.groups)},
       {"VpcSubnetIds", texts_value(network.subnets)},
       {"DefaultAuthScheme", scheme},
       {"Auth", std::move(auth.list)},
       {"RoleArn", read.text("RoleArn")},
       {"Endpoint", name + ".proxy-" + place.world.make_word(12) + domain_of(place.store)},
       {"RequireTLS", read.flag("RequireTLS", false)},
       {"IdleClientTimeout", read.number("IdleClientTimeout", 1, 28800, 1800)},
       {"DebugLogging", read.flag("DebugLogging", false)},
       {"CreatedDate", now},
       {"UpdatedDate", now},
       {"EndpointNetworkType", read.text("EndpointNetworkType", "IPV4")},
       {"TargetConnectionNetworkType", read.text("TargetConnectionNetworkType", "IPV4")}}
  );
  Value& proxy = place.store.proxies[name];
  proxy = Value::object(
      {{"shown", std::move(shown)},
       {"tags", std::move(tags.list)},
       {"endpoint_arn",
        arn_of(place.store, "db-proxy-endpoint", place.world.make_id("prx-endpoint-"))},
       {"target_group", make_target_group(place, name, family)},
       {"targets", List{}}}
  );
  attach(place, proxy);
  schedule(place, proxy, "available", kCreateTime);
  return Value::object({{"DBProxy", render_proxy(proxy)}});
}

Outcome describe_proxies(const Place& place, const Value& params) {
  if (Refusal fault = check_filters(params, {})) {
    return *fault;
  }
  const std::string wanted = to_lower(params.text_of("DBProxyName"));
  Rows rows;
  for (const auto& [name, proxy] : place.store.proxies) {
    if (wanted.empty() || wanted == name) {
      rows.emplace_back(name, render_proxy(proxy));
    }
  }
  if (!wanted.empty() && rows.empty()) {
    return no_such_proxy(wanted);
  }
  return page(params, "DBProxies", rows);
}

Outcome modify_proxy(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBProxyName"));
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.proxies.find(name);
  if (found == place.store.proxies.end()) {
    return no_such_proxy(name);
  }
  if (Refusal fault = check_state(found->second, name, {"available"})) {
    return *fault;
  }
  Value shown = found->second.get("shown");
  if (Refusal fault = change_shown(place, params, shown)) {
    return *fault;
  }
  const bool has_groups = !read.texts("SecurityGroups").empty();
  if (has_groups) {
    Groups groups = resolve_groups(place, read.texts("SecurityGroups"), shown.text_of("VpcId"));
    if (groups.fault) {
      return *groups.fault;
    }
    shown.set("VpcSecurityGroupIds", texts_value(groups.ids));
  }
  shown.set("UpdatedDate", now_text(place));
  shown.set("Status", "modifying");
  const std::string new_name = shown.text_of("DBProxyName");
  Value proxy = std::move(found->second);
  place.store.proxies.erase(found);
  proxy.set("shown", std::move(shown));
  proxy.find("target_group")->find("shown")->set("DBProxyName", new_name);
  if (has_groups) {
    release_interfaces(place, proxy, Duration(0));
    attach(place, proxy);
  }
  schedule(place, proxy, "available", kModifyTime);
  Value reply = Value::object({{"DBProxy", render_proxy(proxy)}});
  place.store.proxies[new_name] = std::move(proxy);
  return reply;
}

Outcome delete_proxy(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBProxyName"));
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.proxies.find(name);
  if (found == place.store.proxies.end()) {
    return no_such_proxy(name);
  }
  Value& proxy = found->second;
  if (Refusal fault = check_state(proxy, name, {"available", "modifying"})) {
    return *fault;
  }
  proxy.find("shown")->set("Status", "deleting");
  proxy.set("due", List{});
  schedule(place, proxy, "gone", kDeleteTime);
  return Value::object({{"DBProxy", render_proxy(proxy)}});
}

void advance_proxies(const Place& place) {
  std::vector<std::string> gone;
  for (auto& [name, proxy] : place.store.proxies) {
    for (const std::string& step : take_due(place, proxy)) {
      if (step == "gone") {
        gone.push_back(name);
      } else {
        proxy.find("shown")->set("Status", "available");
      }
    }
    Value& group = *proxy.find("target_group");
    if (!take_due(place, group).empty()) {
      group.find("shown")->set("Status", "available");
    }
  }
  for (const std::string& name : gone) {
    drop_endpoints_of(place, place.store.proxies[name]);
    release_interfaces(place, place.store.proxies[name], kLinger);
    place.store.proxies.erase(name);
  }
}

}  // namespace plumbline::sim::rds
