// Endpoints of proxies: the default one, which is a side of its proxy, and those made beside it.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kCreateTime = std::chrono::seconds(60);
constexpr Duration kModifyTime = std::chrono::seconds(30);
constexpr Duration kDeleteTime = std::chrono::seconds(60);
constexpr std::size_t kMaxEndpoints = 20;
constexpr std::string_view kDefault = "default";

Fault no_such_endpoint(std::string_view name) {
  return not_found(
      "DBProxyEndpointNotFoundFault",
      fmt::format("The specified DB proxy endpoint {} doesn't exist.", name)
  );
}

/// The endpoint every proxy is born with.
Value render_default(const Value& proxy) {
  Value shown = Value::object(
      {{"DBProxyEndpointName", kDefault},
       {"DBProxyEndpointArn", proxy.text_of("endpoint_arn")},
       {"TargetRole", "READ_WRITE"},
       {"IsDefault", true}}
  );
  for (const std::string_view key :
       {"DBProxyName",
        "Status",
        "VpcId",
        "VpcSecurityGroupIds",
        "VpcSubnetIds",
        "Endpoint",
        "CreatedDate",
        "EndpointNetworkType"}) {
    shown.set(key, proxy.get("shown").get(key));
  }
  return shown;
}

/// Proxies can be renamed; their ARN stays.
Value render_endpoint(const Store& store, const Value& endpoint) {
  Value shown = endpoint.get("shown");
  for (const auto& [name, proxy] : store.proxies) {
    if (proxy.get("shown").text_of("DBProxyArn") == endpoint.text_of("proxy_arn")) {
      shown.set("DBProxyName", name);
    }
  }
  return shown;
}

Refusal check_endpoint_name(const Store& store, const std::string& name) {
  if (!is_identifier(name) || name == kDefault) {
    return refuse("InvalidParameterValue", fmt::format("Invalid DB proxy endpoint name: {}", name));
  }
  if (store.proxy_endpoints.contains(name)) {
    return refuse(
        "DBProxyEndpointAlreadyExistsFault",
        fmt::format("DB proxy endpoint with name {} already exists.", name)
    );
  }
  return std::nullopt;
}

Refusal check_new_endpoint(const Place& place, const Reader& read, const Value& proxy) {
  const Value& shown = proxy.get("shown");
  if (shown.text_of("Status") != "available") {
    return refuse(
        "InvalidDBProxyStateFault",
        fmt::format(
            "DB proxy {} is in state {}.", shown.text_of("DBProxyName"), shown.text_of("Status")
        )
    );
  }
  const std::string role = read.text("TargetRole", "READ_WRITE");
  const bool is_role = role == "READ_WRITE" || role == "READ_ONLY";
  if (!is_role || (role == "READ_ONLY" && shown.text_of("EngineFamily") == "SQLSERVER")) {
    return refuse(
        "InvalidParameterValue",
        fmt::format(
            "TargetRole {} is not valid for {} proxies.", role, shown.text_of("EngineFamily")
        )
    );
  }
  const auto siblings = std::ranges::count_if(place.store.proxy_endpoints, [&](const auto& each) {
    return each.second.text_of("proxy_arn") == shown.text_of("DBProxyArn");
  });
  if (static_cast<std::size_t>(siblings) >= kMaxEndpoints) {
    return refuse(
        "DBProxyEndpointQuotaExceededFault", "The quota of endpoints of this DB proxy is used up."
    );
  }
  return std::nullopt;
}

void attach(const Place& place, Value& endpoint) {
  const Value& shown = endpoint.get("shown");
  attach_interfaces(
      place,
      endpoint,
      texts_of(shown.get("VpcSubnetIds")),
      texts_of(shown.get("VpcSecurityGroupIds")),
      "Network interface for DBProxyEndpoint " + shown.text_of("DBProxyEndpointName")
  );
}

/// "main.endpoint.proxy-abc….eu-west-3.rds.amazonaws.com": the end is that of the proxy's own.
std::string host_of(const std::string& name, const Value& proxy) {
  const std::string& own = proxy.get("shown").text_of("Endpoint");
  const auto start = own.find(".proxy-");
  return name + ".endpoint" + (start == std::string::npos ? "" : own.substr(start));
}

/// The endpoint to change, or why it cannot be changed now.
struct Changeable {
  std::map<std::string, Value>::iterator at;
  Refusal fault;
};

Changeable find_changeable(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBProxyEndpointName"));
  auto& endpoints = place.store.proxy_endpoints;
  Changeable found{endpoints.find(name), read.fault()};
  if (found.fault) {
    return found;
  }
  if (name == kDefault) {
    found.fault =
        refuse("InvalidDBProxyEndpointStateFault", "The default endpoint goes with its DB proxy.");
  } else if (found.at == endpoints.end()) {
    found.fault = no_such_endpoint(name);
  } else if (const std::string& status = found.at->second.get("shown").text_of("Status");
             status != "available") {
    found.fault = refuse(
        "InvalidDBProxyEndpointStateFault",
        fmt::format("DB proxy endpoint {} is in state {}.", name, status)
    );
  }
  return found;
}

}  // namespace

