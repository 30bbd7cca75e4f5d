// Statements: what rules ask of one statement of a policy, beside what `policy` decides of a role.
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
/// Calls `visit` with every item of a statement's Resource and with its place.
void for_each_resource_item(
    const WrittenStatement& statement,
    const std::function<void(const Value&, const std::string&)>& visit
);
/// The same with those that are known well enough, as text.
void for_each_resource(
    const LintContext& context,
    const WrittenStatement& statement,
    const std::function<void(const SymbolicArn&, const std::string&)>& visit
);
/// "prx-…" of "arn:…:dbuser:prx-…/app"; nothing when the text is no ARN of a database's user.
std::optional<std::string> user_holder(const SymbolicArn& arn);

}  // namespace plumbline
