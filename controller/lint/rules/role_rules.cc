// Rules about what roles let in and what they are allowed.
#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// The role a resource of the manifest takes on; null when it is not declared here.
const Resource* role_of(const LintContext& context, const Resource& resource) {
  const Resource* role = context.facts->topology.target(resource.properties.get("role"));
  const bool is_role = role != nullptr && role->address.section == "roles" && !role->existing;
  return is_role && !resource.existing ? role : nullptr;
}

void check_trust(std::string_view section, std::string_view service, const Reporting& reporting) {
  const LintContext& context = reporting.context();
  for (const Resource* resource : context.facts->topology.section(section)) {
    const Resource* role = role_of(context, *resource);
    if (role == nullptr || role_trusts(*role, service) != Answer::kNo) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*role, "trustPolicy"},
        fmt::format(
            "`{}` does not let {} take it on for `{}`.",
            role->address.to_string(),
            service,
            resource->address.to_string()
        ),
        fmt::format(
            "add the statement {{ Effect: Allow, Principal: {{ Service: {} }}, Action: "
            "sts:AssumeRole }}",
            service
        )
    );
    finding.edits = trust_service(*role, service);
    finding.evidence.push_back(reporting.evidence({*resource, "role"}, "the role is used here"));
  }
}

/// A proxy, one of its secrets, and the role that must read it.
struct Reading {
  const Resource& proxy;
  const Resource& role;
  const Resource& secret;
  std::string path;  ///< In the proxy.
};

template <class Visit>
void for_each_reading(const LintContext& context, const Visit& visit) {
  const Topology& topology = context.facts->topology;
  for (const Resource* proxy : topology.section("dbProxies")) {
    const Resource* role = role_of(context, *proxy);
    const Value& auth = proxy->properties.get("auth");
    for (std::size_t i = 0; role != nullptr && auth.is_list() && i < auth.size(); ++i) {
      const Resource* secret = topology.target(auth.as_list()[i].get("secret"));
      // A database's own secret is made with it: nothing of it can be judged here.
      if (secret != nullptr && !secret->existing && secret->address.section == "secrets") {
        visit(Reading{*proxy, *role, *secret, fmt::format("auth.{}.secret", i)});
      }
    }
  }
}

bool has_own_key(const Resource& secret) {
  const Value& key = secret.properties.get("kmsKey");
  const bool is_of_aws = key.is_text() && key.as_text().ends_with("alias/aws/secretsmanager");
  return secret.entry->value.find("kmsKey") != nullptr && !key.is_null() && !is_of_aws;
}

/// The key is declared here and its own policy may let the role in.
bool has_key_with_policy(const LintContext& context, const Resource& secret) {
  const Resource* key = context.facts->topology.target(secret.properties.get("kmsKey"));
  return key != nullptr && !key->existing && key->entry->value.find("policy") != nullptr;
}

/// The key's ARN when the policy can only mean it by that.
std::optional<SymbolicArn> key_arn(const Resource& secret) {
  const Value& key = secret.properties.get("kmsKey");
  const bool is_arn = key.is_text() && key.as_text().find(":key/") != std::string::npos;
  return is_arn ? std::optional(key.as_text()) : std::nullopt;
}

}  // namespace

void ia001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_trust("dbProxies", "rds.amazonaws.com", Reporting(rule, context, out));
}

void ia013(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_trust("functions", "lambda.amazonaws.com", Reporting(rule, context, out));
}

void ia002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for_each_reading(context, [&](const Reading& reading) {
    // The secret's own policy may let the role in.
    if (reading.secret.entry->value.find("resourcePolicy") != nullptr) {
      return;
    }
    const Ask ask{"secretsmanager:GetSecretValue", secret_arn(reading.secret), ""};
    if (role_allows(context.manifest, reading.role, ask) != Answer::kNo) {
      return;
    }
    const std::string secret = reading.secret.address.to_string();
    Diagnostic& finding = reporting.at(
        {reading.proxy, reading.path},
        fmt::format(
            "`{}` takes on `{}`, which may not read `{}`.",
            reading.proxy.address.to_string(),
            reading.role.address.to_string(),
            secret
        ),
        fmt::format(
            "allow secretsmanager:GetSecretValue on ${{{}.secretArn}} in {}.inlinePolicies",
            secret,
            reading.role.address.to_string()
        )
    );
    finding.edits = allow(
        reading.role,
        {"read-" + reading.secret.address.name,
         "secretsmanager:GetSecretValue",
         fmt::format("${{{}.secretArn}}", secret)}
    );
    finding.evidence.push_back(
        reporting.evidence({reading.role, "inlinePolicies"}, "what the role is allowed")
    );
    finding.evidence.push_back(reporting.evidence({reading.secret, ""}, "the secret"));
  });
}

void ia003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for_each_reading(context, [&](const Reading& reading) {
    if (!has_own_key(reading.secret) || has_key_with_policy(context, reading.secret)) {
      return;
    }
    const std::string& region = reading.secret.region;
    const Ask ask{
        "kms:Decrypt",
        key_arn(reading.secret),
        region.empty() || region.starts_with("cn-")
            ? ""
            : fmt::format("secretsmanager.{}.amazonaws.com", region)};
    if (role_allows(context.manifest, reading.role, ask) != Answer::kNo) {
      return;
    }
    Diagnostic& finding = reporting.at(
        {reading.proxy, reading.path},
        fmt::format(
            "`{}` is encrypted with a key of its own, which `{}` may not decrypt with.",
            reading.secret.address.to_string(),
            reading.role.address.to_string()
        ),
        fmt::format(
            "allow kms:Decrypt on the key in {}.inlinePolicies", reading.role.address.to_string()
        )
    );
    const Resource* key = context.facts->topology.target(reading.secret.properties.get("kmsKey"));
    if (key != nullptr && key->address.section == "kmsKeys" && !ask.via_service.empty()) {
      finding.edits = allow(
          reading.role,
          {"decrypt-" + reading.secret.address.name,
           "kms:Decrypt",
           fmt::format("${{{}.keyArn}}", key->address.to_string()),
           "secretsmanager.${region}.amazonaws.com"}
      );
    }
    finding.evidence.push_back(reporting.evidence({reading.secret, "kmsKey"}, "the key"));
    finding.evidence.push_back(
        reporting.evidence({reading.role, "inlinePolicies"}, "what the role is allowed")
    );
  });
}

void ia009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* function : context.facts->topology.section("functions")) {
    const Resource* role = role_of(context, *function);
    const Place* place = context.facts->topology.place_of(*function);
    if (role == nullptr || place == nullptr || !place->is_in_network) {
      continue;
    }
    const Ask ask{"ec2:CreateNetworkInterface", std::nullopt, ""};
    if (role_allows(context.manifest, *role, ask) != Answer::kNo) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*function, "role"},
        fmt::format(
            "`{}` has subnets, but `{}` may not create network interfaces.",
            function->address.to_string(),
            role->address.to_string()
        ),
        fmt::format(
            "add arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole to "
            "{}.managedPolicies",
            role->address.to_string()
        )
    );
    finding.evidence.push_back(
        reporting.evidence({*role, "managedPolicies"}, "what the role is allowed")
    );
  }
}

}  // namespace plumbline::checks
