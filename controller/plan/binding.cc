#include "controller/plan/binding.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/plan/observe.h"

namespace plumbline {

namespace {

Scope scope_of(const BindingContext& context, const BindingContext::Extras& extras) {
  Scope scope(&context.desired);
  scope.bind("id", &context.id);
  scope.bind("arn", &context.arn);
  scope.bind("owner", &context.owner);
  scope.bind("token", &context.token);
  scope.bind("region", &context.region);
  scope.bind("account", &context.account_id);
  scope.bind("partition", &context.partition);
  scope.bind("stack", &context.stack);
  scope.bind("observed", &context.observed);
  for (const auto& [name, value] : extras) {
    scope.bind(name, value);
  }
  return scope;
}

bool intersects(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& name) {
    return std::find(b.begin(), b.end(), name.substr(0, name.find('.'))) != b.end();
  });
}

/// Declared values, plus observed ones for properties that must be sent along and are not declared.
Value with_resent(const std::vector<Property>& properties, Value desired, const Value& observed) {
  for (const Property& property : properties) {
    const Value& seen = observed.get(property.name);
    if (property.resends_observed && desired.get(property.name).is_null() && !seen.is_null()) {
      desired.set(property.name, seen);
    }
    if (!property.fields.empty() && desired.get(property.name).is_object()) {
      desired.set(property.name, with_resent(property.fields, desired.get(property.name), seen));
    }
  }
  return desired;
}

PlannedCall planned_call(
    const CallTemplate& call,
    const BindingContext& context,
    const BindingContext::Extras& extras,
    std::string what
) {
  PlannedCall planned;
  planned.call = make_call(call, context, extras);
  planned.from = &call;
  planned.what = std::move(what);
  if (call.klass == CallClass::kToken) {
    std::vector<std::pair<std::string_view, Value>> kept;
    for (const auto& [name, value] : extras) {
      kept.emplace_back(name, *value);
    }
    planned.with_token = [&call, context, kept](const std::string& token) {
      BindingContext with = context;
      with.token = token;
      BindingContext::Extras borrowed;
      for (const auto& [name, value] : kept) {
        borrowed.emplace_back(name, &value);
      }
      return make_call(call, with, borrowed);
    };
  }
  return planned;
}

void add_batches(
    std::vector<PlannedCall>& calls,
    const BindingContext& context,
    const std::vector<CollectionStep>& steps,
    const std::vector<const Value*>& rows,
    std::string_view what
) {
  for (const CollectionStep& step : steps) {
    List batch;
    const auto flush = [&] {
      if (batch.empty()) {
        return;
      }
      const Value items(batch);
      const BindingContext::Extras extras = {{"items", &items}, {"item", &batch.front()}};
      calls.push_back(
          planned_call(step.call, context, extras, fmt::format("{} {}", what, batch.size()))
      );
      batch.clear();
    };
    for (const Value* row : rows) {
      if (!applies(step.call, context, {{"item", row}})) {
        continue;
      }
      batch.push_back(*row);
      if (batch.size() >= static_cast<std::size_t>(std::max(1, step.batch))) {
        flush();
      }
    }
    flush();
  }
}

/// The elements that `each` is for: not skipped, and not among the newest that are kept.
List chosen_items(const ForEach& spec, const BindingContext& context, const Value& reply) {
  List items;
  for (Value& item : items_of(spec.from, reply)) {
    if (!spec.skip || !spec.skip->holds(scope_of(context, {{"item", &item}}))) {
      items.push_back(std::move(item));
    }
  }
  if (spec.keep_by.empty()) {
    return items;
  }
  // Times in AWS's notation sort as texts do.
  std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
    return a.text_of(spec.keep_by) > b.text_of(spec.keep_by);
  });
  const auto kept = static_cast<std::ptrdiff_t>(std::min(spec.keeps, items.size()));
  items.erase(items.begin(), items.begin() + kept);
  return items;
}

}  // namespace

bool applies(
    const CallTemplate& call, const BindingContext& context, const BindingContext::Extras& extras
) {
  return !call.when || call.when->holds(scope_of(context, extras));
}

Call make_call(
    const CallTemplate& call, const BindingContext& context, const BindingContext::Extras& extras
) {
  Call made;
  made.service = context.kind->service;
  made.account = context.account;
  made.region = context.region.is_text() ? context.region.as_text() : "";
  made.action = call.action;
  made.http = call.http;
  made.xml_root = call.xml_root;
  made.request = call.request.build(scope_of(context, extras));
  if (made.request.is_null()) {
    made.request = Value(Object());
  }
  made.is_mutating = call.klass != CallClass::kRead;
  return made;
}

void add_inline_tags(Call& call, const Kind& kind, const Tags& tags) {
  if (!kind.tags.is_supported || kind.tags.inline_path.empty() || tags.empty()) {
    return;
  }
  const bool is_long = kind.tags.shape == "tag_key_value";
  List list;
  Value map{Object()};
  for (const auto& [key, value] : tags) {
    list.push_back(
        Value::object({{is_long ? "TagKey" : "Key", key}, {is_long ? "TagValue" : "Value", value}})
    );
    map.set(key, value);
  }
  if (kind.tags.shape == "map") {
    call.request.set(kind.tags.inline_path, std::move(map));
  } else if (kind.tags.shape == "tag_specification") {
    call.request.set(
        kind.tags.inline_path,
        Value::list({Value::object(
            {{"ResourceType", kind.tags.resource_type}, {"Tag", Value(std::move(list))}}
        )})
    );
  } else {
    call.request.set(kind.tags.inline_path, Value(std::move(list)));
  }
}

