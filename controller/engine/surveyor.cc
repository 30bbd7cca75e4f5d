#include "controller/engine/surveyor.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "controller/plan/transcribe.h"

namespace plumbline {

Target Surveyor::target_of(const Kind& kind, std::string id) const {
  Target target;
  target.kind = &kind;
  target.region = place_.region;
  target.known_id = std::move(id);
  for (const Property& property : kind.properties) {
    if (property.absence != Absence::kUnmanaged && !property.is_left_out) {
      target.needed.insert(property.name);
    }
  }
  return target;
}

Task<> Surveyor::look_at(std::vector<Claim> claims) {
  std::vector<Target> targets;
  targets.reserve(claims.size());
  for (const Claim& claim : claims) {
    targets.push_back(target_of(*claim.kind, claim.id));
  }
  std::vector<Observation> seen = co_await observer_.observe_all(std::move(targets));
  for (std::size_t i = 0; i < claims.size(); ++i) {
    Claim& claim = claims[i];
    if (seen[i].presence == Presence::kPresent) {
      survey.finds.push_back(
          {claim.kind, std::move(seen[i]), std::move(claim.hint), std::move(claim.taken)}
      );
      continue;
    }
    survey.left_out.push_back(
        {fmt::format("{} {} ({})", claim.kind->name, claim.id, claim.hint),
         seen[i].presence == Presence::kAbsent
             ? "it is not there"
             : "it could not be read: " + seen[i].error.to_string()}
    );
  }
}

Task<> Surveyor::list_kind(const Kind& kind) {
  Target anyone = target_of(kind, "");
  auto listed = co_await observer_.list_all(std::move(anyone));
  if (!listed) {
    survey.left_out.push_back(
        {"every " + kind.name, "the list could not be read: " + listed.error().to_string()}
    );
    co_return;
  }
  std::vector<Observation> seen = std::move(listed).value();
  const bool is_full = !kind.list;
  if (is_full) {  // Ids alone: nothing tells yet what they belong to.
    std::vector<Target> targets;
    targets.reserve(seen.size());
    for (const Observation& each : seen) {
      targets.push_back(target_of(kind, each.id));
    }
    seen = co_await observer_.observe_all(std::move(targets));
  }
  for (Observation& each : seen) {
    if (each.presence == Presence::kPresent) {
      rows_.push_back({&kind, std::move(each), is_full, false});
    }
  }
}

Task<> Surveyor::list_everything() {
  TaskGroup tasks;
  for (const std::string& section : place_.catalog.sections()) {
    const Kind& kind = *place_.catalog.find_section(section);
    if (kind.list || kind.discover) {
      tasks.add(list_kind(kind));
    }
  }
  co_await tasks.join();
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.kind->section, a.seen.id) < std::tie(b.kind->section, b.seen.id);
  });
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    know(i);
  }
}

void Surveyor::know(std::size_t index) {
  const Row& row = rows_[index];
  const Kind& kind = *row.kind;
  known_[{kind.section, row.seen.id}] = index;
  for (const std::string& name : {kind.name_property, kind.arn_property}) {
    if (const std::string& text = row.seen.properties.text_of(name); !text.empty()) {
      known_[{kind.section, text}] = index;
    }
  }
}

std::set<Surveyor::Key> Surveyor::named_by(const Row& row) const {
  std::set<Key> keys;
  for_each_named(
      *row.kind,
      declarable(*row.kind, row.seen, place_.account_id),
      [&](const Naming& naming, const std::string& text) {
        keys.emplace(std::string(naming.section), text);
      }
  );
  return keys;
}

/// True for what hangs on another object of the root's kind: another network's, say.
bool Surveyor::leads_elsewhere(const Row& row, std::set<const Row*>& open) const {
  if (row.kind->section == root_.first) {
    return row.seen.id != root_.second;
  }
  if (!open.insert(&row).second) {
    return false;
  }
  const std::set<Key> keys = named_by(row);
  if (keys.contains(root_)) {
    return false;  // Whatever it joins the root to.
  }
  return std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
    // Peers of its own kind do not say where it belongs.
    if (key.first == row.kind->section) {
      return false;
    }
    const auto named = known_.find(key);
    return named == known_.end() ? key.first == root_.first && key != root_
                                 : leads_elsewhere(rows_[named->second], open);
  });
}

