// Metrics: a Snapshot as Prometheus reads it. Rendered anew for every scrape, so there is no
// registry that could disagree with the Snapshot. Must not know HTTP.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "controller/engine/snapshot.h"

namespace plumbline {

constexpr std::array kPhases{
    Phase::kUnknown,
    Phase::kWaiting,
    Phase::kCalling,
    Phase::kSettling,
    Phase::kBackingOff,
    Phase::kSynced,
    Phase::kDrifted,
    Phase::kContested,
    Phase::kStuck,
};

/// How many resources are in each phase, in the order of kPhases.
std::array<std::size_t, kPhases.size()> count_phases(const Snapshot& snapshot);

/// Prometheus text exposition, version 0.0.4. Every phase has a sample, also when it is 0.
std::string render_metrics(const Snapshot& snapshot);

}  // namespace plumbline
