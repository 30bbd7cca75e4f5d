// The kind loader: YAML of schemas/ → Kind and ServiceProfile, with a diagnostic for everything
// that would otherwise go wrong later. Used by the Catalog. Words: schemas/schema.md.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/base/diagnostics.h"
#include "controller/config/kind.h"
#include "controller/config/node.h"

namespace plumbline {

/// schemas/services.yaml. The tag dialects stay trees, because a kind may override parts of them.
struct ServiceTable {
  std::map<std::string, ServiceProfile, std::less<>> profiles;
  std::map<std::string, const Node*, std::less<>> tags;  ///< Into the Node it was loaded from.
};

/// `root` must outlive the table.
ServiceTable load_services(const Node& root, Diagnostics& diagnostics);

/// Always returns a Kind; it is usable only when no errors were added. `root` may go afterwards;
/// `services` must outlive the Kind.
std::unique_ptr<Kind> load_kind(
    const Node& root, const ServiceTable& services, Diagnostics& diagnostics
);

}  // namespace plumbline
