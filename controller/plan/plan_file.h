// Plan file: a plan at rest, for review now and exactly this later. Pure: text in, text out; who
// saves it knows files. Apply never trusts the file for what to do: it makes the plan again from
// the same manifest under the same orders, and refuses when the two differ in anything that was
// decided or seen. Holds no secret: values are digests under the state's key, which is not in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace plumbline {

/// Where a plan comes from, beside the world.
struct PlanOrigin {
  std::vector<std::string> paths;   ///< Of the manifest, absolute.
  std::vector<std::string> inputs;  ///< "name=value" as given; those of sensitive inputs left out.
  std::string state_path;           ///< Absolute.
  std::uint64_t serial = 0, epoch = 0;
  std::string install_key;
  Timestamp at{};
};

struct SavedPlan {
  std::string file;  ///< Where it was read from, for messages.
  PlanOrders orders;
  PlanOrigin origin;  ///< Without a key.
  Value content;      ///< All of it, as written.
};

/// The text of a plan file. An error when the plan holds what JSON cannot.
Result<std::string> write_plan(
    const Plan& plan, const Manifest& manifest, const PlanOrigin& origin
);
/// True when `text` means to be a plan file, of whatever version.
bool is_plan_file(std::string_view text);
/// kCorrupt when it is damaged, kConflict when another version wrote it.
Result<SavedPlan> read_plan(std::string file, std::string_view text);

/// What can be known without a look at the world: that the file is as it was written, belongs to
/// this state, and that the manifest's files are the same. PL004 each.
Diagnostics check_saved_plan(
    const SavedPlan& saved, const Manifest& manifest, const StateImage& state
);
/// PL005 for each resource about which the two differ: what was seen or decided then, and now.
Diagnostics compare_plans(const SavedPlan& saved, const Plan& fresh, const StateImage& state);

}  // namespace plumbline
