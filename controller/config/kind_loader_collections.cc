#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"
#include "controller/config/name_ref.h"

namespace plumbline {

namespace {

const Names& row_names() {
  static const Names kNames = {"item", "items", "observed"};
  return kNames;
}

Property* find_mutable(Kind& kind, std::string_view name) {
  for (Property& property : kind.properties) {
    if (property.name == name) {
      return &property;
    }
  }
  return nullptr;
}

void load_desired(KindLoading& loading, const Node* node, Collection& collection) {
  if (node == nullptr) {
    collection.desired.push_back({collection.name, "", {}});
  }
  for (std::size_t i = 0; node != nullptr && i < node->items.size(); ++i) {
    Words words(node->items[i], "'desired'", loading.diagnostics);
    CollectionDesired desired;
    desired.property = words.require_text("property");
    desired.explode = words.text("explode");
    if (!desired.explode.empty() && find_explode_function(desired.explode) == nullptr) {
      report(
          loading.diagnostics,
          SchemaFault::kNoFunction,
          node->items[i].range,
          fmt::format("there is no function '{}' for 'explode'", desired.explode),
          suggest(desired.explode, explode_function_names())
      );
    }
    if (const Node* with = words.find("with")) {
      desired.with = load_value(*with, nullptr);
      if (const auto context = Template::compile(*with)) {
        check_names(loading, context->names(), {}, with->range);
      }
    }
    words.finish();
    collection.desired.push_back(std::move(desired));
  }
  for (const CollectionDesired& desired : collection.desired) {
    if (Property* property = find_mutable(loading.kind, desired.property)) {
      property->collection = collection.name;
    } else {
      report(
          loading.diagnostics,
          SchemaFault::kUnknownName,
          node == nullptr ? SourceRange() : node->range,
          fmt::format(
              "collection '{}' takes its rows from a property '{}', which does not exist",
              collection.name,
              desired.property
          )
      );
    }
  }
}

void load_observe(KindLoading& loading, const Node* node, Collection& collection) {
  if (node == nullptr) {
    return;
  }
  Words words(*node, fmt::format("'observe' of '{}'", collection.name), loading.diagnostics);
  CallContext context;
  context.binds_properties = false;
  if (node->find("call") != nullptr) {
    collection.observe = load_call(loading, words, context);
    collection.page = load_page(loading, words);
  }
  collection.bind = collection.observe.action.empty()
                        ? load_binds(loading, words.require("bind"), false)
                        : collection.observe.bind;
  collection.from = load_path(loading, words.require("from"));
  collection.owner = words.text("owner");
  collection.canon = words.text("canon");
  if (!collection.canon.empty() && find_value_function(collection.canon) == nullptr) {
    report(
        loading.diagnostics,
        SchemaFault::kNoFunction,
        node->find("canon")->range,
        fmt::format("there is no function '{}' for 'canon'", collection.canon),
        suggest(collection.canon, value_function_names())
    );
  }
  if (const Node* derive = words.find("derive")) {
    for (const NodeEntry& entry : derive->entries) {
      if (auto expr = load_expr(loading, &entry.value, row_names())) {
        collection.derive.emplace_back(entry.key, std::move(*expr));
      }
    }
  }
  collection.skip = load_expr(loading, words.find("skip"), row_names());
  if (const Node* each = words.find("each")) {
    context.names = row_names();
    collection.each = load_plain_call(loading, *each, context);
  }
  words.finish();
}

std::optional<RowLookup> load_lookup(KindLoading& loading, Words& outer, std::string_view word) {
  const Node* node = outer.find(word);
  if (node == nullptr) {
    return std::nullopt;
  }
  Words words(*node, fmt::format("'{}'", word), loading.diagnostics);
  RowLookup lookup;
  CallContext context;
  context.names = row_names();
  context.binds_properties = false;
  lookup.call = load_call(loading, words, context);
  lookup.from = load_path(loading, words.require("from"));
  lookup.where = load_expr(loading, words.find("where"), {"item", "observed", "raw"});
  if (lookup.call.bind.empty()) {
    report(
        loading.diagnostics,
        SchemaFault::kMissingWord,
        node->range,
        fmt::format("'{}' binds what it is made for", word)
    );
  }
  words.finish();
  return lookup;
}

std::vector<CollectionStep> load_steps(KindLoading& loading, const Node* node) {
  std::vector<CollectionStep> steps;
  if (node == nullptr || node->is_null()) {
    return steps;
  }
  CallContext context;
  context.names = row_names();
  context.fallback = CallClass::kIdempotent;
  context.binds_properties = false;
  const auto load_one = [&](const Node& item) {
    Words words(item, "a step of a collection", loading.diagnostics);
    CollectionStep step;
    step.batch = static_cast<int>(words.number("batch").value_or(1));
    step.call = load_call(loading, words, context);
    words.finish();
    steps.push_back(std::move(step));
  };
  if (!node->is_list()) {
    load_one(*node);
    return steps;
  }
  for (const Node& item : node->items) {
    load_one(item);
  }
  return steps;
}

void load_health(KindLoading& loading, const Node* node, Collection& collection) {
  if (node == nullptr) {
    return;
  }
  Words words(*node, fmt::format("'health' of '{}'", collection.name), loading.diagnostics);
  Health health;
  health.path = words.require_text("path");
  health.ready = words.texts("ready");
  health.pending = words.texts("pending");
  health.failed = words.texts("failed");
  health.explain = words.texts("explain");
  if (const Node* wait = words.find("wait")) {
    health.wait = load_wait(loading, *wait);
  }
  words.finish();
  collection.health = std::move(health);
}

/// Every field that identity, change or health rests on must come out of the observation.
void check_fields(KindLoading& loading, const Node& node, const Collection& collection) {
  Names known;
  const auto add_binds = [&](const std::vector<Bind>& binds) {
    for (const Bind& bind : binds) {
      known.push_back(bind.property);
      if (const auto dot = bind.property.find('.'); dot != std::string::npos) {
        known.push_back(bind.property.substr(0, dot));  // A dotted one fills a member of its head.
      }
    }
  };
  add_binds(collection.bind);
  if (collection.each) {
    add_binds(collection.each->bind);
  }
  for (const auto& [name, expr] : collection.derive) {
    known.push_back(name);
  }
  Names needed = collection.mutable_fields;
  needed.insert(needed.end(), collection.key.begin(), collection.key.end());
  for (const std::string& field :
       {collection.scalar,
        collection.map_key,
        collection.map_value,
        collection.owner,
        collection.health ? collection.health->path : std::string()}) {
    if (!field.empty()) {
      needed.push_back(field);
    }
  }
  for (const std::string& field : needed) {
    // A canon function may make fields of its own, such as a direction out of a flag.
    if (collection.canon.empty() && std::find(known.begin(), known.end(), field) == known.end()) {
      report(
          loading.diagnostics,
          SchemaFault::kUnknownName,
          node.range,
          fmt::format("no observation of '{}' fills the field '{}'", collection.name, field),
          suggest(field, known)
      );
    }
  }
}

}  // namespace

void load_collections(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  for (const NodeEntry& entry : node->entries) {
    Collection collection;
    collection.name = entry.key;
    Words words(entry.value, fmt::format("collection '{}'", entry.key), loading.diagnostics);
    words.require("key");
    collection.key = words.texts("key");
    collection.mutable_fields = words.texts("mutable");
    collection.scalar = words.text("scalar");
    if (const Node* map = words.find("map")) {
      Words inner(*map, "'map'", loading.diagnostics);
      collection.map_key = inner.require_text("key");
      collection.map_value = inner.require_text("value");
      inner.finish();
    }
    load_desired(loading, words.find("desired"), collection);
    collection.when = load_expr(loading, words.find("when"), {"observed"});
    collection.removes_first =
        words.one_of("order", {"add_first", "remove_first"}) == "remove_first";
    load_observe(loading, words.require("observe"), collection);
    collection.before_add = load_lookup(loading, words, "before_add");
    collection.before_remove = load_lookup(loading, words, "before_remove");
    collection.add = load_steps(loading, words.require("add"));
    collection.modify = load_steps(loading, words.find("modify"));
    collection.remove = load_steps(loading, words.require("remove"));
    load_health(loading, words.find("health"), collection);
    words.finish();
    check_fields(loading, entry.value, collection);
    loading.kind.collections.push_back(std::move(collection));
  }
}

}  // namespace plumbline
