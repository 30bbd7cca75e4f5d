// Rules about the keys that secrets and databases are encrypted with.
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr std::string_view kOwnKey = "alias/aws/secretsmanager";

/// The account a named account's role belongs to; "" when that is not known.
std::string account_id(const LintContext& context, const Resource& resource) {
  const auto found = context.manifest.accounts.find(resource.account);
  if (found == context.manifest.accounts.end()) {
    return "";
  }
  const auto parts = split(found->second.assume_role, ':');
  return parts.size() > 4 ? std::string(parts[4]) : "";
}

bool has_default_key(const Resource& secret) {
  const Value& key = secret.properties.get("kmsKey");
  return key.is_text() ? key.as_text().ends_with(kOwnKey) : !is_written(secret, "kmsKey");
}

/// Calls `visit` for a statement or every one of a list.
template <class Visit>
void for_each_in(const Value& value, const Visit& visit) {
  if (!value.is_list()) {
    visit(value);
    return;
  }
  for (const Value& item : value.as_list()) {
    visit(item);
  }
}

Answer action_matches(const Value& statement, std::string_view action) {
  Answer found = Answer::kNo;
  for_each_in(statement.get("Action"), [&](const Value& item) {
    const Answer answer =
        item.is_text() ? arn_matches(to_lower(item.as_text()), to_lower(action)) : Answer::kUnknown;
    found = std::max(found, answer);
  });
  return statement.find("NotAction") != nullptr ? Answer::kUnknown : found;
}

/// Whether one principal of a key's policy is the role, or the account that may delegate to it.
Answer is_principal(const LintContext& context, const Value& item, const Resource& role) {
  if (item.is_reference()) {
    return item.as_reference().address == role.address        ? Answer::kYes
           : item.as_reference().address.section == "account" ? Answer::kYes
                                                              : Answer::kNo;
  }
  const auto text = expand_arn(context.manifest, item);
  if (!text) {
    return Answer::kUnknown;
  }
  const bool is_account = text->find_first_not_of("0123456789") == std::string::npos;
  if (*text == "*" || is_account || text->ends_with(":root")) {
    return Answer::kYes;
  }
  const std::string& name = role.properties.text_of("roleName");
  return !name.empty() && !text->ends_with("/" + name) ? Answer::kNo : Answer::kUnknown;
}

Answer lets_role_decrypt(const LintContext& context, const Value& policy, const Resource& role) {
  const Value& statements = policy.get("Statement");
  if (statements.is_null()) {
    return Answer::kUnknown;
  }
  Answer best = Answer::kNo;
  for_each_in(statements, [&](const Value& statement) {
    if (!statement.is_object()) {
      best = std::max(best, Answer::kUnknown);
      return;
    }
    if (statement.text_of("Effect") != "Allow") {
      return;
    }
    const Value& principal = statement.get("Principal");
    Answer named = principal.is_object() ? Answer::kNo : Answer::kUnknown;
    for_each_in(principal.is_object() ? principal.get("AWS") : Value("*"), [&](const Value& item) {
      named = std::max(named, item.is_null() ? Answer::kNo : is_principal(context, item, role));
    });
    best = std::max(best, std::min(named, action_matches(statement, "kms:Decrypt")));
  });
  return best;
}

/// The key of this manifest that a secret is encrypted with, when its policy is written.
const Resource* key_with_policy(const LintContext& context, const Resource& secret) {
  const Resource* key = context.facts->topology.target(secret.properties.get("kmsKey"));
  const bool has_policy = key != nullptr && !key->existing && key->address.section == "kmsKeys" &&
                          key->properties.get("policy").is_object();
  return has_policy ? key : nullptr;
}

void check_reader(
    const Reporting& reporting, const Resource& proxy, const Resource& role, std::size_t at
) {
  const LintContext& context = reporting.context();
  const Value& auth = proxy.properties.get("auth");
  const Resource* secret = context.facts->topology.target(auth.as_list()[at].get("secret"));
  if (secret == nullptr || secret->existing || secret->address.section != "secrets") {
    return;
  }
  const Resource* key = key_with_policy(context, *secret);
  if (key == nullptr ||
      lets_role_decrypt(context, key->properties.get("policy"), role) != Answer::kNo) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {*key, "policy"},
      fmt::format(
          "The policy of `{}` lets neither `{}` nor the account decrypt `{}`.",
          key->address.to_string(),
          role.address.to_string(),
          secret->address.to_string()
      ),
      // A reference to the role would often go in a circle: its own policy names the key.
      "allow kms:* to arn:${partition}:iam::${account}:root, or kms:Decrypt to the role's ARN"
  );
  finding.evidence.push_back(
      reporting.evidence({proxy, fmt::format("auth.{}.secret", at)}, "the proxy reads the secret")
  );
  finding.evidence.push_back(reporting.evidence({*secret, "kmsKey"}, "encrypted with the key"));
}

}  // namespace

