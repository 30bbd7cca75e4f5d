// Document size: how long a policy is for the quotas of IAM, before all of it is known.
#pragma once

#include <cstddef>

#include "controller/base/value.h"

namespace plumbline {

/// The fewest characters the value can have as JSON, without white space, which IAM does not count.
std::size_t least_size(const Value& value);

}  // namespace plumbline
