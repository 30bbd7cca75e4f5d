// What may be taken over with `import:`, and what may not. Pure.
#pragma once

#include <string>

#include "controller/plan/observe.h"
#include "state/store.h"

namespace plumbline {

struct Manifest;
struct Plan;
struct Resource;

/// Leaves of a plan what is about one address: for taking over one object and nothing else. What
/// would not take it over is held, with no step left.
void keep_only(Plan& plan, const Manifest& manifest, const Address& address);

/// Why an object that is there may not become this resource; "" when it may. An owner tag that is
/// not this resource's forbids it, whosesoever it is.
std::string import_hindrance(
    const Resource& resource, const Observation& seen, const StateImage& state
);

/// True when a resource that is managed already is another object than `import:` names. What was
/// imported by a name may have an id of another form.
bool is_idle_import(const Resource& resource, const Observation& seen);

}  // namespace plumbline
