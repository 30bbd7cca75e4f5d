#include "simulator/services/iam_documents.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

using Finding = std::optional<std::string>;

constexpr std::string_view kSyntax = "Syntax errors in policy.";

bool knows_members(const Value& object, const std::set<std::string, std::less<>>& known) {
  return std::all_of(
      object.as_object().begin(),
      object.as_object().end(),
      [&known](const Member& member) { return known.contains(member.key); }
  );
}

bool is_texts(const Value& value) {
  const List items = items_of(value);
  return !items.empty() &&
         std::all_of(items.begin(), items.end(), [](const Value& item) { return item.is_text(); });
}

Finding check_actions(const Value& statement, DocumentKind kind) {
  const bool has_action = has_param(statement, "Action");
  if (has_action && has_param(statement, "NotAction")) {
    return std::string(kSyntax);
  }
  const Value& actions = statement.get(has_action ? "Action" : "NotAction");
  if (items_of(actions).empty()) {
    return kind == DocumentKind::kTrust ? "Missing required field Action"
                                        : "Policy statement must contain actions.";
  }
  if (!is_texts(actions)) {
    return std::string(kSyntax);
  }
  for (const std::string& action : texts_of(actions)) {
    const auto colon = action.find(':');
    if (kind == DocumentKind::kTrust) {
      if (to_lower(action.substr(0, colon)) != "sts" || colon == std::string::npos) {
        return "AssumeRole policy may only specify STS AssumeRole actions.";
      }
      continue;
    }
    if (action == "*") {
      continue;
    }
    if (colon == std::string::npos || colon == 0) {
      return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    }
    if (!is_made_of(action.substr(0, colon), "-*?")) {
      return fmt::format("Vendor {} is not valid", action.substr(0, colon));
    }
  }
  return std::nullopt;
}

Finding check_resources(const Value& statement, DocumentKind kind) {
  const bool has_resource = has_param(statement, "Resource");
  const bool has_not = has_param(statement, "NotResource");
  if (kind == DocumentKind::kTrust) {
    return has_resource || has_not ? Finding("Has prohibited field Resource") : std::nullopt;
  }
  if (has_resource && has_not) {
    return std::string(kSyntax);
  }
  const Value& resources = statement.get(has_resource ? "Resource" : "NotResource");
  if (items_of(resources).empty()) {
    return "Policy statement must contain resources.";
  }
  if (!is_texts(resources)) {
    return std::string(kSyntax);
  }
  for (const std::string& resource : texts_of(resources)) {
    if (resource != "*" && !parse_arn(resource).is_arn && !resource.starts_with("arn:*")) {
      return fmt::format("Resource {} must be in ARN format or \"*\".", resource);
    }
  }
  return std::nullopt;
}

Finding check_principals(const Value& statement, DocumentKind kind) {
  const bool has_principal = has_param(statement, "Principal");
  const bool has_not = has_param(statement, "NotPrincipal");
  if (kind == DocumentKind::kIdentity) {
    return has_principal || has_not ? Finding("Policy document should not specify a principal.")
                                    : std::nullopt;
  }
  if (has_principal == has_not) {
    return has_principal ? std::string(kSyntax) : "Missing required field Principal";
  }
  const Value& principal = statement.get(has_principal ? "Principal" : "NotPrincipal");
  if (principal.is_text()) {
    return principal.as_text() == "*" ? std::nullopt : Finding(kSyntax);
  }
  if (!principal.is_object() || principal.size() == 0) {
    return std::string(kSyntax);
  }
  for (const auto& [type, names] : principal.as_object()) {
    if (type != "AWS" && type != "Service" && type != "Federated" && type != "CanonicalUser") {
      return std::string(kSyntax);
    }
    if (!is_texts(names)) {
      return std::string(kSyntax);
    }
  }
  return std::nullopt;
}

Finding check_condition(const Value& statement) {
  const Value& condition = statement.get("Condition");
  if (condition.is_null()) {
    return std::nullopt;
  }
  if (!condition.is_object()) {
    return std::string(kSyntax);
  }
  for (const Member& test : condition.as_object()) {
    if (!test.value.is_object()) {
      return std::string(kSyntax);
    }
  }
  return std::nullopt;
}

Finding check_statement(const Value& statement, DocumentKind kind) {
  if (!statement.is_object() || !knows_members(
                                    statement,
                                    {"Sid",
                                     "Effect",
                                     "Principal",
                                     "NotPrincipal",
                                     "Action",
                                     "NotAction",
                                     "Resource",
                                     "NotResource",
                                     "Condition"}
                                )) {
    return std::string(kSyntax);
  }
  const std::string& effect = statement.text_of("Effect");
  if (effect != "Allow" && effect != "Deny") {
    return kind == DocumentKind::kTrust && effect.empty() ? "Missing required field Effect"
                                                          : std::string(kSyntax);
  }
  if (has_param(statement, "Sid") && !statement.get("Sid").is_text()) {
    return std::string(kSyntax);
  }
  // Only the identity policies restrict statement ids to letters and digits.
  if (kind == DocumentKind::kIdentity && !is_made_of(statement.text_of("Sid"), "")) {
    return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
           "expression [0-9A-Za-z]*";
  }
  if (auto finding = check_principals(statement, kind)) {
    return finding;
  }
  if (auto finding = check_actions(statement, kind)) {
    return finding;
  }
  if (auto finding = check_resources(statement, kind)) {
    return finding;
  }
  return check_condition(statement);
}