Outcome create_proxy_endpoint(const Place& place, const Value& params) {
  Reader read(params);
  const std::string proxy_name = to_lower(read.required("DBProxyName"));
  const std::string name = to_lower(read.required("DBProxyEndpointName"));
  Tags tags = read_tags(params);
  if (read.fault() || tags.fault) {
    return read.fault() ? *read.fault() : *tags.fault;
  }
  const auto proxy = place.store.proxies.find(proxy_name);
  if (proxy == place.store.proxies.end()) {
    return no_such_proxy(proxy_name);
  }
  if (Refusal fault = check_endpoint_name(place.store, name)) {
    return *fault;
  }
  if (Refusal fault = check_new_endpoint(place, read, proxy->second)) {
    return *fault;
  }
  const Network network = read_network(place, read);
  if (network.fault) {
    return *network.fault;
  }
  Value shown = Value::object(
      {{"DBProxyEndpointName", name},
       {"DBProxyEndpointArn",
        arn_of(place.store, "db-proxy-endpoint", place.world.make_id("prx-endpoint-"))},
       {"DBProxyName", proxy_name},
       {"Status", "creating"},
       {"VpcId", network.vpc},
       {"VpcSecurityGroupIds", texts_value(network.groups)},
       {"VpcSubnetIds", texts_value(network.subnets)},
       {"Endpoint", host_of(name, proxy->second)},
       {"CreatedDate", now_text(place)},
       {"TargetRole", read.text("TargetRole", "READ_WRITE")},
       {"IsDefault", false},
       {"EndpointNetworkType", read.text("EndpointNetworkType", "IPV4")}}
  );
  Value& endpoint = place.store.proxy_endpoints[name];
  endpoint = Value::object(
      {{"shown", std::move(shown)},
       {"tags", std::move(tags.list)},
       {"proxy_arn", proxy->second.get("shown").text_of("DBProxyArn")}}
  );
  attach(place, endpoint);
  schedule(place, endpoint, "available", kCreateTime);
  return Value::object({{"DBProxyEndpoint", render_endpoint(place.store, endpoint)}});
}

Outcome describe_proxy_endpoints(const Place& place, const Value& params) {
  if (Refusal fault = check_filters(params, {})) {
    return *fault;
  }
  const std::string proxy_name = to_lower(params.text_of("DBProxyName"));
  const std::string wanted = to_lower(params.text_of("DBProxyEndpointName"));
  if (!proxy_name.empty() && !place.store.proxies.contains(proxy_name)) {
    return no_such_proxy(proxy_name);
  }
  std::map<std::string, Value> shown;
  for (const auto& [name, proxy] : place.store.proxies) {
    shown.emplace(fmt::format("{}/{}", name, kDefault), render_default(proxy));
  }
  for (const auto& [name, endpoint] : place.store.proxy_endpoints) {
    Value one = render_endpoint(place.store, endpoint);
    shown.emplace(fmt::format("{}/{}", one.text_of("DBProxyName"), name), std::move(one));
  }
  std::erase_if(shown, [&](const auto& each) {
    const Value& one = each.second;
    return (!proxy_name.empty() && one.text_of("DBProxyName") != proxy_name) ||
           (!wanted.empty() && one.text_of("DBProxyEndpointName") != wanted);
  });
  if (!wanted.empty() && shown.empty()) {
    return no_such_endpoint(wanted);
  }
  return page(params, "DBProxyEndpoints", Rows(shown.begin(), shown.end()));
}

Outcome modify_proxy_endpoint(const Place& place, const Value& params) {
  Changeable found = find_changeable(place, params);
  if (found.fault) {
    return *found.fault;
  }
  Reader read(params);
  const std::string old_name = found.at->first;
  const std::string name = to_lower(read.text("NewDBProxyEndpointName", old_name));
  if (name != old_name) {
    if (Refusal fault = check_endpoint_name(place.store, name)) {
      return *fault;
    }
  }
  Value& shown = *found.at->second.find("shown");
  if (!read.texts("VpcSecurityGroupIds").empty()) {
    Groups groups =
        resolve_groups(place, read.texts("VpcSecurityGroupIds"), shown.text_of("VpcId"));
    if (groups.fault) {
      return *groups.fault;
    }
    shown.set("VpcSecurityGroupIds", texts_value(groups.ids));
    release_interfaces(place, found.at->second, Duration(0));
    attach(place, found.at->second);
  }
  shown.set("DBProxyEndpointName", name);
  shown.set("Status", "modifying");
  schedule(place, found.at->second, "available", kModifyTime);
  auto node = place.store.proxy_endpoints.extract(found.at);
  node.key() = name;
  const auto at = place.store.proxy_endpoints.insert(std::move(node)).position;
  return Value::object({{"DBProxyEndpoint", render_endpoint(place.store, at->second)}});
}

Outcome delete_proxy_endpoint(const Place& place, const Value& params) {
  Changeable found = find_changeable(place, params);
  if (found.fault) {
    return *found.fault;
  }
  Value& endpoint = found.at->second;
  endpoint.find("shown")->set("Status", "deleting");
  endpoint.set("due", List{});
  schedule(place, endpoint, "gone", kDeleteTime);
  return Value::object({{"DBProxyEndpoint", render_endpoint(place.store, endpoint)}});
}

void advance_proxy_endpoints(const Place& place) {
  std::vector<std::string> gone;
  for (auto& [name, endpoint] : place.store.proxy_endpoints) {
    for (const std::string& step : take_due(place, endpoint)) {
      if (step == "gone") {
        gone.push_back(name);
      } else {
        endpoint.find("shown")->set("Status", "available");
      }
    }
  }
  for (const std::string& name : gone) {
    release_interfaces(place, place.store.proxy_endpoints[name], kLinger);
    place.store.proxy_endpoints.erase(name);
  }
}

void drop_endpoints_of(const Place& place, const Value& proxy) {
  auto& endpoints = place.store.proxy_endpoints;
  for (auto at = endpoints.begin(); at != endpoints.end();) {
    if (at->second.text_of("proxy_arn") == proxy.get("shown").text_of("DBProxyArn")) {
      release_interfaces(place, at->second, kLinger);
      at = endpoints.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace plumbline::sim::rds