/// What names something that is chosen, until nothing more does.
void Surveyor::choose_dependents() {
  bool has_grown = true;
  while (has_grown) {
    has_grown = false;
    for (Row& row : rows_) {
      if (row.is_chosen) {
        continue;
      }
      const std::set<Key> keys = named_by(row);
      const bool names_one = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
        const auto named = known_.find(key);
        return named != known_.end() && rows_[named->second].is_chosen;
      });
      if (names_one && !belongs_elsewhere(row)) {
        row.is_chosen = true;
        has_grown = true;
      }
    }
  }
}

Task<> Surveyor::read_chosen() {
  std::vector<Target> targets;
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].is_chosen && !rows_[i].is_full) {
      targets.push_back(target_of(*rows_[i].kind, rows_[i].seen.id));
      indices.push_back(i);
    }
  }
  std::vector<Observation> seen = co_await observer_.observe_all(std::move(targets));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    Row& row = rows_[indices[i]];
    row.is_full = true;
    if (seen[i].presence != Presence::kPresent) {
      row.is_chosen = false;
      survey.left_out.push_back(
          {row.kind->name + " " + row.seen.id,
           seen[i].presence == Presence::kAbsent
               ? "it went away meanwhile"
               : "it could not be read: " + seen[i].error.to_string()}
      );
      seen[i].id = row.seen.id;
    }
    row.seen = std::move(seen[i]);  // What the list said is not enough to adopt it by.
  }
}

/// True when it was chosen now.
Task<bool> Surveyor::choose_named(Key key) {
  if (known_.count(key) == 0) {
    const Kind* kind = place_.catalog.find_section(key.first);
    if (kind == nullptr || kind->list || !asked_.insert(key).second) {
      co_return false;  // The list had all of them.
    }
    const Target target = target_of(*kind, key.second);
    Observation seen = co_await observer_.observe_one(target, key.second);
    if (seen.presence != Presence::kPresent) {
      co_return false;  // Left as an id.
    }
    const auto known = known_.find({key.first, seen.id});
    if (known == known_.end()) {
      rows_.push_back({kind, std::move(seen), true, false});
      know(rows_.size() - 1);
    }
    known_[key] = known == known_.end() ? rows_.size() - 1 : known->second;
  }
  Row& row = rows_[known_.at(key)];
  const bool is_there = row.seen.presence == Presence::kPresent;  // Others could not be read.
  if (row.is_chosen || !is_there || belongs_elsewhere(row)) {
    co_return false;
  }
  row.is_chosen = true;
  co_return true;
}

/// One round; true when something new was chosen.
Task<bool> Surveyor::follow_names() {
  std::set<Key> keys;
  for (const Row& row : rows_) {
    if (row.is_chosen) {
      keys.merge(named_by(row));
    }
  }
  bool has_grown = false;
  for (const Key& key : keys) {
    const bool is_new = co_await choose_named(key);
    has_grown = has_grown || is_new;
  }
  co_return has_grown;
}

Task<Status> Surveyor::discover(std::string root) {
  co_await list_everything();
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.seen.id == root; });
  if (found == rows_.end()) {
    co_return Error{
        ErrorClass::kNotFound,
        "NotFound",
        fmt::format("nothing in {} has the id {}", place_.region, root),
        "",
        0};
  }
  root_ = {found->kind->section, root};
  found->is_chosen = true;
  choose_dependents();
  bool has_grown = true;
  while (has_grown) {
    co_await read_chosen();
    has_grown = co_await follow_names();
  }
  for (Row& row : rows_) {
    if (row.is_chosen) {
      survey.finds.push_back({row.kind, std::move(row.seen), "", Value()});
    }
  }
  co_return Done{};
}

}  // namespace plumbline
