// Surveyor: the task behind a Survey. Used inside the engine only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/engine/observer.h"
#include "controller/engine/survey.h"

namespace plumbline {

class Surveyor {
 public:
  struct Place {
    const Catalog& catalog;
    std::string region, account_id;
  };
  Surveyor(Observer& observer, Place place) : observer_(observer), place_(std::move(place)) {}

  /// The objects that were named.
  Task<> look_at(std::vector<Claim> claims);
  /// Everything that belongs to one object. An error when nothing has the id.
  Task<Status> discover(std::string root);

  Survey survey;

 private:
  using Key = std::pair<std::string, std::string>;  ///< Section; id, name or ARN.
  struct Row {
    const Kind* kind = nullptr;
    Observation seen;
    bool is_full = false;
    bool is_chosen = false;
  };

  Task<> list_everything();
  Task<> list_kind(const Kind& kind);
  Task<> read_chosen();
  Task<bool> follow_names();
  Task<bool> choose_named(Key key);
  void choose_dependents();
  void know(std::size_t index);
  [[nodiscard]] std::set<Key> named_by(const Row& row) const;
  [[nodiscard]] bool leads_elsewhere(const Row& row, std::set<const Row*>& open) const;
  [[nodiscard]] bool belongs_elsewhere(const Row& row) const {
    std::set<const Row*> open;
    return leads_elsewhere(row, open);
  }
  [[nodiscard]] Target target_of(const Kind& kind, std::string id) const;

  Observer& observer_;
  Place place_;
  std::vector<Row> rows_;
  std::map<Key, std::size_t> known_;  ///< Index into rows_.
  std::set<Key> asked_;               ///< Names that were looked for one by one.
  Key root_;
};

}  // namespace plumbline
