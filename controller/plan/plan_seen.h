// What was decided and seen, as data at rest, and how two such pictures differ. The part of plan
// files that knows no file. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace plumbline {

/// plan_to_json with `saw` added; secrets and bytes are {"$digest": …} under `key`, what is not
/// known yet is {"$unknown": origin}.
Value plan_at_rest(const Plan& plan, const std::string& key);

/// One resource about which two plans differ.
struct SeenChange {
  std::string address;
  std::vector<std::string> lines;  ///< "description: then \"A\", now \"B\""
};
/// Both as plan_at_rest gives them, read back from JSON. Reasons and places in the manifest are
/// words about a decision and are not compared.
std::vector<SeenChange> compare_changes(const Value& then, const Value& now);

}  // namespace plumbline
