// Findings about what `forEach` makes: each copy has the fault that its template has.
// Private to controller/lint.
#pragma once

#include "controller/base/diagnostics.h"
#include "controller/config/manifest.h"

namespace plumbline {

/// What one template makes is wrong in one place: one finding, about the first, that names the
/// others. `findings` are sorted, and stay so.
void fold_templates(const Manifest& manifest, Diagnostics& findings);

}  // namespace plumbline
