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
/// run the function. Of a key, only what no other service does with it on the function's behalf.
constexpr auto kCalled = std::to_array<std::string_view>(
    {"secretsmanager:",
     "ssm:",
     "sts:",
     "sns:",
     "sqs:",
     "elasticloadbalancing:",
     "rds:",
     "kms:*",
     "kms:encrypt",
     "kms:generatemac",
     "kms:reencrypt",
     "kms:sign"}
);

/// What Lambda does with the function's role, to hand it the messages of a queue.
constexpr auto kOfLambda = std::to_array<std::string_view>(
    {"sqs:receivemessage", "sqs:deletemessage", "sqs:getqueueattributes"}
);

/// An action of those services that the statement allows for the code; "" when there is none.
std::string call_in_statement(const Value& statement) {
  const Value& written = statement.get("Action");
  const List one = {written};
  for (const Value& item : written.is_list() ? written.as_list() : one) {
    const std::string action = item.is_text() ? to_lower(item.as_text()) : "";
    // rds:connect and the like are meant for the database, and IA008's.
    const bool is_called =
        !action.ends_with("connect") &&
        std::find(kOfLambda.begin(), kOfLambda.end(), action) == kOfLambda.end() &&
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

/// Policies of AWS's own that are attached for the code's sake, by name.
constexpr auto kPoliciesOfCalls = std::to_array<std::string_view>(
    {"SecretsManagerReadWrite",
     "AmazonSSMFullAccess",
     "AmazonSSMReadOnlyAccess",
     "AmazonSNSFullAccess",
     "ElasticLoadBalancingFullAccess"}
);

/// One of those that the role attaches; "" when there is none.
std::string policy_of_calls(const Resource& role) {
  const Value& attached = role.properties.get("managedPolicies");
  for (std::size_t i = 0; attached.is_list() && i < attached.size(); ++i) {
    const Value& item = attached.as_list()[i];
    const std::string_view arn = item.is_text() ? std::string_view(item.as_text()) : "";
    const std::string_view name = arn.substr(arn.rfind('/') + 1);
    if (arn.find(":iam::aws:policy/") != arn.npos &&
        std::find(kPoliciesOfCalls.begin(), kPoliciesOfCalls.end(), name) !=
            kPoliciesOfCalls.end()) {
      return std::string(name);
    }
  }
  return "";
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
  return policy_of_calls(*role);
}

/// Those of its subnets that surely do not lead out: what starts there waits in vain, wherever the
/// others lead.
std::vector<const Resource*> shut_subnets(
    const LintContext& context, const Routing& routing, const Place& place
) {
  std::vector<const Resource*> shut;
  for (const Index index : place.subnets) {
    const Resource& subnet = *context.facts->topology.subnets()[index].resource;
    // A function has no public address: an internet gateway is no way out for it.
    if (routing.out_of_network(subnet).answer == Answer::kNo ||
        routing.to_internet(subnet).answer == Answer::kYes) {
      shut.push_back(&subnet);
    }
  }
  return shut;
}

/// A call, and what it cannot leave by.
struct ShutIn {
  const std::string& call;
  const Routing& routing;
  const std::vector<const Resource*>& subnets;
};

void report_shut_in(
    const Reporting& reporting, const Resource& function, const Place& place, const ShutIn& shut
) {
  const Topology& topology = reporting.context().facts->topology;
  const bool is_whole = shut.subnets.size() == place.subnets.size();
  Diagnostic& finding = reporting.about_choice(
      {function, "subnets"},
      fmt::format(
          "The role of `{}` allows {}, but no route of {} leads to AWS's APIs.",
          function.address.to_string(),
          shut.call,
          is_whole ? "its subnets" : fmt::format("`{}`", shut.subnets.front()->address.to_string())
      ),
      fmt::format(
          "route 0.0.0.0/0 of {} through a NAT gateway, or see to an interface endpoint",
          is_whole ? "its subnets" : shut.subnets.front()->address.name
      )
  );
  // Others may have given a network of theirs an endpoint.
  if (place.network == kNone || !topology.networks()[place.network].is_created) {
    finding.severity = Severity::kWarning;
  }
  finding.evidence.push_back(reporting.evidence({*made_role_of(topology, function), ""}, "its role")
  );
  for (const Resource* subnet : shut.subnets) {
    if (const Way way = shut.routing.to_internet(*subnet); way.answer == Answer::kYes) {
      finding.evidence.push_back(reporting.evidence(
          {*way.route.table, way.route.path},
          "this way is only for what has a public address, and a function has none"
      ));
      break;
    }
  }
}

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
    const std::string call = call_of(topology, of_proxies, *function);
    if (call.empty()) {
      continue;
    }
    const std::vector<const Resource*> shut = shut_subnets(context, routing, place);
    if (!shut.empty()) {
      report_shut_in(reporting, *function, place, {call, routing, shut});
    } else if (is_held_by_groups(topology, place)) {
      report_held(reporting, *function, place, call);
    } else {
      report_acl(reporting, *function, place, call);
    }
  }
}

void lm004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto hops = first_hops(context);
  const auto of_proxies = roles_of_proxies(context.facts->topology);
  for (const Resource* function : context.facts->topology.section("functions")) {
    const bool is_set = is_written(*function, "timeout");
    const Value& timeout = function->properties.get("timeout");
    const bool is_short = !is_set || (timeout.is_int() && timeout.as_int() < kPatience);
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
        {*function, is_set ? "timeout" : ""},
        fmt::format(
            "`{}` is stopped after {} seconds, and waits for `{}` meanwhile.",
            function->address.to_string(),
            is_set ? timeout.as_int() : kDefaultTimeout,
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
  // Who goes past a proxy has a rule of its own, unless that is declared.
  const auto proxies = proxies_by_target(context);
  for (const Hop& hop : context.facts->hops) {
    const Resource* function = hop.source.resource;
    const Resource* database = hop.target.resource;
    if (hop.is_denied || function == nullptr || function->address.section != "functions" ||
        function->existing || database == nullptr || database->existing ||
        database->address.section != "dbInstances" || hop.is_past_proxy) {
      continue;
    }
    // What is declared to go past a proxy, such as a migration, is let be until it names a number.
    if (proxies.contains(database) && !is_written(*function, "reservedConcurrentExecutions")) {
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

}  // namespace plumbline::checks
