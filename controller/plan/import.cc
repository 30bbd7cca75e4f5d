#include "controller/plan/import.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/config/manifest.h"
#include "controller/plan/desired.h"
#include "controller/plan/plan.h"
#include "controller/plan/removal.h"

namespace plumbline {

namespace {

/// An owner tag without a row is what an import leaves that was interrupted.
bool takes_over(Action action) {
  return action == Action::kImport || action == Action::kAdopt;
}

void hold_others(Plan& plan, const Manifest& manifest) {
  for (Change& change : plan.changes) {
    const Action action = change.action;
    if (takes_over(action) || action == Action::kNone || action == Action::kHold) {
      continue;
    }
    hold_change(
        plan,
        manifest,
        change,
        fmt::format("an import carries out no {}: {}", name_of(action), change.reason),
        "Have `plumbline apply` carry it out."
    );
    plan.steps.clear();
  }
}

}  // namespace

std::string import_hindrance(
    const Resource& resource, const Observation& seen, const StateImage& state
) {
  for (const ResourceRow& row : state.rows) {
    const bool is_it = row.kind == resource.kind->name && row.physical_id == seen.id &&
                       row.account == resource.account && row.region == resource.region;
    if (is_it && row.address != resource.address) {
      return fmt::format("it is managed here as {} already", row.address.to_string());
    }
  }
  if (seen.find_tag(kOwnerTag) == nullptr) {
    return "";
  }
  const std::string* stack = seen.find_tag(kStackTag);
  const std::string* address = seen.find_tag(kAddressTag);
  return fmt::format(
      "it carries the owner tag of {}{}",
      address == nullptr ? "something" : *address,
      stack == nullptr ? "" : " of the stack " + *stack
  );
}

void keep_only(Plan& plan, const Manifest& manifest, const Address& address) {
  const auto is_kept = [&](const Step& step) {
    return plan.changes[step.change].address == address;
  };
  // A step may wait for one that comes after it in the list.
  std::vector<std::size_t> place(plan.steps.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    place[i] = kept;
    kept += is_kept(plan.steps[i]) ? 1U : 0U;
  }
  std::vector<std::size_t> change_place(plan.changes.size());
  kept = 0;
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    change_place[i] = kept;
    kept += plan.changes[i].address == address ? 1U : 0U;
  }
  std::vector<Step> steps;
  for (const Step& each : plan.steps) {
    if (!is_kept(each)) {
      continue;
    }
    Step step = each;
    step.change = change_place[each.change];
    step.waits_for.clear();
    for (const std::size_t other : each.waits_for) {
      if (is_kept(plan.steps[other])) {
        step.waits_for.push_back(place[other]);
      }
    }
    steps.push_back(std::move(step));
  }
  std::erase_if(plan.changes, [&](const Change& change) { return change.address != address; });
  plan.steps = std::move(steps);
  Diagnostics problems;
  for (const Diagnostic& problem : plan.problems.all()) {
    if (problem.address == address.to_string()) {
      problems.add(problem);
    }
  }
  plan.problems = std::move(problems);
  hold_others(plan, manifest);
}

bool is_idle_import(const Resource& resource, const Observation& seen) {
  if (resource.import_id.empty() || seen.id == resource.import_id) {
    return false;
  }
  const Object& known = seen.properties.as_object();
  return std::none_of(known.begin(), known.end(), [&](const Member& member) {
    return member.value.is_text() && member.value.as_text() == resource.import_id;
  });
}

}  // namespace plumbline