void set_page(Call& call, const Page& page, const Value& token) {
  if (!page.limit.empty() && page.max > 0) {
    // Query protocols send text anyway; JSON services want a number here.
    call.request.set(page.limit, static_cast<std::int64_t>(page.max));
  }
  if (!token.is_null()) {
    call.request.set(page.in, token);
  }
}

Value next_page(const Page& page, const Value& reply) {
  const Value& token = reply.get_path(page.out);
  if (token.is_null() || (token.is_text() && token.as_text().empty())) {
    return {};
  }
  if (!page.more.empty()) {
    const Value& more = reply.get_path(page.more);
    const bool has_more = more == Value(true) || (more.is_text() && more.as_text() == "true");
    return has_more ? token : Value();
  }
  return token;
}

PlannedCall each_call(const ForEach& spec, const BindingContext& context, const std::string& what) {
  PlannedCall planned = planned_call(spec.list, context, {}, what);
  planned.unfold = [&spec, context, what](const Value& reply) {
    std::vector<PlannedCall> calls;
    for (const Value& item : chosen_items(spec, context, reply)) {
      const BindingContext::Extras extras = {{"item", &item}};
      if (applies(spec.each, context, extras)) {
        calls.push_back(planned_call(spec.each, context, extras, what));
      }
    }
    return calls;
  };
  return planned;
}

std::vector<PlannedCall> update_calls(const BindingContext& context, const Difference& difference) {
  std::vector<PlannedCall> calls;
  BindingContext sending = context;
  sending.desired = with_resent(context.kind->properties, context.desired, context.observed);
  const std::vector<std::string> changed = difference.changed();
  for (const UpdateStep& step : context.kind->update) {
    const bool is_due = step.changed.empty() ? !changed.empty() : intersects(step.changed, changed);
    if (is_due && applies(step.for_each ? step.for_each->list : step.call, sending)) {
      std::string what;
      for (const std::string& name : changed) {
        if (step.changed.empty() || intersects(step.changed, {name})) {
          what += what.empty() ? name : ", " + name;
        }
      }
      calls.push_back(
          step.for_each ? each_call(*step.for_each, sending, what)
                        : planned_call(step.call, sending, {}, what)
      );
    }
  }
  return calls;
}

std::vector<PlannedCall> collection_calls(
    const BindingContext& context, const Collection& collection, const CollectionChange& change
) {
  std::vector<const Value*> added;
  std::vector<const Value*> modified;
  std::vector<const Value*> removed;
  // A row that changes keeps what only the world knows (its id) and takes what is desired.
  List merged;
  merged.reserve(change.rows.size());
  for (const RowChange& row : change.rows) {
    switch (row.op) {
      case RowOp::kAdd:
        added.push_back(&row.after);
        break;
      case RowOp::kModify: {
        Value both = row.before;
        for (const std::string& field : collection.mutable_fields) {
          both.erase(field);  // What is no longer declared goes; it is not sent back as it was.
        }
        for (const Member& member : row.after.as_object()) {
          both.set(member.key, member.value);
        }
        merged.push_back(std::move(both));
        modified.push_back(&merged.back());
        break;
      }
      case RowOp::kRemove:
        removed.push_back(&row.before);
        break;
    }
  }
  std::vector<PlannedCall> calls;
  if (collection.removes_first) {
    add_batches(calls, context, collection.remove, removed, collection.name + " -");
  }
  add_batches(calls, context, collection.add, added, collection.name + " +");
  add_batches(calls, context, collection.modify, modified, collection.name + " ~");
  if (!collection.removes_first) {
    add_batches(calls, context, collection.remove, removed, collection.name + " -");
  }
  return calls;
}

std::vector<PlannedCall> tag_calls(const BindingContext& context, const TagChange& change) {
  std::vector<PlannedCall> calls;
  List tag_list;
  Value tag_map{Object()};
  for (const auto& [key, value] : change.set) {
    tag_list.push_back(Value::object({{"Key", key}, {"Value", value}}));
    tag_map.set(key, value);
  }
  List keys;
  List key_objects;
  for (const std::string& key : change.unset) {
    keys.push_back(key);
    key_objects.push_back(Value::object({{"Key", key}}));
  }
  const Value set_list(std::move(tag_list));
  const Value unset_keys(std::move(keys));
  const Value unset_objects(std::move(key_objects));
  const TagSpec& spec = context.kind->tags;
  if (!change.set.empty()) {
    calls.push_back(
        planned_call(spec.set, context, {{"tag_list", &set_list}, {"tag_map", &tag_map}}, "tags")
    );
  }
  if (!change.unset.empty()) {
    calls.push_back(planned_call(
        spec.unset,
        context,
        {{"tag_keys", &unset_keys}, {"tag_key_objects", &unset_objects}},
        "tags"
    ));
  }
  return calls;
}

const ErrorMatch* find_match(
    const std::vector<ErrorMatch>& matches, const Error& error, std::string_view service
) {
  for (const ErrorMatch& match : matches) {
    const bool fits =
        match.code == error.code &&
        (match.message.empty() || error.message.find(match.message) != std::string::npos) &&
        (match.service.empty() || service.empty() || match.service == service);
    if (fits) {
      return &match;
    }
  }
  return nullptr;
}

}  // namespace plumbline
