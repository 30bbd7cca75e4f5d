// Rules about the keys that secrets and databases are encrypted with.
#include <functional>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr std::string_view kOwnKey = "alias/aws/secretsmanager";
constexpr std::size_t kAccountDigits = 12;

bool has_default_key(const Resource& secret) {
  const Value& key = secret.properties.get("kmsKey");
  return key.is_text() ? key.as_text().ends_with(kOwnKey) : !is_written(secret, "kmsKey");
}

/// Somebody who can act: a person or role of the key's account, not a service. KMS lets no other
/// account change a policy.
bool may_be_somebody(const Reporting& reporting, const Resource& key, const Value& statement) {
  const Value& principal = statement.get("Principal");
  if (!principal.is_object() || principal.find("Federated") != nullptr || principal.size() == 0) {
    return true;
  }
  const Manifest& manifest = reporting.context().manifest;
  bool may_be = false;
  for_each_item(principal.get("AWS"), [&](const Value& item) {
    const auto text = expand_arn(manifest, item);
    const auto parts = text ? split(*text, ':') : std::vector<std::string_view>();
    const std::string_view digits = parts.size() > 4 ? parts[4] : text ? *text : std::string_view();
    may_be = may_be || (!item.is_null() && (digits.size() != kAccountDigits ||
                                            may_be_account_of(manifest, digits, key)));
  });
  return may_be;
}

/// A Deny for everybody on no condition.
bool is_for_nobody_else(const Value& statement) {
  const Value& principal = statement.get("Principal");
  const Value& named = principal.is_object() ? principal.get("AWS") : principal;
  return statement.text_of("Effect") == "Deny" && named.is_text() && named.as_text() == "*" &&
         statement.find("Condition") == nullptr;
}

bool are_objects(const Value& statements) {
  bool are = true;
  for_each_item(statements, [&](const Value& statement) { are = are && statement.is_object(); });
  return are;
}

/// The region in the ARN of a key; "" for what is none.
std::string region_of_key(const Value& value) {
  const std::string* text = value.is_text() ? &value.as_text() : nullptr;
  const auto parts = text == nullptr ? std::vector<std::string_view>() : split(*text, ':');
  return parts.size() > 5 && parts[0] == "arn" && parts[2] == "kms" ? std::string(parts[3]) : "";
}

/// Whoever must decrypt a secret, and where that is written.
struct Reader {
  const Resource& role;
  const Resource& secret;
  const Resource& user;  ///< The proxy or function.
  std::string path;
};

/// It is about a whole account, which is as it should be.
bool is_for_an_account(const Manifest& manifest, const Value& statement) {
  bool is_account = false;
  for_each_item(statement.get("Principal").get("AWS"), [&](const Value& item) {
    const auto text = expand_arn(manifest, item);
    is_account =
        is_account || (text && (text->ends_with(":root") || text->size() == kAccountDigits));
  });
  return is_account;
}

/// The one statement of the key's policy that allows anything, and what of it fails; "policy" when
/// there is none, or more than one.
std::string place_in_policy(
    const Resource& key, const std::function<std::string(const Value&)>& failing
) {
  std::string place;
  std::size_t count = 0;
  for_each_statement_in(
      key,
      "policy",
      key.properties.get("policy"),
      [&](const WrittenStatement& statement) {
        const bool is_allow = statement.value.text_of("Effect") == "Allow";
        const std::string part = is_allow ? failing(statement.value) : "";
        count += is_allow ? 1U : 0U;
        place = part.empty() ? place : statement.path + part;
      }
  );
  return count == 1 && !place.empty() ? place : "policy";
}

void check_reader(const Reporting& reporting, const Reader& reader) {
  const Manifest& manifest = reporting.context().manifest;
  const Resource& role = reader.role;
  const Resource& secret = reader.secret;
  if (!is_kept_out_by_key(manifest, role, secret)) {
    return;
  }
  const Resource* key = key_with_policy(manifest, secret);
  const Ask ask = ask_to_decrypt(manifest, role, secret);
  const std::string place = place_in_policy(*key, [&](const Value& statement) {
    const std::string part = failing_part(manifest, statement, role, ask);
    return part == ".Principal" && is_for_an_account(manifest, statement) ? "" : part;
  });
  Diagnostic& finding = reporting.at(
      {*key, place},
      fmt::format(
          "The policy of `{}` lets neither `{}` nor the account decrypt `{}`.",
          key->address.to_string(),
          role.address.to_string(),
          secret.address.to_string()
      ),
      // A reference to the role would often go in a circle: its own policy names the key.
      "allow kms:* to arn:${partition}:iam::${account}:root, or kms:Decrypt to the role's ARN"
  );
  finding.evidence.push_back(reporting.evidence(
      {reader.user, reader.path}, fmt::format("`{}` reads it", reader.user.address.to_string())
  ));
  finding.evidence.push_back(
      reporting.evidence({secret, key_property(secret)}, "encrypted with the key")
  );
}

