#include "controller/cli/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/help.h"
#include "controller/cli/reference.h"
#include "controller/lint/own_findings.h"

namespace plumbline {

namespace {

constexpr std::size_t kWidth = 90;

std::string row_of(const FindingKind& kind) {
  return fmt::format("  {}  {:<8} {}\n", kind.id, name_of(kind.severity), kind.summary);
}

std::string head(std::string_view left, std::size_t width) {
  std::string text = fmt::format("  {}", left);
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string flags_of(const Property& property) {
  std::vector<std::string> words = {type_of(property)};
  if (property.is_required) {
    words.emplace_back("required");
  }
  if (property.is_create_only) {
    words.emplace_back(property.replace_when ? "may replace" : "create-only");
  }
  if (property.is_sensitive) {
    words.emplace_back("sensitive");
  }
  if (property.absence == Absence::kDefault && property.role == PropertyRole::kDesired) {
    words.push_back("default " + show_json(property.default_value));
  }
  return join(words, ", ");
}

std::string property_rows(const Kind& kind, bool outputs) {
  std::size_t width = 0;
  for (const Property& property : kind.properties) {
    width = std::max(width, property.name.size() + 4);
  }
  std::string text;
  for (const Property& property : kind.properties) {
    if ((property.role == PropertyRole::kReadOnly) == outputs) {
      text += head(property.name, width) + flags_of(property) + "\n";
      text += wrap(property.summary, kWidth, width);
    }
  }
  return text;
}

std::string facts_of(const Kind& kind) {
  std::string text = fmt::format(
      "An object of {}, addressed as {}.NAME.",
      kind.service == nullptr ? "AWS" : kind.service->id,
      kind.section
  );
  text += kind.name_property.empty()
              ? " It has no name in AWS."
              : fmt::format(" NAME is its {} unless that is declared.", kind.name_property);
  if (kind.is_data_bearing) {
    text += " It holds data: it stays when its block goes, and is never replaced.";
  }
  if (!kind.tags.is_supported) {
    text += " It takes no tags.";
  }
  return text;
}

/// " It can be mended by --fix." or "".
std::string mending_words(std::string_view id) {
  return can_be_mended(id) ? " Often it can be mended by `plumbline lint --fix`." : "";
}

}  // namespace

Explanation explain_everything(const Catalog& catalog) {
  Explanation said;
  List sections;
  List rules_json;
  said.text = "Sections of a manifest:\n";
  for (const std::string& section : catalog.sections()) {
    const Kind& kind = *catalog.find_section(section);
    said.text += head(section, 26) + wrap(kind.summary, kWidth, 26).substr(26);
    sections.push_back(
        Value::object({{"section", section}, {"kind", kind.name}, {"summary", kind.summary}})
    );
  }
  said.text += "\nLint rules:\n";
  for (const Rule& rule : rules()) {
    said.text += fmt::format("  {}  {:<8} {}\n", rule.id, name_of(rule.severity), rule.summary);
    rules_json.push_back(Value::object(
        {{"id", rule.id}, {"severity", name_of(rule.severity)}, {"summary", rule.summary}}
    ));
  }
  for (const FindingKind& kind : finding_kinds()) {
    if (find_rule(kind.id) == nullptr) {
      said.text += row_of(kind);
    }
  }
  for (const FindingKind& kind : kOwnFindings) {
    said.text += row_of(kind);
  }
  said.text +=
      "\nAsk for more with a section, a section.property, a rule, or a word of the "
      "manifest such as protect.\n";
  said.json = Value::object(
      {{"version", 1},
       {"sections", Value(std::move(sections))},
       {"rules", Value(std::move(rules_json))}}
  );
  return said;
}

Explanation explain_kind(const Kind& kind) {
  Explanation said;
  said.text = fmt::format("{} ({})\n", kind.section, kind.name);
  said.text += wrap(kind.summary, kWidth, 2) + wrap(facts_of(kind), kWidth, 2);
  said.text += "\nProperties:\n" + property_rows(kind, false);
  const std::string outputs = property_rows(kind, true);
  if (!outputs.empty()) {
    said.text += fmt::format("\nOutputs, for ${{{}.NAME.OUTPUT}}:\n", kind.section) + outputs;
  }
  said.text +=
      "\nBesides, every resource takes dependsOn, protect, drift, ignore, existing, tags and more: "
      "`plumbline explain protect`.\n";
  const auto example = example_of(kind.section, "");
  if (example) {
    said.text += fmt::format(
        "\nExample{}:\n  {}:\n{}",
        example->place.empty() ? "" : " (" + example->place + ")",
        kind.section,
        indented(example->text, 4)
    );
  }
  List properties;
  for (const Property& property : kind.properties) {
    Value json = explain_property(kind, property, property.name).json;
    json.erase("version");
    properties.push_back(std::move(json));
  }
  List attributes;
  for (const std::string& attribute : kind.attributes) {
    attributes.emplace_back(attribute);
  }
  said.json = Value::object({
      {"version", 1},
      {"kind", kind.name},
      {"section", kind.section},
      {"summary", kind.summary},
      {"service", kind.service == nullptr ? Value() : Value(kind.service->id)},
      {"dataBearing", kind.is_data_bearing},
      {"properties", Value(std::move(properties))},
      {"attributes", Value(std::move(attributes))},
      {"example", example ? Value(example->text) : Value()},
  });
  return said;
}

Explanation explain_rule(const Rule& rule, const Catalog& catalog) {
  Explanation said;
  said.text = fmt::format("{}[{}]: {}\n", name_of(rule.severity), rule.id, rule.summary);
  if (!rule.why.empty()) {
    said.text += wrap(rule.why, kWidth, 2);
  }
  said.text += wrap("Fix: " + std::string(rule.help) + "." + mending_words(rule.id), kWidth, 2);
  const auto example = example_of_rule(rule.id);
  if (example) {
    said.text += "\nFrom bad (-) to good (+):\n" + indented(example->changes, 2);
    ManifestOptions options;
    options.allows_missing_inputs = true;
    Diagnostics problems;
    const auto manifest = parse_manifest(catalog, "bad.yaml", example->bad, options, problems);
    const Graph graph = make_graph(*manifest, problems);
    Diagnostics shown;
    const Diagnostics findings = run_lint({*manifest, graph, catalog});
    for (const Diagnostic& finding : findings.all()) {
      if (finding.id == rule.id && shown.empty()) {
        shown.add(finding);
      }
    }
    said.text +=
        "\nWhat lint says about the bad one:\n" + indented(render_human(shown, Colour::kNever), 2);
  }
  said.json = Value::object({
      {"version", 1},
      {"id", rule.id},
      {"severity", name_of(rule.severity)},
      {"summary", rule.summary},
      {"why", rule.why},
      {"fix", rule.help},
      {"mendable", can_be_mended(rule.id)},
      {"bad", example ? Value(example->bad) : Value()},
      {"changes", example ? Value(example->changes) : Value()},
  });
  return said;
}

Explanation explain_finding(const FindingKind& kind) {
  Explanation said;
  said.text = fmt::format(
      "{}[{}]: {}\n  Found in the files as they are read; each finding says what is wrong with "
      "which words, and what to write.\n",
      name_of(kind.severity),
      kind.id,
      kind.summary
  );
  if (can_be_mended(kind.id)) {
    said.text += wrap(trim(mending_words(kind.id)), kWidth, 2);
  }
  said.json = Value::object({
      {"version", 1},
      {"id", kind.id},
      {"severity", name_of(kind.severity)},
      {"summary", kind.summary},
      {"why", ""},
      {"fix", ""},
      {"mendable", can_be_mended(kind.id)},
      {"bad", Value()},
      {"changes", Value()},
  });
  return said;
}

std::optional<Explanation> explain_word(const Catalog& catalog, const std::string& word) {
  const auto schema = parse_json(embedded_text("schemas/manifest.schema.json"));
  PLUMBLINE_CHECK(schema.has_value());
  std::string where = "a word of the manifest";
  Value found = schema->get("properties").get(word);
  for (const std::string& section : catalog.sections()) {
    const Kind& kind = *catalog.find_section(section);
    if (!found.is_null() || kind.find_property(word) != nullptr) {
      break;
    }
    where = "a word that every resource takes";
    found = schema->get("$defs").get(section).get("properties").get(word);
  }
  if (found.is_null()) {
    return std::nullopt;
  }
  Explanation said;
  said.text = fmt::format("{}: {}\n", word, where);
  said.text += wrap(found.text_of("description"), kWidth, 2);
  said.text += "\nAs JSON schema:\n" + indented(show_json(found, JsonStyle::kPretty), 2);
  said.json = Value::object({
      {"version", 1},
      {"word", word},
      {"summary", found.text_of("description")},
      {"schema", std::move(found)},
  });
  return said;
}

}  // namespace plumbline
