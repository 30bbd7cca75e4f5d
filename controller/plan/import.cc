#include "controller/plan/import.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/config/manifest.h"
#include "controller/plan/desired.h"
#include "controller/plan/plan.h"

namespace plumbline {

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

void keep_only(Plan& plan, const Address& address) {
  std::vector<std::size_t> place(plan.steps.size());
  std::vector<std::size_t> change_place(plan.changes.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    change_place[i] = kept;
    kept += plan.changes[i].address == address ? 1U : 0U;
  }
  std::vector<Step> steps;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.changes[plan.steps[i].change].address != address) {
      continue;
    }
    Step step = plan.steps[i];
    std::vector<std::size_t> waits;
    for (const std::size_t other : step.waits_for) {
      if (plan.changes[plan.steps[other].change].address == address) {
        waits.push_back(place[other]);
      }
    }
    step.change = change_place[step.change];
    step.waits_for = std::move(waits);
    place[i] = steps.size();
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
