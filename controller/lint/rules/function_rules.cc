// Rules about functions: where they run, how long, and what they can reach from there. LM001 is a
// rule about paths.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/engine_facts.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/routing.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// What all functions of an account and Region share ("Lambda quotas", developer guide).
constexpr std::int64_t kRunsOfAccount = 1000;

/// Services whose rights a role is given for its code alone: Lambda itself needs none of them to
/// run the function.
constexpr auto kCalled = std::to_array<std::string_view>(
    {"secretsmanager:", "ssm:", "sts:", "sns:", "sqs:", "elasticloadbalancing:", "rds:"}
);

/// An action of those services that the statement allows; "" when there is none.
std::string call_in_statement(const Value& statement) {
  const Value& written = statement.get("Action");
  const List one = {written};
  for (const Value& item : written.is_list() ? written.as_list() : one) {
    const std::string action = item.is_text() ? to_lower(item.as_text()) : "";
    // rds:connect and the like are meant for the database, and IA008's.
    const bool is_called =
        !action.ends_with("connect") &&
        std::any_of(kCalled.begin(), kCalled.end(), [&](std::string_view service) {
          return action.starts_with(service);
        });
    if (statement.text_of("Effect") == "Allow" && is_called) {
      return item.as_text();
    }
  }
  return "";
}

std::string call_in(const Value& policy) {
  const Value& statements = policy.get("Statement");
  if (!statements.is_list()) {
    return call_in_statement(statements);
  }
  for (const Value& statement : statements.as_list()) {
    if (std::string call = call_in_statement(statement); !call.empty()) {
      return call;
    }
  }
  return "";
}

/// The policies that are written for a role: its own, and those of the manifest that it attaches.
std::vector<const Value*> policies_of(const Topology& topology, const Resource& role) {
  std::vector<const Value*> policies;
  const Value& own = role.properties.get("inlinePolicies");
  for (std::size_t i = 0; own.is_object() && i < own.size(); ++i) {
    policies.push_back(&own.as_object()[i].value);
  }
  const Value& attached = role.properties.get("managedPolicies");
  for (std::size_t i = 0; attached.is_list() && i < attached.size(); ++i) {
    if (const Resource* policy = topology.target(attached.as_list()[i])) {
      policies.push_back(&policy->properties.get("policyDocument"));
    }
  }
  return policies;
}

/// Roles that proxies take on, too: what these allow may be meant for the proxy.
std::unordered_set<const Resource*> roles_of_proxies(const Topology& topology) {
  std::unordered_set<const Resource*> roles;
  for (const Resource* proxy : topology.section("dbProxies")) {
    roles.insert(made_role_of(topology, *proxy));
  }
  return roles;
}

/// One of those calls that the function's role is given, for the function alone; "" when there is
/// none.
std::string call_of(
    const Topology& topology,
    const std::unordered_set<const Resource*>& of_proxies,
    const Resource& function
) {
  const Resource* role = made_role_of(topology, function);
  if (role == nullptr || of_proxies.contains(role)) {
    return "";
  }
  for (const Value* policy : policies_of(topology, *role)) {
    if (std::string call = call_in(*policy); !call.empty()) {
      return call;
    }
  }
  return "";
}

/// Whether surely none of its subnets leads out.
bool is_shut_in(const LintContext& context, const Routing& routing, const Place& place) {
  const Topology& topology = context.facts->topology;
  return place.has_all_subnets && !place.subnets.empty() &&
         std::all_of(place.subnets.begin(), place.subnets.end(), [&](Index index) {
           const Resource& subnet = *topology.subnets()[index].resource;
           // A function has no public address: an internet gateway is no way out for it.
           return routing.out_of_network(subnet).answer == Answer::kNo ||
                  routing.to_internet(subnet).answer == Answer::kYes;
         });
}

