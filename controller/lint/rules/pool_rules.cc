// Rules about what proxies cost their databases, and about clients that go past them.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr std::int64_t kLeastOfSmall = 30;
constexpr std::int64_t kLeastOfOthers = 20;
constexpr std::int64_t kWhole = 100;
constexpr std::int64_t kDefaultShare = 100;
constexpr std::string_view kShare = "targetGroup.maxConnectionsPercent";

/// The part of the database's connections the proxy takes; nothing when that is not known.
std::optional<std::int64_t> share_of(const Resource& proxy) {
  const Value& share = proxy.properties.get_path(kShare);
  if (share.is_int()) {
    const bool is_share = share.as_int() >= 1 && share.as_int() <= kWhole;  // Else PX011.
    return is_share ? std::optional(share.as_int()) : std::nullopt;
  }
  const std::string& family = proxy.properties.text_of("engineFamily");
  const Node* group = proxy.entry->value.find("targetGroup");
  const bool is_written =
      group != nullptr && (!group->is_map() || group->find("maxConnectionsPercent") != nullptr);
  // SQL Server has another default.
  return is_written || family.empty() || family == "SQLSERVER" ? std::nullopt
                                                               : std::optional(kDefaultShare);
}

/// Declared connections of others than proxies to a database, by its address.
std::multimap<std::string, const Connection*> direct_connections(const LintContext& context) {
  std::multimap<std::string, const Connection*> direct;
  for (const Connection& connection : context.manifest.connections) {
    if (connection.expect == Expectation::kAllowed && connection.to.starts_with("dbInstances.") &&
        !connection.from.starts_with("dbProxies.")) {
      direct.emplace(connection.to, &connection);
    }
  }
  return direct;
}

/// A proxy cannot tell a database that refuses writes from one that has failed.
void check_read_only(const Reporting& reporting, const Resource& proxy, const Resource& database) {
  const Resource* group =
      reporting.context().facts->topology.target(database.properties.get("dbParameterGroup"));
  if (group == nullptr || group->existing || proxy.properties.text_of("engineFamily") != "MYSQL") {
    return;
  }
  const std::string value = to_lower(group->properties.get("parameters").text_of("read_only"));
  if (value != "1" && value != "on" && value != "true") {
    return;
  }
  Diagnostic& finding = reporting.at(
      {*group, "parameters.read_only"},
      fmt::format(
          "`{}` sets read_only for `{}`, which stands behind `{}`.",
          group->address.to_string(),
          database.address.to_string(),
          proxy.address.to_string()
      ),
      "delete read_only; take rights away from users instead"
  );
  finding.summary = "a database behind a proxy refuses all writes";
  finding.evidence.push_back(reporting.evidence({proxy, "targets"}, "the proxy's target"));
}

}  // namespace

void px012(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& share = proxy->properties.get_path(kShare);
    if (!share.is_int() || share.as_int() < 1) {
      continue;
    }
    for (const Resource* database : targets_of(context, *proxy)) {
      // The default of SQL Server is below.
      if (proxy->properties.text_of("engineFamily") == "SQLSERVER" ||
          engine_family(engine_of(*database)) == "SQLSERVER") {
        continue;
      }
      const std::string& size = database->properties.text_of("dbInstanceClass");
      const bool is_small = size.ends_with(".micro") || size.ends_with(".small");
      const std::int64_t least = is_small ? kLeastOfSmall : kLeastOfOthers;
      if (size.empty() || share.as_int() >= least) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*proxy, kShare},
          fmt::format(
              "`{}` may open {} % of the connections of `{}`, a {}.",
              proxy->address.to_string(),
              share.as_int(),
              database->address.to_string(),
              size
          ),
          fmt::format("set maxConnectionsPercent to {} or more", least)
      );
      finding.evidence.push_back(
          reporting.evidence({*database, "dbInstanceClass"}, "the database's size")
      );
    }
  }
}

