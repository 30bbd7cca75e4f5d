// "${section.name.attribute}" inside texts: taken apart, names that are known at load put in, the
// rest left as references. Knows no kinds: whether a reference leads anywhere is the graph's
// matter.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/value.h"
#include "controller/config/manifest_findings.h"

namespace plumbline {

/// What short names stand for. `${account}` and `${partition}` belong to the credentials, so they
/// stay references, to Address{"account", "id"} and Address{"partition", "id"} with an empty
/// attribute, and so does `${region}`, Address{"region", "id"}, where the manifest names no region,
/// and a generated input, Address{"inputs", name}. Inside a resource of a named account
/// `${account}` has the attribute "@NAME", which nobody can write.
struct InterpolationNames {
  std::string_view stack, region;
  std::string_view account;  ///< Name in `accounts:`; "" for the credentials' own.
  /// The value of an input: text, number, bool, secret or unknown; null when it is not declared.
  std::function<Value(std::string_view name)> input;
  /// Names of all inputs, for suggestions.
  std::function<std::vector<std::string>()> inputs;
  /// Taken by "${section.name}"; empty: an attribute must be written.
  std::string_view default_attribute;
  bool is_weak = false;  ///< References made do not order creation.
};

struct InterpolationFault {
  std::size_t offset = 0, length = 0;  ///< In the text.
  std::string id, detail;
  Advice advice;
};

/// False for texts that interpolate() would return as they are.
inline bool has_interpolation(std::string_view text) {
  return text.find("${") != std::string_view::npos;
}

/// True for references to generated inputs: secrets that the state's key gives.
bool is_generated(const Reference& reference);

/// True for references that lead to no resource: to `${account}`, `${partition}`, `${region}` and
/// to generated inputs.
bool is_ambient(const Reference& reference);
/// Of a reference to `${account}`: the name in `accounts:`, or "".
std::string account_of(const Reference& reference);

/// A number, a bool or a text as it would be written.
std::string to_text(const Value& value);

/// Text, secret, unknown, reference, or concat of those; for a text that is one single
/// `${inputs.x}` the input's value as it is. "$${" stands for "${". With faults the result is null.
Value interpolate(
    std::string_view text, const InterpolationNames& names, std::vector<InterpolationFault>& faults
);

}  // namespace plumbline
