// Rules about what roles let in and what they are allowed.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/obstacles.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/trust.h"

namespace plumbline::checks {

namespace {

/// What of the policy is wrong; or its statements, when another file puts its own in place of those
/// that stand there.
std::string place_of_trust(
    const Manifest& manifest, const Resource& role, std::string_view service, const Resource& user
) {
  constexpr std::string_view kStatements = "trustPolicy.Statement";
  std::string near = near_trust(manifest, role, service, user);
  const bool is_laid_over =
      manifest.range_of(role, kStatements).file != manifest.range_of(role, "trustPolicy").file;
  return is_laid_over && near == "trustPolicy" ? std::string(kStatements) : near;
}

/// Whose role, where it is named, and which service takes it on.
struct Taking {
  std::string_view section, property, service;
};

void check_trust(const Taking& taking, const Reporting& reporting) {
  const LintContext& context = reporting.context();
  const std::string_view service = taking.service;
  for (const Resource* resource : created(context, taking.section)) {
    const Resource* role =
        context.facts->topology.target(resource->properties.get(taking.property));
    if (role == nullptr || role->existing || role->address.section != "roles" ||
        role_trusts(context.manifest, *role, service, *resource) != Answer::kNo) {
      continue;
    }
    const Obstacle obstacle = obstacle_of_trust(context, *role, service, *resource);
    const std::string near = place_of_trust(context.manifest, *role, service, *resource);
    Diagnostic& finding = reporting.at(
        {*role, obstacle.is_there() ? obstacle.path : near},
        fmt::format(
            "`{}` does not let {} take it on for `{}`{}.",
            role->address.to_string(),
            service,
            resource->address.to_string(),
            because_of(obstacle)
        ),
        obstacle.is_there()
            ? advice_against(obstacle, "sts:AssumeRole")
            : fmt::format(
                  "add the statement {{ Effect: Allow, Principal: {{ Service: {} }}, "
                  "Action: sts:AssumeRole }}",
                  service
              )
    );
    if (obstacle.is_there()) {
      finding.evidence.push_back(evidence_of(reporting, obstacle));
    } else {
      finding.edits = trust_service(*role, service);
    }
    finding.evidence.push_back(
        reporting.evidence({*resource, taking.property}, "the role is used here")
    );
  }
}

/// A proxy, one of its secrets, and the role that must read it.
struct Reading {
  const Resource& proxy;
  const Resource& role;
  const Value& written;    ///< In `auth`.
  const Resource* secret;  ///< Null for one that is not made here.
  const Resource* holder;  ///< The secret, or the database for which RDS keeps it.
  std::string path;        ///< In the proxy.
};

template <class Visit>
void for_each_reading(const LintContext& context, const Visit& visit) {
  const Topology& topology = context.facts->topology;
  for (const Resource* proxy : topology.section("dbProxies")) {
    const Resource* role = made_role_of(topology, *proxy);
    const Value& auth = proxy->properties.get("auth");
    for (std::size_t i = 0; role != nullptr && auth.is_list() && i < auth.size(); ++i) {
      const Value& written = auth.as_list()[i].get("secret");
      const Resource* secret = topology.target(written);
      const bool is_made =
          secret != nullptr && !secret->existing && secret->address.section == "secrets";
      const bool is_kept = secret != nullptr && !secret->existing && is_secret_of_database(written);
      // What is no secret at all is RF002.
      const bool may_be_one = secret == nullptr || secret->address.section == "secrets" ||
                              secret->address.section == "dbInstances";
      if (!written.is_null() && may_be_one) {
        visit(Reading{
            *proxy,
            *role,
            written,
            is_made ? secret : nullptr,
            is_made || is_kept ? secret : nullptr,
            fmt::format("auth.{}.secret", i)});
      }
    }
  }
}

/// A secret that is not made here is known by its ARN at best.
Ask ask_of(const LintContext& context, const Reading& reading) {
  const Manifest& manifest = context.manifest;
  if (reading.secret != nullptr) {
    return ask_to_read(manifest, reading.role, *reading.secret);
  }
  const Resource* subject = context.facts->topology.target(reading.written);
  return {"secretsmanager:GetSecretValue", expand_arn(manifest, reading.written), subject};
}

Answer may_read(const LintContext& context, const Reading& reading) {
  return reading.secret != nullptr
             ? role_reads(context.manifest, reading.role, *reading.secret)
             : role_allows(context.manifest, reading.role, ask_of(context, reading));
}

Obstacle obstacle_of_reading(const LintContext& context, const Reading& reading) {
  const Ask ask = ask_of(context, reading);
  const Obstacle own = obstacle_of_role(context, reading.role, ask);
  return own.is_there() || reading.secret == nullptr
             ? own
             : obstacle_of_holder(context, {*reading.secret, "resourcePolicy"}, reading.role, ask);
}

Obstacle obstacle_of_decrypting(const LintContext& context, const Reading& reading) {
  const Ask ask = ask_to_decrypt(context.manifest, reading.role, *reading.holder);
  const Obstacle own = obstacle_of_role(context, reading.role, ask);
  const Resource* key = key_with_policy(context.manifest, *reading.holder);
  return own.is_there() || key == nullptr
             ? own
             : obstacle_of_holder(context, {*key, "policy"}, reading.role, ask);
}

/// "`secrets.app`", or what is written instead of a secret of this manifest.
std::string secret_text(const Reading& reading) {
  if (reading.secret != nullptr) {
    return reading.secret->address.to_string();
  }
  if (reading.written.is_reference()) {
    return reading.written.as_reference().to_string();
  }
  return reading.written.is_text() ? reading.written.as_text() : "its secret";
}

/// The statement that comes nearest, or all that the role is allowed.
Evidence allowed_evidence(
    const Reporting& reporting, const Resource& role, std::string_view action
) {
  const NearGrant near = near_grant(reporting.context(), role, action);
  return near.resource == nullptr
             ? reporting.evidence({role, "inlinePolicies"}, "what the role is allowed")
             : reporting.evidence(
                   {*near.resource, near.path}, "this statement allows it, but not here"
               );
}

void report_key(const Reporting& reporting, const Reading& reading) {
  const Obstacle obstacle = obstacle_of_decrypting(reporting.context(), reading);
  Diagnostic& finding = reporting.at(
      {reading.proxy, reading.path},
      fmt::format(
          "`{}` is encrypted with a key of its own, which `{}` may not decrypt with{}.",
          secret_text(reading),
          reading.role.address.to_string(),
          because_of(obstacle)
      ),
      obstacle.is_there() ? advice_against(obstacle, "kms:Decrypt")
                          : fmt::format(
                                "allow kms:Decrypt on the key in {}.inlinePolicies, used through "
                                "secretsmanager.REGION.amazonaws.com",
                                reading.role.address.to_string()
                            )
  );
  finding.evidence.push_back(
      reporting.evidence({*reading.holder, key_property(*reading.holder)}, "the key")
  );
  if (obstacle.is_there()) {
    finding.evidence.push_back(evidence_of(reporting, obstacle));
    return;
  }
  const Resource* own = reporting.context().facts->topology.target(
      reading.holder->properties.get(key_property(*reading.holder))
  );
  if (own != nullptr && own->address.section == "kmsKeys" && !reading.holder->region.empty() &&
      !reading.holder->region.starts_with("cn-")) {
    finding.edits = allow(
        reading.role,
        {"decrypt-" + reading.holder->address.name,
         "kms:Decrypt",
         fmt::format("${{{}.keyArn}}", own->address.to_string()),
         "secretsmanager.${region}.amazonaws.com"}
    );
  }
  finding.evidence.push_back(allowed_evidence(reporting, reading.role, "kms:Decrypt"));
  if (const Resource* key = key_with_policy(reporting.context().manifest, *reading.holder)) {
    finding.evidence.push_back(reporting.evidence({*key, "policy"}, "whom the key lets in"));
  }
}

/// The role's own policies allow it, and the other account does not.
bool is_shut_by_other_account(const LintContext& context, const Reading& reading) {
  return reading.secret != nullptr &&
         are_in_two_accounts(context.manifest, reading.role, *reading.secret) &&
         role_allows(context.manifest, reading.role, ask_of(context, reading)) != Answer::kNo;
}

void report_other_account(const Reporting& reporting, const Reading& reading) {
  const std::string secret = secret_text(reading);
  Diagnostic& finding = reporting.at(
      {reading.proxy, reading.path},
      fmt::format(
          "`{}` is in another account than `{}`, and its resource policy does not let the role in.",
          secret,
          reading.role.address.to_string()
      ),
      fmt::format(
          "allow secretsmanager:GetSecretValue to the role's account, or its ARN, in "
          "{}.resourcePolicy",
          secret
      )
  );
  const bool is_said = is_written(*reading.secret, "resourcePolicy");
  finding.evidence.push_back(
      reporting.evidence({*reading.secret, is_said ? "resourcePolicy" : ""}, "the secret")
  );
}

void report_secret(const Reporting& reporting, const Reading& reading) {
  constexpr std::string_view kRead = "secretsmanager:GetSecretValue";
  const std::string secret = secret_text(reading);
  const std::string arn =
      reading.secret != nullptr ? fmt::format("${{{}.secretArn}}", secret) : secret;
  const Obstacle obstacle = obstacle_of_reading(reporting.context(), reading);
  if (!obstacle.is_there() && is_shut_by_other_account(reporting.context(), reading)) {
    report_other_account(reporting, reading);
    return;
  }
  Diagnostic& finding = reporting.at(
      {reading.proxy, reading.path},
      fmt::format(
          "`{}` takes on `{}`, which may not read `{}`{}.",
          reading.proxy.address.to_string(),
          reading.role.address.to_string(),
          secret,
          because_of(obstacle)
      ),
      obstacle.is_there()
          ? advice_against(obstacle, kRead)
          : fmt::format(
                "allow {} on {} in {}.inlinePolicies", kRead, arn, reading.role.address.to_string()
            )
  );
  if (obstacle.is_there()) {
    finding.evidence.push_back(evidence_of(reporting, obstacle));
  } else {
    finding.evidence.push_back(allowed_evidence(reporting, reading.role, kRead));
  }
  if (reading.secret != nullptr) {
    finding.evidence.push_back(reporting.evidence({*reading.secret, ""}, "the secret"));
    if (!obstacle.is_there()) {
      finding.edits =
          allow(reading.role, {"read-" + reading.secret->address.name, std::string(kRead), arn});
    }
  }
}

/// What Lambda does with the role's rights to place a function in a network, and of what. EC2 asks
/// for descriptions without a resource, which only * allows: "Actions, resources, and condition
/// keys for Amazon EC2".
struct InterfaceCall {
  std::string_view action, type;
};
constexpr InterfaceCall kInterfaceCalls[] = {
    {"ec2:CreateNetworkInterface", "network-interface"},
    {"ec2:CreateNetworkInterface", "subnet"},
    {"ec2:DescribeNetworkInterfaces", ""},
    {"ec2:DeleteNetworkInterface", "network-interface"}};

Ask ask_for(
    const Manifest& manifest,
    const Resource& role,
    const Resource& function,
    const InterfaceCall& call
) {
  Ask ask{call.action, std::nullopt, nullptr, request_of(manifest, role, function)};
  if (call.type.empty()) {
    ask.resource = "*";
  } else if (!function.region.empty()) {
    ask.resource = fmt::format(
        "arn:{}:ec2:{}:{}:{}/{}",
        partition_of(function.region),
        function.region,
        account_of(manifest, function),
        call.type,
        kAnyText
    );
  }
  return ask;
}

}  // namespace

void ia001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_trust({"dbProxies", "role", "rds.amazonaws.com"}, Reporting(rule, context, out));
}