void sk006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Edge& edge : context.graph.edges) {
    const Resource& reader = context.manifest.resources[edge.consumer];
    const Resource& secret = context.manifest.resources[edge.producer];
    const bool is_read = reader.address.section == "dbProxies" ||
                         reader.address.section == "functions" || reader.address.section == "roles";
    if (!is_read || secret.address.section != "secrets" || secret.existing ||
        !has_default_key(secret)) {
      continue;
    }
    const std::string theirs = account_id(context, reader);
    const std::string own = account_id(context, secret);
    if (theirs.empty() || own.empty() || theirs == own) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {secret, ""},
        fmt::format(
            "`{}` is read from another account and is encrypted with AWS's own key.",
            secret.address.to_string()
        ),
        "give it a kmsKey whose policy lets the other account decrypt"
    );
    finding.evidence.push_back(reporting.evidence({reader, edge.property}, "it is read here"));
  }
}

void sk007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Resource* role = context.facts->topology.target(proxy->properties.get("role"));
    const Value& auth = proxy->properties.get("auth");
    for (std::size_t i = 0; role != nullptr && !role->existing && auth.is_list() && i < auth.size();
         ++i) {
      check_reader(reporting, *proxy, *role, i);
    }
  }
}

void sk008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* key : created(context, "kmsKeys")) {
    const Value& policy = key->properties.get("policy");
    const Value& statements = policy.get("Statement");
    if (!policy.is_object() || statements.is_null() ||
        !is_surely_false(*key, "bypassPolicyLockoutSafetyCheck")) {
      continue;
    }
    Answer may_change = Answer::kNo;
    for_each_in(statements, [&](const Value& statement) {
      const bool may_allow = !statement.is_object() || statement.text_of("Effect") == "Allow";
      may_change = std::max(
          may_change, may_allow ? action_matches(statement, "kms:PutKeyPolicy") : Answer::kNo
      );
    });
    if (may_change == Answer::kNo) {
      reporting.at(
          {*key, "policy"},
          fmt::format("The policy of `{}` lets nobody change it.", key->address.to_string()),
          "add a statement that allows kms:* to arn:${partition}:iam::${account}:root"
      );
    }
  }
}

void sk009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Edge& edge : context.graph.edges) {
    const Resource& user = context.manifest.resources[edge.consumer];
    const Resource& key = context.manifest.resources[edge.producer];
    if (key.address.section != "kmsKeys" || !edge.property.ends_with("msKey")) {
      continue;
    }
    const Value& enabled = key.properties.get("enabled");
    const bool is_off = !key.existing && enabled.is_bool() && !enabled.as_bool();
    const bool is_elsewhere =
        !key.region.empty() && !user.region.empty() && key.region != user.region;
    if (!is_off && !is_elsewhere) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {user, edge.property},
        is_off ? fmt::format(
                     "`{}` is encrypted with `{}`, which is disabled.",
                     user.address.to_string(),
                     key.address.to_string()
                 )
               : fmt::format(
                     "`{}` is in {}, but its key `{}` is in {}.",
                     user.address.to_string(),
                     user.region,
                     key.address.to_string(),
                     key.region
                 ),
        is_off ? fmt::format("set enabled: true in {}", key.address.to_string())
               : fmt::format("take a key of {}", user.region)
    );
    finding.evidence.push_back(reporting.evidence({key, is_off ? "enabled" : ""}, "the key"));
  }
}

void sk010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* key : created(context, "kmsKeys")) {
    const std::string& spec = key->properties.text_of("keySpec");
    const std::string& origin = key->properties.text_of("origin");
    const bool can_rotate = (spec.empty() || spec == "SYMMETRIC_DEFAULT") &&
                            (origin.empty() || origin == "AWS_KMS") &&
                            !is_written(*key, "customKeyStore");
    if (can_rotate && is_surely_false(*key, "keyRotationEnabled")) {
      reporting.at(
          {*key, "keyRotationEnabled"},
          fmt::format("`{}` keeps its material for good.", key->address.to_string()),
          "set keyRotationEnabled: true"
      );
    }
  }
}

}  // namespace plumbline::checks
