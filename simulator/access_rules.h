// What a caller must be allowed for each operation: the actions' names, which are not always the
// operation's, and the resources, as AWS's service authorization reference tells them. Tables; the
// gate (access.h) reads them. An operation without a row is asked for under its own name on "*".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim {

struct AccessRule {
  std::string_view operations;  ///< Separated by spaces; a name may end in a star.
  std::string_view action;      ///< "iam:PassRole"; "" is the operation itself.
  /// What follows "arn:aws:SERVICE:REGION:ACCOUNT:". "{Name}" is the request's member (each element
  /// of a list), a star where there is none; "*" is no resource at all.
  std::string_view resource;
  std::string_view given;  ///< Counts only when the request has this member; "" = always.
};

/// One thing to be allowed.
struct Need {
  std::string action, resource;
  bool makes_resource = false;  ///< The resource comes into being: it has no tags of its own.
  std::string created_by;       ///< Of tags given at creation in EC2: the creating operation.
  std::string passed_to;        ///< Of a role that is handed on: the service that gets it.
};

/// Everything that an operation needs; empty for what everyone may do. ARNs are complete, but names
/// in them are still the request's own.
std::vector<Need> needs_of(const Request& request);

/// "arn:aws:rds:eu-west-3:123456789012:db:app" for "db:app".
std::string arn_in(const Request& request, std::string_view service, std::string_view resource);

}  // namespace plumbline::sim
