// Rules about policies that IAM, KMS or Secrets Manager do not take, or that mean nothing.
#include <fmt/format.h>

#include "controller/lint/rules/document_flaws.h"
#include "controller/lint/rules/document_size.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Quotas of IAM, in characters: inline policies of a role together, a managed policy, a trust
/// policy (2048 may be raised to 4096), a key's policy. From "IAM and STS quotas".
constexpr std::size_t kMostInline = 10240;
constexpr std::size_t kMostManaged = 6144;
constexpr std::size_t kMostTrust = 4096;
constexpr std::size_t kMostOfKey = 32768;

void report_flaw(const Reporting& reporting, const Resource& resource, const Flaw& flaw) {
  Diagnostic& finding = reporting.at(
      {resource, flaw.path},
      fmt::format("A policy of `{}` {}.", resource.address.to_string(), flaw.what),
      flaw.cure
  );
  if (!flaw.instead.empty()) {
    finding.edits = replace_part(resource, flaw.path, flaw.word, flaw.instead);
  }
}

void check_document(const Reporting& reporting, const Spot& spot, PolicyKind kind) {
  const Value& document = spot.resource.properties.get_path(spot.path);
  if (const auto flaw = flaw_of(document, std::string(spot.path), kind)) {
    report_flaw(reporting, spot.resource, *flaw);
  }
}

void check_role(const Reporting& reporting, const Resource& role) {
  check_document(reporting, {role, "trustPolicy"}, PolicyKind::kTrust);
  check_size(
      reporting, {role, "trustPolicy"}, least_size(role.properties.get("trustPolicy")), kMostTrust
  );
  const Value& policies = role.properties.get("inlinePolicies");
  std::size_t size = 0;
  for (std::size_t i = 0; policies.is_object() && i < policies.size(); ++i) {
    const Member& member = policies.as_object()[i];
    const std::string path = "inlinePolicies." + member.key;
    if (const auto flaw = flaw_of(member.value, path, PolicyKind::kIdentity)) {
      report_flaw(reporting, role, *flaw);
    }
    size += least_size(member.value);
  }
  check_size(reporting, {role, "inlinePolicies"}, size, kMostInline);
}

}  // namespace

void ia010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* role : created(context, "roles")) {
    check_role(reporting, *role);
  }
  for (const Resource* policy : created(context, "policies")) {
    const Spot spot{*policy, "policyDocument"};
    check_document(reporting, spot, PolicyKind::kIdentity);
    check_size(reporting, spot, least_size(policy->properties.get("policyDocument")), kMostManaged);
  }
  for (const Resource* key : created(context, "kmsKeys")) {
    check_document(reporting, {*key, "policy"}, PolicyKind::kOwn);
    check_size(reporting, {*key, "policy"}, least_size(key->properties.get("policy")), kMostOfKey);
  }
  for (const Resource* secret : created(context, "secrets")) {
    check_document(reporting, {*secret, "resourcePolicy"}, PolicyKind::kOwn);
  }
}

}  // namespace plumbline::checks
