// Rules about who may log in with IAM, and about policies that IAM does not take.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr std::size_t kProxyId = 17;

/// Every way of logging in to the proxy that is written takes IAM.
bool takes_iam_alone(const Resource& proxy) {
  const Value& auth = proxy.properties.get("auth");
  if (!auth.is_list() || auth.size() == 0) {
    return false;
  }
  return std::all_of(auth.as_list().begin(), auth.as_list().end(), [](const Value& entry) {
    return entry.text_of("iamAuth") == "REQUIRED";
  });
}

/// Whether a statement surely is of no use for logging in to a proxy.
bool is_useless_for_proxies(const LintContext& context, const Value& statement) {
  if (!statement.is_object() || statement.text_of("Effect") != "Allow" ||
      statement.find("NotAction") != nullptr || statement.find("NotResource") != nullptr) {
    return statement.is_object() && statement.text_of("Effect") == "Deny";
  }
  const auto any = [](const Value& value, const auto& may_fit) {
    return value.is_list() ? std::any_of(value.as_list().begin(), value.as_list().end(), may_fit)
                           : may_fit(value);
  };
  const bool has_action = any(statement.get("Action"), [](const Value& item) {
    return !item.is_text() ||
           arn_matches(to_lower(item.as_text()), "rds-db:connect") != Answer::kNo;
  });
  const bool has_resource = any(statement.get("Resource"), [&](const Value& item) {
    const auto arn = expand_arn(context.manifest, item);
    const auto at = arn ? arn->find(":dbuser:") : std::string::npos;
    if (at == std::string::npos) {
      return true;  // A star, or not known.
    }
    const std::string rest = arn->substr(at + 8);
    const std::string id = "prx-" + std::string(kProxyId, kAnyChar);
    return arn_matches(rest.substr(0, rest.find('/')), id) != Answer::kNo;
  });
  return !has_action || !has_resource;
}

bool is_useless_policy(const LintContext& context, const Value& document) {
  const Value& statements = document.get("Statement");
  if (statements.is_list()) {
    return std::all_of(
        statements.as_list().begin(),
        statements.as_list().end(),
        [&](const Value& statement) { return is_useless_for_proxies(context, statement); }
    );
  }
  return statements.is_object() && is_useless_for_proxies(context, statements);
}

/// The one user that a proxy can log in as; "" when there are several, or it is not known.
std::string only_user(const LintContext& context, const Resource& proxy) {
  const Value& auth = proxy.properties.get("auth");
  if (!auth.is_list() || auth.size() != 1) {
    return "";
  }
  const Resource* secret = context.facts->topology.target(auth.as_list()[0].get("secret"));
  if (secret == nullptr || secret->address.section != "secrets") {
    return "";
  }
  const Node* user = node_at(*secret, "secretString.username");
  const bool is_name = user != nullptr && user->is_scalar() && !user->text.empty() &&
                       std::all_of(user->text.begin(), user->text.end(), [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '_' || c == '-';
                       });
  return is_name ? user->text : "";
}

/// Whether the role surely may not log in to any proxy with IAM.
bool surely_cannot_connect(const LintContext& context, const Resource& role) {
  // Managed policies of AWS that are known, and what cannot be read.
  if (role_allows(context.manifest, role, {"rds-db:connect", std::nullopt, ""}) == Answer::kNo) {
    return true;
  }
  const Value& inline_policies = role.properties.get("inlinePolicies");
  for (std::size_t i = 0; inline_policies.is_object() && i < inline_policies.size(); ++i) {
    if (!is_useless_policy(context, inline_policies.as_object()[i].value)) {
      return false;
    }
  }
  if (!inline_policies.is_object() && is_written(role, "inlinePolicies")) {
    return false;
  }
  const Value& managed = role.properties.get("managedPolicies");
  for (std::size_t i = 0; managed.is_list() && i < managed.size(); ++i) {
    const Value& item = managed.as_list()[i];
    const Resource* policy = context.facts->topology.target(item);
    const bool is_known_of_aws =
        item.is_text() && item.as_text().find(":aws:policy/service-role/") != std::string::npos;
    const bool is_useless =
        policy != nullptr && !policy->existing
            ? is_useless_policy(context, policy->properties.get("policyDocument"))
            : is_known_of_aws;
    if (!is_useless) {
      return false;
    }
  }
  return managed.is_list() || !is_written(role, "managedPolicies");
}

}  // namespace

void ia007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    const Resource* client = hop.source.resource;
    const Resource* proxy = hop.target.resource;
    if (hop.is_denied || client == nullptr || proxy == nullptr || proxy->existing ||
        client->existing || client->address.section != "functions" ||
        proxy->address.section != "dbProxies" || !takes_iam_alone(*proxy)) {
      continue;
    }
    const Resource* role = context.facts->topology.target(client->properties.get("role"));
    if (role == nullptr || role->existing || !surely_cannot_connect(context, *role)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*client, "role"},
        fmt::format(
            "`{}` takes IAM alone, but `{}` is not allowed rds-db:connect on it.",
            proxy->address.to_string(),
            role->address.to_string()
        ),
        fmt::format(
            "allow rds-db:connect on "
            "arn:${{partition}}:rds-db:${{region}}:${{account}}:dbuser:${{{}.proxyId}}/USER in {}",
            proxy->address.to_string(),
            role->address.to_string()
        )
    );
    if (const std::string user = only_user(context, *proxy); !user.empty()) {
      finding.edits = allow(
          *role,
          {"connect-" + proxy->address.name,
           "rds-db:connect",
           fmt::format(
               "arn:${{partition}}:rds-db:${{region}}:${{account}}:dbuser:${{{}.proxyId}}/{}",
               proxy->address.to_string(),
               user
           )}
      );
    }
    finding.evidence.push_back(reporting.evidence({*proxy, "auth"}, "how the proxy lets clients in")
    );
    finding.evidence.push_back(
        reporting.evidence({*role, "inlinePolicies"}, "what the role is allowed")
    );
    finding.evidence.push_back({"the connection", hop.origin});
  }
}

