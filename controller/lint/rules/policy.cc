#include "controller/lint/rules/policy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

/// What managed policies of AWS grant, as far as rules ask. One that is not listed is not known.
struct ManagedPolicy {
  std::string_view name;
  std::array<std::string_view, 2> actions;
};
constexpr ManagedPolicy kManaged[] = {
    {"AdministratorAccess", {"*", ""}},
    {"AmazonEC2FullAccess", {"ec2:*", ""}},
    {"CloudWatchLogsFullAccess", {"logs:*", ""}},
    {"AWSXRayDaemonWriteAccess", {"xray:*", ""}},
    {"SecretsManagerReadWrite", {"secretsmanager:*", ""}},
    {"service-role/AWSLambdaBasicExecutionRole", {"logs:*", ""}},
    {"service-role/AWSLambdaENIManagementAccess", {"ec2:*networkinterface*", ""}},
    {"service-role/AWSLambdaVPCAccessExecutionRole", {"ec2:*networkinterface*", "logs:*"}},
    {"service-role/AmazonRDSEnhancedMonitoringRole", {"logs:*", ""}},
};

/// What is written under `name` could not be read.
bool is_unreadable(const Resource& resource, std::string_view name) {
  const Node* written = resource.entry->value.find(name);
  return written != nullptr && !written->is_null() && resource.properties.find(name) == nullptr;
}

/// The fifth part of an ARN when it is a number, or one that is not known.
std::string_view account_in(std::string_view arn) {
  constexpr std::size_t kDigits = 12;
  const auto parts = split(arn, ':');
  return parts.size() > 4 && parts[4].size() == kDigits ? parts[4] : std::string_view();
}

Answer resource_matches(const Manifest& manifest, const Value& item, const Ask& ask) {
  if (item.is_text() && item.as_text() == "*") {
    return Answer::kYes;
  }
  const auto pattern = expand_arn(manifest, item, ask.subject);
  if (!pattern || !ask.resource) {
    return Answer::kUnknown;
  }
  return are_other_accounts(manifest, account_in(*pattern), account_in(*ask.resource))
             ? Answer::kNo
             : arn_matches(*pattern, *ask.resource);
}

Answer resources_match(const Manifest& manifest, const Value& statement, const Ask& ask) {
  const bool is_inverse = statement.find("Resource") == nullptr;
  Answer found = Answer::kNo;
  for_each_item(statement.get(is_inverse ? "NotResource" : "Resource"), [&](const Value& item) {
    found = either(found, resource_matches(manifest, item, ask));
  });
  return is_inverse ? opposite(found) : found;
}

/// Statements of policies of roles, added up.
class Judging {
 public:
  Judging(const Manifest& manifest, const Ask& ask) : manifest_(manifest), ask_(ask) {}

  void read(const Value& policy) {
    const Value& statements = policy.get("Statement");
    if (statements.is_null()) {
      // Not a tree of statements: it will be one later.
      allow_ = either(allow_, policy.type() == Value::Type::kObject ? allow_ : Answer::kUnknown);
      return;
    }
    for_each_item(statements, [&](const Value& statement) { read_statement(statement); });
  }

  /// One of this manifest, or of AWS.
  void read_attached(const Value& item) {
    const Resource* policy =
        item.is_reference() ? manifest_.find(item.as_reference().address) : nullptr;
    if (policy != nullptr && !policy->existing) {
      read(policy->properties.get("policyDocument"));
      return;
    }
    const auto text = expand_arn(manifest_, item);
    for (const ManagedPolicy& known : kManaged) {
      if (text && text->ends_with(fmt::format(":aws:policy/{}", known.name))) {
        for (const std::string_view action : known.actions) {
          allow_ = either(allow_, arn_matches(action, to_lower(ask_.action)));
        }
        return;
      }
    }
    note_unknown();
  }

  void note_unknown() { allow_ = either(allow_, Answer::kUnknown); }

  [[nodiscard]] Answer answer() const { return both(allow_, opposite(deny_)); }
  /// A statement denies it, which nothing that allows it elsewhere makes up for.
  [[nodiscard]] Answer denies() const { return deny_; }

 private:
  void read_statement(const Value& statement) {
    if (statement.type() != Value::Type::kObject) {
      note_unknown();
      return;
    }
    Answer& side = statement.text_of("Effect") == "Deny" ? deny_ : allow_;
    side = either(side, is_about(manifest_, statement, ask_));
  }