/// Runtimes that were deprecated before 2026 and of which Lambda makes no functions as of 2026-08;
/// from the table of deprecated runtimes in Lambda's developer guide. Later dates are still moved.
struct Runtime {
  std::string_view name, successor;
};
constexpr auto kRefused = std::to_array<Runtime>({
    {"dotnetcore1.0", "dotnet8"},
    {"dotnetcore2.0", "dotnet8"},
    {"dotnetcore2.1", "dotnet8"},
    {"dotnetcore3.1", "dotnet8"},
    {"dotnet6", "dotnet8"},
    {"python3.8", "python3.13"},
    {"python3.9", "python3.13"},
    {"nodejs16.x", "nodejs22.x"},
    {"nodejs18.x", "nodejs22.x"},
    {"go1.x", "provided.al2023"},
    {"java8", "java21"},
    {"nodejs", "nodejs22.x"},
    {"nodejs10.x", "nodejs22.x"},
    {"nodejs12.x", "nodejs22.x"},
    {"nodejs14.x", "nodejs22.x"},
    {"nodejs4.3", "nodejs22.x"},
    {"nodejs4.3-edge", "nodejs22.x"},
    {"nodejs6.10", "nodejs22.x"},
    {"nodejs8.10", "nodejs22.x"},
    {"provided", "provided.al2023"},
    {"python2.7", "python3.13"},
    {"python3.6", "python3.13"},
    {"python3.7", "python3.13"},
    {"ruby2.5", "ruby3.4"},
    {"ruby2.7", "ruby3.4"},
});

constexpr std::int64_t kDefaultTimeout = 3;  ///< Seconds.
constexpr std::int64_t kPatience = 5;        ///< Of clients, at least, until a connection stands.

/// What functions wait for: of each the first hop that begins at it.
std::unordered_map<const Resource*, const Hop*> first_hops(const LintContext& context) {
  std::unordered_map<const Resource*, const Hop*> first;
  for (const Hop& hop : context.facts->hops) {
    if (!hop.is_denied && hop.source.resource != nullptr) {
      first.emplace(hop.source.resource, &hop);
    }
  }
  return first;
}

/// The number that a parameter group gives max_connections; 0 for a formula and what is not known,
/// nothing when it does not say.
std::optional<int> connections_in(const Resource& group) {
  const Value& set = group.properties.get("parameters");
  const Value* most = set.find("max_connections");
  if (most == nullptr) {
    return set.is_object() || !is_written(group, "parameters") ? std::nullopt : std::optional(0);
  }
  const std::string text = most->is_text() ? most->as_text() : "";
  const std::vector<int> numbers = version_numbers(text);
  return numbers.size() == 1 && std::to_string(numbers[0]) == text ? numbers[0] : 0;
}

/// How many clients the database lets in; 0 when it is not known.
int connections_of(const LintContext& context, const Resource& database) {
  const Value& written = database.properties.get("dbParameterGroup");
  const Resource* group = context.facts->topology.target(written);
  const bool is_of_aws = written.is_text() && written.as_text().starts_with("default.");
  if (group != nullptr && !group->existing) {
    if (const auto most = connections_in(*group)) {
      return *most;
    }
  } else if (is_written(database, "dbParameterGroup") && !is_of_aws) {
    return 0;
  }
  return usual_connections(engine_of(database), database.properties.text_of("dbInstanceClass"));
}

/// How often a function may run at once; nothing when that is not known.
std::optional<std::int64_t> runs_of(const Resource& function) {
  const Value& reserved = function.properties.get("reservedConcurrentExecutions");
  if (reserved.is_int()) {
    return reserved.as_int();
  }
  return is_written(function, "reservedConcurrentExecutions") ? std::nullopt
                                                              : std::optional(kRunsOfAccount);
}

/// AWS's APIs listen on this port, through a NAT gateway and at an interface endpoint.
constexpr int kApiPort = 443;

/// Whether no rule of the groups lets anything out to that port, wherever to.
bool is_held_by_groups(const Topology& topology, const Place& place) {
  return place.has_all_groups && !place.groups.empty() &&
         std::all_of(place.groups.begin(), place.groups.end(), [&](Index index) {
           const Group& group = topology.groups()[index];
           return group.has_rules && !group.lets_all_out &&
                  std::all_of(group.egress.begin(), group.egress.end(), [](const GroupRule& one) {
                    return one.admits(kApiPort) == Answer::kNo;
                  });
         });
}