void check_proxy(const Reporting& reporting, const Resource& proxy, const Resource& role) {
  const Value& auth = proxy.properties.get("auth");
  for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
    const Value& written = auth.as_list()[i].get("secret");
    const Resource* secret = reporting.context().facts->topology.target(written);
    if (secret != nullptr && !secret->existing &&
        (secret->address.section == "secrets" || is_secret_of_database(written))) {
      check_reader(reporting, {role, *secret, proxy, fmt::format("auth.{}.secret", i)});
    }
  }
}

/// Secrets that a function's role is surely given; of each statement those it names.
void check_function(
    const Reporting& reporting,
    const Resource& function,
    const Resource& role,
    const std::vector<const Resource*>& locked
) {
  for (const Resource* secret : locked) {
    if (role_reads(reporting.context().manifest, role, *secret) == Answer::kYes) {
      check_reader(reporting, {role, *secret, function, "role"});
    }
  }
}

/// Whether a statement may let CloudWatch Logs use the key: of any region, and whoever "*" is.
bool may_admit_logs(const LintContext& context, const Value& statement) {
  const Value& principal = statement.get("Principal");
  if (!statement.is_object() || !principal.is_object()) {
    return statement.text_of("Effect") != "Deny";
  }
  bool is_open = principal.text_of("AWS") == "*";
  for_each_item(principal.get("Service"), [&](const Value& service) {
    const auto name = expand_arn(context.manifest, service);
    is_open = is_open || (!service.is_null() && (!name || name->starts_with("logs.")));
  });
  return is_open && statement.text_of("Effect") == "Allow";
}

/// Nobody's own rights count here: the service itself must be let in.
void check_log_group(const Reporting& reporting, const Resource& logs) {
  const Resource* key = reporting.context().facts->topology.target(logs.properties.get("kmsKey"));
  if (key == nullptr || key->existing || key->address.section != "kmsKeys") {
    return;
  }
  const Value& policy = key->properties.get("policy");
  const Value& statements = policy.get("Statement");
  bool is_admitted = is_written(*key, "policy") && statements.is_null();
  for_each_item(statements, [&](const Value& statement) {
    is_admitted = is_admitted || may_admit_logs(reporting.context(), statement);
  });
  if (is_admitted) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {*key, "policy"},
      "",
      "allow kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe* "
      "to the service logs.${region}.amazonaws.com"
  );
  finding.summary = "the key's policy does not let CloudWatch Logs use it";
  finding.detail = fmt::format(
      "`{}` is encrypted with `{}`, whose policy does not name CloudWatch Logs. AWS refuses it: "
      "the "
      "key does not exist or is not allowed to be used.",
      logs.address.to_string(),
      key->address.to_string()
  );
  finding.evidence.push_back(reporting.evidence({logs, "kmsKey"}, "encrypted with the key"));
}

/// Calls `visit` with what a resource says is its key, or the key of a part of it, and its place.
void for_each_key(
    const Value& properties,
    const std::string& path,
    const std::function<void(const Value&, const std::string&)>& visit
) {
  for (const Member& member : properties.as_object()) {
    if (member.key.ends_with("msKey")) {
      visit(member.value, path + member.key);
    } else if (member.value.is_object() && path.empty()) {
      for_each_key(member.value, member.key + ".", visit);
    }
  }
}

void check_literal_keys(const Reporting& reporting) {
  for (const Resource& resource : reporting.context().manifest.resources) {
    for_each_key(resource.properties, "", [&](const Value& key, const std::string& path) {
      const std::string region = region_of_key(key);
      if (region.empty() || resource.existing || resource.region.empty() ||
          region == resource.region) {
        return;
      }
      reporting.at(
          {resource, path},
          fmt::format(
              "`{}` is in {}, but its key is in {}.",
              resource.address.to_string(),
              resource.region,
              region
          ),
          fmt::format("take a key of {}", resource.region)
      );
    });
  }
}

/// Services encrypt with symmetric keys alone.
bool is_of_another_kind(const Resource& key) {
  const std::string& spec = key.properties.text_of("keySpec");
  return !key.existing && !spec.empty() && spec != "SYMMETRIC_DEFAULT";
}

void report_kind_of_key(const Reporting& reporting, const Spot& spot, const Resource& key) {
  Diagnostic& finding = reporting.at(
      spot,
      fmt::format(
          "`{}` is to be encrypted with `{}`, which is a key of the kind {}.",
          spot.resource.address.to_string(),
          key.address.to_string(),
          key.properties.text_of("keySpec")
      ),
      "take a key without keySpec, which is a symmetric one"
  );
  finding.evidence.push_back(reporting.evidence({key, "keySpec"}, "the key"));
}

