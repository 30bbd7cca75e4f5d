// Rules about what things are called: references to the wrong one of a thing's names, and names
// that two things cannot have at once.
#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/expr.h"
#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/settled.h"

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

  /// `path` is where `value` is; it grows and shrinks on the way.
  void check(const Property& property, const Value& value, std::string& path) {
    const RefSpec* outer = ref_;
    ref_ = property.ref ? &*property.ref : ref_;
    is_loose_ = !property.equal.empty();
    if (value.is_reference() && ref_ != nullptr) {
      check_reference(value.as_reference(), path);
    }
    const std::size_t length = path.size();
    for (std::size_t i = 0; value.is_list() && i < value.size(); ++i) {
      path.append(".").append(std::to_string(i));
      const Value& item = value.as_list()[i];
      if (property.element) {
        check(*property.element, item, path);
      } else if (ref_ != nullptr && item.is_reference()) {
        check_reference(item.as_reference(), path);
      }
      path.resize(length);
    }
    for (const Property& field : property.fields) {
      if (const Value* member = value.find(field.name)) {
        path.append(".").append(field.name);
        check(field, *member, path);
        path.resize(length);
      }
    }
    ref_ = outer;
  }

 private:
  void check_reference(const Reference& reference, const std::string& path) {
    const Resource* target = reporting_.context().manifest.find(reference.address);
    if (target == nullptr) {
      return;
    }
    const Kind& kind = *target->kind;
    const std::string_view given = property_behind(kind, reference.attribute);
    // Where a key is wanted, its id does as well as its ARN.
    const bool is_name_of_key = given == kind.id_property || given == kind.arn_property;
    if (kind.section == ref_->section && is_name_of_key &&
        (is_loose_ || ref_->section == "kmsKeys")) {
      return;
    }
    if (kind.section != ref_->section) {
      // What another thing is called is never right; other attributes of it may hold what is
      // wanted.
      if (given == kind.id_property || given == kind.arn_property) {
        report(reference, path);
      }
    } else if (given != property_behind(kind, ref_->attribute)) {
      report(reference, path);
    }
  }

  void report(const Reference& reference, const std::string& path) {
    const bool is_known = reference.address.section == ref_->section;
    const std::string written = fmt::format("${{{}}}", reference.to_string());
    const std::string& name = reference.address.name;
    reporting_.at(
        {resource_, path},
        fmt::format(
            "`${{{}}}` stands where the {} of one of `{}` is wanted.",
            reference.to_string(),
            ref_->attribute,
            ref_->section
        ),
        is_known ? Advice(fmt::format("write {}", name), written, name)
                 : Advice(fmt::format("name one of `{}`", ref_->section))
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

/// Adds what one property says to what AWS tells things apart by; false when that is not known.
bool add_part(
    const LintContext& context,
    const Resource& resource,
    const std::string& name,
    std::string& identity
) {
  const Property* property = resource.kind->find_property(name);
  const Value& written = resource.properties.get(name);
  // An exclusive claim is a finding of its own.
  if (property == nullptr || (property->ref && property->ref->is_exclusive)) {
    return false;
  }
  // What a reference to another resource gets is often known by that resource alone.
  const auto settled = property->ref ? std::nullopt : settled_text(context.manifest, written);
  const Value value = settled ? Value(*settled) : written;
  if (value.is_reference()) {
    identity.append("$").append(value.as_reference().to_string());
  } else if (value.is_text()) {
    const bool is_plain = property->normalise.empty();
    const Value normal = is_plain ? Value() : find_value_function(property->normalise)(value);
    const std::string& text = normal.is_text() ? normal.as_text() : value.as_text();
    // IAM keeps the case of names and tells no two apart by it.
    identity.append(resource.kind->service->is_global ? to_lower(text) : text);
  } else {
    return false;
  }
  identity.push_back('\0');
  return true;
}

/// What AWS tells a resource apart by, as one text; "" when it is not known or cannot clash.
std::string identity_of(const LintContext& context, const Resource& resource) {
  const Kind& kind = *resource.kind;
  std::string identity = kind.section;
  for (const std::string* part : {&resource.account, &resource.region}) {
    identity.push_back('\0');
    identity.append(kind.service->is_global && part == &resource.region ? "" : *part);
  }
  identity.push_back('\0');
  if (resource.existing) {
    const std::string& id = resource.existing->id;
    const bool is_named = kind.natural_key.size() == 1 && kind.natural_key[0] == kind.id_property;
    identity.append(kind.service->is_global ? to_lower(id) : id).push_back('\0');
    return is_named && !id.empty() ? identity : "";
  }
  const bool is_known =
      std::all_of(kind.natural_key.begin(), kind.natural_key.end(), [&](const std::string& name) {
        return add_part(context, resource, name, identity);
      });
  return is_known && !kind.natural_key.empty() ? identity : "";
}

/// What AWS tells of a thing besides its ARNs, such as an endpoint.
bool is_plain_output(const Manifest& manifest, const Kind& kind, const Value& reference) {
  const Property* property = kind.find_property(reference.as_reference().attribute);
  const auto text = expand_arn(manifest, reference);
  return property != nullptr && property->role == PropertyRole::kReadOnly &&
         property->type == PropertyType::kText && !property->name.ends_with("Arn") &&
         !(text && text->starts_with("arn:"));
}

/// A policy names things by their ARNs: the name or id of one never matches.
void check_policy_names(const Reporting& reporting) {
  for_each_statement(reporting.context(), [&](const WrittenStatement& statement) {
    const Value& written = statement.value.get("Resource");
    const std::size_t count = written.is_list() ? written.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      const Value& item = written.is_list() ? written.as_list()[i] : written;
      const Resource* named = item.is_reference()
                                  ? reporting.context().manifest.find(item.as_reference().address)
                                  : nullptr;
      if (named == nullptr) {
        continue;
      }
      const Kind& kind = *named->kind;
      const std::string_view given = property_behind(kind, item.as_reference().attribute);
      const bool is_name = given == kind.name_property || given == kind.id_property ||
                           is_plain_output(reporting.context().manifest, kind, item);
      if (!is_name || given == kind.arn_property) {
        continue;
      }
      const std::string path = statement.path + ".Resource";
      reporting.at(
          {statement.resource, written.is_list() ? fmt::format("{}.{}", path, i) : path},
          fmt::format("`${{{}}}` stands where an ARN is wanted.", item.as_reference().to_string()),
          fmt::format("write ${{{}.arn}}", named->address.to_string())
      );
    }
  });
}

/// An alias is of one key in its account and region.
void check_aliases(const Reporting& reporting) {
  std::map<std::vector<std::string_view>, Spot> first;
  for (const Resource* key : created(reporting.context(), "kmsKeys")) {
    const Value& aliases = key->properties.get("aliases");
    for (std::size_t i = 0; aliases.is_list() && i < aliases.size(); ++i) {
      const Value& alias = aliases.as_list()[i];
      if (!alias.is_text()) {
        continue;
      }
      const auto [at, is_new] =
          first.try_emplace({key->account, key->region, alias.as_text()}, Spot{*key, "aliases"});
      if (is_new || &at->second.resource == key) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*key, fmt::format("aliases.{}", i)},
          fmt::format(
              "`{}` and `{}` are both called {}.",
              at->second.resource.address.to_string(),
              key->address.to_string(),
              alias.as_text()
          ),
          "give one of them another alias"
      );
      finding.evidence.push_back(reporting.evidence(at->second, "the other one"));
    }
  }
}

