// Rules about statements of policies: grants that are wider than a path to a database needs, and
// grants that name what they mean in a way that never matches.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/statements.h"

namespace plumbline::checks {

namespace {

constexpr std::size_t kSuffix = 6;  ///< Of a secret's ARN.
constexpr std::size_t kResourceId = 20;

/// The reference in "arn:…:dbuser:${dbInstances.app.endpoint}/app" that stands for no id; "" when
/// all do, or when what is said by name is known as a text.
std::string name_among_logins(const Value& item) {
  bool is_login = false;
  std::string name;
  for (std::size_t i = 0; item.is_concat() && i < item.as_concat().size(); ++i) {
    const Value& part = item.as_concat()[i];
    is_login = is_login || (part.is_text() && part.as_text().find(":dbuser:") != std::string::npos);
    if (!part.is_reference() || !is_login) {
      continue;
    }
    const Reference& reference = part.as_reference();
    const std::string& section = reference.address.section;
    const bool is_holder = section == "dbProxies" || section == "dbInstances";
    if (is_holder && reference.attribute != "proxyId" && reference.attribute != "dbiResourceId") {
      name = reference.to_string();
    }
  }
  return name;
}

/// "dbProxies.app.dbProxyName" → "dbProxies.app.proxyId"
std::string id_in_place_of(const std::string& name) {
  const bool is_proxy = name.starts_with("dbProxies.");
  return name.substr(0, name.rfind('.') + 1) + (is_proxy ? "proxyId" : "dbiResourceId");
}

/// "*" and the like name every service.
bool is_any(const Value& value) {
  bool is_any = false;
  for_each_text(value, [&](const std::string& text) {
    is_any = is_any || text.find_first_not_of('*') == std::string::npos;
  });
  return is_any;
}

/// Whether kms:ViaService is part of a condition and names a service, whichever.
bool has_via_service(const WrittenStatement& statement) {
  const Value& condition = statement.value.get("Condition");
  if (condition.is_null()) {
    return false;
  }
  if (!condition.is_object()) {
    return true;  // Not known.
  }
  return std::any_of(
      condition.as_object().begin(),
      condition.as_object().end(),
      [](const Member& operation) {
        return !operation.value.is_object() ||
               std::any_of(
                   operation.value.as_object().begin(),
                   operation.value.as_object().end(),
                   [](const Member& key) {
                     return to_lower(key.key) == "kms:viaservice" && !is_any(key.value);
                   }
               );
      }
  );
}

/// The identifier of "arn:…:key/ID"; nothing when the text is no key's ARN.
std::optional<std::string> key_id(const std::string& arn) {
  const auto at = arn.find(":key/");
  return at == std::string::npos ? std::nullopt : std::optional(arn.substr(at + 5));
}

bool is_key_id(std::string_view id) {
  return id.starts_with("mrk-") || id.find_first_of("*?\x02\x05") != std::string_view::npos ||
         (id.size() == 36 && id[8] == '-' && id.find('/') == std::string_view::npos);
}

/// Operations on an alias itself are the only ones its ARN is right for.
bool may_mean_aliases(const WrittenStatement& statement) {
  const std::array<std::string_view, 3> kOnAliases{
      "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"};
  return statement.value.find("NotAction") != nullptr ||
         std::any_of(kOnAliases.begin(), kOnAliases.end(), [&](std::string_view action) {
           return !action_for(statement, action).empty();
         });
}

/// What follows "secret:" in the ARN of a secret; "" when there is none.
std::string secret_part(const std::string& arn) {
  const auto at = arn.find(":secretsmanager:");
  const auto colon = arn.find(":secret:");
  return at == std::string::npos || colon == std::string::npos ? "" : arn.substr(colon + 8);
}

bool has_suffix(std::string_view name) {
  if (name.size() <= kSuffix || name[name.size() - kSuffix - 1] != '-') {
    return false;
  }
  const std::string_view suffix = name.substr(name.size() - kSuffix);
  return std::all_of(suffix.begin(), suffix.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == kAnyChar;
  });
}

/// Whether a text can be the id of a database, a cluster or a proxy.
bool can_be_resource_id(std::string_view id) {
  if (id.find_first_of("*?\x02\x05") != std::string_view::npos) {
    return true;
  }
  for (const std::string_view prefix : {"db-", "cluster-"}) {
    if (id.starts_with(prefix)) {
      const std::string_view rest = id.substr(prefix.size());
      return rest.size() >= kResourceId &&
             std::none_of(rest.begin(), rest.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    }
  }
  return id.starts_with("prx-");
}

}  // namespace

void ia004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto uses = role_uses(context);
  for_each_statement(context, [&](const WrittenStatement& statement) {
    const auto use = uses.find(&statement.resource);
    const std::string action = action_for(statement, "kms:Decrypt");
    // Who may do everything is IA011's.
    if (use == uses.end() || !is_allow(statement) || action.empty() || action == "*") {
      return;
    }
    std::string wide;  // Where every key is named.
    for_each_resource(context, statement, [&](const std::string& arn, const std::string& place) {
      const bool is_wide = arn == "*" || arn.ends_with(":*") || key_id(arn) == "*";
      wide = is_wide && wide.empty() ? place : wide;
    });
    const bool is_wide = !wide.empty();
    // A proxy decrypts for its secrets alone; a function may use one key for itself.
    const bool has_service = has_via_service(statement);
    if (is_wide || (!has_service && use->second.by_proxy && !use->second.by_function)) {
      reporting.at(
          {statement.resource, is_wide ? std::string_view(wide) : statement.path},
          fmt::format(
              "`{}` may decrypt {}{}.",
              statement.resource.address.to_string(),
              is_wide ? "with every key" : "whatever its key has encrypted",
              has_service ? "" : ", whichever service asks"
          ),
          "name the key, and add the condition { StringEquals: { kms:ViaService: "
          "secretsmanager.${region}.amazonaws.com } }"
      );
    }
  });
}

