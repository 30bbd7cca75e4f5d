// One object at a time: main read, side reads, tags, collections. Lists are in observer_list.cc.
#include "controller/engine/observer.h"

#include <algorithm>
#include <tuple>

#include "controller/aws/endpoint.h"
#include "controller/base/text.h"
#include "controller/plan/answer.h"

namespace plumbline {

namespace {

bool is_absence(const Kind& kind, const CallTemplate& call, const Error& error) {
  if (error.klass == ErrorClass::kTransient) {
    return false;  // A server that failed does not know.
  }
  const auto& codes = kind.not_found_codes;
  return std::find(codes.begin(), codes.end(), error.code) != codes.end() ||
         find_match(call.absent_errors, error) != nullptr;
}

bool serves(const std::vector<Bind>& binds, const std::set<std::string>& needed) {
  return std::any_of(binds.begin(), binds.end(), [&](const Bind& bind) {
    return needed.contains(std::string(head_of(bind.property)));
  });
}

/// What was declared with a secret inside is as secret when it is read back.
void conceal_declared(const Target& target, Observation& seen) {
  if (!target.properties.holds_secret()) {
    return;
  }
  for (const Member& member : target.properties.as_object()) {
    if (!member.value.holds_secret()) {
      continue;
    }
    if (Value* property = seen.properties.find(member.key); property != nullptr) {
      *property = conceal(*property);
    }
    for (const Collection& collection : target.kind->collections) {
      const auto rows = seen.collections.find(collection.name);
      const bool is_source = std::any_of(
          collection.desired.begin(),
          collection.desired.end(),
          [&](const CollectionDesired& source) { return head_of(source.property) == member.key; }
      );
      if (is_source && rows != seen.collections.end()) {
        for (Value& row : rows->second) {
          row = conceal(row);
        }
      }
    }
  }
}

/// An owner tag is on the object that is being replaced, too: only the intent's tag tells which is
/// the new one.
bool is_of_another_intent(const Target& target, const Observation& candidate) {
  const std::string* made_by = candidate.find_tag(kIntentTag);
  return !target.intent.empty() && candidate.has_tags &&
         (made_by == nullptr || *made_by != target.intent);
}

}  // namespace

Observation unreadable(const Error& error) {
  Observation observation;
  observation.presence = Presence::kUnreadable;
  observation.error = error;
  return observation;
}

Target recorded_target(const ResourceRow& row, const Kind& kind) {
  Target target;
  target.address = row.address;
  target.kind = &kind;
  target.account = row.account;
  target.region = row.region;
  target.known_id = row.physical_id;
  target.is_recorded = true;
  target.properties = row.applied;
  return target;
}

BindingContext context_of(
    const Target& target,
    const std::string& id,
    const Observation* seen,
    const AccountIds& accounts,
    const std::string& stack
) {
  const std::string& account_id = accounts.of(target.account);
  BindingContext context;
  context.kind = target.kind;
  context.account = target.account;
  context.region = target.region;
  context.account_id = account_id;
  context.partition = partition_of(target.region);
  context.stack = stack;
  context.owner = target.owner;
  context.desired = target.properties;
  if (!id.empty()) {
    context.id = id;
  }
  if (seen != nullptr) {
    context.observed = seen->properties;
  }
  const std::string arn = arn_of(*target.kind, id, context.observed, account_id, target.region);
  if (!arn.empty()) {
    context.arn = arn;
  }
  return context;
}

Task<CallResult> Observer::send(const CallTemplate& call, const BindingContext& context) {
  co_return co_await caller_.read(make_call(call, context));
}

Task<std::vector<Observation>> Observer::observe_all(std::vector<Target> targets) {
  std::vector<Observation> out(targets.size());
  std::map<std::tuple<std::string, std::string, std::string>, Group> groups;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[i];
    Group& group = groups[{target.kind->name, target.account, target.region}];
    group.kind = target.kind;
    group.account = target.account;
    group.region = target.region;
    group.members.push_back(i);
  }
  TaskGroup tasks;
  for (auto& [key, group] : groups) {
    tasks.add(observe_group(targets, out, std::move(group)));
  }
  co_await tasks.join();
  co_return out;
}