  const Manifest& manifest_;
  const Ask& ask_;
  Answer allow_ = Answer::kNo;
  Answer deny_ = Answer::kNo;
};

/// What the role's inline and managed policies say, whatever its boundary.
Judging judge_role(const Manifest& manifest, const Resource& role, const Ask& ask) {
  Judging judging(manifest, ask);
  const Value& inline_policies = role.properties.get("inlinePolicies");
  if (inline_policies.type() == Value::Type::kObject) {
    for (const Member& member : inline_policies.as_object()) {
      judging.read(member.value);
    }
  } else if (!inline_policies.is_null() || is_unreadable(role, "inlinePolicies")) {
    judging.note_unknown();
  }
  const Value& managed = role.properties.get("managedPolicies");
  if (!managed.is_null()) {
    for_each_item(managed, [&](const Value& item) { judging.read_attached(item); });
  } else if (is_unreadable(role, "managedPolicies")) {
    judging.note_unknown();
  }
  return judging;
}

/// What the role's policies and the thing's own come to together: a Deny of either wins, and the
/// boundary bounds what both give. The role's count when the thing's leaves it to them.
Answer join_policies(
    const Manifest& manifest, const Resource& role, const Ask& ask, const OwnPolicy& own
) {
  const Judging judged = judge_role(manifest, role, ask);
  const Answer given = either(own.names, both(own.delegates, judged.answer()));
  const Answer denied = either(own.denies, judged.denies());
  return both(both(given, boundary_allows(manifest, role, ask)), opposite(denied));
}

bool is_account(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == kAnyChar;
  });
}

/// Whether one principal of a key's or secret's policy is the role by name, and whether it is an
/// account, which leaves the decision to its own policies.
struct Principal {
  Answer is_role = Answer::kNo, is_account = Answer::kNo;
};

/// Whether "arn:aws:iam::123456789012:root", or the number alone, is the role's own account.
Answer is_own_account(const Manifest& manifest, std::string_view text, const Resource& role) {
  constexpr std::size_t kDigits = 12;
  const std::string_view whole = text.substr(0, text.rfind(":root"));
  const std::string_view digits = whole.substr(whole.size() - std::min(whole.size(), kDigits));
  return may_be_account_of(manifest, digits, role) ? Answer::kYes : Answer::kNo;
}

Principal principal_of(const Manifest& manifest, const Value& item, const Resource& role) {
  if (item.is_null()) {
    return {};
  }
  const bool is_account_here =
      item.is_reference() && item.as_reference().address.section == "account";
  if (item.is_reference() && !is_account_here) {
    const Address& address = item.as_reference().address;
    const Resource* named = manifest.find(address);
    const bool is_open = named == nullptr || named->existing.has_value();
    return {
        address == role.address ? Answer::kYes
        : is_open               ? Answer::kUnknown
                                : Answer::kNo,
        Answer::kNo};
  }
  const auto text = expand_arn(manifest, item);
  if (!text) {
    return {Answer::kUnknown, Answer::kUnknown};
  }
  if (*text == "*") {
    return {Answer::kYes, Answer::kNo};
  }
  if (text->ends_with(":root") || is_account(*text)) {
    return {Answer::kNo, is_own_account(manifest, *text, role)};
  }
  const auto arn = role_arn(manifest, role);
  if (arn) {
    return {arn_matches(*text, *arn), Answer::kNo};
  }
  // The role's name may be kept from earlier.
  return {text->find(":role/") == std::string::npos ? Answer::kNo : Answer::kUnknown, Answer::kNo};
}

Principal principals_of(const Manifest& manifest, const Value& statement, const Resource& role) {
  const Value& written = statement.get("Principal");
  if (written.is_text()) {
    return {written.as_text() == "*" ? Answer::kYes : Answer::kNo, Answer::kNo};
  }
  if (!written.is_object()) {
    return {Answer::kUnknown, Answer::kUnknown};  // NotPrincipal, or not known.
  }
  Principal all;
  for_each_item(written.get("AWS"), [&](const Value& item) {
    const Principal one = principal_of(manifest, item, role);
    all.is_role = either(all.is_role, one.is_role);
    all.is_account = either(all.is_account, one.is_account);
  });
  return all;
}

}  // namespace

