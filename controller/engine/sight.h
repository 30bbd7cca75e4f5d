// Sight: one look at the world, on its way into a plan. Used inside the engine only.
#pragma once

#include <map>
#include <set>
#include <string>

#include "controller/engine/engine.h"

namespace plumbline {

struct Engine::Sight {
  std::vector<Target> targets;     ///< Resources, then orphans, then lost creations.
  std::vector<Address> addresses;  ///< Of the resources.
  std::vector<std::pair<Address, std::string>> orphans;  ///< Rows without a block.
  std::vector<Intent> lost;                              ///< Creations known only by their intent.
  std::map<std::string, std::string> given_back;         ///< Intents → the objects they made.
  std::set<std::string> unsure;    ///< Intents of `lost` whose object could not be looked for.
  std::vector<ResourceRow> found;  ///< Rows given back to lost creations.
  Timestamp began_at{};            ///< What was dead by then cannot have been missed.
  PlanInput input;

  /// What was seen of one object, or null: the address may show another one by now. What is not
  /// there, or could not be read, was looked for under its address.
  [[nodiscard]] const Observation* seen_of(const Address& address, const std::string& physical_id)
      const;
};

}  // namespace plumbline
