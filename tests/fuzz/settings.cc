// What people decided about findings: settings (YAML) and baseline (JSON).
#include "controller/lint/finding_set.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {

void read_settings(std::string_view input) {
  SourceSet sources;
  const SourceFile& file = sources.add("plumbline.yaml", std::string(input));
  Diagnostics diagnostics;
  const LintSettings settings = parse_lint_settings(file, diagnostics);
  static_cast<void>(render_human(diagnostics, Colour::kNever));
  FindingSet findings({}, {}, nullptr, "2026-11-20");
  findings.apply(settings);
  if (const Status status = findings.apply_baseline(input); !status) {
    PLUMBLINE_CHECK(status.error().klass == ErrorClass::kCorrupt);
  }
}

}  // namespace plumbline::fuzz
