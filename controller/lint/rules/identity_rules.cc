// Rules about what things are called: references to the wrong one of a thing's names, and names
// that two things cannot have at once.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/expr.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// The property behind `${section.name.id}` and `${section.name.arn}`.
std::string_view property_behind(const Kind& kind, std::string_view attribute) {
  if (attribute == "id") {
    return kind.id_property;
  }
  return attribute == "arn" && !kind.arn_property.empty() ? kind.arn_property : attribute;
}

/// Looks at every reference that stands where a property wants one of a certain kind.
class Attributes {
 public:
  Attributes(const Reporting& reporting, const Resource& resource)
      : reporting_(reporting), resource_(resource) {}

  void check(const Property& property, const Value& value, const std::string& path) {
    const RefSpec* outer = ref_;
    ref_ = property.ref ? &*property.ref : ref_;
    is_loose_ = !property.equal.empty();
    if (value.is_reference() && ref_ != nullptr) {
      check_reference(value.as_reference(), path);
    }
    for (std::size_t i = 0; value.is_list() && property.element && i < value.size(); ++i) {
      check(*property.element, value.as_list()[i], fmt::format("{}.{}", path, i));
    }
    // Without a word about its elements, a list holds texts.
    for (std::size_t i = 0; value.is_list() && !property.element && i < value.size(); ++i) {
      if (ref_ != nullptr && value.as_list()[i].is_reference()) {
        check_reference(value.as_list()[i].as_reference(), fmt::format("{}.{}", path, i));
      }
    }
    for (const Property& field : property.fields) {
      if (const Value* member = value.find(field.name)) {
        check(field, *member, fmt::format("{}.{}", path, field.name));
      }
    }
    ref_ = outer;
  }

 private:
  void check_reference(const Reference& reference, const std::string& path) {
    const Resource* target = reporting_.context().manifest.find(reference.address);
    // Where a key is wanted, its id does as well as its ARN.
    if (target == nullptr || is_loose_ ||
        (ref_->section == "kmsKeys" && target->address.section == "kmsKeys")) {
      return;
    }
    const Kind& kind = *target->kind;
    const std::string_view given = property_behind(kind, reference.attribute);
    if (kind.section != ref_->section) {
      // The name of another thing is never the right one; other attributes may hold what is wanted.
      const bool is_name = given == kind.id_property;
      if (is_name && given != kind.arn_property) {
        report(reference, path);
      }
    } else if (given != property_behind(kind, ref_->attribute)) {
      report(reference, path);
    }
  }

  void report(const Reference& reference, const std::string& path) {
    reporting_.at(
        {resource_, path},
        fmt::format(
            "`${{{}}}` stands where the {} of one of `{}` is wanted.",
            reference.to_string(),
            ref_->attribute,
            ref_->section
        ),
        reference.address.section == ref_->section ? fmt::format("write {}", reference.address.name)
                                                   : fmt::format("name one of `{}`", ref_->section)
    );
  }

  const Reporting& reporting_;
  const Resource& resource_;
  const RefSpec* ref_ = nullptr;
  bool is_loose_ = false;  ///< Several names of one thing are equal here.
};

/// Where a name stands that is unique in its account and region by itself; null when none does.
const Node* written_name(const Resource& resource) {
  const std::string& word = resource.kind->name_property;
  const Node* written = word.empty() ? nullptr : resource.entry->value.find(word);
  const bool is_unique = resource.kind->natural_key == std::vector<std::string>{word};
  return is_unique && !resource.existing && written != nullptr && written->is_scalar() ? written
                                                                                       : nullptr;
}

/// What AWS tells apart by; nothing when it is not known or cannot clash.
using Identity = std::tuple<std::string, std::string, std::string, Value>;

std::optional<Value> identity_part(const Resource& resource, const std::string& name) {
  const Property* property = resource.kind->find_property(name);
  Value value = resource.properties.get(name);
  const bool is_claim = property != nullptr && property->ref && property->ref->is_exclusive;
  if (value.is_null() || value.is_unknown() || is_claim) {
    return std::nullopt;  // An exclusive claim is a finding of its own.
  }
  if (property != nullptr && !property->normalise.empty() && value.is_known()) {
    value = find_value_function(property->normalise)(value);
  }
  // IAM keeps the case of names and tells no two apart by it.
  if (resource.kind->service->is_global && value.is_text()) {
    value = Value(to_lower(value.as_text()));
  }
  return value;
}

std::optional<Identity> identity_of(const Resource& resource) {
  const Kind& kind = *resource.kind;
  List parts;
  if (resource.existing) {
    const bool is_named = kind.natural_key.size() == 1 && kind.natural_key[0] == kind.id_property;
    if (!is_named || resource.existing->id.empty()) {
      return std::nullopt;
    }
    const std::string& id = resource.existing->id;
    parts.emplace_back(kind.service->is_global ? to_lower(id) : id);
  }
  for (std::size_t i = 0; !resource.existing && i < kind.natural_key.size(); ++i) {
    auto part = identity_part(resource, kind.natural_key[i]);
    if (!part) {
      return std::nullopt;
    }
    parts.push_back(*std::move(part));
  }
  if (parts.empty()) {
    return std::nullopt;
  }
  const std::string region = kind.service->is_global ? "" : resource.region;
  return Identity(kind.section, resource.account, region, Value(std::move(parts)));
}

}  // namespace

void rf002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource& resource : context.manifest.resources) {
    Attributes attributes(reporting, resource);
    for (const Member& member : resource.properties.as_object()) {
      if (const Property* property = resource.kind->find_property(member.key)) {
        attributes.check(*property, member.value, member.key);
      }
    }
  }
}

void rf005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::map<Identity, const Resource*> first;
  for (const Resource& resource : context.manifest.resources) {
    const auto identity = identity_of(resource);
    if (!identity) {
      continue;
    }
    const auto [at, is_new] = first.emplace(*identity, &resource);
    const Resource& other = *at->second;
    if (is_new || (other.existing && resource.existing)) {
      continue;
    }
    const std::string& name = resource.kind->name_property;
    const Resource& mended = resource.existing ? other : resource;
    Diagnostic& finding = reporting.at(
        {mended, mended.properties.find(name) != nullptr && !mended.is_name_derived ? name : ""},
        fmt::format(
            "`{}` and `{}` have one name in AWS.",
            other.address.to_string(),
            resource.address.to_string()
        ),
        name.empty() ? "keep one of them" : fmt::format("give one of them another {}", name)
    );
    const Resource& kept = resource.existing ? resource : other;
    finding.evidence.push_back(reporting.evidence({kept, ""}, "the other one"));
  }
}

void op002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const std::vector<Resource>& resources = context.manifest.resources;
  // A name that depends on an input says that the manifest is for more than one environment.
  const auto varied = std::find_if(resources.begin(), resources.end(), [](const Resource& one) {
    const Node* name = written_name(one);
    return name != nullptr && name->text.find("${inputs.") != std::string::npos;
  });
  for (const Resource& resource : resources) {
    const Node* name = written_name(resource);
    if (varied == resources.end() || name == nullptr ||
        name->text.find("${") != std::string::npos || !resource.account.empty()) {
      continue;
    }
    const std::string& word = resource.kind->name_property;
    Diagnostic& finding = reporting.at(
        {resource, word},
        fmt::format(
            "`{}` is called {} whatever the inputs are.", resource.address.to_string(), name->text
        ),
        fmt::format("let {} depend on the input, too", word)
    );
    finding.evidence.push_back(
        reporting.evidence({*varied, varied->kind->name_property}, "this name depends on an input")
    );
  }
}

}  // namespace plumbline::checks
