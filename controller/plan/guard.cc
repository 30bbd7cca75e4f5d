#include "controller/plan/guard.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr std::size_t kFewDeletions = 5;
constexpr std::size_t kTenth = 10;

/// Objects that the plan takes out of the world. What a replacement left behind was agreed to when
/// it was replaced.
std::vector<const Change*> losses_of(const Plan& plan) {
  std::vector<const Change*> losses;
  for (const Change& change : plan.changes) {
    const bool goes = change.action == Action::kDelete || change.action == Action::kReplace;
    if (goes && !change.is_deposed) {
      losses.push_back(&change);
    }
  }
  return losses;
}

Diagnostic refusal(std::string id, std::string summary, std::string detail, std::string help) {
  Diagnostic problem;
  problem.id = std::move(id);
  problem.summary = std::move(summary);
  problem.detail = std::move(detail);
  problem.help = std::move(help);
  return problem;
}

void add_list(Diagnostic& problem, const std::vector<const Change*>& losses) {
  for (const Change* change : losses) {
    problem.evidence.push_back(
        {fmt::format(
             "{} {} ({}): {}",
             name_of(change->action),
             change->address.to_string(),
             change->physical_id,
             change->reason
         ),
         change->place}
    );
  }
}

std::size_t stack_size(const StateImage& state) {
  return static_cast<std::size_t>(std::count_if(
      state.rows.begin(),
      state.rows.end(),
      [](const ResourceRow& row) { return row.status != RowStatus::kDeposed; }
  ));
}

void guard_number(Plan& plan, std::size_t size) {
  const bool is_destroy = plan.orders.mode == PlanMode::kDestroy;
  if (is_destroy && !plan.orders.max_delete) {
    return;  // That everything goes is what the command says.
  }
  const std::size_t limit = plan.orders.max_delete.value_or(default_max_delete(size));
  const std::vector<const Change*> losses = losses_of(plan);
  if (losses.size() <= limit) {
    return;
  }
  Diagnostic problem = refusal(
      "PL002",
      "more would be deleted than is allowed",
      fmt::format(
          "{} objects would go (deleted or replaced), and the limit is {}{}.",
          losses.size(),
          limit,
          plan.orders.max_delete ? ""
                                 : fmt::format(" (the larger of 5 and 10 % of {} resources)", size)
      ),
      fmt::format("If all of these may go: --max-delete {}.", losses.size())
  );
  add_list(problem, losses);
  plan.problems.add(std::move(problem));
}

/// Live rows without a block. What is gone from the world already was lost by somebody else.
std::size_t lost_blocks(const Plan& plan, const Manifest& manifest, const StateImage& state) {
  std::set<Address> gone;
  for (const Change& change : plan.changes) {
    if (change.action == Action::kForget) {
      gone.insert(change.address);
    }
  }
  return static_cast<std::size_t>(std::count_if(
      state.rows.begin(),
      state.rows.end(),
      [&](const ResourceRow& row) {
        return row.status != RowStatus::kDeposed && manifest.find(row.address) == nullptr &&
               !gone.contains(row.address);
      }
  ));
}

void guard_manifest(Plan& plan, const Manifest& manifest, const StateImage& state) {
  if (plan.orders.mode != PlanMode::kReconcile || plan.orders.allows_mass_removal) {
    return;
  }
  std::vector<const Change*> removed;
  for (const Change* change : losses_of(plan)) {
    if (change->resource == nullptr) {
      removed.push_back(change);
    }
  }
  const std::size_t size = stack_size(state);
  const std::size_t lost = lost_blocks(plan, manifest, state);
  if (removed.empty() || lost * 2 <= size) {
    return;
  }
  Diagnostic problem = refusal(
      "PL003",
      "the manifest lost most of the stack",
      fmt::format(
          "{} of the {} resources that the state knows have no block any more, and {} of them "
          "would be deleted. A file that is missing or half-written looks the same.",
          lost,
          size,
          removed.size()
      ),
      "Check that all files of the manifest are given. If it is meant: --allow-mass-removal; to "
      "delete the whole stack: `plumbline destroy`."
  );
  add_list(problem, removed);
  plan.problems.add(std::move(problem));
}

}  // namespace

std::size_t default_max_delete(std::size_t stack_size) {
  return std::max(kFewDeletions, stack_size / kTenth);
}

void add_guards(Plan& plan, const Manifest& manifest, const StateImage& state) {
  guard_number(plan, stack_size(state));
  guard_manifest(plan, manifest, state);
}

}  // namespace plumbline
