// A manifest on its whole way offline: YAML, types, references, graph, lint, and every form in
// which findings are shown.
#include "controller/config/manifest.h"

#include <algorithm>

#include "controller/base/edits.h"
#include "controller/base/json.h"
#include "controller/config/graph.h"
#include "controller/config/yaml.h"
#include "controller/lint/finding_set.h"
#include "controller/lint/lint.h"
#include "controller/lint/report.h"
#include "tests/fuzz/replies.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

/// What reaches a terminal moves no cursor.
void expect_printable(std::string_view text) {
  PLUMBLINE_CHECK(std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f';
  }));
}

void expect_told(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    PLUMBLINE_CHECK(!diagnostic.id.empty() && !diagnostic.summary.empty());
    PLUMBLINE_CHECK(diagnostic.range.begin <= diagnostic.range.end);
  }
  expect_printable(render_human(diagnostics, Colour::kNever));
  PLUMBLINE_CHECK(parse_json(show_json(to_json(diagnostics))));
}

/// Whatever is offered can be made, and each edit by itself leaves YAML behind.
void expect_edits_fit(const Diagnostics& diagnostics, const Manifest& manifest) {
  static_cast<void>(mend(diagnostics));
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    Diagnostics alone;
    alone.add(diagnostic);
    for (const auto& [file, text] : mend(alone).texts) {
      SourceFile after{file->name, text};
      Diagnostics faults;
      PLUMBLINE_CHECK(!manifest.is_whole || parse_yaml(after, faults));
    }
  }
}

}  // namespace

void read_manifest(std::string_view input) {
  ManifestOptions options;
  options.allows_missing_inputs = true;
  Diagnostics read;
  const auto manifest =
      parse_manifest(catalog(), "manifest.yaml", std::string(input), options, read);
  PLUMBLINE_CHECK(manifest != nullptr);
  Diagnostics linted;
  const Graph graph = make_graph(*manifest, read);
  if (!read.has_errors()) {
    PLUMBLINE_CHECK(graph.order.size() == manifest->resources.size());
    linted = run_lint({*manifest, graph, catalog()});
  }
  expect_told(read);
  expect_told(linted);
  FindingSet findings(read, linted, manifest.get(), "2026-11-20");
  findings.apply_comments();
  PLUMBLINE_CHECK(parse_json(render_sarif(findings, {})));
  static_cast<void>(render_junit(findings, {.files = {"manifest.yaml"}}));
  static_cast<void>(render_github(findings, {}));
  expect_edits_fit(findings.open(), *manifest);
  PLUMBLINE_CHECK(findings.apply_baseline(findings.baseline_text()));
}

}  // namespace plumbline::fuzz
