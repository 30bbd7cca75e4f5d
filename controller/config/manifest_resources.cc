#include "controller/config/manifest_resources.h"

#include <algorithm>

#include <fmt/format.h>

namespace plumbline {

namespace {

std::vector<std::string> known_keys(const Kind& kind) {
  std::vector<std::string> keys;
  for (const Property& property : kind.properties) {
    if (property.role != PropertyRole::kReadOnly) {
      keys.push_back(property.name);
    }
  }
  keys.insert(keys.end(), resource_words().begin(), resource_words().end());
  return keys;
}

void report_unknown(
    const Kind& kind, const Node& resource, const NodeEntry& entry, const Reporter& reporter
) {
  reporter.add(
      kUnknownWord,
      entry.key_range,
      fmt::format("`{}` has no property {}.", kind.section, in_ticks(entry.key)),
      suggest_key(
          resource,
          entry.key,
          known_keys(kind),
          fmt::format("`plumbline explain {}` lists its properties", kind.section)
      )
  );
}

/// The text of a word every resource takes; "" where it is not written, or is a property's name.
std::string word_of(const Kind& kind, const Node& node, std::string_view word) {
  const Node* written = node.find(word);
  const bool is_property =
      std::any_of(kind.properties.begin(), kind.properties.end(), [&](const Property& property) {
        return property.name == word;
      });
  return written == nullptr || !written->is_scalar() || is_property ? "" : written->text;
}

std::string account_word(const Kind& kind, const Node& node) {
  return word_of(kind, node, "account");
}

/// `${region}` inside a resource means its own, so region and account are looked at first.
std::string region_of(const LoadContext& context, const Kind& kind, const Node& node) {
  std::string region = word_of(kind, node, "region");
  if (!region.empty()) {
    return region;
  }
  const auto account = context.manifest.accounts.find(account_word(kind, node));
  const bool has_own =
      account != context.manifest.accounts.end() && !account->second.region.empty();
  return has_own ? account->second.region : context.manifest.region;
}

void read_properties(
    LoadContext& context,
    const Node& node,
    ValueReader& reader,
    const Reporter& reporter,
    Resource& resource
) {
  const PropertyIndex& index = context.index(resource.kind->properties);
  Object properties;
  properties.reserve(node.entries.size() + 1);
  for (const NodeEntry& entry : node.entries) {
    const auto found = index.by_name.find(entry.key);
    if (found == index.by_name.end()) {
      if (!read_resource_word(context, entry, reader, reporter, resource)) {
        report_unknown(*resource.kind, resource.entry->value, entry, reporter);
      }
    } else if (found->second->role == PropertyRole::kReadOnly) {
      reporter.add(
          kReadOnlyDeclared,
          entry.key_range,
          fmt::format("`{}` is decided by AWS and can only be read.", entry.key),
          fmt::format(
              "delete it; others may read it as ${{{}.{}}}", resource.address.to_string(), entry.key
          )
      );
    } else {
      Value value = reader.read(*found->second, entry.value);
      if (!value.is_null()) {
        properties.push_back({entry.key, std::move(value)});
      }
    }
  }
  resource.properties = Value(std::move(properties));
}

/// The physical name is the resource's name unless it is written.
void add_name(
    LoadContext& context, const NodeEntry& entry, ValueReader& reader, Resource& resource
) {
  const std::string& name_property = resource.kind->name_property;
  if (name_property.empty() || resource.existing ||
      resource.properties.find(name_property) != nullptr ||
      entry.value.find(name_property) != nullptr) {
    return;
  }
  const PropertyIndex& index = context.index(resource.kind->properties);
  const auto property = index.by_name.find(name_property);
  if (property != index.by_name.end()) {
    const Value name(resource.address.name);
    reader.check_limits(*property->second, name, entry.key_range);
    resource.properties.as_object().push_back({name_property, name});
    resource.is_name_derived = true;
  }
}

void check_required(
    LoadContext& context, const NodeEntry& entry, const Reporter& reporter, const Resource& resource
) {
  if (resource.existing) {
    return;
  }
  for (const Property* property : context.index(resource.kind->properties).required) {
    // What is written but at fault has been reported as such.
    const Node* written = entry.value.find(property->name);
    const bool is_unset = written == nullptr || (written->is_null() && !written->text.empty());
    if (is_unset && resource.properties.find(property->name) == nullptr &&
        property->absence != Absence::kDefault) {
      std::string help = fmt::format("add {}", property->name);
      if (!property->summary.empty()) {
        help += fmt::format(": {}", property->summary);
      }
      reporter.add(
          kMissing,
          entry.key_range,
          fmt::format(
              "`{}` lacks its required property `{}`.", resource.address.to_string(), property->name
          ),
          std::move(help)
      );
    }
  }
}

/// The stack's tags, and its own over them. Each are few enough, or that was reported.
void merge_tags(
    const std::vector<std::pair<std::string, std::string>>& stack_tags,
    const Reporter& reporter,
    Resource& resource
) {
  if (!resource.kind->tags.is_supported) {
    return;
  }
  const bool are_few = std::max(stack_tags.size(), resource.tags.size()) <= kMostTags;
  std::vector<std::pair<std::string, std::string>> merged = stack_tags;
  for (auto& tag : resource.tags) {
    const auto same = std::find_if(merged.begin(), merged.end(), [&](const auto& other) {
      return other.first == tag.first;
    });
    if (same != merged.end()) {
      same->second = std::move(tag.second);
    } else {
      merged.push_back(std::move(tag));
    }
  }
  if (are_few && merged.size() > kMostTags && !resource.existing) {
    reporter.add(
        kNotAllowed,
        resource.entry->value.find_entry("tags")->key_range,
        fmt::format(
            "{} tags, with those of the stack, are more than an object can have: {} beside our "
            "own.",
            merged.size(),
            kMostTags
        ),
        "delete some, here or in the stack's `tags`"
    );
  }
  std::sort(merged.begin(), merged.end());
  resource.tags = std::move(merged);
}

}  // namespace

Resource read_resource(
    LoadContext& context, const Kind& kind, const std::string& section, const NodeEntry& entry
) {
  Resource resource;
  resource.address = {section, entry.key};
  resource.kind = &kind;
  resource.entry = &entry;
  resource.properties = Value(Object());
  const Reporter reporter(context.diagnostics, resource.address.to_string());
  if (!is_resource_name(entry.key)) {
    reporter.add(
        kBadName,
        entry.key_range,
        fmt::format("{} cannot be the name of a resource.", in_ticks(entry.key)),
        "start with a letter and go on with letters, digits, - and _, at most 128 in all; a name "
        "in AWS that needs more goes into the name property"
    );
  }
  if (!entry.value.is_map() && !entry.value.is_null()) {
    reporter.add(
        kWrongType,
        entry.value.range,
        fmt::format("A resource takes a map of properties, not {}.", describe(entry.value)),
        kind.find_property(entry.key) == nullptr
            ? fmt::format("`plumbline explain {}` lists them", section)
            : fmt::format(
                  "give the resource a name: `{}: {{ NAME: {{ {}: … }} }}`", section, entry.key
              )
    );
    return resource;
  }
  resource.region = region_of(context, kind, entry.value);
  ValueReader reader(context, reporter, resource.region);
  reader.set_account(account_word(kind, entry.value));
  const PropertyIndex& index = context.index(kind.properties);
  const auto name = index.by_name.find(kind.name_property);
  reader.set_name_property(name == index.by_name.end() ? nullptr : name->second);
  read_properties(context, entry.value, reader, reporter, resource);
  add_name(context, entry, reader, resource);
  check_required(context, entry, reporter, resource);
  merge_tags(context.manifest.tags, reporter, resource);
  return resource;
}

}  // namespace plumbline
