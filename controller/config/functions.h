// The functions behind the registries of config/expr.h, by subject. Each is pure and total: what it
// cannot read it gives back unchanged. Only functions.cc, which lists them, and tests include this.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "controller/base/value.h"
#include "controller/config/expr.h"

namespace plumbline::functions {

// Texts (functions_text.cc). Given a list, those that work on a text work on each element.
Value lower(const Value& value);
Value last_segment(const Value& value);  ///< What follows the last '/'.
Value arn_part(const Value& value);      ///< What follows the last ':' or '/': "prx-…" of an ARN.
Value base64(const Value& value);
Value base64_text(const Value& value);
Value sha256_base64(const Value& value);
Value url_decode(const Value& value);
Value json(const Value& value);        ///< A tree becomes compact JSON text; text stays.
Value parse_json(const Value& value);  ///< JSON text becomes a tree; other text stays.
Value bool_text(const Value& value);  ///< true, 1, on, yes → "true"; false, 0, off, no → "false".
Value dns_name(const Value& value);        ///< Lower case, "\052" decoded, one dot at the end.
Value principal_text(const Value& value);  ///< A statement's Principal as one text.

// Addresses and rules (functions_net.cc, functions_sg.cc).
Value cidr4(const Value& value);  ///< "10.0.0.5/8" → "10.0.0.0/8".
Value cidr6(const Value& value);  ///< RFC 5952, masked.
bool is_cidr4(std::string_view text);
bool is_cidr6(std::string_view text);
Value ip_protocol(const Value& value);  ///< "all" → "-1", 6 → "tcp", "TCP" → "tcp".
/// {port | ports, protocol, from/to: [{cidr|cidr6|group|self|prefixList|id: …}], description} with
/// {direction, selfId} → one row for each source.
List sg_rules(const Value& rules, const Value& context);
Value sg_rule_observed(const Value& row);  ///< A described rule as the same row.
/// The way back: the rows of {direction} as rules, those that differ in their peer alone as one.
Value sg_rules_of_rows(const List& rows, const Value& context);
Value ip_protocol_number(const Value& value);  ///< "tcp" → "6"; other texts stay.
/// {ruleNumber, ruleAction, protocol, port | ports, icmpType, icmpCode, from/to: {cidr|cidr6: …}}
/// with {direction} → one row for each entry.
List acl_entries(const Value& entries, const Value& context);
Value acl_entry_observed(const Value& row);  ///< A described entry as the same row.
Value acl_entries_of_rows(const List& rows, const Value& context);  ///< The way back.

/// What rules of both sorts share: a number written as one or as text.
std::optional<std::int64_t> whole_number(const Value& value);
/// The ports of {protocol, port | ports | icmpType, icmpCode}: for icmp type and code, -1 being
/// any; nothing for protocols without ports. `protocol` is a word of ip_protocol.
std::optional<std::pair<std::int64_t, std::int64_t>> ports_of_rule(
    const Value& rule, std::string_view protocol
);
/// The way back: `protocol` where it is not tcp, and port or ports; icmp's type and code are named
/// differently in rows.
void write_ports(Value& rule, const Value& protocol, const Value& from, const Value& to);

// Policies (functions_policy.cc).
Value iam_policy(const Value& value);  ///< The normal form: equal policies become equal trees.

// Equalities (functions_equal.cc): (declared, observed).
bool engine_version(const Value& declared, const Value& observed);
bool at_least(const Value& declared, const Value& observed);
bool arn_or_id(const Value& declared, const Value& observed);

}  // namespace plumbline::functions
