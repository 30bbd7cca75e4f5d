#include "controller/plan/replacement.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/plan/removal.h"

namespace plumbline {

std::string unchangeable(const Difference& difference) {
  std::string what;
  for (const FieldChange& field : difference.fields) {
    if (field.forces_replacement) {
      what += what.empty() ? field.path : ", " + field.path;
    }
  }
  return what + " cannot be changed in place";
}

bool is_beyond_repair(const Kind& kind, const Observation& seen) {
  return std::any_of(
      kind.observe.states.begin(),
      kind.observe.states.end(),
      [&](const StateSpec& spec) {
        return spec.is_final && is_one_of(spec.failed, seen.properties.text_of(spec.property));
      }
  );
}

bool keeps_natural_key(const Change& change) {
  const auto& key = change.kind->natural_key;
  return !key.empty() && std::none_of(
                             change.difference.fields.begin(),
                             change.difference.fields.end(),
                             [&](const FieldChange& field) {
                               return std::find(key.begin(), key.end(), field.path) != key.end();
                             }
                         );
}

std::optional<ReplacementRefusal> replacement_refusal(
    const Change& change,
    const Observation& seen,
    const PlanInput& input,
    const std::string& account_id
) {
  const ResourceRow* row = find_row(*input.state, change.address);
  if (change.resource->is_protected) {
    return ReplacementRefusal{
        fmt::format("{} is protected", seen.id),
        "Remove `protect: true` and apply that first, if it really may be replaced."};
  }
  if (row != nullptr && row->is_protected) {
    return ReplacementRefusal{
        fmt::format("{} is protected", seen.id),
        "Its protection goes with an apply of its own: undo the other edit, apply, then make it "
        "again."};
  }
  if (change.kind->is_data_bearing && !input.orders.may_replace.contains(change.address)) {
    return ReplacementRefusal{
        fmt::format("replacing {} would lose what it holds", seen.id),
        fmt::format(
            "Move the data with a cut-over (`cutovers:`), or declare a second resource and switch "
            "to it. If what it holds may be lost: --allow-replace {}.",
            change.address.to_string()
        )};
  }
  if (lacks_owner_tag(*change.kind, seen, input, account_id, {change.address, change.region})) {
    return ReplacementRefusal{
        fmt::format("{} does not carry our owner tag, so it is not deleted", seen.id),
        "Find out who removed the tag; if it is yours, apply without this edit to tag it again."};
  }
  return std::nullopt;
}

}  // namespace plumbline