RequestContext request_of(const Manifest& manifest, const Resource& role, const Resource& thing) {
  RequestContext request;
  const std::string account = account_of(manifest, role);
  for (const std::string_view key :
       {"kms:calleraccount", "aws:principalaccount", "aws:sourceaccount"}) {
    request.emplace_back(key, account);
  }
  if (const auto arn = role_arn(manifest, role)) {
    request.emplace_back("aws:principalarn", *arn);
  }
  request.emplace_back("aws:securetransport", "true");
  // A request about a thing goes to its own region.
  if (!thing.region.empty()) {
    request.emplace_back("aws:requestedregion", thing.region);
  }
  return request;
}

Answer is_about(const Manifest& manifest, const Value& statement, const Ask& ask) {
  return both(
      both(
          actions_match(statement, to_lower(ask.action)), resources_match(manifest, statement, ask)
      ),
      conditions_hold(manifest, statement.get("Condition"), ask.request, ask.subject)
  );
}

namespace {

/// Actions and conditions; whom it is about is told apart by the caller.
Answer fits_own(const Manifest& manifest, const Value& statement, const Ask& ask) {
  return both(
      actions_match(statement, to_lower(ask.action)),
      conditions_hold(manifest, statement.get("Condition"), ask.request, ask.subject)
  );
}

}  // namespace

Answer is_about(
    const Manifest& manifest, const Value& statement, const Resource& role, const Ask& ask
) {
  const Principal principal = principals_of(manifest, statement, role);
  return both(fits_own(manifest, statement, ask), either(principal.is_role, principal.is_account));
}

std::string failing_part(
    const Manifest& manifest, const Value& statement, const Resource& role, const Ask& ask
) {
  if (actions_match(statement, to_lower(ask.action)) == Answer::kNo) {
    return statement.find("Action") == nullptr ? ".NotAction" : ".Action";
  }
  const Principal principal = principals_of(manifest, statement, role);
  if (either(principal.is_role, principal.is_account) == Answer::kNo) {
    return ".Principal";
  }
  const Answer holds =
      conditions_hold(manifest, statement.get("Condition"), ask.request, ask.subject);
  return holds == Answer::kNo ? ".Condition" : "";
}

Answer actions_match(const Value& statement, const std::string& action) {
  const bool is_inverse = statement.find("Action") == nullptr;
  Answer found = Answer::kNo;
  for_each_item(statement.get(is_inverse ? "NotAction" : "Action"), [&](const Value& item) {
    found = either(
        found, item.is_text() ? arn_matches(to_lower(item.as_text()), action) : Answer::kUnknown
    );
  });
  return is_inverse ? opposite(found) : found;
}

std::string_view key_property(const Resource& holder) {
  return holder.address.section == "dbInstances" ? "masterUserSecretKmsKey" : "kmsKey";
}

Ask ask_to_read(const Manifest& manifest, const Resource& role, const Resource& secret) {
  Ask ask{"secretsmanager:GetSecretValue", secret_arn(manifest, secret), &secret};
  ask.request = request_of(manifest, role, secret);
  return ask;
}

Ask ask_to_decrypt(const Manifest& manifest, const Resource& role, const Resource& secret) {
  const Value& key = secret.properties.get(key_property(secret));
  Ask ask{"kms:Decrypt", key_arn(manifest, key)};
  ask.subject = key.is_reference() ? manifest.find(key.as_reference().address) : nullptr;
  ask.request = request_of(manifest, role, secret);
  if (!secret.region.empty()) {
    ask.request.emplace_back(
        "kms:viaservice",
        fmt::format(
            "secretsmanager.{}.amazonaws.com{}",
            secret.region,
            secret.region.starts_with("cn-") ? ".cn" : ""
        )
    );
  }
  if (const auto arn = secret_arn(manifest, secret)) {
    ask.request.emplace_back("kms:encryptioncontext:secretarn", *arn);
  }
  return ask;
}

Answer boundary_allows(const Manifest& manifest, const Resource& role, const Ask& ask) {
  const Node* written = role.entry->value.find("permissionsBoundary");
  if (written == nullptr || written->is_null()) {
    return Answer::kYes;
  }
  const Value& boundary = role.properties.get("permissionsBoundary");
  if (boundary.is_null()) {
    return Answer::kUnknown;
  }
  Judging judging(manifest, ask);
  judging.read_attached(boundary);
  return judging.answer();
}