/// Somebody of another account is let in by the secret's own policy. Of the account that plumbline
/// runs in the number is not known.
void check_shared(const Reporting& reporting, const Resource& secret) {
  const Manifest& manifest = reporting.context().manifest;
  const Value& statements = secret.properties.get("resourcePolicy").get("Statement");
  const std::string own = account_of(manifest, secret);
  if (!has_default_key(secret) || !is_known_account(own)) {
    return;
  }
  bool is_shared = false;
  for_each_item(statements, [&](const Value& statement) {
    if (statement.text_of("Effect") != "Allow") {
      return;
    }
    for_each_text(statement.get("Principal").get("AWS"), [&](const std::string& text) {
      const auto parts = split(text, ':');
      const std::string_view theirs = parts.size() > 4 ? parts[4] : std::string_view(text);
      const bool is_number =
          theirs.size() == own.size() && theirs.find_first_not_of("0123456789") == theirs.npos;
      is_shared = is_shared || (is_number && theirs != own);
    });
  });
  if (is_shared) {
    reporting.at(
        {secret, "resourcePolicy"},
        fmt::format(
            "`{}` lets another account in and is encrypted with AWS's own key.",
            secret.address.to_string()
        ),
        "give it a kmsKey whose policy lets the other account decrypt"
    );
  }
}

}  // namespace

void sk006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* secret : created(context, "secrets")) {
    check_shared(reporting, *secret);
  }
  for (const Edge& edge : context.graph.edges) {
    const Resource& reader = context.manifest.resources[edge.consumer];
    const Resource& secret = context.manifest.resources[edge.producer];
    const bool is_read = reader.address.section == "dbProxies" ||
                         reader.address.section == "functions" || reader.address.section == "roles";
    if (!is_read || secret.address.section != "secrets" || secret.existing ||
        !has_default_key(secret)) {
      continue;
    }
    const std::string theirs = account_of(context.manifest, reader);
    const std::string own = account_of(context.manifest, secret);
    // Of the account that plumbline itself runs in only the name is known: that it has none.
    const bool is_known = is_known_account(theirs) && is_known_account(own);
    if (reader.account == secret.account || (is_known && theirs == own)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {secret, "kmsKey"},
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
  const Topology& topology = context.facts->topology;
  for (const Resource* proxy : created(context, "dbProxies")) {
    if (const Resource* role = made_role_of(topology, *proxy)) {
      check_proxy(reporting, *proxy, *role);
    }
  }
  for (const Resource* logs : created(context, "logGroups")) {
    check_log_group(reporting, *logs);
  }
  // Few secrets have a key whose policy is written; beyond so many the rest is not looked at.
  constexpr std::size_t kMostSecrets = 32;
  std::vector<const Resource*> locked;
  for (const Resource* secret : created(context, "secrets")) {
    if (locked.size() < kMostSecrets && key_with_policy(context.manifest, *secret) != nullptr) {
      locked.push_back(secret);
    }
  }
  std::set<const Resource*> seen;
  for (const Resource* function : created(context, "functions")) {
    const Resource* role = made_role_of(topology, *function);
    if (role != nullptr && seen.insert(role).second) {
      check_function(reporting, *function, *role, locked);
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
    std::string denied;  // By which statement to everybody.
    for_each_statement_in(*key, "policy", policy, [&](const WrittenStatement& statement) {
      const Answer is_change = actions_match(statement.value, "kms:putkeypolicy");
      if (is_for_nobody_else(statement.value) && is_change == Answer::kYes) {
        denied = statement.path;
      } else if (statement.value.text_of("Effect") == "Allow" &&
                 may_be_somebody(reporting, *key, statement.value)) {
        may_change = either(may_change, is_change);
      }
    });
    if (!are_objects(statements)) {
      may_change = either(may_change, Answer::kUnknown);
    }
    if (may_change == Answer::kNo || !denied.empty()) {
      const std::string near = place_in_policy(*key, [&](const Value& statement) -> std::string {
        if (actions_match(statement, "kms:putkeypolicy") != Answer::kNo) {
          return ".Principal";
        }
        const bool is_for_owner = is_for_an_account(context.manifest, statement);
        return !is_for_owner ? "" : statement.find("Action") == nullptr ? ".NotAction" : ".Action";
      });
      reporting.at(
          {*key, denied.empty() ? near : denied},
          fmt::format("The policy of `{}` lets nobody change it.", key->address.to_string()),
          denied.empty()
              ? "add a statement that allows kms:* to arn:${partition}:iam::${account}:root"
              : "take kms:PutKeyPolicy out of this Deny, or name whom it is about"
      );
    }
  }
}

void sk009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  check_literal_keys(reporting);
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
    if (is_of_another_kind(key)) {
      report_kind_of_key(reporting, {user, edge.property}, key);
      continue;
    }
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
