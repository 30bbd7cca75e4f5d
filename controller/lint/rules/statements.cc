#include "controller/lint/rules/statements.h"

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

bool is_allow(const WrittenStatement& statement) {
  return statement.value.text_of("Effect") == "Allow";
}

std::string action_for(const WrittenStatement& statement, std::string_view action) {
  std::string found;
  for_each_text(statement.value.get("Action"), [&](const std::string& item) {
    if (arn_matches(to_lower(item), to_lower(action)) == Answer::kYes) {
      found = item;
    }
  });
  return found;
}

void for_each_said(
    const WrittenStatement& statement,
    std::string_view word,
    const std::function<void(const Value&, const std::string&)>& visit
) {
  const Value& written = statement.value.get(word);
  const std::string path = fmt::format("{}.{}", statement.path, word);
  if (!written.is_list()) {
    visit(written, path);
    return;
  }
  for (std::size_t i = 0; i < written.size(); ++i) {
    visit(written.as_list()[i], fmt::format("{}.{}", path, i));
  }
}

void for_each_resource(
    const LintContext& context,
    const WrittenStatement& statement,
    const std::function<void(const SymbolicArn&, const std::string&)>& visit
) {
  for_each_said(statement, "Resource", [&](const Value& item, const std::string& place) {
    if (const auto text = expand_arn(context.manifest, item)) {
      visit(*text, place);
    }
  });
}

std::optional<std::string> user_holder(const std::string& arn) {
  const auto at = arn.find(":dbuser:");
  if (arn.find(":rds-db:") == std::string::npos || at == std::string::npos) {
    return std::nullopt;
  }
  const std::string rest = arn.substr(at + 8);
  return rest.substr(0, rest.find('/'));
}

}  // namespace plumbline
