// Outputs: what a stack tells others. Resolved against Facts of a run, or against what the state
// remembers, without a call.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/plan/facts.h"
#include "state/store.h"

namespace plumbline {

struct Graph;

struct OutputValue {
  std::string name;
  Value value;  ///< Secrets stay secrets; unknown says what it waits for.
  bool is_sensitive = false;
};

/// Every output, in the manifest's order.
std::vector<OutputValue> output_values(const Manifest& manifest, const Facts& facts);

/// What the state remembers of the manifest's resources, generated inputs included.
Facts remembered_facts(const Manifest& manifest, const StateImage& state);

/// Top-level attributes that outputs take, by resource: they must be read and remembered.
std::set<std::string> output_attributes(const Manifest& manifest, const Address& address);
/// The same with those that other resources take, of each resource by its index.
std::vector<std::set<std::string>> referenced_attributes(
    const Manifest& manifest, const Graph& graph
);

/// {name: {value, sensitive}}; sensitive values as null with `sensitive: true`.
Value outputs_to_json(const std::vector<OutputValue>& outputs);
/// "name = value" lines, aligned; sensitive ones as "(sensitive)".
std::string render_outputs(const std::vector<OutputValue>& outputs);
/// One value as it is, secrets too: text without quotes, anything else as JSON. For whoever asked
/// for it by name.
std::string reveal_output(const Value& value);

}  // namespace plumbline
