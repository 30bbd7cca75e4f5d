// Observation: what a reply says about one object, bound to the kind's property names and types.
// Pure: the engine fetches, this file reads. Absent, present and unreadable are three different
// things.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/aws/call.h"
#include "controller/config/kind.h"

namespace plumbline {

enum class Presence { kAbsent, kPresent, kUnreadable };
enum class Readiness { kReady, kPending, kFailed, kDeleting };

using Tags = std::vector<std::pair<std::string, std::string>>;

struct Observation {
  Presence presence = Presence::kAbsent;
  std::string id;
  Value properties;  ///< Bound and typed; sensitive ones concealed; empty texts are left out.
  Readiness readiness = Readiness::kReady;
  std::string state;  ///< AWS's word, "creating".
  std::string why;    ///< AWS's reason when it gives one.
  Tags tags;
  bool has_tags = false;                    ///< `tags` was read; empty then means none.
  std::map<std::string, List> collections;  ///< Canonical rows by collection, when read.
  bool is_built_in = false;                 ///< AWS's own: may be named, never taken over.
  Error error;                              ///< Of kUnreadable.

  [[nodiscard]] const std::string* find_tag(std::string_view key) const;
};

/// The item(s) of a read or list reply: `from` applied; a single tree becomes a list of one.
List items_of(const Path& from, const Value& reply);

/// Binds one item. kAbsent when it is a corpse (gone_when), which keeps its id, or has no id.
/// `item` is as `read` gives it.
Observation observe_item(const Kind& kind, const Value& item);
/// A row of the kind's list: `strip` and bind_override applied, tags and bulk collection rows
/// taken.
Observation observe_list_row(const Kind& kind, const Value& row);
/// Adds what a side read's (or create's) reply says.
void bind_into(
    Observation& observation, const Kind& kind, const std::vector<Bind>& binds, const Value& reply
);
/// Re-evaluates readiness after bind_into.
void judge_readiness(Observation& observation, const Kind& kind, const Value& item);

/// Tags from the item or from the reply of TagSpec::read_call.
Tags read_tags(const TagSpec& spec, const Value& node);
/// Rows of a collection from its reply (or from the main read's): bound, derived, skipped,
/// canonical. `observed` are the resource's own properties ($observed in `skip`).
List observe_rows(
    const Collection& collection,
    const Path& from,
    const std::vector<Bind>& binds,
    const Value& reply,
    const Value& observed
);

/// True when `state` is one of `words`, whatever the case: AWS's models and its wire differ in it.
bool is_one_of(const std::vector<std::string>& words, const std::string& state);

/// A reply scalar in the property's type: XML text "true" → bool, "3306" → int, JSON text → tree.
Value typed(const Property& property, const Value& raw);

}  // namespace plumbline
