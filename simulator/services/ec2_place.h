// What the EC2 actions share: the tables of one account and region, checks of ids and parameters,
// tags, filters and pages. Rows are kept in the form in which EC2 shows them; members whose name
// starts with a dollar sign are our notes and are never shown. Knows no single kind's rules.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim::ec2 {

using Table = std::map<std::string, Value>;

/// One account in one region.
struct Place {
  std::string account, region;
  std::map<std::string, Table, std::less<>> tables;  ///< By resource type: "vpc", "subnet" …

  Table& table(std::string_view type);
  /// Null when there is no such row.
  Value* find(std::string_view type, const std::string& id);
};

/// All of them, by account and region.
using Places = std::map<std::pair<std::string, std::string>, Place>;

/// One call.
struct Call {
  World& world;
  Place& place;
  const Value& params;
  std::string action;
  const Neighbours& neighbours;  ///< What other services know.
  Places& places;                ///< `place` is one of them; peerings have two sides.
};

/// How one type of resource is named on the wire.
struct Kind {
  std::string_view type, prefix;
  std::string_view id_member, id_param, set;
  std::string_view not_found, malformed, noun;
};
/// `type` must be one of the known ones.
const Kind& kind_of(std::string_view type);
/// The kind whose ids begin as `id` does; null when there is none.
const Kind* kind_of_id(std::string_view id);

using Row = std::variant<Value*, Fault>;
/// The row with this id; a fault for an empty, malformed or unknown one.
Row find_row(Call& call, std::string_view type, const std::string& id);
/// The row that the required parameter `name` names.
Row find_named(Call& call, std::string_view type, std::string_view name);

Fault missing_parameter(std::string_view name);
Fault invalid_value(std::string_view value, std::string_view parameter, std::string_view why = "");
Fault dependency_violation(std::string message);

/// "true" and "True" as AWS reads them.
bool is_true(const Value& params, std::string_view name);
/// A list parameter, or an empty list.
const List& list_of(const Value& params, std::string_view name);

/// The tags that TagSpecification gives to a new resource of `type`, as a tagSet.
std::variant<Value, Fault> tags_for(const Call& call, std::string_view type);
std::optional<Fault> check_tags(const List& tags);
/// Adds {Key, Value} tags to a row's tagSet, replacing those with the same key.
void put_tags(Value& row, const List& tags);

/// Filter name → dotted path in a row; lists on the way are entered.
using Filters = std::map<std::string_view, std::string_view>;
/// Every scalar at `path`, as text.
std::vector<std::string> texts_at(const Value& row, std::string_view path);

/// What Describe… does: ids given by parameter must exist, filters narrow, pages are cut. `present`
/// makes what is shown of a row.
using Present = std::function<Value(const Value& row)>;
Outcome describe(
    Call& call, std::string_view type, const Filters& filters, const Present& present = {}
);
/// The same for rows that are in no table.
Outcome describe_rows(
    Call& call, std::string_view set, const std::vector<Value>& rows, const Filters& filters
);

/// Sets `state`, and what it becomes (`then`; "" removes the row) after `real` time at AWS. A row
/// with "$forgetAfter" (milliseconds) is removed so long after that.
void move_on(Call& call, Value& row, std::string_view state, std::string_view then, Duration real);

/// "arn:aws:ec2:region:account:type/id".
std::string arn_of(const Place& place, std::string_view type, std::string_view id);

/// An action: its handler and the parameters it knows, besides DryRun.
using Handler = Outcome (*)(Call& call);
struct Action {
  Handler handle = nullptr;
  std::string_view params;
};
using Actions = std::map<std::string_view, Action>;
void add_vpc_actions(Actions& actions);
void add_subnet_actions(Actions& actions);
void add_group_actions(Actions& actions);
void add_rule_actions(Actions& actions);
void add_route_actions(Actions& actions);
void add_gateway_actions(Actions& actions);
void add_address_actions(Actions& actions);
void add_nat_actions(Actions& actions);
void add_acl_actions(Actions& actions);
void add_peering_actions(Actions& actions);
void add_account_actions(Actions& actions);

}  // namespace plumbline::sim::ec2
