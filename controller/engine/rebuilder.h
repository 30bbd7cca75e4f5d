// Rebuilder: the task behind a Rebuilt. Looks in every account and region that the manifest or an
// older copy names for what carries this stack's tags. Only reads. Used inside the engine only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/engine/observer.h"
#include "controller/plan/rebuild.h"

namespace plumbline {

class Rebuilder {
 public:
  /// `input` without what is found on the way: regions and existing resources.
  Rebuilder(Observer& observer, RebuildInput input)
      : observer_(observer), input_(std::move(input)) {}

  /// An error when the question itself is wrong; what could not be read is told in `rebuilt`.
  Task<Status> run();

  Rebuilt rebuilt;

 private:
  using Place = std::pair<std::string, std::string>;  ///< Account's name, region.

  void find_places();
  Task<> list_everything();
  Task<> list_kind(const Kind& kind, Place place);
  Task<> ask_for_known();
  Task<> ask_by_name();
  Task<> read_existing();
  Task<> read_taken();
  bool hear(const Kind& kind, const Place& place, Observation seen);
  void miss(std::string what, const Error& error);
  [[nodiscard]] bool is_skipped(const Kind& kind) const;
  [[nodiscard]] bool is_heard(const ResourceRow& row) const;
  [[nodiscard]] Target target_of(const Taken& taken) const;
  [[nodiscard]] const std::set<std::string>& referenced(const Resource& resource) const;

  Observer& observer_;
  RebuildInput input_;
  std::set<Place> places_;
  std::vector<std::set<std::string>> referenced_;  ///< Attributes others take, by resource.
  std::vector<Claimant> claimants_;
  std::vector<Unseen> unseen_;
  std::vector<NotTaken> disowned_;  ///< The copy knows them, their tags say nothing of it.
};

}  // namespace plumbline
