// The settings of lint: `minSeverity`, `baseline` and `rules`, from YAML.
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml.h"
#include "controller/lint/finding_set.h"
#include "controller/lint/lint.h"

namespace plumbline {

namespace {

void report(
    Diagnostics& diagnostics, const SourceRange& range, std::string detail, std::string help
) {
  Diagnostic finding;
  finding.id = "MF019";
  finding.summary = "the settings of lint cannot be used";
  finding.detail = std::move(detail);
  finding.help = std::move(help);
  finding.range = range;
  diagnostics.add(std::move(finding));
}

void read_rules(const Node& rules, LintSettings& settings, Diagnostics& diagnostics) {
  for (const NodeEntry& entry : rules.entries) {
    if (find_rule(entry.key) == nullptr) {
      report(
          diagnostics,
          entry.key_range,
          fmt::format("There is no rule `{}` whose severity can be set.", entry.key),
          "take the id from a finding, such as SG008"
      );
      continue;
    }
    const auto severity = severity_named(entry.value.text);
    if (!severity && entry.value.text != "off") {
      report(
          diagnostics,
          entry.value.range,
          fmt::format("`{}` is no severity.", entry.value.text),
          "write off, info, warning or error"
      );
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
  } else if (entry.key == "minSeverity" && severity_named(entry.value.text)) {
    settings.min_severity = severity_named(entry.value.text);
  } else {
    const auto near = nearest(entry.key, {"minSeverity", "baseline", "rules"});
    const bool is_known = near && *near == entry.key;
    report(
        diagnostics,
        is_known ? entry.value.range : entry.key_range,
        is_known ? fmt::format("`{}` has another form.", entry.key)
                 : fmt::format("There is no setting `{}`.", entry.key),
        is_known ? "minSeverity: warning, baseline: FILE, rules: { SG008: off }"
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
