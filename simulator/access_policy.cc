#include "simulator/access_policy.h"

#include <algorithm>

#include "controller/base/text.h"
#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

/// Actions are the same in any case.
bool names_action(const Value& names, const std::string& action) {
  const auto all = texts_of(names);
  return std::any_of(all.begin(), all.end(), [&](const std::string& name) {
    return fits_pattern(to_lower(name), to_lower(action));
  });
}

/// A resource's pattern is matched part by part: a star inside the account must not swallow the
/// colon behind it.
bool fits_arn(const std::string& pattern, const std::string& arn) {
  if (pattern == "*" || arn == "*") {
    return pattern == "*";
  }
  constexpr std::size_t kHeadParts = 5;
  auto wanted = split(pattern, ':');
  auto given = split(arn, ':');
  if (wanted.size() <= kHeadParts || given.size() <= kHeadParts) {
    return fits_pattern(pattern, arn);
  }
  std::size_t wanted_at = 0;
  std::size_t given_at = 0;
  for (std::size_t i = 0; i < kHeadParts; ++i) {
    if (!fits_pattern(wanted[i], given[i])) {
      return false;
    }
    wanted_at += wanted[i].size() + 1;
    given_at += given[i].size() + 1;
  }
  return fits_pattern(
      std::string_view(pattern).substr(wanted_at), std::string_view(arn).substr(given_at)
  );
}

bool names_resource(const Value& names, const AccessQuestion& question) {
  const auto all = texts_of(names);
  return std::any_of(all.begin(), all.end(), [&](const std::string& name) {
    const auto pattern = fill_variables(name, question.keys);
    return pattern && fits_arn(*pattern, question.resource);
  });
}

bool applies(const Value& statement, const AccessQuestion& question) {
  const bool excludes_actions = has_param(statement, "NotAction");
  const Value& actions = statement.get(excludes_actions ? "NotAction" : "Action");
  if (names_action(actions, question.action) == excludes_actions) {
    return false;
  }
  const bool excludes_resources = has_param(statement, "NotResource");
  const Value& resources = statement.get(excludes_resources ? "NotResource" : "Resource");
  if (names_resource(resources, question) == excludes_resources) {
    return false;
  }
  return holds_conditions(statement.get("Condition"), question.keys);
}

}  // namespace

Verdict judge_access(const std::vector<Value>& documents, const AccessQuestion& question) {
  Verdict verdict = Verdict::kNotAllowed;
  for (const Value& document : documents) {
    for (const Value& statement : items_of(document.get("Statement"))) {
      if (!applies(statement, question)) {
        continue;
      }
      if (statement.text_of("Effect") == "Deny") {
        return Verdict::kDenied;
      }
      verdict = Verdict::kAllowed;
    }
  }
  return verdict;
}

std::optional<std::string> fill_variables(std::string_view text, const ContextKeys& keys) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto close = text.substr(at, 2) == "${" ? text.find('}', at) : std::string_view::npos;
    if (close == std::string_view::npos) {
      out += text[at++];
      continue;
    }
    const std::string_view name = text.substr(at + 2, close - at - 2);
    at = close + 1;
    if (name == "*" || name == "?" || name == "$") {
      out += name;
      continue;
    }
    const auto values = keys(to_lower(name));
    if (!values || values->size() != 1) {
      return std::nullopt;
    }
    out += values->front();
  }
  return out;
}

}  // namespace plumbline::sim
