// How lists become observations: one page serves every target of a kind, account and region; each
// target picks its row by id, by look-up, by our tags, or by what its API keeps unique.
#include <algorithm>

#include <fmt/format.h>

#include "controller/engine/observer.h"
#include "controller/plan/answer.h"

namespace plumbline {

namespace {

/// The properties that the API keeps unique together, in normal form; nothing while one is unknown.
std::optional<Value> natural_key(const Kind& kind, const Value& properties) {
  if (kind.natural_key.empty()) {
    return std::nullopt;
  }
  Value key{Object()};
  for (const std::string& name : kind.natural_key) {
    const Property* property = kind.find_property(name);
    const Value& part = properties.get(name);
    if (property == nullptr || part.is_null() || !part.is_known()) {
      return std::nullopt;
    }
    key.set(name, normalised(*property, part));
  }
  return key;
}

bool is_match(const Target& target, const Observation& row) {
  const Existing& wanted = *target.resource->existing;
  if (!wanted.id.empty()) {
    return row.id == wanted.id;
  }
  const bool has_tags = std::all_of(wanted.tags.begin(), wanted.tags.end(), [&](const auto& tag) {
    const std::string* value = row.find_tag(tag.first);
    return value != nullptr && *value == tag.second;
  });
  if (!has_tags || !wanted.match.is_object()) {
    return has_tags;
  }
  const Object& members = wanted.match.as_object();
  return std::all_of(members.begin(), members.end(), [&](const Member& member) {
    const Property* property = target.kind->find_property(member.key);
    return property != nullptr && equals(*property, member.value, row.properties.get(member.key));
  });
}

Observation ambiguous(const Target& target, const std::string& one, const std::string& other) {
  return unreadable(
      {ErrorClass::kConflict,
       "Ambiguous",
       fmt::format(
           "`existing` fits more than one {}: {} and {}; say more, or name the id",
           target.kind->name,
           one,
           other
       ),
       "",
       0}
  );
}

}  // namespace

/// The rows of a list, found by several keys.
struct Observer::Listing {
  std::map<std::string, Observation> rows;  ///< By id.
  std::map<std::string, const Observation*> by_owner, by_intent;
  std::map<Value, const Observation*> by_key;
  std::set<std::string> claimed;  ///< Ids that targets know for their own: nobody else's by tag.

  void index(const Kind& kind) {
    for (const auto& [id, row] : rows) {
      if (const std::string* intent = row.find_tag(kIntentTag); intent != nullptr) {
        by_intent.emplace(*intent, &row);
      }
      const std::string* owner = row.find_tag(kOwnerTag);
      if (owner != nullptr && !claimed.contains(id)) {
        by_owner.emplace(*owner, &row);
      }
      if (const auto key = natural_key(kind, row.properties)) {
        by_key.emplace(*key, &row);
      }
    }
  }

  [[nodiscard]] const Observation* pick(const Target& target) const {
    if (!target.intent.empty()) {
      const auto made = by_intent.find(target.intent);
      return made == by_intent.end() ? nullptr : made->second;
    }
    if (const auto at = rows.find(target.known_id); at != rows.end()) {
      return &at->second;
    }
    if (const auto owned = by_owner.find(target.owner); owned != by_owner.end()) {
      return owned->second;
    }
    if (const auto key = natural_key(*target.kind, target.properties);
        key && target.known_id.empty()) {
      const auto named = by_key.find(*key);
      return named == by_key.end() ? nullptr : named->second;
    }
    return nullptr;
  }

