#include "controller/lint/lint.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// Every rule, by id.
constexpr std::array<Rule, 0> kRules = {};

/// The schemas' validations are one rule: properties of one resource that do not fit together.
constexpr std::string_view kValidationId = "MF006";
constexpr std::string_view kValidationSummary = "properties do not fit together";

struct Judged {
  const Resource& resource;
  const Validation& validation;
  const Manifest& manifest;
  Diagnostics& out;
};

/// The property a validation of the whole resource is about: the first it names that is written.
std::string subject_of(const Judged& judged) {
  for (const std::string& name : judged.validation.that.names()) {
    if (judged.resource.entry->value.find(name) != nullptr) {
      return name;
    }
  }
  return "";
}

void judge(const Judged& judged, const Scope& scope, const std::string& path) {
  const Value answer = judged.validation.that.evaluate(scope);
  if (!answer.is_bool() || answer.as_bool()) {
    return;
  }
  Diagnostic finding;
  finding.severity = judged.validation.is_warning ? Severity::kWarning : Severity::kError;
  finding.id = kValidationId;
  finding.summary = kValidationSummary;
  finding.address = judged.resource.address.to_string();
  finding.detail = fmt::format("`{}`: {}.", finding.address, judged.validation.say);
  finding.help = fmt::format(
      "make it so; `plumbline explain {}` describes the properties", judged.resource.kind->section
  );
  finding.range = path.empty() ? judged.resource.entry->key_range
                               : judged.manifest.range_of(judged.resource, path);
  judged.out.add(std::move(finding));
}

void validate(const Resource& resource, const Manifest& manifest, Diagnostics& out) {
  // What is written but could not be read has its finding already; here its value is open.
  const Value unknown = Value::unknown(resource.address.to_string());
  Scope scope(&resource.properties);
  for (const NodeEntry& entry : resource.entry->value.entries) {
    if (!entry.value.is_null() && resource.properties.find(entry.key) == nullptr) {
      scope.bind(entry.key, &unknown);
    }
  }
  for (const Validation& validation : resource.kind->validations) {
    const Judged judged{resource, validation, manifest, out};
    if (validation.each.empty()) {
      judge(judged, scope, subject_of(judged));
      continue;
    }
    const Value& items = resource.properties.get_path(validation.each);
    for (std::size_t i = 0; items.is_list() && i < items.size(); ++i) {
      Scope inner = scope;
      inner.bind("item", &items.as_list()[i]);
      judge(judged, inner, fmt::format("{}.{}", validation.each, i));
    }
  }
}

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == kRules.end() ? nullptr : &*found;
}

Diagnostics run_lint(const LintContext& context) {
  Diagnostics out;
  for (const Resource& resource : context.manifest.resources) {
    // What exists already was declared elsewhere; only enough to find it is written here.
    if (!resource.existing) {
      validate(resource, context.manifest, out);
    }
  }
  for (const Rule& rule : kRules) {
    rule.check(rule, context, out);
  }
  out.sort();
  return out;
}

}  // namespace plumbline
