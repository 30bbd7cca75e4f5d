// Transcribe: what is there, as a manifest would declare it. The way back from an observation to
// properties; generic over the kinds. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controller/plan/observe.h"

namespace plumbline {

/// In the shape of the kind's properties: rows are back in the properties they come of, choices are
/// {as: value}. Only what may be declared and differs from its default. What is sensitive, what
/// cannot be read back and what the schema leaves out is missing.
Value declarable(const Kind& kind, const Observation& seen, const std::string& account_id);

/// A place where one resource names another.
struct Naming {
  std::string_view section, attribute;
  std::string_view literal;  ///< Texts of this form stand for themselves.
};

/// Calls `visit` for each text inside that names another resource.
void for_each_named(
    const Kind& kind,
    const Value& declared,
    const std::function<void(const Naming& naming, const std::string& text)>& visit
);

/// The name in the manifest of what a place names; nothing when it is not in there.
using FindName = std::function<std::optional<std::string>(const Naming&, const std::string& text)>;

/// `declared` as a person writes it: choices in their forms, references by name or as `{id: …}`,
/// "${" kept from being an interpolation.
Value as_written(const Kind& kind, const Value& declared, const FindName& name_of);

/// "${" in a text that means itself.
std::string escaped(std::string_view text);

}  // namespace plumbline