bool has_unique_ids(const List& statements) {
  std::set<std::string> seen;
  return std::all_of(statements.begin(), statements.end(), [&seen](const Value& statement) {
    const std::string& id = statement.text_of("Sid");
    return id.empty() || seen.insert(id).second;
  });
}

bool names_action(const Value& statement, std::string_view action) {
  const auto matches = [action](const std::string& pattern) {
    return fits_pattern(to_lower(pattern), to_lower(action));
  };
  if (has_param(statement, "NotAction")) {
    const auto exempt = texts_of(statement.get("NotAction"));
    return std::none_of(exempt.begin(), exempt.end(), matches);
  }
  const auto actions = texts_of(statement.get("Action"));
  return std::any_of(actions.begin(), actions.end(), matches);
}

bool denies_everywhere(const Value& statement) {
  const auto resources = texts_of(statement.get("Resource"));
  return !has_param(statement, "Condition") &&
         std::find(resources.begin(), resources.end(), "*") != resources.end();
}

bool names_service(const Value& statement, std::string_view service) {
  const Value& principal = statement.get("Principal");
  const auto services = texts_of(principal.get("Service"));
  return std::find(services.begin(), services.end(), service) != services.end();
}

}  // namespace

std::optional<std::string> find_document_fault(
    std::string_view text, DocumentKind kind, Value& parsed
) {
  auto read = parse_json(text);
  if (!read || !read->is_object()) {
    return kind == DocumentKind::kTrust ? "This policy contains invalid Json"
                                        : std::string(kSyntax);
  }
  const Value& document = *read;
  if (!knows_members(document, {"Version", "Id", "Statement"})) {
    return std::string(kSyntax);
  }
  if (has_param(document, "Version")) {
    const std::string& version = document.text_of("Version");
    if (version != "2012-10-17" && version != "2008-10-17") {
      return "Policy document must be version 2012-10-17 or greater.";
    }
  }
  const Value& statement = document.get("Statement");
  const List statements = items_of(statement);
  if (statements.empty()) {
    return std::string(kSyntax);
  }
  for (const Value& each : statements) {
    if (auto finding = check_statement(each, kind)) {
      return finding;
    }
  }
  if (!has_unique_ids(statements)) {
    return "Statement IDs (SID) in a single policy must be unique.";
  }
  parsed = document;
  return std::nullopt;
}

std::vector<Principal> principals_of(const Value& document) {
  std::vector<Principal> all;
  for (const Value& statement : items_of(document.get("Statement"))) {
    const Value& principal =
        statement.get(has_param(statement, "Principal") ? "Principal" : "NotPrincipal");
    if (principal.is_text()) {
      all.push_back({"AWS", principal.as_text()});
    } else if (principal.is_object()) {
      for (const auto& [type, names] : principal.as_object()) {
        for (const std::string& name : texts_of(names)) {
          all.push_back({type, name});
        }
      }
    }
  }
  return all;
}

Value rename_principals(
    Value document, const std::function<std::string(const std::string&)>& rename
) {
  Value* statements = document.find("Statement");
  const auto rename_in = [&rename](Value& statement) {
    for (const char* key : {"Principal", "NotPrincipal"}) {
      Value* principal = statement.find(key);
      Value* names = principal == nullptr ? nullptr : principal->find("AWS");
      if (names == nullptr) {
        continue;
      }
      if (names->is_text()) {
        *names = rename(names->as_text());
      } else if (names->is_list()) {
        for (Value& name : names->as_list()) {
          name = rename(name.as_text());
        }
      }
    }
  };
  if (statements != nullptr && statements->is_list()) {
    std::for_each(statements->as_list().begin(), statements->as_list().end(), rename_in);
  } else if (statements != nullptr) {
    rename_in(*statements);
  }
  return document;
}

bool allows_action(const std::vector<Value>& documents, std::string_view action) {
  bool is_allowed = false;
  for (const Value& document : documents) {
    for (const Value& statement : items_of(document.get("Statement"))) {
      if (!names_action(statement, action)) {
        continue;
      }
      if (statement.text_of("Effect") == "Allow") {
        is_allowed = true;
      } else if (denies_everywhere(statement)) {
        return false;
      }
    }
  }
  return is_allowed;
}

bool trusts_service(const Value& trust_policy, std::string_view service) {
  bool is_trusted = false;
  for (const Value& statement : items_of(trust_policy.get("Statement"))) {
    if (!names_action(statement, "sts:AssumeRole")) {
      continue;
    }
    const bool is_named = names_service(statement, service);
    const bool is_everyone = statement.text_of("Principal") == "*";
    if (statement.text_of("Effect") == "Allow") {
      is_trusted = is_trusted || is_named;
    } else if (!has_param(statement, "Condition") && (is_everyone || is_named)) {
      return false;
    }
  }
  return is_trusted;
}

bool is_public(const Value& document) {
  const List statements = items_of(document.get("Statement"));
  return std::any_of(statements.begin(), statements.end(), [](const Value& statement) {
    if (statement.text_of("Effect") != "Allow" || has_param(statement, "Condition")) {
      return false;
    }
    const auto named = texts_of(statement.get_path("Principal.AWS"));
    return statement.text_of("Principal") == "*" ||
           std::find(named.begin(), named.end(), "*") != named.end();
  });
}

std::size_t document_size(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c != ' ' && c != '\n' && c != '\t' && c != '\r';
  }));
}

}  // namespace plumbline::sim
