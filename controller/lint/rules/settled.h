// Settled: what a value comes to when all it names is written in the manifest too, such as
// `${subnets.a.cidrBlock}`. What AWS or somebody else decides a part of is not.
#pragma once

#include <optional>
#include <string>

#include "controller/config/manifest.h"
#include "controller/lint/rules/addresses.h"

namespace plumbline {

std::optional<std::string> settled_text(const Manifest& manifest, const Value& value);
/// Nothing as well when it is no IPv4 range.
std::optional<AddressRange> settled_range(const Manifest& manifest, const Value& value);

}  // namespace plumbline
