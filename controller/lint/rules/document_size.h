// How large a policy is at least, as IAM and KMS count it. Knows no rule.
#pragma once

#include <cstddef>

#include "controller/base/value.h"
#include "controller/lint/rules/finding.h"

namespace plumbline {

/// The fewest characters the value can have as JSON, without white space, which IAM does not count.
std::size_t least_size(const Value& value);
/// Tells when a policy of that size is larger than is taken.
void check_size(const Reporting& reporting, const Spot& spot, std::size_t size, std::size_t most);

}  // namespace plumbline