Task<> Observer::observe_group(
    std::vector<Target>& targets, std::vector<Observation>& out, Group group
) {
  if (group.kind->list) {
    co_await observe_listed(targets, out, group);
    co_return;
  }
  TaskGroup tasks;
  for (const std::size_t member : group.members) {
    tasks.add(observe_single(targets[member], out[member]));
  }
  co_await tasks.join();
}

Task<> Observer::observe_single(const Target& target, Observation& out) {
  std::string id = target.known_id;
  if (id.empty() && target.resource != nullptr && target.resource->existing) {
    id = target.resource->existing->id;
  }
  if (!id.empty()) {
    out = co_await observe_one(target, id);
  } else if (target.kind->recover) {
    out = co_await find_by_name(target);
    if (out.presence == Presence::kPresent) {
      co_await complete(target, out, false);
    }
  }
}

Task<Observation> Observer::glance(const Target& target, std::string id) {
  const Kind& kind = *target.kind;
  const BindingContext context = context_of(target, id, nullptr, accounts_, stack_);
  CallResult result = co_await send(kind.read, context);
  if (!result) {
    co_return is_absence(kind, kind.read, result.error()) ? Observation()
                                                          : unreadable(result.error());
  }
  const bool is_our_word = target.is_recorded && id == target.known_id;
  Result<Observation> found = observe_one_of(kind, id, is_our_word, result->body);
  if (!found) {
    co_return unreadable(found.error());
  }
  Observation seen = std::move(found).value();
  for (const Collection& collection : kind.collections) {
    if (collection.observe.action.empty() && seen.presence == Presence::kPresent) {
      seen.collections[collection.name] =
          observe_rows(collection, collection.from, collection.bind, result->body, seen.properties);
    }
  }
  conceal_declared(target, seen);
  co_return seen;
}

Task<Observation> Observer::observe_one(const Target& target, std::string id) {
  Observation seen = co_await glance(target, id);
  if (seen.presence == Presence::kPresent) {
    co_await complete(target, seen, false);
  }
  co_return seen;
}

Task<Status> Observer::look_up(
    const RowLookup& lookup, const Target& target, const Observation& seen, Value& row
) {
  const BindingContext context = context_of(target, seen.id, &seen, accounts_, stack_);
  BindingContext::Extras extras = {{"item", &row}};
  CallResult result = co_await caller_.read(make_call(lookup.call, context, extras));
  if (!result && !is_absence(*target.kind, lookup.call, result.error())) {
    co_return result.error();
  }
  Scope scope(&context.desired);
  scope.bind("observed", &context.observed);
  scope.bind("item", &row);
  for (const Value& candidate : result ? items_of(lookup.from, result->body) : List()) {
    scope.bind("raw", &candidate);
    if (lookup.where && !lookup.where->holds(scope)) {
      continue;
    }
    Value found = row;
    for (const Bind& bind : lookup.call.bind) {
      found.set_path(bind.property, bind.path.read(candidate));
    }
    row = std::move(found);
    break;
  }
  co_return Done{};
}

