// Plan files on the disk: private to the user, written whole or not at all. What is in them is
// plan/plan_file's business.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/plan/plan_file.h"

namespace plumbline {

/// Refuses a path that holds something else than a plan: `--out manifest.yaml` is a slip.
Status check_plan_place(const std::string& path);
/// 0600, through a file beside it that takes its name when it is whole.
Status save_plan_file(const std::string& path, const std::string& text);

struct FoundPlan {
  SavedPlan plan;
  std::vector<std::string> others;  ///< The paths that are not the plan: manifest files.
};
/// The plan among `paths`, or nothing when all of them are manifests. An Error when it cannot be
/// read, or when there are two.
Result<std::optional<FoundPlan>> find_plan_file(const std::vector<std::string>& paths);

}  // namespace plumbline