void report_held(
    const Reporting& reporting,
    const Resource& function,
    const Place& place,
    const std::string& call
) {
  const Topology& topology = reporting.context().facts->topology;
  const Resource& group = *topology.groups()[place.groups.front()].resource;
  Diagnostic& finding = reporting.about_choice(
      {group, "egress"},
      fmt::format(
          "The role of `{}` allows {}, but no egress rule of its groups leads to port {}.",
          function.address.to_string(),
          call,
          kApiPort
      ),
      fmt::format(
          "add `{{ port: {}, to: 0.0.0.0/0 }}` to {}.egress", kApiPort, group.address.to_string()
      )
  );
  finding.evidence.push_back(reporting.evidence({function, "securityGroups"}, "its groups"));
  finding.evidence.push_back(reporting.evidence({*made_role_of(topology, function), ""}, "its role")
  );
}

/// What stops calls through a NAT gateway, or their answers, at a subnet; nothing when they may
/// pass. Answers go to ports that a function chooses: some of them stand for all.
std::optional<Cause> acl_against(const Topology& topology, Index subnet) {
  const AddressSet world = AddressSet::internet();
  const auto is_lost = [&](const Passage& passage) {
    return !passage.is_whole && passage.maybe.empty();
  };
  const Passage calls = pass_acl(topology, subnet, Direction::kEgress, {kApiPort, kApiPort}, world);
  if (is_lost(calls)) {
    return calls.blocked;
  }
  std::optional<Cause> stopped;
  for (const int port : {1024, 32767, 32768, 49152, 65535}) {
    const Passage answers = pass_acl(topology, subnet, Direction::kIngress, {port, port}, world);
    if (!is_lost(answers)) {
      return std::nullopt;
    }
    stopped = answers.blocked;
  }
  return stopped;
}

void report_acl(
    const Reporting& reporting,
    const Resource& function,
    const Place& place,
    const std::string& call
) {
  const Topology& topology = reporting.context().facts->topology;
  for (const Index subnet : place.subnets) {
    const auto stopped = acl_against(topology, subnet);
    if (!stopped || stopped->resource == nullptr) {
      continue;
    }
    Diagnostic& finding = reporting.about_choice(
        {*stopped->resource, stopped->path},
        fmt::format(
            "The role of `{}` allows {}, and `{}` stops what it calls or the answers.",
            function.address.to_string(),
            call,
            stopped->resource->address.to_string()
        ),
        fmt::format(
            "let port {} out to 0.0.0.0/0 and ports 1024-65535 in from there, or see to an "
            "interface endpoint",
            kApiPort
        )
    );
    finding.summary = "a network ACL keeps a function from AWS's APIs";
    finding.evidence.push_back(
        reporting.evidence({*made_role_of(topology, function), ""}, "its role")
    );
    finding.evidence.push_back(reporting.evidence({function, "subnets"}, "its subnets"));
    return;
  }
}

}  // namespace

void lm003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  const Routing routing(context.manifest, topology);
  const auto of_proxies = roles_of_proxies(topology);
  for (const Resource* function : topology.section("functions")) {
    const Place& place = *topology.place_of(*function);
    if (function->existing || !place.is_in_network) {
      continue;
    }
    if (!is_shut_in(context, routing, place)) {
      const std::string call = call_of(topology, of_proxies, *function);
      if (!call.empty() && is_held_by_groups(topology, place)) {
        report_held(reporting, *function, place, call);
      } else if (!call.empty()) {
        report_acl(reporting, *function, place, call);
      }
      continue;
    }
    const std::string call = call_of(topology, of_proxies, *function);
    if (call.empty()) {
      continue;
    }
    Diagnostic& finding = reporting.about_choice(
        {*function, "subnets"},
        fmt::format(
            "The role of `{}` allows {}, but no route of its subnets leads to AWS's APIs.",
            function->address.to_string(),
            call
        ),
        "route 0.0.0.0/0 of its subnets through a NAT gateway, or see to an interface endpoint"
    );
    // Others may have given a network of theirs an endpoint.
    if (place.network == kNone || !topology.networks()[place.network].is_created) {
      finding.severity = Severity::kWarning;
    }
    finding.evidence.push_back(
        reporting.evidence({*made_role_of(topology, *function), ""}, "its role")
    );
    for (const Index index : place.subnets) {
      const Resource& subnet = *topology.subnets()[index].resource;
      if (const Way way = routing.to_internet(subnet); way.answer == Answer::kYes) {
        finding.evidence.push_back(reporting.evidence(
            {*way.route.table, way.route.path},
            "this way is only for what has a public address, and a function has none"
        ));
        break;
      }
    }
  }
}

