// `generate:` of an input: which secret is made, and which alphabets and lengths may be asked for.
#pragma once

#include <optional>

#include "controller/config/manifest_context.h"

namespace plumbline {

/// What `generate: password` or `generate: { type: …, length: …, alphabet: …, version: … }` asks
/// for; nothing when it is at fault (reported).
std::optional<GeneratedInput> read_generate(
    const std::string& name, const Node& node, const Reporter& reporter
);

}  // namespace plumbline
