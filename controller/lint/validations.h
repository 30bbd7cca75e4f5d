// Validations: what the schemas say that properties of one resource must be together (`validate:`).
#pragma once

#include "controller/base/diagnostics.h"
#include "controller/config/manifest.h"

namespace plumbline {

/// Adds a finding for each that surely does not hold.
void validate(const Resource& resource, const Manifest& manifest, Diagnostics& out);

}  // namespace plumbline
