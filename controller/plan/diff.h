// Diff: desired × observed × last applied → Change, with the reason of every difference. Pure. Both
// sides are normalised first, so that notation is never drift.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/plan/observe.h"

namespace plumbline {

/// The glyphs are part of the vocabulary: what the user sees.
enum class Action {
  kNone,
  kCreate,   // +
  kUpdate,   // ~
  kAdopt,    // &  ours by its owner tag, but the state does not know it
  kImport,   // <  taken over by its id, because `import:` says so
  kReplace,  // ±
  kDelete,   // -
  kForget,   // =  dropped from the state, left in the world
  kRefresh,  // ^  the state takes what the world has become
  kHold,     // !  needs a human
};
std::string_view name_of(Action action);
char glyph_of(Action action);

struct FieldChange {
  std::string path;     ///< "targetGroup.maxConnectionsPercent"
  Value before, after;  ///< Secrets stay secrets; unknown stays unknown.
  std::string reason;  ///< "differs", "not there yet", "cannot be read back; its text changed", …
  bool forces_replacement = false;
  SourceRange place = {};  ///< Where the manifest says it; filled in by the plan.
};

enum class RowOp { kAdd, kModify, kRemove };

struct RowChange {
  RowOp op = RowOp::kAdd;
  Value before, after;      ///< Canonical rows.
  bool is_foreign = false;  ///< Removal of a row that no one declared here.
};

struct CollectionChange {
  std::string collection;
  std::vector<RowChange> rows;
};

struct TagChange {
  Tags set;  ///< Added or changed.
  std::vector<std::string> unset;
  [[nodiscard]] bool empty() const { return set.empty() && unset.empty(); }
};

struct Difference {
  std::vector<FieldChange> fields;
  std::vector<CollectionChange> collections;
  TagChange tags;
  [[nodiscard]] bool empty() const { return fields.empty() && collections.empty() && tags.empty(); }
  [[nodiscard]] bool forces_replacement() const;
  /// Top-level names of changed properties.
  [[nodiscard]] std::vector<std::string> changed() const;
};

struct DiffInput {
  const Kind* kind = nullptr;
  const Resource* resource = nullptr;
  const Value* desired = nullptr;  ///< From desired_values.
  const Observation* observed = nullptr;
  const Value* applied = nullptr;   ///< ResourceRow::applied, or null when new or adopted.
  const Value* recorded = nullptr;  ///< ResourceRow::observed at that time (witnesses), or null.
  Tags desired_tags;                ///< Ours included.
  std::string install_key;
  std::string account_id;
  bool is_being_made = false;  ///< `ignore` counts from when it is finished.
};

Difference diff(const DiffInput& input);

/// The rows a collection should have. `context` holds $id, $account and what `with` names.
List desired_rows(
    const Kind& kind, const Collection& collection, const Value& desired, const Value& context
);
/// The fields by which a row is recognised; empty ones left out.
Value row_key(const Collection& collection, const Value& row);
/// False when the collection is unmanaged for these desired values.
bool is_managed(const Collection& collection, const Value& desired);

/// A row as rows are compared: secrets as their text, the value of a map's or set's row in the
/// normal form of its property's elements.
Value comparable_row(const Kind& kind, const Collection& collection, const Value& row);

/// Null, empty text, empty list, empty object.
bool is_nothing(const Value& value);
/// With every secret as plain text: for comparing and sending, never for showing or keeping.
Value revealed(const Value& value);
/// Both in the form in which they are compared.
Value normalised(const Property& property, const Value& value);
bool equals(const Property& property, const Value& declared, const Value& observed);

}  // namespace plumbline
