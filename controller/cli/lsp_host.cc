#include "controller/cli/lsp_host.h"

#include <filesystem>

#include "controller/base/json.h"
#include "controller/cli/explain.h"
#include "controller/cli/reference.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

std::string real_path(const std::string& path) {
  std::error_code error;
  const fs::path full = fs::absolute(path, error);
  const bool is_folder = fs::is_directory(full, error);
  const fs::path folder = is_folder ? full : full.parent_path();
  const fs::path resolved = fs::weakly_canonical(folder, error);
  const fs::path base = error ? folder : resolved;
  return (is_folder ? base : base / full.filename()).string();
}

StackReading read_stack(
    const Catalog& catalog,
    const Options& options,
    const std::vector<std::string>& paths,
    const OpenTexts& open
) {
  ManifestOptions manifest = manifest_options(options, true);
  manifest.paths = paths;
  Loaded loaded = load_and_lint(catalog, options, manifest, open);
  return {loaded.manifest, loaded.settings, std::move(loaded.findings)};
}

std::string explain(const Catalog& catalog, const std::string& topic) {
  const std::size_t dot = topic.find('.');
  const std::string head = topic.substr(0, dot);
  const Kind* kind = catalog.find_section(head);
  if (kind == nullptr) {
    const auto said = dot == std::string::npos ? explain_word(catalog, topic) : std::nullopt;
    return said ? said->text : "";
  }
  if (dot == std::string::npos) {
    return explain_kind(*kind).text;
  }
  const std::string dotted = topic.substr(dot + 1);
  const Property* property = find_below(*kind, dotted);
  return property == nullptr ? "" : explain_property(*kind, *property, dotted).text;
}

}  // namespace

LanguageHost language_host(const Options& options, const Catalog& catalog) {
  auto schema = parse_json(embedded_text("schemas/manifest.schema.json"));
  PLUMBLINE_CHECK(schema.has_value());
  return {
      .catalog = catalog,
      .manifest_schema = std::move(*schema),
      .files = options.paths,
      .read = [&](const std::vector<std::string>& paths,
                  const OpenTexts& open) { return read_stack(catalog, options, paths, open); },
      .explain = [&](const std::string& topic) { return explain(catalog, topic); },
      .describe_type = type_of,
      .real_path = real_path,
  };
}

}  // namespace plumbline
