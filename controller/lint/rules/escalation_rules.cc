// Roles that more take on, or hand on, than a path to a database needs: trust in everyone, and
// grants that name roles by patterns. A part of IA011.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Keys that say how or when somebody asks, and never who; in small letters.
constexpr auto kOpenKeys = std::to_array<std::string_view>(
    {"aws:currenttime",
     "aws:epochtime",
     "aws:multifactorauthage",
     "aws:multifactorauthpresent",
     "aws:referer",
     "aws:requestedregion",
     "aws:securetransport",
     "aws:tokenissuetime",
     "aws:useragent",
     "sts:rolesessionname"}
);

/// A pattern that everything fits.
bool is_anything(const Value& written) {
  bool is_one = false;
  for_each_text(written, [&](const std::string& text) {
    is_one = is_one || (!text.empty() && text.find_first_not_of('*') == std::string::npos);
  });
  return is_one;
}

/// Whether a condition surely leaves out nobody. Keys such as aws:PrincipalOrgID and sts:ExternalId
/// say who is meant; of what others say nothing is known.
bool is_open(const Value& condition) {
  if (condition.is_null()) {
    return true;
  }
  if (!condition.is_object()) {
    return false;
  }
  for (const Member& operation : condition.as_object()) {
    const std::string word = to_lower(operation.key);
    const bool takes_patterns =
        word.find("like") != std::string::npos && word.find("not") == std::string::npos;
    if (!operation.value.is_object()) {
      return false;
    }
    for (const Member& key : operation.value.as_object()) {
      const bool is_of_how =
          std::find(kOpenKeys.begin(), kOpenKeys.end(), to_lower(key.key)) != kOpenKeys.end();
      if (!is_of_how && !(takes_patterns && is_anything(key.value))) {
        return false;
      }
    }
  }
  return true;
}

bool names_everyone(const Value& principal) {
  bool is_everyone = principal == Value("*");
  for_each_text(principal.get("AWS"), [&](const std::string& text) {
    is_everyone = is_everyone || text == "*";
  });
  return is_everyone;
}

/// How the role takes on more than its path needs is in the finding's own words.
void check_open_trust(const Reporting& reporting, const Resource& role) {
  const auto visit = [&](const WrittenStatement& statement) {
    const Value& value = statement.value;
    if (value.text_of("Effect") != "Allow" || !names_everyone(value.get("Principal")) ||
        !is_open(value.get("Condition")) ||
        actions_match(value, "sts:assumerole") != Answer::kYes) {
      return;
    }
    Diagnostic& finding = reporting.at(
        {role, statement.path + ".Principal"},
        "",
        "name who may: { Service: … } or { AWS: … }; or add a condition such as { StringEquals: { "
        "aws:PrincipalOrgID: … } }"
    );
    finding.summary = "everybody may take on a role";
    finding.detail = fmt::format(
        "`{}` lets every account of AWS take it on. Who knows its ARN may do all that it may.",
        role.address.to_string()
    );
  };
  for_each_statement_in(role, "trustPolicy", role.properties.get("trustPolicy"), visit);
}

/// The action by which a statement gives roles away; "" for all others, and for those that are
/// wide whatever their resource is.
std::string role_action(const Value& statement) {
  std::string found;
  for_each_text(statement.get("Action"), [&](const std::string& action) {
    const std::string word = to_lower(action);
    for (const std::string_view one : {"iam:passrole", "sts:assumerole"}) {
      if (!word.ends_with(":*") && word != "*" && arn_matches(word, one) == Answer::kYes) {
        found = action;
      }
    }
  });
  return found;
}

/// What the pattern of a role's name says of the roles that fit, in words; "" when it means one
/// role, or some of which nothing is known. The account does not matter: names decide.
std::string reach_of(const std::string& arn) {
  constexpr std::string_view kRole = ":role/";
  const auto at = arn.find(kRole);
  const std::string name = at == std::string::npos ? arn : arn.substr(at + kRole.size());
  if (name.find_first_not_of("*?/") == std::string::npos && !name.empty()) {
    return "every role";
  }
  const std::string word = to_lower(name);
  const bool is_pattern = at != std::string::npos && name.find_first_of("*?") != std::string::npos;
  const bool is_strong =
      word.find("admin") != std::string::npos || word.find("poweruser") != std::string::npos;
  return is_pattern && is_strong ? fmt::format("every role called {}", name) : "";
}

/// A condition may leave few of them: then nothing is known.
void check_pattern(const Reporting& reporting, const WrittenStatement& statement) {
  const std::string action = role_action(statement.value);
  const Value& written = statement.value.get("Resource");
  if (statement.value.text_of("Effect") != "Allow" || action.empty() ||
      !statement.value.get("Condition").is_null()) {
    return;
  }
  const std::size_t count = written.is_list() ? written.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto arn = expand_arn(
        reporting.context().manifest, written.is_list() ? written.as_list()[i] : written
    );
    const std::string reach = arn ? reach_of(*arn) : "";
    if (reach.empty()) {
      continue;
    }
    const std::string path = statement.path + ".Resource";
    reporting.at(
        {statement.resource, written.is_list() ? fmt::format("{}.{}", path, i) : path},
        fmt::format("`{}` allows {} of {}.", statement.resource.address.to_string(), action, reach),
        "name the one role that is meant by its ARN"
    );
  }
}

}  // namespace

void ia011_roles(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* role : created(context, "roles")) {
    check_open_trust(reporting, *role);
  }
  const auto uses = role_uses(context);
  for_each_statement(context, [&](const WrittenStatement& statement) {
    if (uses.contains(&statement.resource)) {
      check_pattern(reporting, statement);
    }
  });
}

}  // namespace plumbline::checks
