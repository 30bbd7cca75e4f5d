// The program's own schemas as trees that were parsed when it was built: reading their YAML again
// would be a fifth of what a small lint takes. cmake/pack_schemas.cc writes them, Catalog reads
// them. Knows nodes only, not what they mean.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "controller/config/node.h"

namespace plumbline {

struct PackedSchema {
  std::string_view name;           ///< "schemas/vpc.yaml", as errors name it.
  std::string_view kind, section;  ///< "" for the table of services.
  std::string_view tree;
};

/// In the order of the build: the table of services first.
std::span<const PackedSchema> packed_schemas();

std::string pack(const Node& node);
/// The node that was packed, its places in `file`. CHECKs that `packed` comes from pack().
Node unpack(std::string_view packed, const SourceFile& file);

}  // namespace plumbline
