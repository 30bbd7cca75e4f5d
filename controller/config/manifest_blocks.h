// The blocks beside resources: what a stack tells others (`outputs`), what was renamed (`moved`)
// and what is taken over (`import`).
#pragma once

#include "controller/config/manifest_context.h"

namespace plumbline {

/// `outputs:`. Whether references lead anywhere is the graph's matter.
void read_outputs(LoadContext& context, const Node& node);

/// `moved:`, after the resources. Moves that contradict each other are reported and left out.
void read_moves(LoadContext& context, const Node& node);

/// `import:`, after the resources, into Resource::import_id.
void read_imports(LoadContext& context, const Node& node);
/// One import that is written in no file.
void add_import(LoadContext& context, const std::string& address, const std::string& id);

}  // namespace plumbline
