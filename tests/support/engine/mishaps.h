// What goes wrong in one run of an engine test, said in a word. Owned by nobody: plain functions.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tests/support/engine/world.h"

namespace plumbline {

/// The mishap for the first request of this action in the run.
inline FaultScript once(std::string action, Mishap mishap) {
  auto is_done = std::make_shared<bool>(false);
  return [action = std::move(action), mishap, is_done](const Seen& seen) {
    return seen.action == action && !std::exchange(*is_done, true) ? mishap : Mishap::kNone;
  };
}

/// Crashes where a lost reply is first spoken of.
inline RunAsk dies_after_losing(const std::string& action, Mishap mishap) {
  RunAsk ask;
  ask.faults = once(action, mishap);
  ask.on_progress = [](Loop&, const Progress& line) {
    if (line.what == "looking whether it was created") {
      throw Crash();
    }
  };
  return ask;
}

}  // namespace plumbline
