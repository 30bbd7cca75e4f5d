// The checks behind the rules, by subject, named after their ids. The table in lint.cc lists them;
// nobody else calls them.
#pragma once

#include "controller/lint/context.h"

namespace plumbline::checks {

// Networks, zones and what they are made of (network_rules.cc; of another Region: zone_rules.cc).
void lm005(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw002(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw003(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw005(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw007(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw007_regions(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw008(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw012(const Rule& rule, const LintContext& context, Diagnostics& out);
void px001(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf006(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf007(const Rule& rule, const LintContext& context, Diagnostics& out);

// Ranges (range_rules.cc) and routes (route_rules.cc).
void nw001(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw004(const Rule& rule, const LintContext& context, Diagnostics& out);
/// Addresses in subnets, and the ranges of one network.
void nw002_addresses(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw003_networks(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw006(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw009(const Rule& rule, const LintContext& context, Diagnostics& out);
void nw010(const Rule& rule, const LintContext& context, Diagnostics& out);

// Names (identity_rules.cc) and what nobody names (usage_rules.cc).
void op002(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf002(const Rule& rule, const LintContext& context, Diagnostics& out);
/// Ends of connections (connection_rules.cc).
void rf002_connections(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf004(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf005(const Rule& rule, const LintContext& context, Diagnostics& out);
void rf005_rules(const Rule& rule, const LintContext& context, Diagnostics& out);

// Functions, and the logs they write (function_rules.cc).
void lm003(const Rule& rule, const LintContext& context, Diagnostics& out);
void lm004(const Rule& rule, const LintContext& context, Diagnostics& out);
void lm006(const Rule& rule, const LintContext& context, Diagnostics& out);
void lm008(const Rule& rule, const LintContext& context, Diagnostics& out);
void op003(const Rule& rule, const LintContext& context, Diagnostics& out);

// Security groups by themselves (group_rules.cc).
void sg007(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg008(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg013(const Rule& rule, const LintContext& context, Diagnostics& out);

// What groups can hold (group_limit_rules.cc).
void sg010(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg011(const Rule& rule, const LintContext& context, Diagnostics& out);
void sg012(const Rule& rule, const LintContext& context, Diagnostics& out);

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

// Databases by themselves (instance_rules.cc) and what RDS offers (engine_rules.cc).
void db001(const Rule& rule, const LintContext& context, Diagnostics& out);
void db002(const Rule& rule, const LintContext& context, Diagnostics& out);
void db005(const Rule& rule, const LintContext& context, Diagnostics& out);
void db006(const Rule& rule, const LintContext& context, Diagnostics& out);
void db007(const Rule& rule, const LintContext& context, Diagnostics& out);
void db008(const Rule& rule, const LintContext& context, Diagnostics& out);
void db009(const Rule& rule, const LintContext& context, Diagnostics& out);
void db010(const Rule& rule, const LintContext& context, Diagnostics& out);
void db011(const Rule& rule, const LintContext& context, Diagnostics& out);
void db012(const Rule& rule, const LintContext& context, Diagnostics& out);
void db013(const Rule& rule, const LintContext& context, Diagnostics& out);

// Proxies and their databases (proxy_rules.cc) and what they take of them (pool_rules.cc).
void px003(const Rule& rule, const LintContext& context, Diagnostics& out);
void px004(const Rule& rule, const LintContext& context, Diagnostics& out);
void px005(const Rule& rule, const LintContext& context, Diagnostics& out);
void px006(const Rule& rule, const LintContext& context, Diagnostics& out);
void px007(const Rule& rule, const LintContext& context, Diagnostics& out);
void px008(const Rule& rule, const LintContext& context, Diagnostics& out);
/// What clients say of themselves; px008 is about proxies alone.
void px008_clients(const Rule& rule, const LintContext& context, Diagnostics& out);
void px009(const Rule& rule, const LintContext& context, Diagnostics& out);
void px010(const Rule& rule, const LintContext& context, Diagnostics& out);
void px011(const Rule& rule, const LintContext& context, Diagnostics& out);
void px012(const Rule& rule, const LintContext& context, Diagnostics& out);
void px013(const Rule& rule, const LintContext& context, Diagnostics& out);
void px014(const Rule& rule, const LintContext& context, Diagnostics& out);
void px016(const Rule& rule, const LintContext& context, Diagnostics& out);
void px017(const Rule& rule, const LintContext& context, Diagnostics& out);
void px018_readers(const Rule& rule, const LintContext& context, Diagnostics& out);
void px018_clients(const Rule& rule, const LintContext& context, Diagnostics& out);

// Roles (role_rules.cc), statements (grant_rules.cc, breadth_rules.cc), logins (login_rules.cc;
// PX007 and the clients of PX008, too) and documents (document_rules.cc).
void ia001(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia002(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia003(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia004(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia005(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia006(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia007(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia008(const Rule& rule, const LintContext& context, Diagnostics& out);
/// Grants for a database behind the proxy that a client comes by; ia008 is about single grants.
void ia008_clients(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia009(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia010(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia011(const Rule& rule, const LintContext& context, Diagnostics& out);
/// Who takes on roles (escalation_rules.cc).
void ia011_roles(const Rule& rule, const LintContext& context, Diagnostics& out);
void ia013(const Rule& rule, const LintContext& context, Diagnostics& out);

// Secrets (secret_rules.cc), keys (key_rules.cc) and credentials in the open (credential_rules.cc).
void sk001(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk002(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk003(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk005(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk006(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk007(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk008(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk009(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk010(const Rule& rule, const LintContext& context, Diagnostics& out);
void sk012(const Rule& rule, const LintContext& context, Diagnostics& out);

}  // namespace plumbline::checks
