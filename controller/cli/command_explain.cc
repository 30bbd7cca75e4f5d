// explain and schema: what a kind, a property, a rule or a word means; the JSON schemas themselves.
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/explain.h"
#include "controller/cli/flags.h"
#include "controller/cli/reference.h"
#include "controller/lint/own_findings.h"

namespace plumbline {

namespace {

/// By section or by kind, however it is written.
const Kind* find_kind(const Catalog& catalog, std::string_view word) {
  const std::string wanted = to_lower(word);
  for (const std::string& section : catalog.sections()) {
    if (to_lower(section) == wanted) {
      return catalog.find_section(section);
    }
  }
  for (const std::string& section : catalog.sections()) {
    const Kind* kind = catalog.find_section(section);
    if (to_lower(kind->name) == wanted) {
      return kind;
    }
  }
  return nullptr;
}

Exit not_known(
    Terminal& terminal,
    const std::string& topic,
    const std::string& word,
    const std::vector<std::string>& known
) {
  const auto best = nearest(word, known);
  terminal.err(fmt::format(
      "plumbline: There is nothing to explain about {}. {}\n",
      printable(topic),
      best ? fmt::format("Did you mean {}{}?", topic.substr(0, topic.size() - word.size()), *best)
           : "`plumbline explain` lists what there is."
  ));
  return Exit::kUsage;
}

Exit show(Terminal& terminal, const Options& options, const Explanation& said) {
  terminal.out(
      options.format == Format::kJson ? show_json(said.json, JsonStyle::kPretty) + "\n" : said.text
  );
  return Exit::kFine;
}

Exit explain_below(
    Terminal& terminal, const Options& options, const Kind& kind, const std::string& dotted
) {
  const Property* property = find_below(kind, dotted);
  if (property != nullptr) {
    return show(terminal, options, explain_property(kind, *property, dotted));
  }
  // As far as the names are right, what stands there is what may have been meant.
  std::string above;
  for (const std::string_view part : split(dotted, '.')) {
    const std::string here = above.empty() ? std::string(part) : above + "." + std::string(part);
    if (find_below(kind, here) == nullptr) {
      return not_known(
          terminal, kind.section + "." + here, std::string(part), names_below(kind, above)
      );
    }
    above = here;
  }
  return Exit::kUsage;
}

Exit explain(
    Terminal& terminal, const Options& options, const Catalog& catalog, const std::string& topic
) {
  if (topic.empty()) {
    return show(terminal, options, explain_everything(catalog));
  }
  const auto dot = topic.find('.');
  if (const Kind* kind = find_kind(catalog, topic.substr(0, dot)); kind != nullptr) {
    return dot == std::string::npos
               ? show(terminal, options, explain_kind(*kind))
               : explain_below(terminal, options, *kind, topic.substr(dot + 1));
  }
  std::string id = topic;
  std::transform(id.begin(), id.end(), id.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (const Rule* rule = find_rule(id); rule != nullptr) {
    return show(terminal, options, explain_rule(*rule, catalog));
  }
  for (const FindingKind& kind : finding_kinds()) {
    if (kind.id == id) {
      return show(terminal, options, explain_finding(kind));
    }
  }
  for (const FindingKind& kind : kOwnFindings) {
    if (kind.id == id) {
      return show(terminal, options, explain_finding(kind));
    }
  }
  if (const auto said = explain_word(catalog, topic)) {
    return show(terminal, options, *said);
  }
  std::vector<std::string> known = catalog.sections();
  for (const Rule& rule : rules()) {
    known.emplace_back(rule.id);
  }
  const std::string first = topic.substr(0, dot);
  return not_known(terminal, first, first, known);
}

Exit print_schema(
    Terminal& terminal, const Catalog& catalog, const std::string& kind, const char* other
) {
  if (other != nullptr) {
    terminal.out(embedded_text(other));
    return Exit::kFine;
  }
  const std::string_view text = embedded_text("schemas/manifest.schema.json");
  if (kind.empty()) {
    terminal.out(text);
    return Exit::kFine;
  }
  const Kind* found = find_kind(catalog, kind);
  if (found == nullptr) {
    return not_known(terminal, kind, kind, catalog.sections());
  }
  const auto schema = parse_json(text);
  PLUMBLINE_CHECK(schema.has_value());
  Value one = schema->get("$defs").get(found->section);
  // What it refers to comes along, so that the part stands alone.
  one.set("$defs", Value::object({{"interpolation", schema->get("$defs").get("interpolation")}}));
  terminal.out(show_json(one, JsonStyle::kPretty) + "\n");
  return Exit::kFine;
}

}  // namespace

CommandSpec explain_command(Options& options) {
  auto topic = std::make_shared<std::string>();
  return {
      .name = "explain",
      .group = CommandGroup::kLookUp,
      .summary = "What a kind, a property, a rule or a word means",
      .about =
          "Takes a section or a kind, a property below it with dots, the id of a rule, or a word "
          "of the manifest. Without a topic it lists them all. Examples come from the tested "
          "manifests of this version.",
      .example = "plumbline explain SG003",
      .flags = joined(
          {{.names = "TOPIC",
            .value = "TOPIC",
            .summary = "SECTION, SECTION.PROPERTY[.FIELD], RULE or WORD",
            .target = topic.get()}},
          output_flags(options)
      ),
      .run = [topic](Terminal& terminal, const Options& given, Catalog& catalog) {
        return explain(terminal, given, catalog, *topic);
      }};
}

CommandSpec schema_command(Options& /*options*/) {
  struct Words {
    std::string kind;
    bool is_of_output = false;
    bool is_of_plan = false;
  };
  auto words = std::make_shared<Words>();
  return {
      .name = "schema",
      .group = CommandGroup::kLookUp,
      .summary = "The JSON schema of manifests, for editors",
      .about =
          "With it an editor completes and checks a manifest while it is written. The schema "
          "of one kind stands alone; --output prints the schema of what --format json prints, and "
          "--plan that of the event `plan` and of plan files, to which the former refers.",
      .example = "plumbline schema > manifest.schema.json",
      .flags =
          {{.names = "--kind",
            .value = "KIND",
            .summary = "Only this kind or section",
            .target = &words->kind},
           {.names = "--output",
            .value = "",
            .summary = "Of the commands' JSON output instead",
            .target = &words->is_of_output},
           {.names = "--plan",
            .value = "",
            .summary = "Of plans instead",
            .target = &words->is_of_plan}},
      .run = [words](Terminal& terminal, const Options&, Catalog& catalog) {
        const char* other = words->is_of_output ? "schemas/output.schema.json"
                            : words->is_of_plan ? "schemas/plan.schema.json"
                                                : nullptr;
        return print_schema(terminal, catalog, words->kind, other);
      }};
}

}  // namespace plumbline
