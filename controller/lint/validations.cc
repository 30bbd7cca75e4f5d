#include "controller/lint/validations.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "controller/config/manifest_findings.h"
#include "controller/lint/lint.h"
#include "controller/lint/own_findings.h"

namespace plumbline {

namespace {

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

/// What stands for the id, which the schema may have given.
std::string_view summary_of(std::string_view id) {
  if (const Rule* rule = find_rule(id)) {
    return rule->summary;
  }
  const auto kinds = finding_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const FindingKind& kind) {
    return kind.id == id;
  });
  return found == kinds.end() ? kMisfit.summary : found->summary;
}

/// Where the first items of a list are in order together and one more is not, as when two of them
/// have one number: that one. Otherwise the property as a whole.
std::string place_in(const Judged& judged, const Scope& scope, const std::string& property) {
  const Value& list = judged.resource.properties.get(property);
  const auto is_fine = [&](std::size_t count) {
    const List& items = list.as_list();
    const Value first(List(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count)));
    Scope inner = scope;
    inner.bind(property, &first);
    const Value answer = judged.validation.that.evaluate(inner);
    return answer.is_bool() && answer.as_bool();
  };
  if (!list.is_list() || list.size() < 2 || !is_fine(1)) {
    return property;
  }
  std::size_t fine = 1, broken = list.size();
  while (broken - fine > 1) {
    const std::size_t middle = fine + (broken - fine) / 2;
    (is_fine(middle) ? fine : broken) = middle;
  }
  return fmt::format("{}.{}", property, broken - 1);
}

void judge(const Judged& judged, const Scope& scope, const std::string& path) {
  const Value answer = judged.validation.that.evaluate(scope);
  if (!answer.is_bool() || answer.as_bool()) {
    return;
  }
  Diagnostic finding;
  finding.severity = judged.validation.is_warning ? Severity::kWarning : Severity::kError;
  finding.id = judged.validation.rule.empty() ? kMisfit.id : judged.validation.rule;
  finding.summary = summary_of(finding.id);
  finding.address = judged.resource.address.to_string();
  finding.detail = fmt::format("`{}`: {}.", finding.address, judged.validation.say);
  finding.help = fmt::format(
      "correct it; `plumbline explain {}` describes the properties", judged.resource.kind->section
  );
  finding.range = path.empty()
                      ? judged.resource.entry->key_range
                      : judged.manifest.range_of(
                            judged.resource,
                            judged.validation.each.empty() ? place_in(judged, scope, path) : path
                        );
  judged.out.add(std::move(finding));
}

/// An item of a list; what is written of it and could not be read is open.
Value with_open_parts(const Value& item, const Node* written, const Value& unknown) {
  Value whole = item;
  for (std::size_t i = 0; written != nullptr && item.is_object() && i < written->entries.size();
       ++i) {
    const NodeEntry& entry = written->entries[i];
    if (!entry.value.is_null() && item.find(entry.key) == nullptr) {
      whole.set(entry.key, unknown);
    }
  }
  return whole;
}

}  // namespace

void validate(const Resource& resource, const Manifest& manifest, Diagnostics& out) {
  // What is written but could not be read has its finding already; here its value is open.
  const Value unknown = Value::unknown(resource.address.to_string());
  Scope scope(&resource.properties);
  std::vector<Value> objects;
  objects.reserve(resource.entry->value.entries.size());
  for (const NodeEntry& entry : resource.entry->value.entries) {
    const Value* read = resource.properties.find(entry.key);
    if (read != nullptr && read->is_object()) {
      objects.push_back(with_open_parts(*read, &entry.value, unknown));
      scope.bind(entry.key, &objects.back());
    } else if (!entry.value.is_null() && read == nullptr) {
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
    const Node* list = resource.entry->value.find(validation.each);
    for (std::size_t i = 0; items.is_list() && i < items.size(); ++i) {
      const bool is_written = list != nullptr && i < list->items.size();
      const Value item =
          with_open_parts(items.as_list()[i], is_written ? &list->items[i] : nullptr, unknown);
      Scope inner = scope;
      inner.bind("item", &item);
      judge(judged, inner, fmt::format("{}.{}", validation.each, i));
    }
  }
}

}  // namespace plumbline