Task<Observation> Observer::find_by_name(const Target& target) {
  const Kind& kind = *target.kind;
  if (!kind.recover) {
    co_return Observation();
  }
  for (const std::string& name : kind.natural_key) {
    if (!target.properties.get(name).is_known()) {
      co_return Observation();  // Its name hangs on something that does not exist either.
    }
  }
  if (!kind.recover_id.empty()) {
    co_return co_await find_by_tags(target);
  }
  const BindingContext context = context_of(target, "", nullptr, accounts_, stack_);
  CallResult result = co_await send(*kind.recover, context);
  if (!result) {
    co_return is_absence(kind, *kind.recover, result.error()) ? Observation()
                                                              : unreadable(result.error());
  }
  Result<std::vector<Observation>> candidates =
      observe_items(kind, kind.recover->action, result->body);
  if (!candidates) {
    co_return unreadable(candidates.error());
  }
  const std::string& name = target.properties.text_of(kind.id_property);
  Observation found;
  for (Observation& candidate : *candidates) {
    const bool is_other =
        is_of_another_intent(target, candidate) || (kind.observe.is_exact && candidate.id != name);
    if (candidate.presence == Presence::kPresent && !is_other) {
      found = std::move(candidate);
    }
  }
  conceal_declared(target, found);
  co_return found;
}

/// The list tells ids alone and cannot be filtered: every object is asked for its tags. Whose tags
/// we may not read was not tagged by us.
Task<Observation> Observer::find_by_tags(const Target& target) {
  std::vector<std::string> ids;
  const Status listed = co_await read_recoverable(target, ids);
  if (!listed) {
    co_return unreadable(listed.error());
  }
  std::vector<Observation> seen(ids.size());
  TaskGroup tasks;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    tasks.add(look_if_ours(target, ids[i], seen[i]));
  }
  co_await tasks.join();
  Observation found;
  for (Observation& candidate : seen) {
    if (candidate.presence == Presence::kUnreadable) {
      co_return candidate;  // It may be the one.
    }
    if (candidate.presence == Presence::kPresent) {
      found = std::move(candidate);
    }
  }
  co_return found;
}

Task<Status> Observer::read_recoverable(const Target& anyone, std::vector<std::string>& ids) {
  const Kind& kind = *anyone.kind;
  const BindingContext context = context_of(anyone, "", nullptr, accounts_, stack_);
  co_return co_await caller_.read_pages(
      make_call(*kind.recover, context),
      kind.recover_page,
      [&](const Value& reply) -> Status {
        if (!answers(kind.recover_from, reply)) {
          return no_answer(kind.recover->action, "it holds no list");
        }
        for (const Value& row : items_of(kind.recover_from, reply)) {
          ids.push_back(row.text_of(kind.recover_id));
          if (ids.back().empty()) {
            return no_answer(kind.recover->action, "it holds an entry without an id");
          }
        }
        return Done{};
      }
  );
}

Task<> Observer::look_if_ours(const Target& target, std::string id, Observation& out) {
  Observation tagged;
  tagged.presence = Presence::kPresent;
  tagged.id = id;
  co_await read_tags_of(target, tagged);
  if (tagged.presence == Presence::kUnreadable) {
    const auto& codes = target.kind->not_found_codes;
    const bool is_none_of_ours =
        tagged.error.klass == ErrorClass::kDenied ||
        std::find(codes.begin(), codes.end(), tagged.error.code) != codes.end();
    out = is_none_of_ours ? Observation() : std::move(tagged);
    co_return;
  }
  const std::string* owner = tagged.find_tag(kOwnerTag);
  if (owner == nullptr || *owner != target.owner || is_of_another_intent(target, tagged)) {
    co_return;
  }
  out = co_await glance(target, id);
  out.tags = std::move(tagged.tags);
  out.has_tags = true;
}

/// What the main reply lacks: properties, side reads, tags, collections.
Task<> Observer::complete(const Target& target, Observation& seen, bool is_from_list) {
  const Kind& kind = *target.kind;
  const bool is_lacking =
      is_from_list &&
      std::any_of(kind.list->lacks.begin(), kind.list->lacks.end(), [&](const auto& name) {
        return name == "tags" ? kind.tags.is_supported && !kind.tags.read_call
                              : target.needed.contains(name);
      });
  if (is_lacking) {
    std::map<std::string, List> rows = std::move(seen.collections);
    Observation full = co_await glance(target, seen.id);
    if (full.presence != Presence::kPresent) {
      seen = std::move(full);
      co_return;
    }
    full.collections.merge(rows);
    seen = std::move(full);
  }
  co_await read_side(target, seen);
  if (seen.presence == Presence::kPresent) {
    co_await read_tags_of(target, seen);
  }
  if (seen.presence == Presence::kPresent) {
    co_await read_collections(target, seen);
  }
  conceal_declared(target, seen);
}

