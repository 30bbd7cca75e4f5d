// The settings of lint: `minSeverity`, `baseline` and `rules`, from YAML.
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_findings.h"
#include "controller/config/yaml.h"
#include "controller/lint/finding_set.h"
#include "controller/lint/lint.h"
#include "controller/lint/own_findings.h"

namespace plumbline {

namespace {

void report(
    Diagnostics& diagnostics, const SourceRange& range, std::string detail, std::string help
) {
  Diagnostic finding;
  finding.id = kBadSettings.id;
  finding.summary = kBadSettings.summary;
  finding.detail = std::move(detail);
  finding.help = std::move(help);
  finding.range = range;
  diagnostics.add(std::move(finding));
}

void report_severity(
    Diagnostics& diagnostics, const Node& written, const std::vector<std::string>& severities
) {
  const auto near = nearest(written.text, severities);
  report(
      diagnostics,
      written.range,
      written.is_scalar() ? fmt::format("{} is no severity.", in_ticks(written.text))
                          : "A severity is one word.",
      near ? fmt::format("did you mean {}?", *near)
           : fmt::format("write one of {}", join(severities, ", "))
  );
}

void read_rules(const Node& rules, LintSettings& settings, Diagnostics& diagnostics) {
  constexpr std::size_t kMostFindings = 50;  // More than anyone reads.
  for (const NodeEntry& entry : rules.entries) {
    if (diagnostics.all().size() >= kMostFindings) {
      break;
    }
    if (const auto objection = objection_to_id(entry.key)) {
      report(diagnostics, entry.key_range, objection->detail, objection->help);
      continue;
    }
    const auto severity = severity_named(entry.value.text);
    if (!severity && entry.value.text != "off") {
      report_severity(diagnostics, entry.value, {"off", "info", "warning", "error"});
      continue;
    }
    settings.rules[entry.key] = severity;
  }
}

void read_entry(const NodeEntry& entry, LintSettings& settings, Diagnostics& diagnostics) {
  if (entry.key == "rules" && entry.value.is_map()) {
    read_rules(entry.value, settings, diagnostics);
  } else if (entry.key == "baseline" && entry.value.is_scalar()) {
    settings.baseline = entry.value.text;
    settings.baseline_range = entry.value.range;
  } else if (entry.key == "minSeverity") {
    settings.min_severity = severity_named(entry.value.text);
    if (!settings.min_severity) {
      report_severity(diagnostics, entry.value, {"info", "warning", "error"});
    }
  } else {
    const auto near = nearest(entry.key, {"minSeverity", "baseline", "rules"});
    const bool is_known = near && *near == entry.key;
    report(
        diagnostics,
        is_known ? entry.value.range : entry.key_range,
        is_known ? fmt::format("`{}` has another form.", entry.key)
                 : fmt::format("There is no setting {}.", in_ticks(entry.key)),
        is_known ? "write it as in baseline: FILE, or rules: { SG008: off }"
                 : fmt::format(
                       "use minSeverity, baseline or rules{}",
                       near ? "; did you mean " + *near + "?" : ""
                   )
    );
  }
}

}  // namespace

LintSettings parse_lint_settings(const SourceFile& file, Diagnostics& diagnostics) {
  LintSettings settings;
  settings.file = file.name;
  const auto tree = parse_yaml(file, diagnostics);
  if (!tree || tree->is_null()) {
    return settings;
  }
  // plumbline.yaml is for the whole program; lint has a word in it.
  const Node* lint = tree->find("lint");
  const Node& words = lint == nullptr ? *tree : *lint;
  if (!words.is_map()) {
    report(diagnostics, words.range, "It is no map of settings.", "write rules: { SG008: off }");
    return settings;
  }
  for (const NodeEntry& entry : words.entries) {
    read_entry(entry, settings, diagnostics);
  }
  return settings;
}

}  // namespace plumbline
