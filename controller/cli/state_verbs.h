// What `plumbline state …` does: look at what is recorded, and change it by hand where no run can.
// Everything goes through the Store, so that the lock, the journal and the audit hold here, too.
// AWS is never called but by `rebuild`, which only looks.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/options.h"
#include "controller/cli/terminal.h"
#include "controller/config/catalog.h"

namespace plumbline {

/// What the verbs take besides the common options; each uses some.
struct StateWords {
  std::string address;   ///< `list`: a section, or "".
  std::string to;        ///< `move`
  std::string id;        ///< `forget`: only this object, or "".
  std::string adopt;     ///< `resolve`: what the open creation made, or "".
  std::string file;      ///< `backup`
  bool is_gone = false;  ///< `resolve`
  // rebuild
  std::string key_from;  ///< A copy of the lost state; "" = none.
  bool trusts_tags = false;
  bool takes_secrets = false;  ///< As declared.
  bool is_dry_run = false;
  std::vector<std::string> regions, choices, skipped;
};

Exit list_state(Terminal& terminal, const Options& options, const StateWords& words);
Exit show_state(Terminal& terminal, const Options& options, const StateWords& words);
Exit resolve_state(Terminal& terminal, const Options& options, const StateWords& words);
Exit forget_state(Terminal& terminal, const Options& options, const StateWords& words);
Exit move_state(Terminal& terminal, const Options& options, const StateWords& words);
Exit backup_state(Terminal& terminal, const Options& options, const StateWords& words);
Exit rebuild_state(
    Terminal& terminal, const Options& options, const StateWords& words, Catalog& catalog
);

}  // namespace plumbline