  [[nodiscard]] Observation look_up(const Target& target) const {
    const Observation* found = nullptr;
    for (const auto& [id, row] : rows) {
      if (is_match(target, row)) {
        if (found != nullptr) {
          return ambiguous(target, found->id, id);
        }
        found = &row;
      }
    }
    return found == nullptr ? Observation() : *found;
  }
};

Target Observer::anyone_of(const Group& group) const {
  Target anyone;
  anyone.kind = group.kind;
  anyone.account = group.account;
  anyone.region = group.region;
  return anyone;
}

Task<Status> Observer::read_list(const Group& group, Listing& listing) {
  const Kind& kind = *group.kind;
  const Target anyone = anyone_of(group);
  const BindingContext context = context_of(anyone, "", nullptr, accounts_, stack_);
  co_return co_await caller_.read_pages(
      make_call(kind.list->call, context),
      kind.list->page,
      [&](const Value& reply) -> Status {
        PLUMBLINE_TRY(rows, observe_list(kind, reply));
        for (Observation& row : rows) {
          if (row.presence == Presence::kPresent) {
            std::string id = row.id;
            listing.rows.insert_or_assign(std::move(id), std::move(row));
          }
        }
        return Done{};
      }
  );
}

Task<Status> Observer::read_ids(
    const IdList& list, const Target& target, std::vector<Observation>& out
) {
  const BindingContext context = context_of(target, "", nullptr, accounts_, stack_);
  co_return co_await caller_
      .read_pages(make_call(list.call, context), list.page, [&](const Value& reply) -> Status {
        if (!answers(list.from, reply)) {
          return no_answer(list.call.action, "it holds no list");
        }
        for (const Value& item : items_of(list.from, reply)) {
          Observation row;
          row.id = item.is_text() ? item.as_text() : item.text_of(list.id);
          row.presence = Presence::kPresent;
          if (row.id.empty()) {
            return no_answer(list.call.action, "it holds an entry without an id");
          }
          out.push_back(std::move(row));
        }
        return Done{};
      });
}

Task<Result<std::vector<Observation>>> Observer::list_all(Target anyone) {
  std::vector<Observation> out;
  Status status = Done{};
  if (anyone.kind->list) {
    Group group;
    group.kind = anyone.kind;
    group.account = anyone.account;
    group.region = anyone.region;
    Listing listing;
    status = co_await read_list(group, listing);
    for (auto& [id, row] : listing.rows) {
      out.push_back(std::move(row));
    }
  } else if (anyone.kind->discover) {
    status = co_await read_ids(*anyone.kind->discover, anyone, out);
  }
  if (!status) {
    co_return status.error();
  }
  co_return out;
}

Task<Result<std::vector<std::string>>> Observer::list_siblings(const Target& target) {
  if (!target.kind->siblings) {
    // The journal may be older than the schema.
    co_return Error{
        ErrorClass::kInvalid, "NotListed", "its schema does not say what is beside it", "", 0};
  }
  std::vector<Observation> seen;
  const Status status = co_await read_ids(*target.kind->siblings, target, seen);
  if (!status) {
    co_return status.error();
  }
  std::vector<std::string> ids;
  for (const Observation& each : seen) {
    if (each.presence == Presence::kPresent) {
      ids.push_back(each.id);
    }
  }
  co_return ids;
}

Task<> Observer::look_at_tags(const Target& anyone, Observation& seen) {
  const std::string id = seen.id;
  if (anyone.kind->tags.read_call) {
    co_await read_tags_of(anyone, seen);
  } else {
    seen = co_await glance(anyone, id);
  }
  const auto& codes = anyone.kind->not_found_codes;
  if (seen.presence == Presence::kUnreadable &&
      std::find(codes.begin(), codes.end(), seen.error.code) != codes.end()) {
    seen = Observation();  // It went, and the list does not know yet.
  }
  seen.id = id;
}

Task<Result<std::vector<Observation>>> Observer::list_tagged(Target anyone) {
  std::vector<Observation> out;
  if (anyone.kind->list || anyone.kind->discover) {
    auto listed = co_await list_all(anyone);
    if (!listed) {
      co_return listed.error();
    }
    out = std::move(listed).value();
  } else if (!anyone.kind->recover_id.empty()) {
    std::vector<std::string> ids;
    const Status listed = co_await read_recoverable(anyone, ids);
    if (!listed) {
      co_return listed.error();
    }
    for (std::string& id : ids) {
      Observation row;
      row.presence = Presence::kPresent;
      row.id = std::move(id);
      out.push_back(std::move(row));
    }
  }
  TaskGroup tasks;
  for (Observation& seen : out) {
    if (seen.presence == Presence::kPresent && !seen.has_tags) {
      tasks.add(look_at_tags(anyone, seen));
    }
  }
  co_await tasks.join();
  co_return out;
}

Task<> Observer::observe_listed(
    std::vector<Target>& targets, std::vector<Observation>& out, const Group& group
) {
  const Kind& kind = *group.kind;
  Listing listing;
  const Status status = co_await read_list(group, listing);
  if (!status) {
    for (const std::size_t member : group.members) {
      out[member] = unreadable(status.error());
    }
    co_return;
  }
  for (const std::size_t member : group.members) {
    listing.claimed.insert(targets[member].known_id);
  }
  listing.index(kind);
  TaskGroup tasks;
  Group listed = group;
  listed.members.clear();
  for (const std::size_t member : group.members) {
    const Target& target = targets[member];
    if (target.resource != nullptr && target.resource->existing) {
      out[member] = listing.look_up(target);
    } else if (const Observation* found = listing.pick(target);
               found != nullptr && (target.known_id.empty() || !target.intent.empty() ||
                                    found->id == target.known_id)) {
      out[member] = *found;
    } else if (!target.known_id.empty()) {
      tasks.add(observe_unlisted(target, found, out[member]));
      continue;
    } else if (!target.intent.empty()) {
      tasks.add(find_made(target, listing, out[member]));
      continue;
    }
    if (out[member].presence == Presence::kPresent) {
      listed.members.push_back(member);
    }
  }
  for (const Collection& collection : kind.collections) {
    if (!collection.owner.empty() && listed.members.size() > 1) {
      co_await read_bulk(out, listed, collection);
    }
  }
  for (const std::size_t member : listed.members) {
    if (out[member].presence == Presence::kPresent) {
      tasks.add(complete(targets[member], out[member], true));
    }
  }
  co_await tasks.join();
}

/// A creation whose object has no id that is known before it, in a list without tags: every row is
/// asked for its own. Whose tags we may not read was not tagged by us.
Task<> Observer::find_made(const Target& target, const Listing& listing, Observation& out) {
  std::vector<Observation> rows;
  for (const auto& [id, row] : listing.rows) {
    if (!row.has_tags) {
      rows.push_back(row);
    }
  }
  TaskGroup tasks;
  for (Observation& row : rows) {
    tasks.add(look_at_tags(target, row));
  }
  co_await tasks.join();
  for (Observation& row : rows) {
    const std::string* intent = row.find_tag(kIntentTag);
    if (row.presence == Presence::kPresent && intent != nullptr && *intent == target.intent) {
      out = std::move(row);
      co_await complete(target, out, true);
      co_return;
    }
    if (row.presence == Presence::kUnreadable && row.error.klass != ErrorClass::kDenied) {
      out = std::move(row);  // It may be the one.
    }
  }
}

/// A list that lags must not look like a deletion, nor one that shows a predecessor with the same
/// owner tag like the object itself: whom the state knows is asked for by its id.
Task<> Observer::observe_unlisted(
    const Target& target, const Observation* other, Observation& out
) {
  co_await observe_single(target, out);
  if (out.presence == Presence::kAbsent && other != nullptr) {
    out = *other;
    co_await complete(target, out, true);
  }
}

Task<> Observer::read_bulk(
    std::vector<Observation>& out, const Group& group, const Collection& collection
) {
  const Target anyone = anyone_of(group);
  const BindingContext context = context_of(anyone, "", nullptr, accounts_, stack_);
  // Unfiltered: one call per page serves every resource of the account.
  Call call = make_call(collection.observe, context);
  call.request = Value(Object());
  const auto owner_path =
      std::find_if(collection.bind.begin(), collection.bind.end(), [&](const Bind& bind) {
        return bind.property == collection.owner;
      });
  std::map<std::string, List> by_owner;
  const auto take = [&](const Value& reply) -> Status {
    if (!answers(collection.from, reply)) {
      return no_answer(collection.observe.action, "it holds no list");
    }
    for (Value& item : items_of(collection.from, reply)) {
      const Value owner =
          owner_path == collection.bind.end() ? Value() : owner_path->path.read(item);
      if (owner.is_text()) {
        by_owner[owner.as_text()].push_back(std::move(item));
      }
    }
    return Done{};
  };
  const Status status = co_await caller_.read_pages(std::move(call), collection.page, take);
  for (const std::size_t member : group.members) {
    Observation& seen = out[member];
    if (seen.presence != Presence::kPresent) {
      continue;
    }
    if (!status) {
      seen = unreadable(status.error());
      continue;
    }
    const auto found = by_owner.find(seen.id);
    const Value items(found == by_owner.end() ? List() : found->second);
    seen.collections[collection.name] =
        observe_rows(collection, Path(), collection.bind, items, seen.properties);
  }
}

}  // namespace plumbline
