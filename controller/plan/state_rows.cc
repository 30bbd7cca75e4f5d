// Rows of the state as plans look at them, and the tags that tie objects to rows.
#include "controller/plan/state_rows.h"

#include <algorithm>
#include <tuple>

#include "controller/base/check.h"

namespace plumbline {

namespace {

Value tags_value(const Tags& tags) {
  Value value{Object()};
  for (const auto& [key, text] : tags) {
    value.set(key, text);
  }
  return value;
}

/// A property that waits for another resource was not applied yet: it has no place in the row.
Value known_members(const Value& properties) {
  Value known{Object()};
  for (const Member& member : properties.as_object()) {
    if (member.value.is_known()) {
      known.set(member.key, member.value);
    }
  }
  return known;
}

/// The rows that were declared, so that a later removal is known for the user's own wish.
Value applied_rows(const Kind& kind, const Value& desired, const Value& context) {
  Value rows{Object()};
  for (const Collection& collection : kind.collections) {
    if (!is_managed(collection, desired)) {
      continue;
    }
    List wanted = desired_rows(kind, collection, desired, context);
    const bool can_rest = std::all_of(wanted.begin(), wanted.end(), [](const Value& row) {
      return row.is_known() && !row.holds_secret();
    });
    if (can_rest) {
      rows.set(collection.name, Value(std::move(wanted)));
    }
  }
  return rows;
}

std::string_view word_of(OnRemove on_remove) {
  switch (on_remove) {
    case OnRemove::kDelete:
      return "delete";
    case OnRemove::kRetain:
      return "retain";
    case OnRemove::kSnapshot:
      return "snapshot";
  }
  PLUMBLINE_UNREACHABLE("OnRemove");
}

}  // namespace

void describe(
    ResourceRow& row,
    const Resource& resource,
    const Value& desired,
    const std::string& account_id,
    const std::string& install_key
) {
  const Kind& kind = *resource.kind;
  row.applied = known_members(without_secrets(kind, desired, install_key));
  row.applied.set("$tags", tags_value(resource.tags));
  const Value context = Value::object({{"id", row.physical_id}, {"account", account_id}});
  row.applied.set("$rows", applied_rows(kind, desired, context));
  row.is_protected = resource.is_protected;
  if (resource.has_on_remove) {
    row.on_remove = word_of(resource.on_remove);
  }
}

void set_producers(ResourceRow& row, std::vector<Address> producers) {
  std::sort(producers.begin(), producers.end());
  producers.erase(std::unique(producers.begin(), producers.end()), producers.end());
  row.depends_on = std::move(producers);
}

void mark_foreign(Difference& difference, const Kind& kind, const ResourceRow* row) {
  if (row == nullptr) {
    return;
  }
  const Value& applied = row->applied.get("$rows");
  for (CollectionChange& change : difference.collections) {
    const Collection* collection = kind.find_collection(change.collection);
    std::vector<Value> ours;
    const Value& rows = applied.get(change.collection);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ours.push_back(row_key(*collection, comparable_row(kind, *collection, rows.as_list()[i])));
    }
    for (RowChange& each : change.rows) {
      if (each.op == RowOp::kRemove) {
        const Value key = row_key(*collection, comparable_row(kind, *collection, each.before));
        each.is_foreign = std::find(ours.begin(), ours.end(), key) == ours.end();
      }
    }
  }
}

const std::string& inherited_owner(const ResourceRow& row) {
  return row.applied.text_of(kInheritedOwner);
}

bool is_inherited(
    const StateImage& state, const Address& address, const std::string& id, const std::string& owner
) {
  return std::any_of(state.rows.begin(), state.rows.end(), [&](const ResourceRow& row) {
    return row.address == address && row.physical_id == id && inherited_owner(row) == owner;
  });
}

Tags wanted_tags(
    const Resource& resource,
    const std::string& install_key,
    const std::string& account_id,
    const std::string& stack
) {
  Tags tags = resource.tags;
  const OwnerTags ours =
      owner_tags(install_key, account_id, resource.region, stack, resource.address);
  tags.emplace_back(kOwnerTag, ours.owner);
  tags.emplace_back(kStackTag, ours.stack);
  tags.emplace_back(kAddressTag, ours.address);
  return tags;
}

void sort_rows(StateImage& state) {
  std::sort(state.rows.begin(), state.rows.end(), [](const ResourceRow& a, const ResourceRow& b) {
    return std::tie(a.address, a.physical_id) < std::tie(b.address, b.physical_id);
  });
}

namespace {

template <class Test>
const ResourceRow* find_row_if(const StateImage& state, const Address& address, Test test) {
  auto at = std::lower_bound(
      state.rows.begin(),
      state.rows.end(),
      address,
      [](const ResourceRow& row, const Address& wanted) { return row.address < wanted; }
  );
  for (; at != state.rows.end() && at->address == address; ++at) {
    if (test(*at)) {
      return &*at;
    }
  }
  return nullptr;
}

}  // namespace

const ResourceRow* find_row(const StateImage& state, const Address& address) {
  return find_row_if(state, address, [](const ResourceRow& row) {
    return row.status != RowStatus::kDeposed;
  });
}

const ResourceRow* find_deposed(
    const StateImage& state, const Address& address, const std::string& id
) {
  return find_row_if(state, address, [&](const ResourceRow& row) {
    return row.status == RowStatus::kDeposed && row.physical_id == id;
  });
}

}  // namespace plumbline
