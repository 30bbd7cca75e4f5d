// Observer: looks at the world. One page of a list serves every resource of a kind, account and
// region; what lists lack is read one by one, and only if the manifest, the state or a reference
// asks for it. Changes nothing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/engine/caller.h"
#include "controller/plan/plan.h"

namespace plumbline {

/// One thing to be looked at.
struct Target {
  Address address;
  const Kind* kind = nullptr;
  const Resource* resource = nullptr;  ///< Null for rows without a block.
  std::string account, region;
  std::string known_id;          ///< From the state; "" when there is no row.
  bool is_recorded = false;      ///< `known_id` is AWS's own word, not an alias or a name.
  Value properties;              ///< Declared (resolved as far as known) or last applied.
  std::string owner;             ///< Value our owner tag would have.
  std::set<std::string> needed;  ///< Top-level properties someone asks for.
  /// Of a creation whose outcome is not known: the intent tag its object carries. Objects with
  /// another one are not meant, whatever their name and owner.
  std::string intent;
};

/// What could not be read, and why.
Observation unreadable(const Error& error);

/// The context of a target's calls.
BindingContext context_of(
    const Target& target,
    const std::string& id,
    const Observation* seen,
    const AccountIds& accounts,
    const std::string& stack
);

/// The object that a row of the state knows.
Target recorded_target(const ResourceRow& row, const Kind& kind);

class Observer {
 public:
  Observer(Caller& caller, AccountIds accounts, std::string stack)
      : caller_(caller), accounts_(std::move(accounts)), stack_(std::move(stack)) {}

  /// All targets, batched. The result has one observation per target, in their order.
  Task<std::vector<Observation>> observe_all(std::vector<Target> targets);
  /// One object by its id: main read, side reads, tags, collections.
  Task<Observation> observe_one(const Target& target, std::string id);
  /// Main read only: does it exist, and is it ready?
  Task<Observation> glance(const Target& target, std::string id);
  /// What a row lacks that only another object knows, put into it.
  Task<Status> look_up(
      const RowLookup& lookup, const Target& target, const Observation& seen, Value& row
  );
  /// Every object of the kind in the account and region of `anyone`, as far as the list tells;
  /// those of a kind that only tells ids (`discover`) have nothing but their id.
  Task<Result<std::vector<Observation>>> list_all(Target anyone);
  /// The ids among which a creation of `target` makes one more (kind.siblings).
  Task<Result<std::vector<std::string>>> list_siblings(const Target& target);
  /// The same with the tags of each, as cheaply as the kind allows; of those whose tags may not be
  /// read nothing but that. Also of kinds whose ids are only listed to be found by their tags.
  Task<Result<std::vector<Observation>>> list_tagged(Target anyone);
  /// Looks for the object by name or owner tag (kind.recover); kAbsent when nothing is there.
  Task<Observation> find_by_name(const Target& target);

 private:
  /// Targets that one list serves.
  struct Group {
    const Kind* kind = nullptr;
    std::string account, region;
    std::vector<std::size_t> members;  ///< Indices of targets.
  };
  struct Listing;
  Task<> observe_group(std::vector<Target>& targets, std::vector<Observation>& out, Group group);
  Task<> observe_listed(
      std::vector<Target>& targets, std::vector<Observation>& out, const Group& group
  );
  Task<> observe_unlisted(const Target& target, const Observation* other, Observation& out);
  Task<Status> read_list(const Group& group, Listing& listing);
  Task<Status> read_ids(const IdList& list, const Target& target, std::vector<Observation>& out);
  Target anyone_of(const Group& group) const;
  Task<Status> read_recoverable(const Target& anyone, std::vector<std::string>& ids);
  Task<Observation> find_by_tags(const Target& target);
  Task<> find_made(const Target& target, const Listing& listing, Observation& out);
  Task<> look_at_tags(const Target& anyone, Observation& seen);
  /// Leaves `out` absent unless the object's tags say that it is the one.
  Task<> look_if_ours(const Target& target, std::string id, Observation& out);
  Task<> observe_single(const Target& target, Observation& out);
  Task<> complete(const Target& target, Observation& seen, bool is_from_list);
  Task<> read_side(const Target& target, Observation& seen);
  Task<> read_tags_of(const Target& target, Observation& seen);
  Task<> read_collections(const Target& target, Observation& seen);
  Task<> read_collection(const Target& target, Observation& seen, const Collection& collection);
  Task<> read_bulk(std::vector<Observation>& out, const Group& group, const Collection& collection);
  Task<CallResult> send(const CallTemplate& call, const BindingContext& context);

  Caller& caller_;
  AccountIds accounts_;
  std::string stack_;
};

}  // namespace plumbline