void lm004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto hops = first_hops(context);
  const auto of_proxies = roles_of_proxies(context.facts->topology);
  for (const Resource* function : context.facts->topology.section("functions")) {
    const bool is_written = function->entry->value.find("timeout") != nullptr;
    const Value& timeout = function->properties.get("timeout");
    const bool is_short = !is_written || (timeout.is_int() && timeout.as_int() < kPatience);
    if (function->existing || !is_short) {
      continue;
    }
    const auto found = hops.find(function);
    const bool is_inside = context.facts->topology.place_of(*function)->is_in_network;
    const std::string call = found == hops.end() && is_inside
                                 ? call_of(context.facts->topology, of_proxies, *function)
                                 : "";
    if (found == hops.end() && call.empty()) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*function, is_written ? "timeout" : ""},
        fmt::format(
            "`{}` is stopped after {} seconds, and waits for `{}` meanwhile.",
            function->address.to_string(),
            is_written ? timeout.as_int() : kDefaultTimeout,
            found == hops.end() ? call : found->second->target.name
        ),
        "set timeout to more than its client waits for a connection, such as 30"
    );
    if (found != hops.end()) {
      finding.evidence.push_back({found->second->because, found->second->origin});
    }
  }
}

void lm006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  // Who goes past a proxy has a rule of its own.
  const auto proxies = proxies_by_target(context);
  for (const Hop& hop : context.facts->hops) {
    const Resource* function = hop.source.resource;
    const Resource* database = hop.target.resource;
    if (hop.is_denied || function == nullptr || function->address.section != "functions" ||
        function->existing || database == nullptr || database->existing ||
        database->address.section != "dbInstances" || proxies.contains(database)) {
      continue;
    }
    const auto runs = runs_of(*function);
    const int most = connections_of(context, *database);
    if (!runs || most == 0 || *runs <= most) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*function, "reservedConcurrentExecutions"},
        fmt::format(
            "`{}` may run {} times at once{}, and `{}` lets some {} clients in.",
            function->address.to_string(),
            *runs,
            is_written(*function, "reservedConcurrentExecutions") ? "" : " unless told otherwise",
            database->address.to_string(),
            most
        ),
        fmt::format(
            "put a proxy between them, or set reservedConcurrentExecutions to less than {}", most
        )
    );
    finding.evidence.push_back(
        reporting.evidence({*database, "dbInstanceClass"}, "the database's size")
    );
    finding.evidence.push_back({hop.because, hop.origin});
  }
}

void lm008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* function : context.facts->topology.section("functions")) {
    const std::string& runtime = function->properties.text_of("runtime");
    const auto found = std::find_if(kRefused.begin(), kRefused.end(), [&](const Runtime& one) {
      return one.name == runtime;
    });
    // One that is taken over exists already, and stays as it is.
    if (found == kRefused.end() || function->existing || !function->import_id.empty()) {
      continue;
    }
    reporting.at(
        {*function, "runtime"},
        fmt::format("Lambda makes no functions with {} any more.", runtime),
        fmt::format("write {} after trying the code with it", found->successor)
    );
  }
}

void op003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* group : context.facts->topology.section("logGroups")) {
    if (!group->existing && group->entry->value.find("retentionInDays") == nullptr) {
      reporting.at(
          {*group, ""},
          fmt::format("`{}` keeps its lines for ever.", group->address.to_string()),
          "set retentionInDays, such as 30"
      );
    }
  }
  for (const Resource* database : created(context, "dbInstances")) {
    const Value& exports = database->properties.get("enableCloudwatchLogsExports");
    const bool is_said = is_written(*database, "enableCloudwatchLogsExports");
    if (is_said && (!exports.is_list() || exports.size() > 0)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*database, "enableCloudwatchLogsExports"},
        "",
        "name its logs, such as [error] or [postgresql]"
    );
    finding.summary = "a database's logs are kept on its disk alone";
    finding.detail = fmt::format(
        "`{}` sends none of its logs to CloudWatch. They are gone after days, and with the "
        "instance.",
        database->address.to_string()
    );
    // What nothing is said of may be decided by the cluster, or by another team.
    finding.severity = is_said ? finding.severity : Severity::kInfo;
  }
}

}  // namespace plumbline::checks
