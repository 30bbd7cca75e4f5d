#include "controller/lint/lint.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rules.h"

namespace plumbline {

namespace {

/// Every rule, by id.
constexpr auto kRules = std::to_array<Rule>({
    {"DB008",
     Severity::kWarning,
     "the database has a public address",
     "Everyone on the internet can try its door; only its security groups stand between.",
     "set publiclyAccessible: false",
     checks::db008},
    {"DB009",
     Severity::kWarning,
     "a password stands in the manifest",
     "Whoever reads the file, or its history, can log in.",
     "set manageMasterUserPassword: true, or take the password from a sensitive input",
     checks::db009},
    {"IA001",
     Severity::kError,
     "the proxy's role does not trust RDS",
     "The proxy cannot read its secrets, and its target stays unavailable.",
     "let rds.amazonaws.com take on the role",
     checks::ia001},
    {"IA002",
     Severity::kError,
     "the proxy's role may not read a secret",
     "The target stays unavailable with AUTH_FAILURE, and every login fails.",
     "allow secretsmanager:GetSecretValue on every secret of `auth`",
     checks::ia002},
    {"IA003",
     Severity::kWarning,
     "the proxy's role may not decrypt a secret",
     "Unless the key's own policy lets the role in, the target stays unavailable with "
     "AUTH_FAILURE.",
     "allow kms:Decrypt on the key",
     checks::ia003},
    {"IA009",
     Severity::kError,
     "the function's role may not create network interfaces",
     "Lambda refuses the function: the role does not have permissions to call "
     "CreateNetworkInterface on EC2.",
     "attach AWSLambdaVPCAccessExecutionRole to the role",
     checks::ia009},
    {"IA013",
     Severity::kError,
     "the function's role does not trust Lambda",
     "Lambda refuses the function: the role cannot be assumed by Lambda.",
     "let lambda.amazonaws.com take on the role",
     checks::ia013},
    {"LM001",
     Severity::kError,
     "a function outside of the network calls into it",
     "The call waits until the function times out.",
     "give the function subnets and security groups",
     checks::lm001},
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
    {"NW005",
     Severity::kError,
     "the subnet group covers one Availability Zone only",
     "RDS refuses it with DBSubnetGroupDoesNotCoverEnoughAZs: zones count, not subnets.",
     "add a subnet in another Availability Zone",
     checks::nw005},
    {"NW007",
     Severity::kError,
     "the database's zone is not one of its subnet group",
     "RDS refuses it with InvalidVPCNetworkStateFault.",
     "choose a zone that a subnet of the group is in",
     checks::nw007},
    {"PX001",
     Severity::kError,
     "the proxy's subnets are in one Availability Zone only",
     "A proxy needs subnets in at least two Availability Zones: zones count, not subnets.",
     "add a subnet in another Availability Zone",
     checks::px001},
    {"PX002",
     Severity::kError,
     "the proxy and its target are in different networks",
     "The target never becomes available; a proxy reaches databases of its own network alone.",
     "put both into one network",
     checks::px002},
    {"PX003",
     Severity::kError,
     "the proxy does not speak its target's engine",
     "RDS refuses the target: unsupported database engine.",
     "set the engineFamily of the target's engine",
     checks::px003},
    {"PX005",
     Severity::kWarning,
     "the proxy has no target",
     "Clients reach its endpoint, and nothing is behind it.",
     "add a target",
     checks::px005},
    {"PX006",
     Severity::kError,
     "the proxy has nothing to log in with",
     "It does not have any registered credentials, so every login fails.",
     "add a secret to `auth`",
     checks::px006},
    {"PX008",
     Severity::kError,
     "the proxy's way of logging in contradicts its other settings",
     "RDS refuses it, or every login fails.",
     "make iamAuth agree with requireTls and engineFamily",
     checks::px008},
    {"PX011",
     Severity::kError,
     "more connections may be idle than open",
     "RDS refuses it with InvalidParameterValue.",
     "lower maxIdleConnectionsPercent",
     checks::px011},
    {"PX014",
     Severity::kError,
     "session pinning filters on PostgreSQL",
     "They exist for MySQL alone.",
     "delete sessionPinningFilters",
     checks::px014},
    {"PX018",
     Severity::kError,
     "a connection to a proxy names a port it does not listen on",
     "A proxy's port is decided by its family, whatever port the database has; the connection is "
     "refused.",
     "use the family's port",
     checks::px018},
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
    {"RF004",
     Severity::kInfo,
     "the security group is not used",
     "Often it is a forgotten wire.",
     "name it in securityGroups, or delete it",
     checks::rf004},
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
     Severity::kWarning,
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
    {"SG013",
     Severity::kWarning,
     "the network's default group is used",
     "What else wears the default group can reach it, and clients of other groups cannot.",
     "name a group made for it",
     checks::sg013},
    {"SK001",
     Severity::kError,
     "a proxy's secret lacks the user or the password",
     "The proxy has no registered credentials then, and its target fails with AUTH_FAILURE.",
     "give the secret `username` and `password`",
     checks::sk001},
    {"SK002",
     Severity::kError,
     "secrets of a proxy contradict each other or the database",
     "Logins fail, or succeed with whichever secret comes last.",
     "keep one source for each user",
     checks::sk002},
    {"SK012",
     Severity::kInfo,
     "the proxy logs in with another user than the database is made with",
     "Until someone creates that user in the database, its logins fail.",
     "create the user, or use the main one",
     checks::sk012},
});

/// The schemas' validations are one rule: properties of one resource that do not fit together.
constexpr std::string_view kValidationId = "MF006";
constexpr std::string_view kValidationSummary = "properties do not fit together";

struct Judged {
  const Resource& resource;
  const Validation& validation;
  const Manifest& manifest;
  Diagnostics& out;
};

/// The property a validation of the whole resource is about: the first it names that is written.
std::string subject_of(const Judged& judged) {
  for (const std::string& name : judged.validation.that.names()) {
    if (judged.resource.entry->value.find(name) != nullptr) {
      return name;
    }
  }
  return "";
}

void judge(const Judged& judged, const Scope& scope, const std::string& path) {
  const Value answer = judged.validation.that.evaluate(scope);
  if (!answer.is_bool() || answer.as_bool()) {
    return;
  }
  Diagnostic finding;
  finding.severity = judged.validation.is_warning ? Severity::kWarning : Severity::kError;
  finding.id = kValidationId;
  finding.summary = kValidationSummary;
  finding.address = judged.resource.address.to_string();
  finding.detail = fmt::format("`{}`: {}.", finding.address, judged.validation.say);
  finding.help = fmt::format(
      "correct it; `plumbline explain {}` describes the properties", judged.resource.kind->section
  );
  finding.range = path.empty() ? judged.resource.entry->key_range
                               : judged.manifest.range_of(judged.resource, path);
  judged.out.add(std::move(finding));
}

void validate(const Resource& resource, const Manifest& manifest, Diagnostics& out) {
  // What is written but could not be read has its finding already; here its value is open.
  const Value unknown = Value::unknown(resource.address.to_string());
  Scope scope(&resource.properties);
  for (const NodeEntry& entry : resource.entry->value.entries) {
    if (!entry.value.is_null() && resource.properties.find(entry.key) == nullptr) {
      scope.bind(entry.key, &unknown);
    }
  }
  for (const Validation& validation : resource.kind->validations) {
    const Judged judged{resource, validation, manifest, out};
    if (validation.each.empty()) {
      judge(judged, scope, subject_of(judged));
      continue;
    }
    const Value& items = resource.properties.get_path(validation.each);
    for (std::size_t i = 0; items.is_list() && i < items.size(); ++i) {
      Scope inner = scope;
      inner.bind("item", &items.as_list()[i]);
      judge(judged, inner, fmt::format("{}.{}", validation.each, i));
    }
  }
}

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == kRules.end() ? nullptr : &*found;
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
  return out;
}

}  // namespace plumbline
