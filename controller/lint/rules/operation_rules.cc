// Rules about what goes on after the first apply: runtimes that Lambda gives up, and logs.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Runtimes that were deprecated before 2026 and of which Lambda makes no functions as of 2026-08;
/// from the table of deprecated runtimes in Lambda's developer guide. Later dates are still moved.
struct Runtime {
  std::string_view name, successor;
};
constexpr auto kRefused = std::to_array<Runtime>({
    {"dotnetcore1.0", "dotnet8"},
    {"dotnetcore2.0", "dotnet8"},
    {"dotnetcore2.1", "dotnet8"},
    {"dotnetcore3.1", "dotnet8"},
    {"dotnet6", "dotnet8"},
    {"python3.8", "python3.13"},
    {"python3.9", "python3.13"},
    {"nodejs16.x", "nodejs22.x"},
    {"nodejs18.x", "nodejs22.x"},
    {"go1.x", "provided.al2023"},
    {"java8", "java21"},
    {"nodejs", "nodejs22.x"},
    {"nodejs10.x", "nodejs22.x"},
    {"nodejs12.x", "nodejs22.x"},
    {"nodejs14.x", "nodejs22.x"},
    {"nodejs4.3", "nodejs22.x"},
    {"nodejs4.3-edge", "nodejs22.x"},
    {"nodejs6.10", "nodejs22.x"},
    {"nodejs8.10", "nodejs22.x"},
    {"provided", "provided.al2023"},
    {"python2.7", "python3.13"},
    {"python3.6", "python3.13"},
    {"python3.7", "python3.13"},
    {"ruby2.5", "ruby3.4"},
    {"ruby2.7", "ruby3.4"},
});

}  // namespace

void lm008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* function : context.facts->topology.section("functions")) {
    const std::string& runtime = function->properties.text_of("runtime");
    const auto found = std::find_if(kRefused.begin(), kRefused.end(), [&](const Runtime& one) {
      return one.name == runtime;
    });
    // One that is taken over exists already, and stays as it is.
    if (found == kRefused.end() || function->existing || !function->import_id.empty()) {
      continue;
    }
    reporting.at(
        {*function, "runtime"},
        fmt::format("Lambda makes no functions with {} any more.", runtime),
        fmt::format("write {} after trying the code with it", found->successor)
    );
  }
}

void op003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* group : context.facts->topology.section("logGroups")) {
    if (!group->existing && !is_written(*group, "retentionInDays")) {
      reporting.at(
          {*group, ""},
          fmt::format("`{}` keeps its lines for ever.", group->address.to_string()),
          "set retentionInDays, such as 30"
      );
    }
  }
  for (const Resource* database : created(context, "dbInstances")) {
    const Value& exports = database->properties.get("enableCloudwatchLogsExports");
    const bool is_said = is_written(*database, "enableCloudwatchLogsExports");
    if (is_said && (!exports.is_list() || exports.size() > 0)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*database, "enableCloudwatchLogsExports"},
        "",
        "name its logs, such as [error] or [postgresql]"
    );
    finding.summary = "a database's logs are kept on its disk alone";
    finding.detail = fmt::format(
        "`{}` sends none of its logs to CloudWatch. They are gone after days, and with the "
        "instance.",
        database->address.to_string()
    );
    // What nothing is said of may be decided by the cluster, or by another team.
    finding.severity = is_said ? finding.severity : Severity::kInfo;
  }
}

}  // namespace plumbline::checks
