#include "controller/cli/flags.h"

#include <iterator>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr double kMostDeleted = 1e6;

std::string check_input(const std::string& given) {
  const bool is_pair = given.find('=') != std::string::npos && given.front() != '=';
  return is_pair ? std::string() : fmt::format("{} is not NAME=VALUE", given);
}

std::string check_address(const std::string& given) {
  const auto dot = given.find('.');
  const bool is_address = dot != std::string::npos && dot > 0 && dot + 1 < given.size();
  return is_address ? std::string() : fmt::format("{} is no address such as dbProxies.app", given);
}

}  // namespace

std::vector<Flag> joined(std::vector<Flag> first, std::vector<Flag> more) {
  first.insert(
      first.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())
  );
  return first;
}

std::vector<Flag> manifest_flags(Options& options) {
  return {
      {.names = "PATH,-f,--file",
       .value = "PATH",
       .summary = "Manifest files, later laid over earlier, or one directory",
       .target = &options.paths,
       .is_required = true},
      {.names = "--input",
       .value = "NAME=VALUE",
       .summary = "Value of an input; may be repeated",
       .target = &options.inputs,
       .check = check_input},
  };
}

Flag state_flag(Options& options) {
  return {
      .names = "--state",
      .value = "FILE",
      .summary = "State file (PLUMBLINE_STATE, else .plumbline/state.db beside the manifest)",
      .target = &options.state};
}

std::vector<Flag> output_flags(Options& options) {
  return {
      {.names = "--format",
       .value = "FORMAT",
       .summary = "human, or json for machines",
       .target = &options.format,
       .choices = {"human", "json"}},
      {.names = "-q,--quiet",
       .value = "",
       .summary = "Only what matters",
       .target = &options.is_quiet},
  };
}

std::vector<Flag> run_flags(Options& options) {
  std::vector<Flag> flags = joined(manifest_flags(options), {state_flag(options)});
  flags = joined(std::move(flags), output_flags(options));
  flags.push_back(
      {.names = "--parallelism",
       .value = "N",
       .summary = "Calls in flight at once, 1 to 64 (10)",
       .target = &options.parallelism,
       .range = {{1, 64}}}
  );
  return flags;
}

Flag yes_flag(Options& options) {
  return {.names = "-y,--yes", .value = "", .summary = "Do not ask", .target = &options.says_yes};
}

Flag address_flag(std::string name, std::string summary, std::vector<std::string>& addresses) {
  return {
      .names = std::move(name),
      .value = "ADDRESS",
      .summary = std::move(summary),
      .target = &addresses,
      .check = check_address};
}

std::vector<Flag> selection_flags(Options& options) {
  return {
      address_flag("--target", "Only this and what it needs; may be repeated", options.targets),
      {.names = "--max-delete",
       .value = "N",
       .summary = "Refuse when more objects would go (the larger of 5 and 10 % of the stack; "
                  "destroy: no limit)",
       .target = &options.max_delete,
       .range = {{0, kMostDeleted}}},
  };
}

std::vector<Flag> order_flags(Options& options) {
  return joined(
      selection_flags(options),
      {address_flag(
           "--allow-replace",
           "Replace this holder of data, although what it holds is lost; may be repeated",
           options.allow_replace
       ),
       {.names = "--allow-mass-removal",
        .value = "",
        .summary = "Take a manifest without half of the stack as it is",
        .target = &options.allows_mass_removal},
       {.names = "--refresh-only",
        .value = "",
        .summary = "Only what changed outside, for the state to accept; no call changes anything",
        .target = &options.is_refresh_only}}
  );
}

}  // namespace plumbline
