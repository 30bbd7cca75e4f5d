// The checks behind the rules, by subject, named after their ids. The table in lint.cc lists them;
// nobody else calls them.
#pragma once

#include "controller/lint/context.h"

namespace plumbline::checks {

// Networks and references (network_rules.cc).
void nw002(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw003(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw005(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw007(const Rule& rule, const LintContext& context, Diagnostics& out);
void px001(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf006(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf007(const Rule& rule, const LintContext& context, Diagnostics& out);

// Security groups by themselves (group_rules.cc).
void rf004(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg007(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg008(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg013(const Rule& rule, const LintContext& context, Diagnostics& out);

// Paths between resources (path_rules.cc, acl_rules.cc, connection_rules.cc).
void lm001(const Rule& rule, const LintContext& context, Diagnostics& out);
void px002(const Rule& rule, const LintContext& context, Diagnostics& out);
void px018(const Rule& rule, const LintContext& context, Diagnostics& out);
void rc001(const Rule& rule, const LintContext& context, Diagnostics& out);
void rc002(const Rule& rule, const LintContext& context, Diagnostics& out);
void rc003(const Rule& rule, const LintContext& context, Diagnostics& out);
void rc005(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf001(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg001(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg002(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg003(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg004(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg005(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg006(const Rule& rule, const LintContext& context, Diagnostics& out);

// What is open beyond the connections (exposure_rules.cc).
void rc004(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg009(const Rule& rule, const LintContext& context, Diagnostics& out);

// Proxies and databases (database_rules.cc).
void db008(const Rule& rule, const LintContext& context, Diagnostics& out);
void db009(const Rule& rule, const LintContext& context, Diagnostics& out);
void px003(const Rule& rule, const LintContext& context, Diagnostics& out);
void px005(const Rule& rule, const LintContext& context, Diagnostics& out);
void px006(const Rule& rule, const LintContext& context, Diagnostics& out);
void px008(const Rule& rule, const LintContext& context, Diagnostics& out);
void px011(const Rule& rule, const LintContext& context, Diagnostics& out);
void px014(const Rule& rule, const LintContext& context, Diagnostics& out);

// Roles (role_rules.cc) and secrets (secret_rules.cc).
void ia001(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia002(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia003(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia009(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia013(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk001(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk002(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk012(const Rule& rule, const LintContext& context, Diagnostics& out);

}  // namespace plumbline::checks
