// Statements: what a statement of a policy says, word by word and with its places. Knows no rule.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/reading.h"

namespace plumbline {

bool is_allow(const WrittenStatement& statement);
/// An action of the statement that means `action`; "" when none surely does.
std::string action_for(const WrittenStatement& statement, std::string_view action);
/// Calls `visit` with everything that a statement says under a word, and with its place.
void for_each_said(
    const WrittenStatement& statement,
    std::string_view word,
    const std::function<void(const Value&, const std::string&)>& visit
);
/// The same with the resources that are known well enough, as text.
void for_each_resource(
    const LintContext& context,
    const WrittenStatement& statement,
    const std::function<void(const SymbolicArn&, const std::string&)>& visit
);
/// "prx-…" of "arn:…:dbuser:prx-…/app"; nothing when the text is no ARN of a database's user.
std::optional<std::string> user_holder(const std::string& arn);

}  // namespace plumbline
