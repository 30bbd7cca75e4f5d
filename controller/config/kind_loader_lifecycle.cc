#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/kind_loader_parts.h"

namespace plumbline {

namespace {

std::vector<std::string> lower_all(std::vector<std::string> words) {
  std::transform(words.begin(), words.end(), words.begin(), [](const std::string& word) {
    return to_lower(word);
  });
  return words;
}

StateSpec load_state(KindLoading& loading, const Node& node) {
  StateSpec state;
  Words words(node, "a state", loading.diagnostics);
  state.property = words.require_text("property");
  check_property(loading, state.property, node.range);
  state.ready = lower_all(words.texts("ready"));
  state.pending = lower_all(words.texts("pending"));
  state.failed = lower_all(words.texts("failed"));
  state.deleting = lower_all(words.texts("deleting"));
  state.is_final = words.flag("final");
  if (const Node* explain = words.find("explain")) {
    for (const Node& item : explain->items) {
      state.explain.push_back(item.text);
      state.explain_paths.push_back(load_path(loading, &item));
    }
  }
  if (state.ready.empty()) {
    report(
        loading.diagnostics,
        SchemaFault::kMissingWord,
        node.range,
        "a state without a 'ready' word can never be reached"
    );
  }
  words.finish();
  return state;
}

/// A word that takes one map or a list of them.
std::vector<const Node*> one_or_more(const Node* node) {
  std::vector<const Node*> nodes;
  if (node == nullptr || node->is_null()) {
    return nodes;
  }
  if (!node->is_list()) {
    nodes.push_back(node);
    return nodes;
  }
  for (const Node& item : node->items) {
    nodes.push_back(&item);
  }
  return nodes;
}

void load_list(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  Words words(*node, "'list'", loading.diagnostics);
  ListRead list;
  list.call = load_call(loading, words, {});
  list.page = load_page(loading, words);
  const Node* from = words.find("from");
  list.from = from == nullptr ? loading.kind.observe.from : load_path(loading, from);
  list.strip = words.text("strip");
  list.lacks = words.texts("lacks");
  for (const std::string& name : list.lacks) {
    if (name != "tags") {
      check_property(loading, name, node->find("lacks")->range);
    }
  }
  list.bind_override = load_binds(loading, words.find("bind_override"), true);
  if (const Node* collections = words.find("collections")) {
    for (const NodeEntry& entry : collections->entries) {
      Words inner(entry.value, fmt::format("the rows of '{}'", entry.key), loading.diagnostics);
      ListRead::Rows rows;
      rows.from = load_path(loading, inner.require("from"));
      rows.bind = load_binds(loading, inner.require("bind"), false);
      inner.finish();
      list.collections[entry.key] = std::move(rows);
    }
  }
  words.finish();
  loading.kind.list = std::move(list);
}

void load_read(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  Words words(*node, "'read'", loading.diagnostics);
  loading.kind.read = load_call(loading, words, {});
  CallContext context;
  context.names = {"observed"};
  for (const Node* also : one_or_more(words.find("also"))) {
    Words inner(*also, "a side read", loading.diagnostics);
    SideRead side{load_call(loading, inner, context), inner.text("always")};
    inner.finish();
    if (side.call.bind.empty()) {
      report(
          loading.diagnostics,
          SchemaFault::kMissingWord,
          also->range,
          "a side read binds the properties it is made for"
      );
    }
    loading.kind.also.push_back(std::move(side));
  }
  words.finish();
}

void load_create(KindLoading& loading, Words& words) {
  CallContext context;
  context.fallback = CallClass::kIdempotent;
  context.needs_class = true;
  for (const Node* node : one_or_more(words.require("create"))) {
    loading.kind.create.push_back(load_plain_call(loading, *node, context));
  }
  if (const Node* node = words.find("exists_but_gone")) {
    Words inner(*node, "'exists_but_gone'", loading.diagnostics);
    ExistsButGone revive;
    revive.codes = load_errors(loading, inner.require("codes"));
    CallContext idempotent;
    idempotent.fallback = CallClass::kIdempotent;
    revive.call = load_call(loading, inner, idempotent);
    inner.finish();
    loading.kind.exists_but_gone = std::move(revive);
  }
}

void load_keep(KindLoading& loading, const Node& node, ForEach& spec) {
  Words words(node, "'keep'", loading.diagnostics);
  words.require("newest");
  spec.keeps = static_cast<std::size_t>(std::max(0.0, words.number("newest").value_or(0)));
  spec.keep_by = words.require_text("by");
  words.finish();
}

/// A list, then `each` for its elements.
ForEach load_for_each(KindLoading& loading, Words& words, std::vector<std::string> names) {
  ForEach spec;
  CallContext context;
  context.binds_properties = false;
  context.names = names;
  spec.list = load_call(loading, words, context);
  spec.from = load_path(loading, words.require("from"));
  names.emplace_back("item");
  spec.skip = load_expr(loading, words.find("skip"), names);
  if (const Node* keep = words.find("keep")) {
    load_keep(loading, *keep, spec);
  }
  context.names = std::move(names);
  context.fallback = CallClass::kIdempotent;
  if (const Node* each = words.require("each")) {
    spec.each = load_plain_call(loading, *each, context);
  }
  return spec;
}

void load_recover(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  CallContext context;
  context.names = {"owner"};
  Words words(*node, "'recover'", loading.diagnostics);
  loading.kind.recover = load_call(loading, words, context);
  if (const Node* by_id = words.find("by_id")) {
    Words inner(*by_id, "'by_id'", loading.diagnostics);
    loading.kind.recover_id = inner.require_text("id");
    loading.kind.recover_from = load_path(loading, inner.require("from"));
    loading.kind.recover_page = load_page(loading, inner);
    inner.finish();
  }
  words.finish();
}

void load_update(KindLoading& loading, const Node* node) {
  CallContext context;
  context.fallback = CallClass::kIdempotent;
  context.names = {"observed"};
  for (const Node* item : one_or_more(node)) {
    Words words(*item, "an update", loading.diagnostics);
    UpdateStep step;
    step.changed = words.texts("changed");
    for (const std::string& name : step.changed) {
      check_property(loading, name, item->find("changed")->range);
    }
    if (item->find("each") == nullptr) {
      step.call = load_call(loading, words, context);
    } else {
      step.for_each = load_for_each(loading, words, context.names);
    }
    words.finish();
    loading.kind.update.push_back(std::move(step));
  }
}

DeleteBefore load_before(KindLoading& loading, const Node& node) {
  DeleteBefore before;
  Words words(node, "a step before deletion", loading.diagnostics);
  before.collection = words.text("collection");
  if (words.node().find("call") != nullptr) {
    before.for_each = load_for_each(loading, words, {"observed"});
  } else if (before.collection.empty()) {
    words.require("collection");
  } else if (loading.kind.find_collection(before.collection) == nullptr) {
    report(
        loading.diagnostics,
        SchemaFault::kUnknownName,
        node.range,
        fmt::format("there is no collection '{}'", before.collection)
    );
  }
  words.finish();
  return before;
}

CallTemplate load_delete_variant(
    KindLoading& loading, const Node& node, const CallContext& context
) {
  Words words(node, "a way of deleting", loading.diagnostics);
  CallTemplate variant = load_call(loading, words, context);
  variant.leaves_snapshot = words.flag("snapshot");
  words.finish();
  return variant;
}

void load_delete(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  CallContext context;
  context.fallback = CallClass::kIdempotent;
  context.names = {"observed"};
  Words words(*node, "'delete'", loading.diagnostics);
  for (const Node* before : one_or_more(words.find("before"))) {
    loading.kind.remove.before.push_back(load_before(loading, *before));
  }
  if (const Node* variants = words.find("variants")) {
    for (const Node* variant : one_or_more(variants)) {
      loading.kind.remove.variants.push_back(load_delete_variant(loading, *variant, context));
    }
  } else {
    loading.kind.remove.variants.push_back(load_call(loading, words, context));
  }
  words.finish();
}

void load_publishes(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  Words words(*node, "'publishes'", loading.diagnostics);
  loading.kind.consumer_errors = load_errors(loading, words.find("consumer_errors"));
  for (const Node* item : one_or_more(words.find("leaves_behind"))) {
    Words inner(*item, "'leaves_behind'", loading.diagnostics);
    LeavesBehind left;
    left.what = inner.require_text("what");
    left.blocks = inner.texts("blocks");
    left.patience = inner.duration("for", Duration(0));
    inner.finish();
    loading.kind.leaves_behind.push_back(std::move(left));
  }
  words.finish();
}

void load_kind_errors(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  Words words(*node, "'errors'", loading.diagnostics);
  loading.kind.not_found_codes = words.texts("not_found");
  loading.kind.exists_codes = words.texts("exists");
  loading.kind.terminal_codes = words.texts("terminal");
  loading.kind.retry = load_errors(loading, words.find("retry"));
  words.finish();
}

CallTemplate load_tag_call(KindLoading& loading, const Node* node) {
  CallContext context;
  context.fallback = CallClass::kIdempotent;
  context.names = {"tag_key_objects", "tag_keys", "tag_list", "tag_map"};
  return node == nullptr ? CallTemplate() : load_plain_call(loading, *node, context);
}

void load_tag_read(KindLoading& loading, const Node& node, TagSpec& tags) {
  Words words(node, "'read' of the tags", loading.diagnostics);
  if (node.find("call") != nullptr) {
    tags.read_call = load_call(loading, words, {});
  }
  tags.from = load_path(loading, words.require("from"));
  tags.reads_map = words.flag("map");
  const std::string key = words.text("key");
  const std::string value = words.text("value");
  tags.key = key.empty() ? tags.key : key;
  tags.value = value.empty() ? tags.value : value;
  words.finish();
}

}  // namespace

void load_observation(KindLoading& loading, Words& words) {
  if (const Node* node = words.require("observe")) {
    Words inner(*node, "'observe'", loading.diagnostics);
    ObserveSpec& observe = loading.kind.observe;
    observe.from = load_path(loading, inner.require("from"));
    observe.is_exact = inner.flag("exact");
    observe.bind = load_binds(loading, inner.require("bind"), true);
    for (const Node* state : one_or_more(inner.find("state"))) {
      observe.states.push_back(load_state(loading, *state));
    }
    observe.gone_when = load_expr(loading, inner.find("gone_when"), {"raw"});
    observe.built_in_when = load_expr(loading, inner.find("built_in_when"), {"raw"});
    if (const Node* present = inner.find("present_when")) {
      for (const NodeEntry& entry : present->entries) {
        check_property(loading, entry.key, entry.key_range);
        if (auto expr = load_expr(loading, &entry.value, {"raw"})) {
          observe.present_when.emplace_back(entry.key, std::move(*expr));
        }
      }
    }
    inner.finish();
  }
  load_read(loading, words.require("read"));
  load_list(loading, words.find("list"));
}

void load_lifecycle(KindLoading& loading, Words& words) {
  load_recover(loading, words.find("recover"));
  if (const Node* siblings = words.find("siblings")) {
    loading.kind.siblings = load_id_list(loading, *siblings, "'siblings'");
  }
  load_create(loading, words);
  load_update(loading, words.find("update"));
  load_delete(loading, words.require("delete"));
  load_publishes(loading, words.find("publishes"));
  load_kind_errors(loading, words.require("errors"));
}

void load_tags(KindLoading& loading, const Node* service_tags, const Node* own) {
  TagSpec& tags = loading.kind.tags;
  if (own != nullptr && own->is_scalar()) {
    if (own->text != "none") {
      report(
          loading.diagnostics,
          SchemaFault::kWrongForm,
          own->range,
          "'tags' is 'none' or a map of what differs from the service's dialect"
      );
    }
    return;
  }
  static const Node kNothing = [] {
    Node node;
    node.type = Node::Type::kMap;
    return node;
  }();
  Words words(own == nullptr ? kNothing : *own, "'tags'", loading.diagnostics);
  const auto pick = [&](std::string_view word) {
    const Node* mine = words.find(word);
    return mine != nullptr || service_tags == nullptr ? mine : service_tags->find(word);
  };
  tags.resource_type = words.text("resource_type");
  if (const Node* node = pick("inline")) {
    Words inner(*node, "'inline' of the tags", loading.diagnostics);
    tags.inline_path = inner.require_text("path");
    tags.shape = inner.one_of("shape", {"tag_specification", "key_value", "tag_key_value", "map"});
    inner.finish();
  }
  if (const Node* node = pick("read")) {
    load_tag_read(loading, *node, tags);
    tags.is_supported = true;
  }
  tags.set = load_tag_call(loading, pick("set"));
  tags.unset = load_tag_call(loading, pick("unset"));
  words.finish();
}

}  // namespace plumbline
