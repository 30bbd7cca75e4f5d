#include "controller/plan/import.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/config/manifest.h"
#include "controller/plan/desired.h"

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