Task<> Observer::read_side(const Target& target, Observation& seen) {
  const Kind& kind = *target.kind;
  for (const SideRead& side : kind.also) {
    const BindingContext context = context_of(target, seen.id, &seen, accounts_, stack_);
    if (!serves(side.call.bind, target.needed) || !applies(side.call, context)) {
      continue;
    }
    CallResult result = co_await send(side.call, context);
    if (result && !answers(side, result->body)) {
      seen = unreadable(no_answer(side.call.action, "it holds nothing of what is read"));
      co_return;
    }
    if (result) {
      bind_into(seen, kind, side.call.bind, result->body);
    } else if (!is_absence(kind, side.call, result.error())) {
      seen = unreadable(result.error());
      co_return;
    }
  }
}

Task<> Observer::read_tags_of(const Target& target, Observation& seen) {
  const TagSpec& spec = target.kind->tags;
  if (seen.has_tags || !spec.is_supported || !spec.read_call) {
    co_return;
  }
  const BindingContext context = context_of(target, seen.id, &seen, accounts_, stack_);
  CallResult result = co_await send(*spec.read_call, context);
  if (!result) {
    seen = unreadable(result.error());
    co_return;
  }
  if (!answers(spec.from, result->body)) {
    seen = unreadable(no_answer(spec.read_call->action, "it holds no tags"));
    co_return;
  }
  seen.tags = read_tags(spec, result->body);
  seen.has_tags = true;
}

Task<> Observer::read_collections(const Target& target, Observation& seen) {
  for (const Collection& collection : target.kind->collections) {
    const bool is_asked_for = std::any_of(
        collection.desired.begin(),
        collection.desired.end(),
        [&](const CollectionDesired& source) {
          return target.needed.contains(std::string(head_of(source.property)));
        }
    );
    const bool is_known = seen.collections.contains(collection.name);
    if (!is_known && is_asked_for && !collection.observe.action.empty()) {
      co_await read_collection(target, seen, collection);
    }
    if (seen.presence != Presence::kPresent) {
      co_return;
    }
  }
}

Task<> Observer::read_collection(
    const Target& target, Observation& seen, const Collection& collection
) {
  const Kind& kind = *target.kind;
  const BindingContext context = context_of(target, seen.id, &seen, accounts_, stack_);
  List rows;
  const Status status = co_await caller_.read_pages(
      make_call(collection.observe, context),
      collection.page,
      [&](const Value& reply) -> Status {
        if (!answers(collection.from, reply)) {
          return no_answer(collection.observe.action, "it holds no list");
        }
        for (Value& row :
             observe_rows(collection, collection.from, collection.bind, reply, seen.properties)) {
          rows.push_back(std::move(row));
        }
        return Done{};
      }
  );
  if (!status && !is_absence(kind, collection.observe, status.error())) {
    seen = unreadable(status.error());
    co_return;
  }
  if (collection.each) {
    List there;
    for (Value& row : rows) {
      BindingContext::Extras extras;
      extras.emplace_back("item", &row);
      Call call = make_call(*collection.each, context, extras);
      CallResult result = co_await caller_.read(std::move(call));
      if (!result && is_absence(kind, *collection.each, result.error())) {
        continue;  // It went, and its list does not know yet.
      }
      if (!result) {
        seen = unreadable(result.error());
        co_return;
      }
      for (const Bind& bind : collection.each->bind) {
        row.set_path(bind.property, bind.path.read(result->body));
      }
      there.push_back(std::move(row));
    }
    rows = std::move(there);
  }
  seen.collections[collection.name] = std::move(rows);
}

}  // namespace plumbline
