#include "controller/lint/rules/policy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kAccountDigits = 12;
constexpr std::size_t kSecretSuffix = 6;
constexpr std::size_t kInstanceId = 26;
constexpr std::size_t kProxyId = 17;
constexpr char kNoChar = '\x03';  ///< Agrees with no character that is written.

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

Answer both(Answer a, Answer b) {
  return std::min(a, b);
}
Answer either(Answer a, Answer b) {
  return std::max(a, b);
}
Answer opposite(Answer a) {
  return a == Answer::kUnknown ? a : a == Answer::kYes ? Answer::kNo : Answer::kYes;
}

std::string_view partition_of(std::string_view region) {
  if (region.starts_with("cn-")) {
    return "aws-cn";
  }
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

/// Whether two characters agree; one that is not known agrees with all when `is_hopeful`.
bool agree(char pattern, char text, bool is_hopeful) {
  if (pattern == '?' || pattern == text) {
    return true;
  }
  const bool is_open = pattern != kNoChar && (pattern == kAnyChar || text == kAnyChar);
  return is_hopeful && is_open;
}

bool glob(std::string_view pattern, std::string_view text, bool is_hopeful) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && agree(pattern[p], text[t], is_hopeful)) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Answer match(std::string_view pattern, std::string_view text) {
  if (glob(pattern, text, false)) {
    return Answer::kYes;
  }
  return glob(pattern, text, true) ? Answer::kUnknown : Answer::kNo;
}

/// What a proxy is called in the ARNs of rds-db:connect.
std::string proxy_id() {
  return "prx-" + std::string(kProxyId, kAnyChar);
}

/// The id of a proxy or database in rds-db:connect; of another than the subject it never fits.
std::optional<std::string> expand_connect_id(
    const Resource& resource, const std::string& attribute, const Resource* subject
) {
  const bool is_proxy = attribute == "proxyId";
  if (!is_proxy && attribute != "dbiResourceId") {
    return std::nullopt;
  }
  std::string id = is_proxy ? proxy_id() : "db-" + std::string(kInstanceId, kAnyChar);
  if (subject != nullptr && &resource != subject) {
    std::replace(id.begin(), id.end(), kAnyChar, kNoChar);
  }
  return id;
}

std::optional<std::string> expand_reference(
    const Manifest& manifest, const Reference& reference, const Resource* subject
) {
  const Address& address = reference.address;
  if (address.section == "account") {
    return std::string(kAccountDigits, kAnyChar);
  }
  if (address.section == "partition") {
    return std::string(partition_of(manifest.region));
  }
  if (address.section == "region" && !manifest.region.empty()) {
    return manifest.region;
  }
  const Resource* resource = manifest.find(address);
  if (resource == nullptr || resource->existing) {
    return std::nullopt;
  }
  const bool is_name = !resource->kind->name_property.empty() &&
                       reference.attribute == resource->kind->name_property;
  if (is_name && !resource->is_name_derived) {
    const std::string& name = resource->properties.text_of(reference.attribute);
    return name.empty() ? std::nullopt : std::optional(name);
  }
  if (address.section != "secrets") {
    return expand_connect_id(*resource, reference.attribute, subject);
  }
  if (reference.attribute == "name") {
    return resource->properties.text_of("name");
  }
  return secret_arn(*resource);
}

/// The text of a pattern with what is not known yet as kAnyChar; nothing when that is not enough.
std::optional<std::string> expand(
    const Manifest& manifest, const Value& value, const Resource* subject
) {
  if (value.is_text()) {
    return value.as_text();
  }
  if (value.is_reference()) {
    return expand_reference(manifest, value.as_reference(), subject);
  }
  if (!value.is_concat()) {
    return std::nullopt;
  }
  std::string whole;
  for (const Value& part : value.as_concat()) {
    const auto text = expand(manifest, part, subject);
    if (!text) {
      return std::nullopt;
    }
    whole += *text;
  }
  return whole;
}

