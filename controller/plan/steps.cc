#include "controller/plan/steps.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace plumbline {

namespace {

constexpr std::size_t kNoStep = std::numeric_limits<std::size_t>::max();

/// Step indices of one change; kNoStep where it has none.
struct StepsOf {
  std::size_t create = kNoStep, finish = kNoStep, sweep = kNoStep, remove = kNoStep;
};

class StepMaker {
 public:
  StepMaker(Plan& plan, const Graph& graph, const Manifest& manifest, const StateImage& state)
      : plan_(plan), graph_(graph), manifest_(manifest), state_(state), of_(plan.changes.size()) {}

  void run() {
    for (std::size_t i = 0; i < plan_.changes.size(); ++i) {
      add_for(i);
      wait(of_[i].remove, of_[i].sweep);  // Both take its rows away: not at the same time.
    }
    for (std::size_t i = 0; i < plan_.changes.size(); ++i) {
      by_address_[plan_.changes[i].address].push_back(i);
    }
    order_creations();
    order_deletions();
    for (Step& step : plan_.steps) {
      std::sort(step.waits_for.begin(), step.waits_for.end());
      step.waits_for.erase(
          std::unique(step.waits_for.begin(), step.waits_for.end()), step.waits_for.end()
      );
    }
  }

 private:
  std::size_t add(std::size_t change, StepKind kind) {
    plan_.steps.push_back({change, kind, {}});
    return plan_.steps.size() - 1;
  }

  void add_for(std::size_t index) {
    const Change& change = plan_.changes[index];
    StepsOf& steps = of_[index];
    const bool has_rows = std::any_of(
        change.kind->remove.before.begin(),
        change.kind->remove.before.end(),
        [](const DeleteBefore& before) { return !before.collection.empty(); }
    );
    switch (change.action) {
      case Action::kCreate:
        steps.create = add(index, StepKind::kCreate);
        steps.finish = add(index, StepKind::kFinish);
        break;
      case Action::kUpdate:
      case Action::kAdopt:
      case Action::kImport:
        steps.finish = add(index, StepKind::kFinish);
        break;
      case Action::kReplace:
        if (has_rows) {
          steps.sweep = add(index, StepKind::kSweep);
        }
        steps.remove = add(index, StepKind::kDelete);
        steps.create = add(index, StepKind::kCreate);
        steps.finish = add(index, StepKind::kFinish);
        break;
      case Action::kDelete:
        if (has_rows) {
          steps.sweep = add(index, StepKind::kSweep);
        }
        steps.remove = add(index, StepKind::kDelete);
        break;
      case Action::kForget:
        steps.remove = add(index, StepKind::kForget);
        break;
      case Action::kRefresh:
        add(index, StepKind::kRefresh);
        break;
      case Action::kNone:
      case Action::kHold:
        break;
    }
  }

  void wait(std::size_t step, std::size_t on) {
    if (step != kNoStep && on != kNoStep && step != on) {
      plan_.steps[step].waits_for.push_back(on);
    }
  }

  std::optional<std::size_t> change_of(std::size_t resource) const {
    const auto found = by_address_.find(manifest_.resources[resource].address);
    if (found == by_address_.end()) {
      return std::nullopt;
    }
    for (const std::size_t index : found->second) {
      if (plan_.changes[index].action != Action::kDelete) {
        return index;
      }
    }
    return std::nullopt;
  }

  void order_creations() {
    for (std::size_t r = 0; r < manifest_.resources.size(); ++r) {
      const auto change = change_of(r);
      if (!change) {
        continue;
      }
      const StepsOf& steps = of_[*change];
      wait(steps.finish, steps.create);
      const std::size_t first = steps.create != kNoStep ? steps.create : steps.finish;
      wait_for_points(first, graph_.before_create[r]);
      wait_for_points(steps.finish, graph_.before_finish[r]);
      if (plan_.changes[*change].action == Action::kReplace) {
        if (plan_.changes[*change].creates_first) {
          wait(steps.remove, steps.finish);
          wait(steps.sweep, steps.finish);  // The old one serves until the new one does.
        } else {
          wait(steps.create, steps.remove);
        }
      }
    }
  }

