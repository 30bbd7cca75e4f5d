// How the engine looks at the world: which targets, what is asked of each, and what open intents of
// an earlier run turn out to have done.
#include <algorithm>

#include <fmt/format.h>

#include "controller/engine/engine.h"
#include "controller/engine/sight.h"
#include "controller/plan/outputs.h"
#include "state/edit.h"

namespace plumbline {

namespace {

/// What a creation made, when its own words are all that is known of it.
Target target_of(const Intent& intent, const Kind& kind) {
  Target target;
  target.address = intent.address;
  target.kind = &kind;
  target.account = intent.account;
  target.region = intent.region;
  target.owner = intent.owner;
  target.intent = intent.id;
  return target;
}

}  // namespace

/// What is declared, references resolved through what other resources declare (names are known
/// before anything exists).
std::vector<Target> Engine::make_targets(Sight& sight) const {
  const Manifest& manifest = *options_.manifest;
  std::vector<Target> targets;
  if (options_.orders.mode != PlanMode::kDestroy) {
    for (const Resource& resource : manifest.resources) {
      ResourceFacts& facts = facts_->at(resource.address);
      const ResourceRow* row = find_row(options_.state, resource.address);
      declare(
          facts, resource, name_to_keep(resource, row == nullptr ? nullptr : &row->applied, nullptr)
      );
      if (row != nullptr) {
        know(facts, row->physical_id, row->observed);
      }
    }
    const auto referenced = referenced_attributes(manifest, graph_);
    const Value nothing;
    for (std::size_t i = 0; i < manifest.resources.size(); ++i) {
      const Resource& resource = manifest.resources[i];
      const ResourceRow* row = find_row(options_.state, resource.address);
      Target target;
      target.address = resource.address;
      target.kind = resource.kind;
      target.resource = &resource;
      target.account = resource.account;
      target.region = resource.region;
      target.known_id = row == nullptr ? resource.import_id : row->physical_id;
      target.is_recorded = row != nullptr;
      target.properties = facts_->resolve(resource.properties);
      if (const std::string& name = facts_->at(resource.address).kept_name; !name.empty()) {
        target.properties.set(resource.kind->name_property, name);
      }
      target.owner = owner_tags(
                         options_.state.install_key,
                         accounts_.of(resource.account),
                         resource.region,
                         manifest.stack,
                         resource.address
      )
                         .owner;
      target.needed = needed_properties(
          *resource.kind,
          resource.properties,
          row == nullptr ? nothing : row->applied,
          referenced[i]
      );
      sight.addresses.push_back(resource.address);
      targets.push_back(std::move(target));
    }
  }
  return targets;
}

bool Engine::is_declared(const Address& address) const {
  return options_.orders.mode != PlanMode::kDestroy && options_.manifest->find(address) != nullptr;
}

/// Of an open call its latest attempt counts, of a closed one the latest that was lost.
Timestamp Engine::dead_at(const Intent& intent) const {
  return options_.settings.dead_at(is_closed(intent) ? intent.lost_at : intent.signed_at);
}

/// The target of its block finds what this call made, unless the block asks for another name now.
bool Engine::is_sought_as_declared(const Sight& sight, const Intent& intent) const {
  const auto& declared = sight.addresses;
  const auto at = std::find(declared.begin(), declared.end(), intent.address);
  if (at == declared.end()) {
    return false;
  }
  const Target& target = sight.targets[static_cast<std::size_t>(at - declared.begin())];
  return intent.physical_id.empty() ||
         intent.physical_id == target.properties.text_of(target.kind->id_property);
}

/// Rows without a block, deposed rows, and creations that may have made an object which no row
/// knows.
void Engine::add_orphan_targets(Sight& sight) const {
  for (const ResourceRow& row : options_.state.rows) {
    const Kind* kind = options_.catalog->find_kind(row.kind);
    if (kind == nullptr || (is_declared(row.address) && row.status != RowStatus::kDeposed)) {
      continue;
    }
    sight.orphans.emplace_back(row.address, row.physical_id);
    sight.targets.push_back(recorded_target(row, *kind));
  }
  for (const Intent& intent : options_.state.open_intents) {
    const Kind* kind = options_.catalog->find_kind(intent.kind);
    const ResourceRow* row = find_row(options_.state, intent.address);
    const bool is_sought = row == nullptr && is_sought_as_declared(sight, intent);
    if (kind == nullptr || !intent.is_create || is_sought) {
      continue;
    }
    Target target = target_of(intent, *kind);
    target.known_id =
        row != nullptr && row->physical_id == intent.physical_id ? "" : intent.physical_id;
    sight.lost.push_back(intent);
    sight.targets.push_back(std::move(target));
  }
  add_late_targets(sight);
}

/// A creation that was answered, and of which an earlier attempt may have made another object
/// since: when the first was deleted meanwhile, by us or by somebody.
void Engine::add_late_targets(Sight& sight) const {
  for (const Intent& late : caller_.late_calls()) {
    const Kind* kind = options_.catalog->find_kind(late.kind);
    if (kind == nullptr || !late.is_create || kind->id_property == kind->name_property) {
      continue;  // What is found by its name is found by its row.
    }
    sight.lost.push_back(late);
    sight.targets.push_back(target_of(late, *kind));
  }
}

namespace {

bool carries(const Observation& seen, const Intent& intent) {
  const std::string* tag = seen.find_tag(kIntentTag);
  return seen.presence == Presence::kPresent && tag != nullptr && *tag == intent.id;
}

/// Nothing on the object would tell that this call made it, so that not finding it says nothing.
bool is_open_ambiguous(const Intent& intent) {
  return intent.klass == 'X' && intent.is_create && !is_closed(intent);
}

/// What a closed call is known to have made has had its row; who took that away (forgotten,
/// retained, moved) meant it.
bool is_recorded(const Intent& intent, const Observation& found) {
  return is_closed(intent) && intent.physical_id == found.id;
}

/// Whether a property, or a part of it, names resources of the section, as what AWS does not delete
/// while it is in use is named.
bool may_name(const Property& property, const std::string& section) {
  const auto is_it = [&](const std::string& named) { return named.empty() || named == section; };
  const auto names_it = [&](const Property& part) { return may_name(part, section); };
  return (property.ref && is_it(property.ref->section)) ||
         std::any_of(
             property.choices.begin(),
             property.choices.end(),
             [&](const Choice& choice) { return choice.is_reference && is_it(choice.section); }
         ) ||
         (property.element != nullptr && names_it(*property.element)) ||
         std::any_of(property.fields.begin(), property.fields.end(), names_it);
}

/// What an object of the kind may use: which of it was not recorded.
std::vector<Address> producers_of_lost(
    const Kind& kind, const StateImage& state, const Address& address
) {
  std::vector<Address> producers = possible_producers(state, address);
  std::erase_if(producers, [&](const Address& producer) {
    return std::none_of(kind.properties.begin(), kind.properties.end(), [&](const Property& each) {
      return may_name(each, producer.section);
    });
  });
  return producers;
}

/// The row that a creation whose reply was lost would have got with the reply.
ResourceRow row_of_lost(
    const Intent& intent,
    const Observation& found,
    const Kind& kind,
    const StateImage& state,
    Timestamp now
) {
  ResourceRow row;
  row.address = intent.address;
  row.kind = intent.kind;
  row.account = intent.account;
  row.region = intent.region;
  row.physical_id = found.id;
  row.status = RowStatus::kCreating;
  row.observed = without_secrets(kind, found.properties, state.install_key);
  row.applied = row.observed;
  row.depends_on = producers_of_lost(kind, state, intent.address);
  row.created_at = now;
  row.updated_at = now;
  return row;
}

/// Also while the rows are not sorted.
bool has_row(const StateImage& state, const Address& address) {
  return std::any_of(state.rows.begin(), state.rows.end(), [&](const ResourceRow& row) {
    return row.address == address && row.status != RowStatus::kDeposed;
  });
}

}  // namespace

Task<bool> Engine::look(Sight& sight) {
  sight.began_at = io_.now();
  sight.targets = make_targets(sight);
  add_orphan_targets(sight);
  std::vector<Observation> seen = co_await observer_->observe_all(sight.targets);
  if (io_.is_stopping()) {
    co_return false;
  }
  std::size_t at = 0;
  for (const Address& address : sight.addresses) {
    sight.input.observed[address] = std::move(seen[at++]);
  }
  for (const auto& row : sight.orphans) {
    sight.input.orphans[row] = std::move(seen[at++]);
  }
  for (const Intent& intent : sight.lost) {
    Observation& found = seen[at++];
    if (carries(found, intent) && !is_recorded(intent, found)) {
      give_back(sight, intent, std::move(found));
    } else if (found.presence == Presence::kUnreadable || is_open_ambiguous(intent)) {
      sight.unsure.insert(intent.id);
    }
  }
  // A declared resource was looked for by its own target. Its row must not wait for the step that
  // adopts it: the block may be gone by then, and the intent is about to be closed.
  for (const Intent& intent : options_.state.open_intents) {
    const auto declared = sight.input.observed.find(intent.address);
    if (intent.is_create && declared != sight.input.observed.end() &&
        !has_row(options_.state, intent.address) && carries(declared->second, intent)) {
      give_back(sight, intent, declared->second);
    }
  }
  sort_rows(options_.state);
  sight.input.manifest = options_.manifest.get();
  sight.input.graph = &graph_;
  sight.input.state = &options_.state;
  sight.input.catalog = options_.catalog;
  sight.input.purpose = run_.purpose;
  sight.input.moves = &moves_;
  sight.input.orders = options_.orders;
  co_return true;
}

/// A creation whose reply was lost, of an object that no row knows, or that has the name of one
/// that is gone: it gets its row, as it would have with the reply; what it replaces steps back.
void Engine::give_back(Sight& sight, const Intent& intent, Observation found) {
  StateImage& state = options_.state;
  sight.given_back[intent.id] = found.id;
  ResourceRow row =
      row_of_lost(intent, found, *options_.catalog->find_kind(intent.kind), state, io_.now());
  const auto same = std::find_if(state.rows.begin(), state.rows.end(), [&](const auto& each) {
    return each.kind == row.kind && each.account == row.account && each.region == row.region &&
           each.physical_id == row.physical_id;
  });
  if (same != state.rows.end()) {
    const bool is_its_row = same->address == row.address && same->status != RowStatus::kDeposed;
    if (is_its_row && !is_closed(intent)) {
      // Of an earlier object with this name: what that was given says nothing of this one.
      row.is_protected = same->is_protected;
      row.on_remove = same->on_remove;
      *same = row;
      sight.found.push_back(std::move(row));
    }
    return;
  }
  const auto old = std::find_if(state.rows.begin(), state.rows.end(), [&](const ResourceRow& each) {
    return each.address == intent.address && each.status != RowStatus::kDeposed;
  });
  const Observation* seen =
      old == state.rows.end() ? nullptr : sight.seen_of(old->address, old->physical_id);
  const bool has_another = seen != nullptr && seen->presence == Presence::kPresent;
  if (is_closed(intent) && has_another) {
    // Somebody undid it, it was made anew, and then came back as well: one too many.
    row.status = RowStatus::kDeposed;
    sight.input.orphans[{row.address, row.physical_id}] = std::move(found);
    sight.found.push_back(row);
    state.rows.push_back(std::move(row));
    return;
  }
  if (old != state.rows.end()) {
    row.is_protected = old->is_protected;
    row.on_remove = old->on_remove;
    old->status = RowStatus::kDeposed;
    sight.found.push_back(*old);
    if (is_declared(intent.address)) {
      sight.input.orphans[{old->address, old->physical_id}] =
          std::move(sight.input.observed[intent.address]);
    }
  }
  if (is_declared(intent.address)) {
    sight.input.observed[intent.address] = std::move(found);
  } else {
    sight.input.orphans[{intent.address, found.id}] = std::move(found);
  }
  sight.found.push_back(row);
  state.rows.push_back(std::move(row));
}

const Observation* Engine::Sight::seen_of(const Address& address, const std::string& physical_id)
    const {
  if (const auto orphan = input.orphans.find({address, physical_id});
      orphan != input.orphans.end()) {
    return &orphan->second;
  }
  const auto declared = input.observed.find(address);
  const bool is_it =
      declared != input.observed.end() &&
      (declared->second.presence != Presence::kPresent || declared->second.id == physical_id);
  return is_it ? &declared->second : nullptr;
}

/// A replica may not have heard of what was just made. How long until every row that the world does
/// not show is old enough to be missed; zero when all were when the look began: the first answer of
/// a look may be much older than its last.
Duration Engine::too_young_to_be_gone(const Sight& sight) const {
  Duration longest{0};
  for (const ResourceRow& row : options_.state.rows) {
    const Observation* seen = sight.seen_of(row.address, row.physical_id);
    const Timestamp grown = row.created_at + options_.settings.quiet_time;
    if (seen != nullptr && seen->presence == Presence::kAbsent &&
        row.status != RowStatus::kDeleting && grown > sight.began_at) {
      longest = std::max({longest, grown - io_.now(), Duration(1)});
    }
  }
  return std::min(longest, options_.settings.quiet_time);
}

/// A creation whose effect must be outlived before anything is decided: it is open and its block is
/// gone, or its object is gone and may come back.
const Intent* Engine::unsettled_call(const Sight& sight) const {
  for (const Intent& intent : options_.state.open_intents) {
    // What cannot be looked for when its signature is dead is left to the next run.
    const bool is_over = sight.unsure.contains(intent.id) && io_.now() >= dead_at(intent);
    if (intent.is_create && !is_declared(intent.address) && !is_over) {
      return &intent;
    }
  }
  for (const Intent& late : caller_.late_calls()) {
    const Observation* seen = sight.seen_of(late.address, late.physical_id);
    const bool is_gone = seen != nullptr && seen->presence == Presence::kAbsent;
    if (late.is_create && is_gone && dead_at(late) > sight.began_at) {
      return &late;
    }
  }
  return nullptr;
}

/// Looks again until no creation whose block is gone can still take effect: what comes after the
/// last look would be nobody's. A controller looks again anyway.
Task<bool> Engine::look_until_certain(Sight& sight, bool changes_things) {
  while (true) {
    sight = Sight();
    if (!co_await look(sight)) {
      co_return false;
    }
    if (!changes_things) {
      co_return true;
    }
    co_await settle_intents(sight);
    if (const Duration left = too_young_to_be_gone(sight);
        left > Duration(0) && !io_.is_stopping()) {
      co_await io_.sleep(left);
      continue;
    }
    const Intent* late = unsettled_call(sight);
    if (late == nullptr || options_.mode == RunMode::kCorrect || io_.is_stopping()) {
      co_return !io_.is_stopping();
    }
    Progress progress;
    progress.kind = Progress::Kind::kWaiting;
    progress.address = late->address;
    progress.what = "waiting until an earlier call can no longer take effect";
    progress.why = "its reply was lost; AWS refuses it after " + format_iso8601(dead_at(*late));
    io_.report(std::move(progress));
    const Duration left = dead_at(*late) - io_.now();
    co_await io_.sleep(std::clamp<Duration>(left, Duration(100), std::chrono::seconds(10)));
  }
}

/// A creation of class X can be judged only beside what its block asks for. Without that step it
/// stays open, and a run that leaves one is not a good one.
void Engine::hold_ambiguous(RunResult& result) {
  for (const Intent& intent : options_.state.open_intents) {
    const bool is_told = std::any_of(
        result.failures.begin(),
        result.failures.end(),
        [&](const StepFailure& failure) { return failure.address == intent.address; }
    );
    if (!is_open_ambiguous(intent) || is_told || io_.now() < dead_at(intent)) {
      continue;
    }
    Progress progress;
    progress.kind = Progress::Kind::kFailed;
    progress.address = intent.address;
    progress.what = "settle its creation";
    progress.why = "the reply to " + intent.action +
                   " was lost, and without its block nothing tells what it made";
    const std::string resolve = "plumbline state resolve " + intent.address.to_string();
    Error error{ErrorClass::kConflict, "Held", progress.why, "", 0};
    result.failures.push_back(
        {intent.address,
         progress.what,
         std::move(error),
         true,
         fmt::format(
             "look in AWS for a {} that was made at or after {}. When it is there: `{} --adopt "
             "ID`. "
             "When it is not: `{} --gone`",
             intent.kind,
             format_iso8601(intent.signed_at),
             resolve,
             resolve
         )}
    );
    io_.report(std::move(progress));
  }
}

/// Calls of an earlier run that never got their outcome. What the world shows decides; a creation
/// that is not seen stays open and its step goes on with it.
Task<> Engine::settle_intents(const Sight& sight) {
  Batch batch;
  std::vector<Intent> still_open;
  for (const Intent& intent : options_.state.open_intents) {
    Intent settled = intent;
    settled.state = IntentState::kDone;
    if (!intent.is_create) {
      settled.lost_at = intent.signed_at;
      batch.intents.push_back(std::move(settled));
      continue;
    }
    const auto seen = sight.input.observed.find(intent.address);
    const auto found = sight.given_back.find(intent.id);
    const bool is_seen = seen != sight.input.observed.end() && carries(seen->second, intent);
    const bool is_wanted =
        seen != sight.input.observed.end() && seen->second.presence != Presence::kPresent;
    if (is_seen || found != sight.given_back.end()) {
      settled.physical_id = is_seen ? seen->second.id : found->second;
      // One of its attempts did this; the others may do it, too, as soon as it is undone.
      settled.lost_at = intent.attempts > 1 ? intent.signed_at : Timestamp{};
      batch.intents.push_back(std::move(settled));
    } else if (!is_wanted && io_.now() >= dead_at(intent) && !sight.unsure.contains(intent.id)) {
      settled.state = IntentState::kRefused;
      settled.error = "its signature is dead and nothing was made";
      batch.intents.push_back(std::move(settled));
    } else {
      still_open.push_back(intent);
    }
  }
  for (const Intent& late : caller_.late_calls()) {
    Intent settled = late;
    if (const auto found = sight.given_back.find(late.id); found != sight.given_back.end()) {
      settled.physical_id = found->second;
    }
    if (dead_at(late) <= sight.began_at && !sight.unsure.contains(late.id)) {
      settled.lost_at = {};  // It was looked for when nothing more could come.
    }
    if (settled.physical_id != late.physical_id || settled.lost_at != late.lost_at) {
      batch.intents.push_back(std::move(settled));
    }
  }
  batch.upserts = sight.found;
  options_.state.open_intents = std::move(still_open);
  if (!batch.empty()) {
    co_await caller_.commit(std::move(batch));
  }
}

}  // namespace plumbline
