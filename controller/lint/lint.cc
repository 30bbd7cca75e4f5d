#include "controller/lint/lint.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_findings.h"
#include "controller/lint/fold_templates.h"
#include "controller/lint/own_findings.h"
#include "controller/lint/rules/database_table.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rights_table.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/validations.h"

namespace plumbline {

namespace {

/// The rules about what the manifest says of networks and paths, by id.
constexpr auto kPathRules = std::to_array<Rule>({
    {"LM001",
     Severity::kError,
     "a function outside of the network calls into it",
     "The call waits until the function times out.",
     "give the function subnets and security groups",
     checks::lm001},
    {"LM003",
     Severity::kError,
     "a function in a network has no way to the APIs it calls",
     "Calls wait until the function times out, unless an interface endpoint that is made elsewhere "
     "answers them.",
     "give its subnets a route through a NAT gateway, or see to an interface endpoint",
     checks::lm003},
    {"LM004",
     Severity::kWarning,
     "a function may be stopped before its database answers",
     "Lambda stops it after 3 seconds unless told otherwise, while clients wait 5 seconds or more "
     "to connect.",
     "set timeout, such as 30",
     checks::lm004},
    {"LM005",
     Severity::kWarning,
     "the function's subnets are in one Availability Zone only",
     "When that zone fails, the function does.",
     "add a subnet in another Availability Zone",
     checks::lm005},
    {"LM006",
     Severity::kWarning,
     "a function may run more often at once than its database lets clients in",
     "Each run keeps a connection of its own; beyond what the database takes, it answers that "
     "there are too many.",
     "put a proxy between them, or set reservedConcurrentExecutions",
     checks::lm006},
    {"LM008",
     Severity::kError,
     "the runtime takes no new functions",
     "Lambda refuses it with InvalidParameterValueException.",
     "choose a newer runtime",
     checks::lm008},
    {"NW001",
     Severity::kError,
     "a range is not written as AWS keeps it",
     "EC2 keeps ranges by their first address, and refuses what is none.",
     "write the first address of the range",
     checks::nw001},
    {"NW002",
     Severity::kError,
     "a subnet's range is not inside its network's",
     "EC2 refuses it with InvalidSubnet.Range.",
     "choose a range inside the network's",
     checks::nw002},
    {"NW003",
     Severity::kError,
     "two subnets of a network overlap",
     "EC2 refuses the second with InvalidSubnet.Conflict.",
     "choose ranges that do not overlap",
     checks::nw003},
    {"NW004",
     Severity::kError,
     "a network's further range is too large or too small",
     "EC2 refuses it with InvalidVpc.Range: /16 is the largest, /28 the smallest.",
     "take a range of size /16 to /28",
     checks::nw004},
    {"NW005",
     Severity::kError,
     "the subnet group covers one Availability Zone only",
     "RDS refuses it with DBSubnetGroupDoesNotCoverEnoughAZs: zones count, not subnets.",
     "add a subnet in another Availability Zone",
     checks::nw005},
    {"NW006",
     Severity::kWarning,
     "the proxy's subnets may run out of addresses",
     "A proxy grows with its target; without free addresses RDS reports RDS-EVENT-0243 and the "
     "proxy stops growing.",
     "take larger subnets, or more of them",
     checks::nw006},
    {"NW007",
     Severity::kError,
     "the database's zone is not one of its subnet group",
     "AWS refuses it: RDS with InvalidVPCNetworkStateFault, EC2 with InvalidParameterValue.",
     "choose a zone of the Region, and for a database one that a subnet of its group is in",
     checks::nw007},
    {"NW008",
     Severity::kWarning,
     "a subnet is in a zone that has no RDS Proxy",
     "RDS drops the subnet without a word; with one other it refuses the proxy.",
     "take a subnet of another Availability Zone",
     checks::nw008},
    {"NW009",
     Severity::kError,
     "a route leads nowhere",
     "What takes it waits until it times out.",
     "attach the gateway, or name another",
     checks::nw009},
    {"NW010",
     Severity::kWarning,
     "a database or proxy is in a public subnet",
     "Nothing but its groups and the lack of a public address keeps the internet out.",
     "take subnets without a route to an internet gateway",
     checks::nw010},
    {"NW011",
     Severity::kError,
     "a peering does not carry what needs it",
     "Without consent, with overlapping ranges, or without a route on either side no packet of a "
     "connection arrives, or no answer comes back.",
     "accept it, and route over it on both sides",
     checks::nw011},
    {"NW012",
     Severity::kError,
     "a proxy or function in a network of dedicated tenancy",
     "RDS Proxy and Lambda do not work there; both are refused or never become available.",
     "take subnets of a network with default tenancy",
     checks::nw012},
    {"OP002",
     Severity::kWarning,
     "a fixed name among names that depend on inputs",
     "A second environment in the same account is refused, because the name is taken.",
     "let the name depend on the input, too",
     checks::op002},
    {"OP003",
     Severity::kWarning,
     "a log group keeps everything for ever",
     "Its storage costs more every month.",
     "set retentionInDays",
     checks::op003},
    {"RC001",
     Severity::kError,
     "a declared connection is blocked",
     "The client waits until it times out.",
     "change the connection, or what blocks it",
     checks::rc001},
    {"RC002",
     Severity::kWarning,
     "a connection works from some places only",
     "It fails now and then, depending on the Availability Zone both ends happen to be in.",
     "cover all subnets",
     checks::rc002},
    {"RC003",
     Severity::kInfo,
     "whether a declared connection holds cannot be proven",
     "",
     "declare what lies between its ends",
     checks::rc003},
    {"RC004",
     Severity::kWarning,
     "a proxy or database is reached by more than its declared clients",
     "Whoever takes over that resource may try its door, too.",
     "declare the connection, or remove the rule that opens it",
     checks::rc004},
    {"RC005",
     Severity::kError,
     "a connection declared as denied is open",
     "",
     "remove the rule that opens it",
     checks::rc005},
    {"RF001",
     Severity::kError,
     "reference to something that is not declared",
     "",
     "name a resource of the manifest",
     checks::rf001},
    {"RF002",
     Severity::kError,
     "a reference to the wrong attribute",
     "AWS refuses what it is given, or finds nothing under it.",
     "name the resource alone; the right attribute is taken",
     checks::rf002},
    {"RF004",
     Severity::kWarning,
     "something is used by nothing",
     "Often it is a forgotten wire.",
     "name it where it belongs, or delete it",
     checks::rf004},
    {"RF005",
     Severity::kError,
     "two resources are the same thing in AWS",
     "The second is refused because it exists, or both change one thing in turns.",
     "give one another name, or delete it",
     checks::rf005},
    {"RF006",
     Severity::kError,
     "a resource is spread over several networks",
     "AWS refuses it with InvalidParameterCombination or InvalidSubnet.",
     "take subnets and groups of one network",
     checks::rf006},
    {"RF007",
     Severity::kError,
     "the database is not placed in the network of its groups",
     "Without a subnet group RDS places it in the default network and refuses groups of another "
     "one.",
     "add dbSubnetGroup",
     checks::rf007},
    {"SG001",
     Severity::kError,
     "proxy and database share a security group that does not admit itself",
     "The proxy cannot reach its target, which stays unavailable.",
     "separate the groups, or let the group reach itself",
     checks::sg001},
    {"SG002",
     Severity::kWarning,
     "proxy and database share a security group",
     "Whoever may reach the proxy may go past it, straight to the database.",
     "separate the groups",
     checks::sg002},
    {"SG003",
     Severity::kError,
     "the database's groups do not let a client in",
     "Connections wait until they time out; behind a proxy the target stays unavailable.",
     "let the client's group in on the database's port",
     checks::sg003},
    {"SG004",
     Severity::kError,
     "the proxy's groups do not let a client in",
     "Connections wait until they time out.",
     "let the client's group in on the proxy's port",
     checks::sg004},
    {"SG005",
     Severity::kError,
     "the client's groups do not let it out",
     "Connections wait until they time out, with no trace at the other end.",
     "let the client out to the target's group",
     checks::sg005},
    {"SG006",
     Severity::kError,
     "a network ACL turns away packets of a connection",
     "ACLs keep no state: both directions need an entry, and answers go to the port the client "
     "chose, 1024-65535 for functions and proxies. Connections hang, all of them or some.",
     "allow the port one way and the clients' ports back",
     checks::sg006},
    {"SG007",
     Severity::kError,
     "a rule names a group of another network",
     "EC2 refuses it with InvalidGroup.NotFound, or it never matches.",
     "name ranges instead",
     checks::sg007},
    {"SG008",
     Severity::kError,
     "a database port is open to everyone",
     "Only the network around it keeps the internet out.",
     "name the clients' groups or ranges",
     checks::sg008},
    {"SG009",
     Severity::kWarning,
     "a rule admits more than the declared clients",
     "What else gets an address or a port there is let in as well.",
     "name the clients' groups and the one port",
     checks::sg009},
    {"SG010",
     Severity::kError,
     "a rule's ports mean nothing",
     "EC2 refuses a reversed range with InvalidParameterValue, and opens every port when the "
     "protocol is any.",
     "correct the ports or the protocol",
     checks::sg010},
    {"SG011",
     Severity::kWarning,
     "a group of functions lets something in",
     "Nobody can connect to a function over a network: the rules do nothing but worry people.",
     "delete them",
     checks::sg011},
    {"SG012",
     Severity::kError,
     "more groups or rules than an interface can have",
     "EC2 refuses them with RulesPerSecurityGroupLimitExceeded or "
     "SecurityGroupsPerInterfaceLimitExceeded.",
     "merge groups or rules",
     checks::sg012},
    {"SG013",
     Severity::kWarning,
     "the network's default group is used",
     "What else wears the default group can reach it, and clients of other groups cannot.",
     "name a group made for it",
     checks::sg013},
});

/// All tables as one, by id.
constexpr auto kRules = [] {
  std::array<Rule, kDatabaseRules.size() + kPathRules.size() + kRightsRules.size()> all{};
  auto* const databases = std::copy(kPathRules.begin(), kPathRules.end(), all.begin());
  auto* const rights = std::copy(kDatabaseRules.begin(), kDatabaseRules.end(), databases);
  std::copy(kRightsRules.begin(), kRightsRules.end(), rights);
  std::sort(all.begin(), all.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  return all;
}();

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto* const found = std::lower_bound(
      kRules.begin(),
      kRules.end(),
      id,
      [](const Rule& rule, std::string_view sought) { return rule.id < sought; }
  );
  return found == kRules.end() || found->id != id ? nullptr : found;
}

std::optional<IdObjection> objection_to_id(std::string_view id) {
  if (find_rule(id) != nullptr) {
    return std::nullopt;
  }
  const auto is_it = [id](const FindingKind& kind) { return kind.id == id; };
  const std::span<const FindingKind> kinds = finding_kinds();
  if (std::any_of(kinds.begin(), kinds.end(), is_it) ||
      std::any_of(kOwnFindings.begin(), kOwnFindings.end(), is_it)) {
    return IdObjection{
        fmt::format(
            "`{}` says that the manifest itself is at fault: nobody can decide about it.", id
        ),
        "mend what it finds"};
  }
  std::vector<std::string> ids;
  ids.reserve(std::size(kRules));
  for (const Rule& rule : kRules) {
    ids.emplace_back(rule.id);
  }
  const auto near = nearest(id, ids);
  return IdObjection{
      fmt::format("There is no rule `{}`.", id),
      near ? fmt::format("did you mean {}?", *near)
           : "take the id from a finding, such as SG008; `plumbline explain` lists them"};
}

bool can_be_mended(std::string_view id) {
  constexpr auto kIds =
      std::to_array<std::string_view>({"DB001", "DB005", "IA001", "IA002", "IA003", "IA006",
                                       "IA007", "IA008", "IA010", "IA013", "MF002", "MF004",
                                       "MF005", "MF009", "MF016", "NW001", "RF001", "RF002",
                                       "SG001", "SG003", "SG004", "SG005", "SG009", "SK001"});
  return std::find(kIds.begin(), kIds.end(), id) != kIds.end();
}

Diagnostics run_lint(const LintContext& context) {
  Diagnostics out;
  for (const Resource& resource : context.manifest.resources) {
    // What exists already was declared elsewhere; only enough to find it is written here.
    if (!resource.existing) {
      validate(resource, context.manifest, out);
    }
  }
  const LintFacts facts(context.manifest);
  const LintContext with_facts{context.manifest, context.graph, context.catalog, &facts};
  for (const Rule& rule : kRules) {
    rule.check(rule, with_facts, out);
  }
  out.sort();
  fold_templates(context.manifest, out);
  return out;
}

}  // namespace plumbline
