// What a state holds, as text for eyes and as Values for JSON (schemas/output.schema.json). Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/base/value.h"
#include "state/edit.h"

namespace plumbline {

/// One line a row in aligned columns; only those of `section` unless it is "".
std::string state_table(const StateImage& state, const std::string& section);
Value state_to_json(const StateImage& state, const std::string& section);

/// Everything that is known at one address: rows, what waits, and the newest history.
struct AtAddress {
  Address address;
  std::vector<ResourceRow> rows;
  std::vector<OpenWork> open;
  std::vector<AuditRecord> history;  ///< Newest first.
};
std::string describe(const AtAddress& known);
Value to_json(const AtAddress& known);

std::string describe(const std::vector<OpenWork>& open);
Value to_json(const std::vector<OpenWork>& open);

}  // namespace plumbline
