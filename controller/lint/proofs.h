// Proofs: every connection of a manifest, declared or inferred, with the chain of decisions behind
// its verdict. For people; `lint --proofs` prints it.
#pragma once

#include <string>

#include "controller/config/manifest.h"

namespace plumbline {

std::string render_proofs(const Manifest& manifest);

}  // namespace plumbline