void px013(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto direct = direct_connections(context);
  for (const auto& [database, proxies] : proxies_by_target(context)) {
    std::int64_t sum = 0;
    for (const Resource* proxy : proxies) {
      sum += share_of(*proxy).value_or(0);
    }
    const std::string address = database->address.to_string();
    const auto connection = direct.find(address);
    if (sum < kWhole || (sum == kWhole && connection == direct.end())) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*proxies.back(), kShare},
        sum > kWhole
            ? fmt::format("The proxies of `{}` may open {} % of its connections.", address, sum)
            : fmt::format(
                  "`{}` may open all connections of `{}`, which `{}` uses directly.",
                  proxies.back()->address.to_string(),
                  address,
                  connection->second->from
              ),
        sum > kWhole ? "lower maxConnectionsPercent until they are 100 % together, or less"
                     : "set maxConnectionsPercent to 90 or less"
    );
    for (const Resource* proxy : proxies) {
      if (proxy != proxies.back()) {
        finding.evidence.push_back(reporting.evidence({*proxy, kShare}, "another proxy of it"));
      }
    }
    if (connection != direct.end()) {
      finding.evidence.push_back({"it is used directly here", connection->second->range});
    }
  }
}

void px016(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    if (is_surely_true(*proxy, "debugLogging")) {
      reporting.at(
          {*proxy, "debugLogging"},
          fmt::format("`{}` logs what its clients ask.", proxy->address.to_string()),
          "delete debugLogging, and turn it on by hand for the day it is needed"
      );
    }
  }
}

void px017(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto proxies = proxies_by_target(context);
  if (proxies.empty()) {
    return;
  }
  // What is declared is meant: a migration may need the database itself.
  std::set<std::pair<std::string, std::string>> meant;
  for (const auto& [to, connection] : direct_connections(context)) {
    meant.emplace(connection->from, to);
  }
  for (const Edge& edge : context.graph.edges) {
    const Resource& client = context.manifest.resources[edge.consumer];
    const Resource& database = context.manifest.resources[edge.producer];
    const auto found = proxies.find(&database);
    if (edge.attribute != "endpoint" || client.address.section != "functions" ||
        !edge.property.starts_with("environment") || found == proxies.end() ||
        meant.contains({client.address.to_string(), database.address.to_string()})) {
      continue;
    }
    const Resource& proxy = *found->second.front();
    Diagnostic& finding = reporting.at(
        {client, edge.property},
        fmt::format(
            "`{}` is told the endpoint of `{}`, past `{}`.",
            client.address.to_string(),
            database.address.to_string(),
            proxy.address.to_string()
        ),
        fmt::format(
            "write ${{{}.endpoint}}, or declare the connection to {}",
            proxy.address.to_string(),
            database.address.to_string()
        )
    );
    finding.evidence.push_back(
        reporting.evidence({proxy, "targets"}, "the proxy stands in front of the database")
    );
  }
}

void px018_readers(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      check_read_only(reporting, *proxy, *database);
    }
  }
  for (const Resource* endpoint : created(context, "dbProxyEndpoints")) {
    if (endpoint->properties.text_of("targetRole") != "READ_ONLY") {
      continue;
    }
    const Resource* proxy = context.facts->topology.target(endpoint->properties.get("dbProxy"));
    if (proxy == nullptr) {
      continue;
    }
    for (const Resource* database : targets_of(context, *proxy)) {
      const std::string engine = engine_of(*database);
      if (engine.empty() || engine.starts_with("aurora")) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*endpoint, "targetRole"},
          fmt::format(
              "`{}` is for readers of `{}`, and `{}` has none.",
              endpoint->address.to_string(),
              proxy->address.to_string(),
              database->address.to_string()
          ),
          "delete targetRole"
      );
      finding.summary = "an endpoint for readers of a database without readers";
      finding.evidence.push_back(reporting.evidence({*database, "engine"}, "one instance alone"));
    }
  }
}

