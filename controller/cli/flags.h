// Flags that several commands take, each said once.
#pragma once

#include <vector>

#include "controller/cli/command.h"

namespace plumbline {

/// The manifest and its inputs.
std::vector<Flag> manifest_flags(Options& options);
Flag state_flag(Options& options);
/// --format human|json and --quiet.
std::vector<Flag> output_flags(Options& options);
/// Everything a run against AWS takes: all of the above and --parallelism.
std::vector<Flag> run_flags(Options& options);
Flag yes_flag(Options& options);
/// One address each time; may be repeated.
Flag address_flag(std::string name, std::string summary, std::vector<std::string>& addresses);
/// --target and --max-delete.
std::vector<Flag> selection_flags(Options& options);
/// What a plan may be asked besides: those of a selection, --refresh-only and what lets guards
/// pass.
std::vector<Flag> order_flags(Options& options);

/// `first` followed by `more`: for rows that are put together.
std::vector<Flag> joined(std::vector<Flag> first, std::vector<Flag> more);

}  // namespace plumbline