Answer role_allows(const Manifest& manifest, const Resource& role, const Ask& ask) {
  if (role.existing) {
    return Answer::kUnknown;
  }
  return both(judge_role(manifest, role, ask).answer(), boundary_allows(manifest, role, ask));
}

OwnPolicy judge_own_policy(
    const Manifest& manifest, const Value& policy, const Resource& role, const Ask& ask
) {
  const Value& statements = policy.get("Statement");
  if (!policy.is_object() || statements.is_null()) {
    return {Answer::kUnknown, Answer::kUnknown, Answer::kUnknown};
  }
  OwnPolicy own;
  for_each_item(statements, [&](const Value& statement) {
    if (!statement.is_object()) {
      own = {Answer::kUnknown, Answer::kUnknown, Answer::kUnknown};
      return;
    }
    if (statement.text_of("Effect") == "Deny") {
      own.denies = either(own.denies, is_about(manifest, statement, role, ask));
      return;
    }
    const Answer fits = fits_own(manifest, statement, ask);
    const Principal principal = principals_of(manifest, statement, role);
    own.names = either(own.names, both(fits, principal.is_role));
    own.delegates = either(own.delegates, both(fits, principal.is_account));
  });
  return own;
}

namespace {

/// Whom the policy of another account's thing lets in must be allowed by its own policies, too.
OwnPolicy seen_from_afar(OwnPolicy own) {
  own.delegates = either(own.delegates, own.names);
  own.names = Answer::kNo;
  return own;
}

}  // namespace

Answer role_reads(const Manifest& manifest, const Resource& role, const Resource& secret) {
  const Ask ask = ask_to_read(manifest, role, secret);
  const Node* written = secret.entry->value.find("resourcePolicy");
  const bool is_afar = are_in_two_accounts(manifest, role, secret);
  if (role.existing || written == nullptr || written->is_null()) {
    return is_afar && !role.existing ? Answer::kNo : role_allows(manifest, role, ask);
  }
  OwnPolicy own = judge_own_policy(manifest, secret.properties.get("resourcePolicy"), role, ask);
  if (is_afar) {
    return join_policies(manifest, role, ask, seen_from_afar(own));
  }
  own.delegates = Answer::kYes;  // Other than a key's, it only adds to what roles are given.
  return join_policies(manifest, role, ask, own);
}

Answer role_decrypts(const Manifest& manifest, const Resource& role, const Resource& secret) {
  if (!has_own_key(secret)) {
    return Answer::kYes;
  }
  const Ask ask = ask_to_decrypt(manifest, role, secret);
  const Resource* key = key_with_policy(manifest, secret);
  if (key == nullptr || role.existing) {
    return role_allows(manifest, role, ask);
  }
  const OwnPolicy own = judge_own_policy(manifest, key->properties.get("policy"), role, ask);
  const bool is_afar = are_in_two_accounts(manifest, role, *key);
  return join_policies(manifest, role, ask, is_afar ? seen_from_afar(own) : own);
}

bool has_own_key(const Resource& secret) {
  const std::string_view property = key_property(secret);
  const Value& key = secret.properties.get(property);
  const bool is_of_aws = key.is_text() && key.as_text().ends_with("alias/aws/secretsmanager");
  return secret.entry->value.find(property) != nullptr && !key.is_null() && !is_of_aws;
}

const Resource* key_with_policy(const Manifest& manifest, const Resource& secret) {
  const Value& written = secret.properties.get(key_property(secret));
  const Resource* key =
      written.is_reference() ? manifest.find(written.as_reference().address) : nullptr;
  const bool is_written = key != nullptr && !key->existing && key->address.section == "kmsKeys" &&
                          key->entry->value.find("policy") != nullptr;
  return is_written ? key : nullptr;
}

bool is_kept_out_by_key(const Manifest& manifest, const Resource& role, const Resource& secret) {
  const Resource* key = key_with_policy(manifest, secret);
  if (key == nullptr) {
    return false;
  }
  const OwnPolicy own = judge_own_policy(
      manifest, key->properties.get("policy"), role, ask_to_decrypt(manifest, role, secret)
  );
  return own.names == Answer::kNo && own.delegates == Answer::kNo;
}

}  // namespace plumbline
