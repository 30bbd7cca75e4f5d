// Explain: kinds, properties, rules and words of the manifest, said for people and for machines.
// Everything comes from the schemas, the table of rules and the embedded reference; no kind is
// known by name here.
#pragma once

#include <optional>
#include <string>

#include "controller/base/value.h"
#include "controller/config/catalog.h"
#include "controller/config/manifest_findings.h"
#include "controller/lint/lint.h"

namespace plumbline {

/// One topic in both forms.
struct Explanation {
  std::string text;
  Value json;
};

/// All sections and rules, a line each.
Explanation explain_everything(const Catalog& catalog);
Explanation explain_kind(const Kind& kind);
/// `dotted` is below the section: "targetGroup.maxConnectionsPercent".
Explanation explain_property(const Kind& kind, const Property& property, const std::string& dotted);
Explanation explain_rule(const Rule& rule, const Catalog& catalog);
Explanation explain_finding(const FindingKind& kind);
/// A word of the manifest or of every resource: "inputs", "protect". Nothing when there is none.
std::optional<Explanation> explain_word(const Catalog& catalog, const std::string& word);

/// Null when there is none; looks through lists, sets and maps.
const Property* find_below(const Kind& kind, std::string_view dotted);
/// Names one may ask for below `dotted` ("" = the kind's properties).
std::vector<std::string> names_below(const Kind& kind, std::string_view dotted);

/// "set of text", "one of several forms".
std::string type_of(const Property& property);
/// "1 to 100", "at least 2 elements"; "" without limits.
std::string limits_of(const Property& property);
/// What it means when the manifest does not name it; "" for outputs.
std::string absence_of(const Property& property);

}  // namespace plumbline
