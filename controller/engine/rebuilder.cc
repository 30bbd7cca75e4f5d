#include "controller/engine/rebuilder.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/engine/worker.h"
#include "controller/plan/outputs.h"

namespace plumbline {

namespace {

bool is_listed(const Kind& kind) {
  return kind.list || kind.discover || !kind.recover_id.empty();
}

/// "every KIND in REGION of account NAME"
std::string all_of(const Kind& kind, const std::pair<std::string, std::string>& place) {
  return fmt::format(
      "every {}{}{}",
      kind.name,
      kind.service->is_global ? "" : " in " + place.second,
      place.first.empty() ? "" : " of account " + place.first
  );
}

}  // namespace

bool Rebuilder::is_skipped(const Kind& kind) const {
  const auto& skipped = input_.ask->skipped_sections;
  return std::find(skipped.begin(), skipped.end(), kind.section) != skipped.end();
}

void Rebuilder::miss(std::string what, const Error& error) {
  unseen_.push_back({std::move(what), "it could not be read: " + error.to_string(), true});
}

void Rebuilder::find_places() {
  const Manifest& manifest = *input_.manifest;
  places_.emplace("", manifest.region);
  for (const auto& [name, account] : manifest.accounts) {
    places_.emplace(name, account.region.empty() ? manifest.region : account.region);
  }
  for (const Resource& resource : manifest.resources) {
    places_.emplace(resource.account, resource.region);
  }
  for (const ResourceRow& row : input_.ask->known) {
    places_.emplace(row.account, row.region);
  }
  std::set<std::string> accounts;
  for (const Place& place : places_) {
    accounts.insert(place.first);
  }
  for (const std::string& region : input_.ask->regions) {
    for (const std::string& account : accounts) {
      places_.emplace(account, region);
    }
  }
  std::set<std::string> regions;
  for (const Place& place : places_) {
    regions.insert(place.second);
  }
  input_.regions.assign(regions.begin(), regions.end());
}

/// False for what is not of this stack.
bool Rebuilder::hear(const Kind& kind, const Place& place, Observation seen) {
  const std::string* stack = seen.find_tag(kStackTag);
  if (seen.presence != Presence::kPresent || stack == nullptr || *stack != input_.manifest->stack) {
    return false;
  }
  claimants_.push_back({&kind, place.first, place.second, std::move(seen)});
  return true;
}

Task<> Rebuilder::list_kind(const Kind& kind, Place place) {
  Target anyone;
  anyone.kind = &kind;
  anyone.account = place.first;
  anyone.region = place.second;
  auto listed = co_await observer_.list_tagged(std::move(anyone));
  if (!listed) {
    miss(all_of(kind, place), listed.error());
    co_return;
  }
  std::size_t denied = 0;
  for (Observation& seen : *listed) {
    // Where everybody's objects are listed with policies of their own, some are closed to us.
    const bool is_closed_to_us = seen.presence == Presence::kUnreadable &&
                                 seen.error.klass == ErrorClass::kDenied &&
                                 !kind.recover_id.empty();
    denied += is_closed_to_us ? 1U : 0U;
    if (seen.presence == Presence::kUnreadable && !is_closed_to_us) {
      miss(kind.name + " " + seen.id, seen.error);
    }
    hear(kind, place, std::move(seen));
  }
  if (denied > 0) {
    unseen_.push_back(
        {fmt::format("{} of {}", denied, all_of(kind, place)),
         "their tags may not be read, so this stack did not tag them, or its rights were taken "
         "away",
         false}
    );
  }
}

Task<> Rebuilder::list_everything() {
  TaskGroup tasks;
  for (const std::string& section : input_.catalog->sections()) {
    const Kind& kind = *input_.catalog->find_section(section);
    if (is_skipped(kind)) {
      unseen_.push_back({"every " + kind.name, "left out by --skip", false});
      continue;
    }
    if (!kind.tags.is_supported || !is_listed(kind)) {
      unseen_.push_back(
          {"every " + kind.name,
           "it cannot be found by a tag: what the manifest declares is looked for by its name, "
           "what it does not declare any more is not found",
           false}
      );
      continue;
    }
    std::set<Place> listed;  // One account may have several names.
    for (const Place& place : places_) {
      const std::string region = kind.service->is_global ? "" : place.second;
      if (listed.emplace(input_.accounts.of(place.first), region).second) {
        tasks.add(list_kind(kind, place));
      }
    }
  }
  co_await tasks.join();
}

bool Rebuilder::is_heard(const ResourceRow& row) const {
  return std::any_of(claimants_.begin(), claimants_.end(), [&](const Claimant& claimant) {
    return is_about(row, claimant, input_.accounts);
  });
}

/// A list may lag behind; what the copy names is asked for by its id.
Task<> Rebuilder::ask_for_known() {
  std::vector<Target> targets;
  for (const ResourceRow& row : input_.ask->known) {
    const Kind* kind = input_.catalog->find_kind(row.kind);
    if (kind == nullptr || is_skipped(*kind) || is_heard(row)) {
      continue;
    }
    targets.push_back(recorded_target(row, *kind));
  }
  const std::vector<Observation> seen = co_await observer_.observe_all(targets);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[i];
    const Place place = {target.account, target.region};
    if (seen[i].presence == Presence::kUnreadable) {
      miss(target.kind->name + " " + target.known_id, seen[i].error);
      continue;
    }
    const bool is_there = seen[i].presence == Presence::kPresent;
    if (is_there && !hear(*target.kind, place, seen[i])) {
      disowned_.push_back(
          {target.kind->name,
           target.known_id,
           target.address.to_string(),
           "the copy knows it, but our tags were taken off it"}
      );
    }
  }
}

