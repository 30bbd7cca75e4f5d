#include "controller/cli/flags.h"

#include <iterator>

#include <fmt/format.h>

namespace plumbline {

namespace {

std::string check_input(const std::string& given) {
  const bool is_pair = given.find('=') != std::string::npos && given.front() != '=';
  return is_pair ? std::string() : fmt::format("{} is not NAME=VALUE", given);
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

}  // namespace plumbline
