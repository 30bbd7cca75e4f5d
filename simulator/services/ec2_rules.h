// The rules of security groups: what a permission says once it is brought into AWS's one form, and
// what a set of rules lets through. Knows no wire.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {

/// The rules that IpPermissions entries mean, one per source, without ids and tags. `group` is the
/// row of the group they are for.
std::variant<std::vector<Value>, Fault> read_permissions(
    Call& call, const Value& group, bool is_egress, const List& permissions
);

/// "tcp 443 443 10.0.0.0/8": equal for rules that AWS holds to be the same.
std::string rule_key(const Value& rule);

/// The rows of a group's rules in one direction.
std::vector<Value*> rules_of(Place& place, const std::string& group_id, bool is_egress);

/// DescribeSecurityGroups' form: rules of one protocol and port range in one entry.
Value permissions_of(const std::vector<Value*>& rules);

/// See Neighbours::can_reach.
struct Path {
  const std::vector<std::string>& from;
  const std::vector<std::string>& to;
  const std::vector<std::string>& from_subnets;
  const std::vector<std::string>& to_subnets;
  int port = 0;
};
bool can_reach(Place& place, const Path& path);

}  // namespace plumbline::sim::ec2