void ia013(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_trust({"functions", "role", "lambda.amazonaws.com"}, Reporting(rule, context, out));
  Rule other = rule;
  other.summary = "a role does not trust the service that takes it on";
  other.why = "What runs on the instance gets no credentials, so Session Manager does not find it.";
  check_trust({"instanceProfiles", "role", "ec2.amazonaws.com"}, Reporting(other, context, out));
  other.why = "RDS refuses the database with InvalidParameterValue.";
  check_trust(
      {"dbInstances", "monitoringRole", "monitoring.rds.amazonaws.com"},
      Reporting(other, context, out)
  );
}

void ia002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for_each_reading(context, [&](const Reading& reading) {
    if (may_read(context, reading) != Answer::kNo) {
      return;
    }
    report_secret(reporting, reading);
  });
}

void ia003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for_each_reading(context, [&](const Reading& reading) {
    if (reading.holder != nullptr &&
        role_decrypts(context.manifest, reading.role, *reading.holder) == Answer::kNo &&
        !is_kept_out_by_key(context.manifest, reading.role, *reading.holder)) {
      report_key(reporting, reading);
    }
  });
}

void ia009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* function : context.facts->topology.section("functions")) {
    const Resource* role = made_role_of(context.facts->topology, *function);
    const Place* place = context.facts->topology.place_of(*function);
    if (role == nullptr || place == nullptr || !place->is_in_network) {
      continue;
    }
    const auto* denied = std::find_if(
        std::begin(kInterfaceCalls),
        std::end(kInterfaceCalls),
        [&](const InterfaceCall& call) {
          const Ask ask = ask_for(context.manifest, *role, *function, call);
          return role_allows(context.manifest, *role, ask) == Answer::kNo;
        }
    );
    if (denied == std::end(kInterfaceCalls)) {
      continue;
    }
    const std::string_view action = denied->action;
    const Obstacle obstacle =
        obstacle_of_role(context, *role, ask_for(context.manifest, *role, *function, *denied));
    Diagnostic& finding = reporting.at(
        {*function, "role"},
        fmt::format(
            "`{}` has subnets, but `{}` is not allowed {}{}.",
            function->address.to_string(),
            role->address.to_string(),
            action,
            because_of(obstacle)
        ),
        obstacle.is_there()
            ? advice_against(obstacle, action)
            : fmt::format(
                  "add arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole to "
                  "{}.managedPolicies",
                  role->address.to_string()
              )
    );
    finding.evidence.push_back(
        obstacle.is_there()
            ? evidence_of(reporting, obstacle)
            : reporting.evidence({*role, "managedPolicies"}, "what the role is allowed")
    );
  }
}

}  // namespace plumbline::checks
