#include "controller/plan/selection.h"

#include <algorithm>

namespace plumbline {

namespace {

class Selector {
 public:
  Selector(Plan& plan, const PlanInput& input) : plan_(plan), in_(input) {}

  void run() {
    for (const Change& change : plan_.changes) {
      by_address_[change.address].push_back(&change);
    }
    note_uses();
    for (const Address& target : in_.orders.targets) {
      take(target);
    }
    while (!work_.empty()) {
      const Address address = work_.back();
      work_.pop_back();
      take_along(address);
    }
    split();
  }

 private:
  /// By the manifest, and by what was recorded when the rows were applied.
  void note_uses() {
    const auto& resources = in_.manifest->resources;
    for (const Edge& edge : in_.graph->edges) {
      const Address& consumer = resources[edge.consumer].address;
      const Address& producer = resources[edge.producer].address;
      needs_[consumer].insert(producer);
      users_[producer].insert(consumer);
    }
    for (const ResourceRow& row : in_.state->rows) {
      for (const Address& producer : row.depends_on) {
        users_[producer].insert(row.address);
      }
    }
  }

  void take(const Address& address) {
    if (taken_.insert(address).second) {
      work_.push_back(address);
    }
  }

  void take_along(const Address& address) {
    bool goes = false;
    bool stays = false;
    for (const Change* change : by_address_[address]) {
      goes = goes || change->action == Action::kDelete || change->action == Action::kReplace;
      stays = stays || change->action != Action::kDelete;
    }
    if (stays) {
      for (const Address& producer : needs_[address]) {
        take(producer);
      }
    }
    if (!goes) {
      return;
    }
    for (const Address& user : users_[address]) {
      const auto& changes = by_address_[user];
      const bool changes_anything =
          std::any_of(changes.begin(), changes.end(), [](const Change* change) {
            return change->action != Action::kNone;
          });
      if (changes_anything) {
        take(user);
      }
    }
  }

  void split() {
    std::vector<Change> kept;
    std::set<std::string> dropped;
    for (Change& change : plan_.changes) {
      if (taken_.contains(change.address)) {
        kept.push_back(std::move(change));
      } else {
        dropped.insert(change.address.to_string());
        if (change.action != Action::kNone) {
          plan_.left_out.push_back(std::move(change));
        }
      }
    }
    plan_.changes = std::move(kept);
    Diagnostics problems;
    for (const Diagnostic& problem : plan_.problems.all()) {
      if (!dropped.contains(problem.address)) {
        problems.add(problem);
      }
    }
    plan_.problems = std::move(problems);
  }

  Plan& plan_;
  const PlanInput& in_;
  std::map<Address, std::vector<const Change*>> by_address_;
  std::map<Address, std::set<Address>> needs_, users_;
  std::set<Address> taken_;
  std::vector<Address> work_;
};

}  // namespace

void select_targets(Plan& plan, const PlanInput& input) {
  if (!input.orders.targets.empty()) {
    Selector(plan, input).run();
  }
}

}  // namespace plumbline