/// Calls `visit` with the value, or with every element when it is a list.
template <class Visit>
void for_each_item(const Value& value, const Visit& visit) {
  if (!value.is_list()) {
    visit(value);
    return;
  }
  for (const Value& item : value.as_list()) {
    visit(item);
  }
}

class Judging {
 public:
  Judging(const Manifest& manifest, const Ask& ask)
      : manifest_(manifest), ask_(ask), action_(to_lower(ask.action)) {}

  void read(const Value& policy) {
    const Value& statements = policy.get("Statement");
    if (statements.is_null()) {
      // Not a tree of statements: it will be one later.
      allow_ = either(allow_, policy.type() == Value::Type::kObject ? allow_ : Answer::kUnknown);
      return;
    }
    for_each_item(statements, [&](const Value& statement) { read_statement(statement); });
  }

  void read_managed(const Value& arn) {
    const std::string* text = arn.is_text() ? &arn.as_text() : nullptr;
    for (const ManagedPolicy& policy : kManaged) {
      if (text != nullptr && text->ends_with(fmt::format(":aws:policy/{}", policy.name))) {
        for (const std::string_view action : policy.actions) {
          allow_ = either(allow_, match(action, action_));
        }
        return;
      }
    }
    note_unknown();
  }

  void note_unknown() { allow_ = either(allow_, Answer::kUnknown); }

  [[nodiscard]] Answer answer() const { return both(allow_, opposite(deny_)); }

 private:
  void read_statement(const Value& statement) {
    if (statement.type() != Value::Type::kObject) {
      note_unknown();
      return;
    }
    const Answer fits = both(
        both(actions_match(statement), resources_match(statement)), condition_holds(statement)
    );
    Answer& side = statement.text_of("Effect") == "Deny" ? deny_ : allow_;
    side = either(side, fits);
  }

  [[nodiscard]] Answer actions_match(const Value& statement) const {
    const bool is_inverse = statement.find("Action") == nullptr;
    Answer found = Answer::kNo;
    for_each_item(statement.get(is_inverse ? "NotAction" : "Action"), [&](const Value& item) {
      found = either(
          found, item.is_text() ? match(to_lower(item.as_text()), action_) : Answer::kUnknown
      );
    });
    return is_inverse ? opposite(found) : found;
  }

  [[nodiscard]] Answer resources_match(const Value& statement) const {
    const bool is_inverse = statement.find("Resource") == nullptr;
    Answer found = Answer::kNo;
    for_each_item(statement.get(is_inverse ? "NotResource" : "Resource"), [&](const Value& item) {
      found = either(found, resource_matches(item));
    });
    return is_inverse ? opposite(found) : found;
  }

  [[nodiscard]] Answer resource_matches(const Value& item) const {
    if (item.is_text() && item.as_text() == "*") {
      return Answer::kYes;
    }
    const auto pattern = expand(manifest_, item, ask_.subject);
    return pattern && ask_.resource ? match(*pattern, *ask_.resource) : Answer::kUnknown;
  }

  /// Of conditions only the one on the calling service is decided.
  [[nodiscard]] Answer condition_holds(const Value& statement) const {
    const Value& condition = statement.get("Condition");
    if (condition.is_null() || condition.size() == 0) {
      return Answer::kYes;
    }
    const Value& services = condition.get("StringEquals").get("kms:ViaService");
    if (condition.size() != 1 || condition.get("StringEquals").size() != 1 || services.is_null() ||
        ask_.via_service.empty()) {
      return Answer::kUnknown;
    }
    Answer found = Answer::kNo;
    for_each_item(services, [&](const Value& item) {
      found = either(
          found,
          !item.is_text()                      ? Answer::kUnknown
          : item.as_text() == ask_.via_service ? Answer::kYes
                                               : Answer::kNo
      );
    });
    return found;
  }

  const Manifest& manifest_;
  const Ask& ask_;
  std::string action_;
  Answer allow_ = Answer::kNo;
  Answer deny_ = Answer::kNo;
};

/// Whether what is written under `name` could not be read.
bool is_unreadable(const Resource& role, std::string_view name) {
  const Node* written = role.entry->value.find(name);
  return written != nullptr && !written->is_null() && role.properties.find(name) == nullptr;
}

