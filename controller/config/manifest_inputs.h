// `inputs:` and their values: flag before environment before file before default.
#pragma once

#include "controller/config/manifest_context.h"

namespace plumbline {

/// Fills context.inputs from the declarations and the options; `node` may be null (no inputs).
void read_inputs(LoadContext& context, const Node* node);

/// Warns of inputs nothing used; call when everything else is read.
void report_unused_inputs(const LoadContext& context);

}  // namespace plumbline
