// Property: what one schema file says about a property of its kind: what may be written for it,
// what it means when it is not written, and how it is compared. Plain structs, parts of a Kind.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/config/expr.h"
#include "controller/config/grant.h"

namespace plumbline {

enum class PropertyType {
  kText,
  kInt,
  kBool,
  kDouble,
  kJson,  ///< kJson: any tree, or text that is parsed as JSON.
  kList,
  kSet,
  kMap,
  kObject,  ///< kSet: order and repetition do not matter.
  kChoice,  ///< One of several written forms; see Choice.
};

enum class PropertyRole {
  kDesired,
  kReadOnly,  ///< An output; cannot be declared, can be referenced.
  kLocal,     ///< A knob for us: never sent by itself, never compared.
};

/// What a property means when the manifest does not name it.
enum class Absence {
  kDefault,    ///< The API's documented default: sent, compared.
  kLate,       ///< The server chooses: adopted into state, compared only when declared.
  kClear,      ///< Absent in the world, too: null is compared and cleared.
  kUnmanaged,  ///< Not even read.
};

struct Property;

/// `choice:` alternatives are tried in order; the first that fits turns what was written into
/// {as: value}.
struct Choice {
  std::string as;
  std::string word;           ///< Exactly this text → {as: true}.
  std::string format;         ///< "cidr4", "cidr6", "regex:…": text of that form → {as: text}.
  std::string field;          ///< A map with this one key → {as: its value}.
  bool is_reference = false;  ///< A resource's name → {as: reference}; uses section and attribute.
  std::string section, attribute;
  bool is_weak = false;  ///< As RefSpec::is_weak.
};

struct RefSpec {
  std::string section;    ///< "securityGroups"
  std::string attribute;  ///< Physical value taken from the target: "groupId", "roleArn".
  bool is_weak = false;  ///< The edge does not order creation; the property is set in a later step.
  std::string literal;   ///< Regex of texts that stand for themselves ("^arn:").
  bool is_exclusive = false;  ///< Two resources of the kind must not name the same one.
};

struct Property {
  std::string name;
  std::string summary;  ///< One sentence, for explain, editors and docs.
  PropertyType type = PropertyType::kText;
  /// Element type of list, set and map; null = text. Shared by properties that name the same
  /// `types:`.
  std::shared_ptr<const Property> element;
  std::vector<Property> fields;  ///< Of an object.
  std::vector<Choice> choices;
  bool accepts_single = false;  ///< `from: x` for `from: [x]`.
  PropertyRole role = PropertyRole::kDesired;
  Absence absence = Absence::kClear;
  Value default_value;  ///< With kDefault. A text "$name" takes another property's value.
  bool is_required = false;
  bool is_create_only = false;
  std::optional<Expr> replace_when;  ///< Narrows create-only: replacement only if it holds.
  bool is_write_only = false;  ///< Not read back: its digest is compared with the applied one.
  std::string witness;     ///< Read-only property whose change says that a write-only one drifted.
  std::string witness_of;  ///< Value function: witness == fn(declared value) (e.g. sha256_base64).
  bool is_sensitive = false;
  bool is_deferrable = false;  ///< May be set after create when a cycle asks for it.
  bool is_not_compared = false;
  bool resends_observed = false;  ///< Undeclared, it is sent along as it is observed.
  std::optional<Expr> ignore_when;
  std::optional<RefSpec> ref;    ///< Of this property, or of its elements.
  std::string source;            ///< Value source: "zip" (a directory or file becomes bytes).
  bool is_left_out = false;      ///< Not written when what is there is taken over.
  std::optional<Expr> imported;  ///< Then written as this instead of as it is observed.
  std::string normalise;         ///< Value function on both sides before comparing.
  std::string equal;             ///< Equality under a name instead of ==.
  std::string collection;        ///< Owned by this collection; not compared as a property.
  std::vector<std::string> enum_values;
  std::optional<double> min, max;  ///< Numbers: value. Lists: length. Text: `max` length.
  std::string pattern;             ///< ECMAScript regex the whole text must match.
  std::string pattern_help;        ///< "1 to 63 letters, digits and hyphens".
  std::string key_pattern, key_pattern_help;  ///< The same of a map's keys.
  std::size_t max_bytes = 0;                  ///< Of a map, as JSON; 0 = no limit.
  std::string rule;        ///< Id in lint's catalogue of what breaks a limit; "" = none.
  std::vector<Grant> iam;  ///< Taken by every changing call that sends it, besides its own.
};

}  // namespace plumbline
