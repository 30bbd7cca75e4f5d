#include "controller/cli/judge.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::streamsize kPiece = 64 << 10;
constexpr std::size_t kLargest = 256U << 20U;

std::string settings_path(const Options& options, const Loaded& loaded) {
  if (!options.lint.settings.empty()) {
    return options.lint.settings;
  }
  const fs::path folder = loaded.manifest == nullptr ? "." : loaded.manifest->folder;
  for (const fs::path& name : {fs::path(".plumbline") / "lint.yaml", fs::path("plumbline.yaml")}) {
    const fs::path path = folder == "." ? name : folder / name;
    std::error_code error;
    // A link that leads nowhere was meant to be settings, too.
    if (fs::exists(fs::symlink_status(path, error))) {
      return path.string();
    }
  }
  return "";
}

void add_fault(Diagnostics& out, std::string detail, std::string help) {
  Diagnostic fault;
  fault.id = "MF019";
  fault.summary = "the settings of lint cannot be used";
  fault.detail = std::move(detail);
  fault.help = std::move(help);
  out.add(std::move(fault));
}

/// A file that settings name may be anybody's choice; it must not keep lint waiting.
Result<std::string> read_regular_file(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    return Error{ErrorClass::kIo, "Unreadable", path + " is no file", "", 0};
  }
  return read_text_file(path);
}

LintSettings read_settings(const Options& options, Loaded& loaded, Diagnostics& faults) {
  const std::string path = settings_path(options, loaded);
  if (path.empty()) {
    return {};
  }
  auto text = read_regular_file(path);
  if (!text) {
    add_fault(faults, text.error().message + ".", "name a file that can be read");
    return {};
  }
  auto sources = std::make_shared<SourceSet>();
  LintSettings settings = parse_lint_settings(sources->add(path, std::move(*text)), faults);
  loaded.settings = std::move(sources);
  if (!settings.baseline.empty()) {
    settings.baseline = (fs::path(path).parent_path() / settings.baseline).string();
  }
  return settings;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  const auto unreadable = [&path](std::string_view why) {
    return Error{
        ErrorClass::kIo, "Unreadable", fmt::format("{} cannot be read: {}", path, why), "", 0};
  };
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return unreadable("it is a folder");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return unreadable(std::strerror(errno));
  }
  // By pieces: what a device or a pipe holds is not known, and may have no end.
  std::string text;
  std::vector<char> piece(kPiece);
  while (stream.read(piece.data(), kPiece), stream.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kLargest) {
      return unreadable(fmt::format("it is larger than {} MiB", kLargest >> 20U));
    }
  }
  if (stream.bad()) {
    return unreadable(std::strerror(errno));
  }
  return text;
}

void judge(const Options& options, Diagnostics read, Diagnostics linted, Loaded& loaded) {
  SystemClock clock;
  constexpr std::size_t kDate = 10;
  Diagnostics faults;
  const LintSettings settings = read_settings(options, loaded, faults);
  read.append(faults);
  loaded.findings = FindingSet(
      std::move(read),
      std::move(linted),
      loaded.manifest.get(),
      format_iso8601(clock.now()).substr(0, kDate)
  );
  loaded.findings.apply(settings);
  loaded.findings.apply_comments();
  const std::string& baseline =
      options.lint.baseline.empty() ? settings.baseline : options.lint.baseline;
  // A baseline that is about to be written needs not exist.
  if (!baseline.empty() && options.lint.write_baseline.empty()) {
    const auto text = read_regular_file(baseline);
    const Status done = text ? loaded.findings.apply_baseline(*text) : Status(text.error());
    if (!done) {
      const std::string why = text ? baseline + ": " + done.error().message : done.error().message;
      loaded.findings.add_fault(
          why + ".", options.lint.baseline.empty() ? settings.baseline_range : SourceRange()
      );
    }
  }
  loaded.findings.keep_from(severity_named(options.lint.min_severity)
                                .value_or(settings.min_severity.value_or(Severity::kInfo)));
  loaded.diagnostics = loaded.findings.open();
}

}  // namespace plumbline