namespace {

enum class PolicyKind { kIdentity, kTrust };

struct Flaw {
  std::string path, what, cure;
};

constexpr auto kStatementKeys = std::to_array<std::string_view>(
    {"Sid",
     "Effect",
     "Principal",
     "NotPrincipal",
     "Action",
     "NotAction",
     "Resource",
     "NotResource",
     "Condition"}
);

bool is_action(std::string_view text) {
  const auto colon = text.find(':');
  const auto are_all = [](std::string_view part, std::string_view more) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [&](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.find(c) != more.npos;
    });
  };
  return text == "*" || (colon != std::string_view::npos && are_all(text.substr(0, colon), "-*?") &&
                         are_all(text.substr(colon + 1), "*?"));
}

std::optional<Flaw> flaw_of_words(const Value& statement, const std::string& path) {
  for (const Member& member : statement.as_object()) {
    if (std::find(kStatementKeys.begin(), kStatementKeys.end(), member.key) ==
        kStatementKeys.end()) {
      return Flaw{
          path + "." + member.key,
          fmt::format("has {} in a statement, which is no word of it", member.key),
          "delete it; the words are Effect, Action, Resource, Principal, Condition and the like"};
    }
  }
  const Value& effect = statement.get("Effect");
  if (effect.is_null() ||
      (effect.is_text() && effect.as_text() != "Allow" && effect.as_text() != "Deny")) {
    return Flaw{path, "has a statement that neither allows nor denies", "write Effect: Allow"};
  }
  std::optional<Flaw> flaw;
  for (const std::string_view word : {"Action", "NotAction"}) {
    for_each_text(statement.get(word), [&](const std::string& action) {
      if (!is_action(action)) {
        flaw = Flaw{
            fmt::format("{}.{}", path, word),
            fmt::format("names the action \"{}\", which is not of the form service:Action", action),
            "write an action such as secretsmanager:GetSecretValue"};
      }
    });
  }
  return flaw;
}

std::optional<Flaw> flaw_of_statement(
    const Value& statement, const std::string& path, PolicyKind kind
) {
  if (!statement.is_object()) {
    return std::nullopt;
  }
  const auto has = [&](std::string_view word) { return statement.find(word) != nullptr; };
  if (has("Action") == has("NotAction")) {
    return Flaw{path, "has a statement without one of Action and NotAction", "write Action"};
  }
  const bool is_trust = kind == PolicyKind::kTrust;
  const bool has_principal = has("Principal") || has("NotPrincipal");
  const bool has_resource = has("Resource") || has("NotResource");
  if (is_trust && (!has_principal || has_resource)) {
    return Flaw{
        path,
        has_resource ? "has a Resource in a trust policy" : "trusts nobody by name",
        has_resource ? "delete Resource" : "write Principal"};
  }
  if (!is_trust && (has_principal || has("Resource") == has("NotResource"))) {
    return Flaw{
        path,
        has_principal ? "has a Principal in a policy of a role"
                      : "has a statement without one of Resource and NotResource",
        has_principal ? "delete Principal" : "write Resource"};
  }
  return flaw_of_words(statement, path);
}

std::optional<Flaw> flaw_of(const Value& document, const std::string& path, PolicyKind kind) {
  if (!document.is_object()) {
    return std::nullopt;  // Not known yet, or a text that is read elsewhere.
  }
  const Value& version = document.get("Version");
  if (version.is_text() && version.as_text() != "2012-10-17" && version.as_text() != "2008-10-17") {
    return Flaw{
        path + ".Version", "is of a version that IAM does not have", "write Version: 2012-10-17"};
  }
  const Value& statements = document.get("Statement");
  if (statements.is_null()) {
    return Flaw{path, "has no Statement", "write Statement"};
  }
  if (!statements.is_list()) {
    return flaw_of_statement(statements, path + ".Statement", kind);
  }
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const std::string place = fmt::format("{}.Statement.{}", path, i);
    if (auto flaw = flaw_of_statement(statements.as_list()[i], place, kind)) {
      return flaw;
    }
  }
  return std::nullopt;
}

void check_document(
    const Reporting& reporting,
    const Resource& resource,
    const std::string& path,
    const Value& document,
    PolicyKind kind
) {
  if (const auto flaw = flaw_of(document, path, kind)) {
    reporting.at(
        {resource, flaw->path},
        fmt::format("A policy of `{}` {}.", resource.address.to_string(), flaw->what),
        flaw->cure
    );
  }
}

}  // namespace

void ia010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* role : created(context, "roles")) {
    const Value& trust = role->properties.get("trustPolicy");
    check_document(reporting, *role, "trustPolicy", trust, PolicyKind::kTrust);
    const Value& policies = role->properties.get("inlinePolicies");
    for (std::size_t i = 0; policies.is_object() && i < policies.size(); ++i) {
      const Member& member = policies.as_object()[i];
      const std::string path = "inlinePolicies." + member.key;
      check_document(reporting, *role, path, member.value, PolicyKind::kIdentity);
    }
  }
  for (const Resource* policy : created(context, "policies")) {
    const Value& document = policy->properties.get("policyDocument");
    check_document(reporting, *policy, "policyDocument", document, PolicyKind::kIdentity);
  }
}

}  // namespace plumbline::checks