/// In the same file.
bool is_after(const Resource& one, const Resource& other) {
  const SourceRange& a = one.entry->key_range;
  const SourceRange& b = other.entry->key_range;
  return a.file == b.file &&
         std::tie(a.begin.line, a.begin.column) > std::tie(b.begin.line, b.begin.column);
}

}  // namespace

void rf002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  rf002_connections(rule, context, out);
  const Reporting reporting(rule, context, out);
  check_policy_names(reporting);
  for (const Resource& resource : context.manifest.resources) {
    Attributes attributes(reporting, resource);
    for (const Member& member : resource.properties.as_object()) {
      if (const Property* property = resource.kind->find_property(member.key)) {
        std::string path = member.key;
        attributes.check(*property, member.value, path);
      }
    }
  }
}

void rf005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::unordered_map<std::string, const Resource*> first;
  for (const Resource& resource : context.manifest.resources) {
    std::string identity = identity_of(context, resource);
    if (identity.empty()) {
      continue;
    }
    const auto [at, is_new] = first.emplace(std::move(identity), &resource);
    const Resource& other = *at->second;
    if (is_new || (other.existing && resource.existing)) {
      continue;
    }
    const std::string& name = resource.kind->name_property;
    // The one that is written later came to the other.
    const bool is_other_later = !other.existing && is_after(other, resource);
    const Resource& mended = resource.existing || is_other_later ? other : resource;
    Diagnostic& finding = reporting.at(
        {mended, mended.properties.find(name) != nullptr && !mended.is_name_derived ? name : ""},
        fmt::format(
            "`{}` and `{}` have one name in AWS.",
            other.address.to_string(),
            resource.address.to_string()
        ),
        name.empty() ? "keep one of them" : fmt::format("give one of them another {}", name)
    );
    const Resource& kept = &mended == &other ? resource : other;
    finding.evidence.push_back(reporting.evidence({kept, ""}, "the other one"));
  }
  check_aliases(reporting);
  rf005_rules(rule, context, out);
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
