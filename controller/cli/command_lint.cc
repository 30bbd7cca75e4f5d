// lint: everything that can be said about a manifest without a call.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/mending.h"
#include "controller/cli/session.h"
#include "controller/lint/proofs.h"
#include "controller/lint/report.h"

namespace plumbline {

namespace {

std::string describe(const Loaded& loaded, Colour colour) {
  const Diagnostics& open = loaded.diagnostics;
  const std::size_t count = loaded.manifest == nullptr ? 0 : loaded.manifest->resources.size();
  std::string text = render_human(open, colour);
  if (open.empty()) {
    text += fmt::format("{} resources, no findings", count);
  } else {
    text += fmt::format(
        "\n{} resources: {} errors, {} warnings, {} notes",
        count,
        open.count(Severity::kError),
        open.count(Severity::kWarning),
        open.count(Severity::kInfo)
    );
  }
  if (const std::size_t ignored = loaded.findings.count(Standing::kIgnored); ignored > 0) {
    text += fmt::format("; {} left as they are by comments", ignored);
  }
  if (const std::size_t known = loaded.findings.count(Standing::kKnown); known > 0) {
    text += fmt::format("; {} known from the baseline", known);
  }
  const auto& all = open.all();
  const auto mendable = std::count_if(all.begin(), all.end(), [](const Diagnostic& finding) {
    return !finding.edits.empty();
  });
  if (mendable > 0) {
    text += fmt::format("; --fix can mend {}", mendable);
  }
  text += ".\n";
  if (loaded.findings.gone() > 0) {
    text += fmt::format(
        "{} findings of the baseline are gone: write it again with --write-baseline.\n",
        loaded.findings.gone()
    );
  }
  return text;
}

std::string describe_json(const Loaded& loaded) {
  const Value whole = Value::object(
      {{"version", 1},
       {"resources",
        static_cast<std::int64_t>(
            loaded.manifest == nullptr ? 0 : loaded.manifest->resources.size()
        )},
       {"findings", to_json(loaded.diagnostics)},
       {"ignored", static_cast<std::int64_t>(loaded.findings.count(Standing::kIgnored))},
       {"known", static_cast<std::int64_t>(loaded.findings.count(Standing::kKnown))},
       {"gone", static_cast<std::int64_t>(loaded.findings.gone())}}
  );
  return show_json(whole, JsonStyle::kPretty) + "\n";
}

bool fails(const Loaded& loaded) {
  return loaded.diagnostics.has_errors() || loaded.diagnostics.count(Severity::kWarning) > 0;
}

/// Where CI systems look for files: from the root of the repository that the current folder is in.
ReportPlace report_place() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path folder = fs::current_path(ignored);
  for (fs::path root = folder; !root.empty(); root = root.parent_path()) {
    if (fs::exists(root / ".git", ignored)) {
      return {.folder = folder.string(), .root = root.string()};
    }
    if (root == root.parent_path()) {
      break;
    }
  }
  return {.folder = folder.string(), .root = folder.string()};
}

ReportFacts report_facts(const Loaded& loaded) {
  ReportFacts facts{.place = report_place(), .fails = fails(loaded)};
  if (loaded.manifest != nullptr) {
    for (const SourceFile& file : loaded.manifest->sources.files()) {
      facts.files.push_back(file.name);
    }
  }
  return facts;
}

std::string report(const Loaded& loaded, const std::string& format, Colour colour) {
  if (format == "json") {
    return describe_json(loaded);
  }
  if (format == "sarif") {
    return render_sarif(loaded.findings, report_facts(loaded));
  }
  if (format == "github") {
    return render_github(loaded.findings, report_facts(loaded));
  }
  if (format == "junit") {
    return render_junit(loaded.findings, report_facts(loaded));
  }
  return describe(loaded, colour);
}

/// What makes a manifest unusable is nothing to get used to.
Exit write_baseline(
    Terminal& terminal, const std::string& path, const Loaded& loaded, Colour colour
) {
  if (!loaded.is_usable) {
    terminal.err(render_human(loaded.diagnostics, colour));
    terminal.err(
        fmt::format("plumbline: {} is not written while the manifest cannot be used\n", path)
    );
    return Exit::kFailed;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << loaded.findings.baseline_text();
  file.close();
  if (!file) {
    terminal.err(fmt::format("plumbline: {} cannot be written: {}\n", path, std::strerror(errno)));
    return Exit::kFailed;
  }
  const std::vector<Finding>& all = loaded.findings.all();
  const auto count = std::count_if(all.begin(), all.end(), [](const Finding& finding) {
    return finding.is_negotiable && finding.standing != Standing::kIgnored;
  });
  terminal.err(fmt::format("plumbline: {} knows {} findings now\n", path, count));
  return Exit::kFine;
}

/// Mends the files and says so: beside the report when that is for people, else where it does not
/// get into what a machine reads. False when a file could not be written.
bool mend(Terminal& terminal, const Options& options, const Catalog& catalog) {
  const auto outcome = mend_files(catalog, options, load_and_lint(catalog, options, true));
  if (!outcome) {
    terminal.err(fmt::format("plumbline: {}\n", outcome.error().message));
    return false;
  }
  if (outcome->mended == 0) {
    return true;
  }
  const std::string said = fmt::format(
      "{}{} findings mended in {} files.\n\n",
      options.is_quiet ? "" : render_mending(*outcome),
      outcome->mended,
      outcome->texts.size()
  );
  options.lint.format == "human" ? terminal.out(said) : terminal.err(said);
  return true;
}

Exit run_lint_command(Terminal& terminal, const Options& options, Catalog& catalog) {
  if (options.lint.fixes && !mend(terminal, options, catalog)) {
    return Exit::kFailed;
  }
  const Loaded loaded = load_and_lint(catalog, options, true);
  if (!options.lint.write_baseline.empty()) {
    return write_baseline(terminal, options.lint.write_baseline, loaded, terminal.colour());
  }
  if (options.lint.shows_proofs && options.lint.format == "human" && loaded.manifest != nullptr) {
    terminal.out(render_proofs(*loaded.manifest) + "\n");
  }
  terminal.out(report(loaded, options.lint.format, terminal.colour()));
  return fails(loaded) ? Exit::kFailed : Exit::kFine;
}

}  // namespace

CommandSpec lint_command(Options& options) {
  CommandSpec command{
      .name = "lint",
      .group = CommandGroup::kLookUp,
      .summary = "Prove what can be proven offline",
      .about =
          "Reads the manifest and says everything that is wrong with it: words, types and "
          "references, and whether what must talk can talk. No call is made and no state is "
          "read. Exits with 1 when there is an error or a warning.\n\n"
          "--fix edits the files of the manifest, and nothing else: misspelled words, values of "
          "the wrong form, rules and rights that a declared connection needs. An edit is made only "
          "when lint, asked again, finds its fault gone and nothing as grave in its place. With a "
          "format for machines the list of edits goes to the error output.\n\n"
          "A comment lets a finding be, for all that begins on its line or the next:\n"
          "  # plumbline:ignore SG008 until 2027-01-31: the office moves in January\n\n"
          "Settings are read from .plumbline/lint.yaml, or plumbline.yaml, beside the manifest:\n"
          "  minSeverity: warning\n"
          "  baseline: lint-baseline.json\n"
          "  rules: { SG002: off, PX005: error }",
      .example = "plumbline lint manifest.yaml --format sarif > findings.sarif",
      .flags = manifest_flags(options),
      .run = run_lint_command};
  const std::vector<Flag> own = {
      {.names = "--format",
       .value = "FORMAT",
       .summary = "human, json, sarif, junit or github (human)",
       .target = &options.lint.format,
       .choices = {"human", "json", "sarif", "junit", "github"}},
      {.names = "--min-severity",
       .value = "SEVERITY",
       .summary = "Least severity that counts: error, warning or info (info)",
       .target = &options.lint.min_severity,
       .choices = {"error", "warning", "info"}},
      {.names = "--fix",
       .value = "",
       .summary = "Mend in the files what can be mended without asking, then report the rest",
       .target = &options.lint.fixes},
      {.names = "--proofs",
       .value = "",
       .summary = "Print the proof of every connection first, one decision a line",
       .target = &options.lint.shows_proofs},
      {.names = "--baseline",
       .value = "FILE",
       .summary = "Findings in it are known and do not count",
       .target = &options.lint.baseline},
      {.names = "--write-baseline",
       .value = "FILE",
       .summary = "Write what is found now as the baseline, and stop",
       .target = &options.lint.write_baseline},
      {.names = "--lint-settings",
       .value = "FILE",
       .summary = "Settings to use instead of those beside the manifest",
       .target = &options.lint.settings},
      {.names = "-q,--quiet",
       .value = "",
       .summary = "Only what matters",
       .target = &options.is_quiet},
  };
  command.flags.insert(command.flags.end(), own.begin(), own.end());
  return command;
}

}  // namespace plumbline