Answer names_service(const Value& principal, std::string_view service) {
  if (principal.is_text()) {
    return principal.as_text() == "*" ? Answer::kUnknown : Answer::kNo;
  }
  if (principal.type() != Value::Type::kObject) {
    return Answer::kUnknown;
  }
  const std::string_view first = service.substr(0, service.find('.') + 1);
  Answer found = Answer::kNo;
  for_each_item(principal.get("Service"), [&](const Value& item) {
    if (item.is_text() && item.as_text() == service) {
      found = Answer::kYes;
    } else if (!item.is_null() && (!item.is_text() || item.as_text().starts_with(first))) {
      found = either(found, Answer::kUnknown);  // Perhaps its name in another partition or region.
    }
  });
  return found;
}

/// Whether one statement lets the service in; kYes for a Deny means that it keeps it out.
Answer trust_of(const Value& statement, std::string_view service) {
  Answer action = Answer::kNo;
  for_each_item(statement.get("Action"), [&](const Value& item) {
    action = either(
        action,
        item.is_text() ? match(to_lower(item.as_text()), "sts:assumerole") : Answer::kUnknown
    );
  });
  const bool is_conditional = statement.get("Condition").size() > 0;
  return both(
      both(action, names_service(statement.get("Principal"), service)),
      is_conditional ? Answer::kUnknown : Answer::kYes
  );
}

}  // namespace

std::optional<SymbolicArn> expand_arn(const Manifest& manifest, const Value& value) {
  return expand(manifest, value, nullptr);
}

Answer arn_matches(std::string_view pattern, std::string_view text) {
  return match(pattern, text);
}

std::optional<SymbolicArn> secret_arn(const Resource& secret) {
  const std::string& name = secret.properties.text_of("name");
  if (name.empty() || secret.region.empty()) {
    return std::nullopt;
  }
  return fmt::format(
      "arn:{}:secretsmanager:{}:{}:secret:{}-{}",
      partition_of(secret.region),
      secret.region,
      std::string(kAccountDigits, kAnyChar),
      name,
      std::string(kSecretSuffix, kAnyChar)
  );
}

std::optional<SymbolicArn> proxy_connect_arn(const Resource& proxy, std::string_view user) {
  if (user.empty() || proxy.region.empty()) {
    return std::nullopt;
  }
  return fmt::format(
      "arn:{}:rds-db:{}:{}:dbuser:{}/{}",
      partition_of(proxy.region),
      proxy.region,
      std::string(kAccountDigits, kAnyChar),
      proxy_id(),
      user
  );
}

Answer role_allows(const Manifest& manifest, const Resource& role, const Ask& ask) {
  if (role.existing) {
    return Answer::kUnknown;
  }
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
    for_each_item(managed, [&](const Value& item) {
      const Resource* policy =
          item.is_reference() ? manifest.find(item.as_reference().address) : nullptr;
      if (policy == nullptr || policy->existing) {
        judging.read_managed(item);
      } else {
        judging.read(policy->properties.get("policyDocument"));
      }
    });
  } else if (is_unreadable(role, "managedPolicies")) {
    judging.note_unknown();
  }
  const bool has_boundary = role.entry->value.find("permissionsBoundary") != nullptr;
  return has_boundary ? both(judging.answer(), Answer::kUnknown) : judging.answer();
}

Answer role_trusts(const Resource& role, std::string_view service) {
  const Value& policy = role.properties.get("trustPolicy");
  const Value& statements = policy.get("Statement");
  if (role.existing || statements.is_null()) {
    return Answer::kUnknown;
  }
  Answer allow = Answer::kNo;
  Answer deny = Answer::kNo;
  for_each_item(statements, [&](const Value& statement) {
    if (statement.type() != Value::Type::kObject) {
      allow = either(allow, Answer::kUnknown);
      return;
    }
    Answer& side = statement.text_of("Effect") == "Deny" ? deny : allow;
    side = either(side, trust_of(statement, service));
  });
  return both(allow, opposite(deny));
}

}  // namespace plumbline