  void wait_for_points(std::size_t step, const std::vector<Graph::Point>& points) {
    for (const Graph::Point& point : points) {
      if (const auto producer = change_of(point.resource)) {
        const StepsOf& steps = of_[*producer];
        const bool takes_create = !point.is_finish && steps.create != kNoStep;
        wait(step, takes_create ? steps.create : steps.finish);
      }
    }
  }

  /// A row's recorded producers: its deletion, or its update, comes before theirs.
  void order_deletions() {
    for (const ResourceRow& row : state_.rows) {
      const auto consumers = by_address_.find(row.address);
      if (consumers == by_address_.end()) {
        continue;
      }
      for (const Address& producer : row.depends_on) {
        const auto producers = by_address_.find(producer);
        if (producers == by_address_.end()) {
          continue;
        }
        for (const std::size_t p : producers->second) {
          for (const std::size_t c : consumers->second) {
            if (is_about(plan_.changes[c], row)) {
              order_deletion(c, p);
            }
          }
        }
      }
    }
    break_cycles();
  }

  /// Of one address there may be two objects, the old one on its way out: each by its own row.
  static bool is_about(const Change& change, const ResourceRow& row) {
    return change.action != Action::kDelete || change.physical_id == row.physical_id;
  }

  void order_deletion(std::size_t consumer, std::size_t producer) {
    const StepsOf& from = of_[consumer];
    const StepsOf& to = of_[producer];
    if (to.remove == kNoStep || consumer == producer) {
      return;
    }
    // What goes may hold by its rows what goes, too: it lets go first.
    wait(to.remove, from.sweep);
    const bool is_delete_first_replacement = plan_.changes[producer].action == Action::kReplace &&
                                             !plan_.changes[producer].creates_first;
    // What is replaced by a new one first holds the old producer until it goes itself; that can
    // only be waited for where the new one needs no new producer that waits for the old one's end.
    const bool goes = from.remove != kNoStep;
    if (goes && !(plan_.changes[consumer].creates_first && is_delete_first_replacement)) {
      wait(to.remove, from.remove);
    } else if (!is_delete_first_replacement) {
      wait(to.remove, from.finish);  // It lets go by being updated.
      wait(to.sweep, from.finish);
    }
  }

  /// Deletions that wait for one another in a circle (groups that name each other): the sweeps have
  /// already taken away what bound them, so the back edges can go.
  void break_cycles() {
    std::vector<int> colour(plan_.steps.size(), 0);
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      visit(i, colour);
    }
  }

  void visit(std::size_t step, std::vector<int>& colour) {
    if (colour[step] != 0) {
      return;
    }
    // Iterative depth-first search: chains may be long.
    std::vector<std::pair<std::size_t, std::size_t>> stack = {{step, 0}};
    colour[step] = 1;
    while (!stack.empty()) {
      auto& [at, next] = stack.back();
      auto& waits = plan_.steps[at].waits_for;
      if (next >= waits.size()) {
        colour[at] = 2;
        stack.pop_back();
        continue;
      }
      const std::size_t target = waits[next];
      if (colour[target] == 1) {
        waits.erase(waits.begin() + static_cast<std::ptrdiff_t>(next));
        continue;
      }
      ++next;
      if (colour[target] == 0) {
        colour[target] = 1;
        stack.emplace_back(target, 0);
      }
    }
  }

  Plan& plan_;
  const Graph& graph_;
  const Manifest& manifest_;
  const StateImage& state_;
  std::vector<StepsOf> of_;
  std::map<Address, std::vector<std::size_t>> by_address_;
};

}  // namespace

void add_steps(Plan& plan, const Graph& graph, const Manifest& manifest, const StateImage& state) {
  StepMaker(plan, graph, manifest, state).run();
}

}  // namespace plumbline