/// What no list finds, but its name does.
Task<> Rebuilder::ask_by_name() {
  Facts facts(input_.accounts, input_.manifest->region);
  std::vector<Target> targets;
  for (const Resource& resource : input_.manifest->resources) {
    declare(facts.at(resource.address), resource, "");
  }
  for (const Resource& resource : input_.manifest->resources) {
    const Kind& kind = *resource.kind;
    if (resource.existing || is_skipped(kind) || is_listed(kind)) {
      continue;
    }
    Target target;
    target.address = resource.address;
    target.kind = &kind;
    target.account = resource.account;
    target.region = resource.region;
    target.properties = facts.resolve(resource.properties);
    targets.push_back(std::move(target));
  }
  std::vector<Observation> seen = co_await observer_.observe_all(targets);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (seen[i].presence == Presence::kUnreadable) {
      miss(targets[i].address.to_string(), seen[i].error);
    }
    hear(*targets[i].kind, {targets[i].account, targets[i].region}, std::move(seen[i]));
  }
}

/// Others refer to them.
Task<> Rebuilder::read_existing() {
  std::vector<Target> targets;
  for (const Resource& resource : input_.manifest->resources) {
    if (!resource.existing) {
      continue;
    }
    Target target;
    target.address = resource.address;
    target.kind = resource.kind;
    target.resource = &resource;
    target.account = resource.account;
    target.region = resource.region;
    target.needed = referenced(resource);
    targets.push_back(std::move(target));
  }
  std::vector<Observation> seen = co_await observer_.observe_all(targets);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (seen[i].presence == Presence::kPresent) {
      input_.existing[targets[i].address] = std::move(seen[i]);
    }
  }
}

const std::set<std::string>& Rebuilder::referenced(const Resource& resource) const {
  return referenced_[static_cast<std::size_t>(&resource - input_.manifest->resources.data())];
}

Target Rebuilder::target_of(const Taken& taken) const {
  const Kind& kind = *taken.object.kind;
  Target target;
  target.address = taken.address;
  target.kind = &kind;
  target.account = taken.object.account;
  target.region = taken.object.region;
  target.known_id = taken.object.seen.id;
  target.is_recorded = true;
  if (const Resource* resource = input_.manifest->find(taken.address); resource != nullptr) {
    target.needed = needed_properties(kind, resource->properties, Value(), referenced(*resource));
    return target;
  }
  for (const Property& property : kind.properties) {
    if (property.absence != Absence::kUnmanaged) {
      target.needed.insert(property.name);
    }
  }
  return target;
}

/// In full: what lists lack is what references ask for.
Task<> Rebuilder::read_taken() {
  std::vector<Target> targets;
  for (const Taken& taken : rebuilt.taken) {
    targets.push_back(target_of(taken));
  }
  std::vector<Observation> seen = co_await observer_.observe_all(targets);
  std::vector<Taken> still_there;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    Taken& taken = rebuilt.taken[i];
    if (seen[i].presence == Presence::kUnreadable) {
      miss(taken.object.kind->name + " " + taken.object.seen.id, seen[i].error);
    }
    if (seen[i].presence == Presence::kPresent) {
      taken.object.seen = std::move(seen[i]);
      still_there.push_back(std::move(taken));
    }
  }
  rebuilt.taken = std::move(still_there);
}

Task<Status> Rebuilder::run() {
  find_places();
  referenced_ = referenced_attributes(*input_.manifest, *input_.graph);
  co_await list_everything();
  co_await ask_for_known();
  co_await ask_by_name();
  Result<Rebuilt> judged = judge_claims(input_, std::move(claimants_));
  if (!judged) {
    co_return judged.error();
  }
  rebuilt = std::move(judged).value();
  co_await read_existing();
  co_await read_taken();
  const Status recorded = record_taken(input_, rebuilt);
  if (!recorded) {
    co_return recorded.error();
  }
  rebuilt.account_id = input_.accounts.own;
  rebuilt.accounts = input_.accounts.named;
  rebuilt.regions = input_.regions;
  rebuilt.unseen = std::move(unseen_);
  std::move(disowned_.begin(), disowned_.end(), std::back_inserter(rebuilt.not_taken));
  co_return Done{};
}

}  // namespace plumbline
