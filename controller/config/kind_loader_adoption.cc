// How what is there is found and taken over: `discover` and `terraform`.
#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

/// What the other state knows and AWS does not tell. A secret in it stays there.
void load_take(KindLoading& loading, const Node& node, TerraformType& type) {
  for (const NodeEntry& entry : node.entries) {
    check_property(loading, entry.key, entry.key_range);
    const Property* property = loading.kind.find_property(entry.key);
    if (property != nullptr && property->is_sensitive) {
      report(
          loading.diagnostics,
          SchemaFault::kWrongForm,
          entry.key_range,
          fmt::format("'{}' is sensitive, and secrets are never taken from a state", entry.key)
      );
    }
    auto value = Expr::compile(entry.value.text);  // Its names are the attributes.
    if (value) {
      type.take.emplace_back(entry.key, std::move(value).value());
    } else {
      report(
          loading.diagnostics, SchemaFault::kBadNotation, entry.value.range, value.error().message
      );
    }
  }
}

TerraformType load_type(KindLoading& loading, const NodeEntry& entry) {
  TerraformType type;
  type.type = entry.key;
  Words words(entry.value, fmt::format("'{}'", entry.key), loading.diagnostics);
  type.part_of = words.text("part_of");
  type.id = words.text("id");
  if (type.id.empty() == type.part_of.empty()) {
    report(
        loading.diagnostics,
        SchemaFault::kMissingWord,
        entry.key_range,
        fmt::format("'{}' has an 'id', or is 'part_of' something", entry.key)
    );
  }
  if (const Node* take = words.find("take")) {
    load_take(loading, *take, type);
  }
  words.finish();
  return type;
}

}  // namespace

void load_adoption(KindLoading& loading, Words& words) {
  if (const Node* discover = words.find("discover")) {
    loading.kind.discover = load_id_list(loading, *discover, "'discover'");
  }
  if (const Node* terraform = words.find("terraform")) {
    for (const NodeEntry& entry : terraform->entries) {
      loading.kind.terraform.push_back(load_type(loading, entry));
    }
  }
}

}  // namespace plumbline