void ia005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for_each_statement(context, [&](const WrittenStatement& statement) {
    const bool may_be_meant = may_mean_aliases(statement);
    for_each_resource(context, statement, [&](const std::string& arn, const std::string& path) {
      const bool is_of_kms = arn.starts_with("arn:") && arn.find(":kms:") != std::string::npos;
      const auto id = key_id(arn);
      const bool is_alias = arn.find(":alias/") != std::string::npos && !may_be_meant;
      if (!is_of_kms || (!is_alias && (!id || is_key_id(*id)))) {
        return;
      }
      reporting.at(
          {statement.resource, path},
          fmt::format("`{}` names a key by its alias.", statement.resource.address.to_string()),
          "write the key's ARN, such as ${kmsKeys.NAME.keyArn}; AWS's own keys need no grant"
      );
    });
  });
}

void ia006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::set<std::string> declared;
  for (const Resource* secret : created(context, "secrets")) {
    declared.insert(secret->properties.text_of("name"));
  }
  for_each_statement(context, [&](const WrittenStatement& statement) {
    for_each_resource(context, statement, [&](const std::string& arn, const std::string& path) {
      const std::string name = secret_part(arn);
      const bool is_pattern = name.find_first_of("*?") != std::string::npos;
      if (name.empty() || is_pattern || (has_suffix(name) && !declared.contains(name))) {
        return;
      }
      Diagnostic& finding = reporting.at(
          {statement.resource, path},
          fmt::format(
              "`{}` names the secret {} without the end of its ARN.",
              statement.resource.address.to_string(),
              name
          ),
          fmt::format("write ${{secrets.NAME.secretArn}}, or {}-??????", name)
      );
      finding.edits = replace_part(
          statement.resource, path, ":secret:" + name, fmt::format(":secret:{}-??????", name)
      );
    });
  });
}

void ia008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  ia008_clients(rule, context, out);
  const Reporting reporting(rule, context, out);
  for_each_statement(context, [&](const WrittenStatement& statement) {
    for_each_said(statement, "Action", [&](const Value& written, const std::string& path) {
      const std::string action = written.is_text() ? written.as_text() : "";
      const std::string word = to_lower(action);
      const bool is_login =
          word.starts_with("rds-db:") && arn_matches(word, "rds-db:connect") == Answer::kNo;
      if (word == "rds:connect" || word == "rds:db-connect" || is_login) {
        reporting
            .at({statement.resource, path},
                fmt::format("There is no action {}.", action),
                "write rds-db:connect")
            .edits = replace_part(statement.resource, path, action, "rds-db:connect");
      }
    });
    for_each_said(statement, "Resource", [&](const Value& item, const std::string& path) {
      const std::string name = name_among_logins(item);
      const auto arn = expand_arn(context.manifest, item);
      const auto holder = arn ? user_holder(*arn) : std::nullopt;
      if (arn ? !holder || can_be_resource_id(*holder) : name.empty()) {
        return;
      }
      Diagnostic& finding = reporting.at(
          {statement.resource, path},
          fmt::format(
              "`{}` names {}, which is no id of a database or proxy.",
              statement.resource.address.to_string(),
              arn ? *holder : fmt::format("${{{}}}", name)
          ),
          "write ${dbProxies.NAME.proxyId} or ${dbInstances.NAME.dbiResourceId}"
      );
      if (!name.empty()) {
        finding.edits = replace_part(statement.resource, path, name, id_in_place_of(name));
      }
    });
  });
}

}  // namespace plumbline::checks
