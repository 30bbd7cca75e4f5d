// A handful of kinds, made by hand, with one property for every way a value can be typed. For tests
// of manifests and graphs, which must not depend on what AWS's kinds say this month.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/config/manifest_context.h"

namespace plumbline {

/// vpcs, subnets, securityGroups, secrets, dbInstances, functions.
const KindSource& test_kinds();

/// The manifest of a text called "m.yaml".
std::shared_ptr<const Manifest> parse_text(
    std::string text, Diagnostics& diagnostics, const ManifestOptions& options = {}
);

/// "MF004 3:9" for every finding, in order.
std::vector<std::string> places(const Diagnostics& diagnostics);
/// All of a rule's detail and help texts, for substring checks.
std::string words_of(const Diagnostics& diagnostics);

}  // namespace plumbline