namespace {

/// Words before PORT in the name of a variable that says where a database listens.
constexpr auto kDatabaseWords = std::to_array<std::string_view>(
    {"db", "database", "mysql", "mariadb", "pg", "postgres", "postgresql", "proxy", "rds", "sql"}
);

/// "DB_PORT", "PGPORT", "MYSQL_DB_PORT"
bool is_port_name(std::string_view variable) {
  std::string name = to_lower(variable);
  constexpr std::string_view kPort = "port";
  if (!name.ends_with(kPort)) {
    return false;
  }
  name.resize(name.size() - kPort.size());
  while (name.ends_with('_')) {
    name.pop_back();
  }
  const std::string last = name.substr(name.rfind('_') + 1);
  return std::find(kDatabaseWords.begin(), kDatabaseWords.end(), last) != kDatabaseWords.end();
}

std::string_view leading_digits(std::string_view text) {
  return text.substr(0, text.find_first_not_of("0123456789"));
}

/// The number behind the word, as JSON and the forms of drivers write it: `"port": 3307`,
/// `port=3307`, `Port=3307;`. "" when there is none.
std::string port_by_word(std::string_view written) {
  const std::string text = to_lower(written);
  constexpr std::string_view kPort = "port";
  for (auto at = text.find(kPort); at != std::string::npos; at = text.find(kPort, at + 1)) {
    const bool is_word =
        at == 0 || std::string_view(" \"';&?{,").find(text[at - 1]) != std::string_view::npos;
    const auto number = text.find_first_not_of(" \"'=:", at + kPort.size());
    if (is_word && number != std::string::npos && number > at + kPort.size()) {
      return std::string(leading_digits(std::string_view(text).substr(number)));
    }
  }
  return "";
}

/// The port a text is, or the one beside a proxy's endpoint: "${dbProxies.app.endpoint}:3307". 0
/// when there is none.
int port_in(const NodeEntry& variable) {
  constexpr std::string_view kEndpoint = "endpoint}";
  const std::string& text = variable.value.text;
  std::string digits = is_port_name(variable.key) ? text : "";
  const auto proxy = text.find("${dbProx");
  const auto end = proxy == std::string::npos ? proxy : text.find(kEndpoint, proxy);
  if (end != std::string::npos) {
    const std::string_view rest = std::string_view(text).substr(end + kEndpoint.size());
    // SQL Server's clients take a comma.
    const bool is_behind = rest.starts_with(':') || rest.starts_with(',');
    digits = is_behind ? leading_digits(rest.substr(1)) : port_by_word(text);
  }
  int port = 0;
  const char* const last = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), last, port);
  return read.ec == std::errc() && read.ptr == last ? port : 0;
}

/// What a function connects to: the ports, and a proxy among it.
struct Doors {
  std::set<int> ports;
  const Hop* to_proxy = nullptr;
};

std::map<const Resource*, Doors> doors_of(const LintContext& context) {
  std::map<const Resource*, Doors> doors;
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || hop.source.resource == nullptr || hop.target.resource == nullptr) {
      continue;
    }
    Doors& those = doors[hop.source.resource];
    those.ports.insert(hop.port);
    if (hop.target.resource->address.section.starts_with("dbProx")) {
      those.to_proxy = &hop;
    }
  }
  return doors;
}

}  // namespace

void px018_clients(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto doors = doors_of(context);
  for (const Resource* function : created(context, "functions")) {
    const Node* environment = function->entry->value.find("environment");
    const auto those = doors.find(function);
    if (environment == nullptr || those == doors.end() || those->second.to_proxy == nullptr ||
        those->second.ports.contains(0)) {
      continue;
    }
    const Hop& hop = *those->second.to_proxy;
    for (const NodeEntry& variable : environment->entries) {
      const int port = variable.value.is_scalar() ? port_in(variable) : 0;
      if (port == 0 || those->second.ports.contains(port)) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*function, "environment." + variable.key},
          fmt::format(
              "`{}` is told port {}, but `{}` listens on port {}.",
              function->address.to_string(),
              port,
              hop.target.name,
              hop.port
          ),
          fmt::format("write {}", hop.port)
      );
      finding.evidence.push_back({hop.because, hop.origin});
    }
  }
}

}  // namespace plumbline::checks
