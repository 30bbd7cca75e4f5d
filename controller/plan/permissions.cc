#include "controller/plan/permissions.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/aws/credentials_identity.h"
#include "controller/base/check.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/plan/permissions_collect.h"

namespace plumbline {

namespace {

Value texts(const std::vector<std::string>& all) {
  List list(all.begin(), all.end());
  return list.size() == 1 ? list.front() : Value(std::move(list));
}

/// The id in "arn:aws:iam::123456789012:role/deployer"; a star when it is none.
std::string account_of(const std::string& role_arn) {
  constexpr std::size_t kAccount = 4;
  const auto parts = split(role_arn, ':');
  return parts.size() > kAccount && !parts[kAccount].empty() ? std::string(parts[kAccount]) : "*";
}

Value document_of(const List& statements) {
  return Value::object({{"Version", "2012-10-17"}, {"Statement", Value(statements)}});
}

std::size_t size_of(const List& statements) {
  return show_json(document_of(statements)).size();
}

/// A statement that no document can hold is told in halves.
void split_statement(const PolicyStatement& statement, std::vector<PolicyStatement>& out) {
  if (size_of({to_json(statement)}) <= kPolicyLimit || statement.resources.size() < 2) {
    out.push_back(statement);
    return;
  }
  const auto middle =
      statement.resources.begin() + static_cast<std::ptrdiff_t>(statement.resources.size() / 2);
  PolicyStatement first = statement;
  PolicyStatement second = statement;
  first.sid += "a";
  second.sid += "b";
  first.resources.assign(statement.resources.begin(), middle);
  second.resources.assign(middle, statement.resources.end());
  split_statement(first, out);
  split_statement(second, out);
}

bool names_resource(const PolicyStatement& statement, const std::string& resource) {
  return std::any_of(
      statement.resources.begin(),
      statement.resources.end(),
      [&](const std::string& pattern) { return fits_pattern(pattern, resource); }
  );
}

/// The statement that allows the action; of several, the one about the resource.
const PolicyStatement* find_statement(const Permissions& permissions, const Denial& denial) {
  const PolicyStatement* found = nullptr;
  for (const auto& [account, statements] : permissions) {
    for (const PolicyStatement& statement : statements) {
      const bool has_action =
          std::find(statement.actions.begin(), statement.actions.end(), denial.action) !=
          statement.actions.end();
      if (has_action && (found == nullptr || names_resource(statement, denial.resource))) {
        found = &statement;
      }
    }
  }
  return found;
}

/// The base credentials take on the role of each account that resources are in.
void add_roles(const Manifest& manifest, Permissions& permissions) {
  std::map<std::string, std::vector<std::string>> roles;  // By external id.
  for (const auto& [name, statements] : permissions) {
    const auto spec = manifest.accounts.find(name);
    if (spec != manifest.accounts.end() && !spec->second.assume_role.empty()) {
      roles[spec->second.external_id].push_back(spec->second.assume_role);
    }
  }
  int number = 0;
  for (auto& [external_id, arns] : roles) {
    PolicyStatement statement;
    statement.sid = ++number == 1 ? "AssumeRoles" : fmt::format("AssumeRoles{}", number);
    statement.actions = {std::string(kAssumeAction)};
    std::sort(arns.begin(), arns.end());
    arns.erase(std::unique(arns.begin(), arns.end()), arns.end());
    statement.resources = std::move(arns);
    if (!external_id.empty()) {
      statement.condition =
          Value::object({{"StringEquals", Value::object({{kExternalIdKey, external_id}})}});
    }
    permissions[""].push_back(std::move(statement));
  }
}

}  // namespace

std::string_view name_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::kPlan:
      return "plan";
    case Purpose::kController:
      return "controller";
    case Purpose::kApply:
      return "apply";
    case Purpose::kDestroy:
      return "destroy";
  }
  PLUMBLINE_UNREACHABLE("Purpose");
}

Value to_json(const PolicyStatement& statement) {
  Value json = Value::object(
      {{"Sid", statement.sid},
       {"Effect", "Allow"},
       {"Action", texts(statement.actions)},
       {"Resource", texts(statement.resources)}}
  );
  if (!statement.condition.is_null()) {
    json.set("Condition", statement.condition);
  }
  return json;
}

Permissions needed_permissions(const PermissionInput& input, Purpose purpose) {
  std::map<std::string, PermissionCollector> collectors;
  for (const Resource& resource : input.manifest.resources) {
    const auto spec = input.manifest.accounts.find(resource.account);
    const std::string id = spec == input.manifest.accounts.end()
                               ? input.account_id
                               : account_of(spec->second.assume_role);
    auto [at, is_new] = collectors.try_emplace(resource.account, input, purpose, id);
    at->second.add(resource);
  }
  Permissions permissions;
  for (const auto& [account, collector] : collectors) {
    permissions[account] = collector.statements();
  }
  add_roles(input.manifest, permissions);
  return permissions;
}

std::vector<Value> policy_documents(const std::vector<PolicyStatement>& statements) {
  std::vector<PolicyStatement> pieces;
  for (const PolicyStatement& statement : statements) {
    split_statement(statement, pieces);
  }
  std::vector<Value> documents;
  List open;
  for (const PolicyStatement& piece : pieces) {
    open.push_back(to_json(piece));
    if (open.size() > 1 && size_of(open) > kPolicyLimit) {
      Value last = std::move(open.back());
      open.pop_back();
      documents.push_back(document_of(open));
      open = {std::move(last)};
    }
  }
  if (!open.empty()) {
    documents.push_back(document_of(open));
  }
  return documents;
}

Denial read_denial(const Error& error) {
  Denial denial;
  denial.is_explicit = error.message.find("explicit deny") != std::string::npos;
  const auto word_after = [&](std::string_view mark) -> std::string {
    const auto at = error.message.find(mark);
    if (at == std::string::npos) {
      return "";
    }
    const std::string rest = error.message.substr(at + mark.size());
    return rest.substr(0, rest.find(' '));
  };
  denial.action = word_after("is not authorized to perform: ");
  denial.resource = word_after(" on resource: ");
  return denial;
}

std::string explain_denial(
    const PermissionInput& input,
    Purpose purpose,
    const Error& error,
    std::optional<Permissions>& known
) {
  if (error.klass != ErrorClass::kDenied) {
    return "";
  }
  const Denial denial = read_denial(error);
  if (denial.is_explicit) {
    return "A statement denies this, and none that allows it can help. Find that statement first.";
  }
  const std::string whole = fmt::format(
      "`plumbline iam-policy --for {}` with this manifest prints all that is needed.",
      name_of(purpose)
  );
  if (!known) {
    known = needed_permissions(input, purpose);
  }
  const PolicyStatement* found = find_statement(*known, denial);
  if (found == nullptr) {
    return "Let these credentials do it. " + whole;
  }
  PolicyStatement missing = *found;
  missing.actions = {denial.action};
  const std::string text = show_json(to_json(missing));
  const bool asks_tag = text.find("aws:ResourceTag/") != std::string::npos;
  return fmt::format(
      "The statement {} is missing{}: {}. {}",
      missing.sid,
      asks_tag ? ", or what it is about has lost our tags" : "",
      text,
      whole
  );
}

}  // namespace plumbline
