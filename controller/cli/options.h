// What the command line said, in one struct per concern. Filled by CLI11 in cli.cc.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/env.h"

namespace plumbline {

/// Exit statuses; part of the interface (DESIGN 2.2).
enum class Exit : int {
  kFine = 0,
  kFailed = 1,   ///< Findings, or something failed.
  kChanges = 2,  ///< plan --detailed-exitcode with changes.
  kHeld = 3,     ///< Waits for a human.
  kState = 4,    ///< The state could not be used.
  kUsage = 64,
};

enum class Format { kHuman, kJson };

struct Options {
  std::vector<std::string> paths;   ///< Manifest files or one directory.
  std::vector<std::string> inputs;  ///< "name=value"
  std::string state;                ///< --state; "" = default.
  Format format = Format::kHuman;
  bool is_quiet = false;
  // plan
  bool uses_detailed_exitcode = false;
  bool plans_destroy = false;
  std::string out;  ///< --out; "" = the plan is not saved.
  // plan, apply, destroy
  std::vector<std::string> targets;        ///< Addresses.
  std::vector<std::string> allow_replace;  ///< Addresses.
  std::optional<unsigned long long> max_delete;
  bool allows_mass_removal = false;
  bool is_refresh_only = false;
  // apply, destroy
  bool says_yes = false;
  int parallelism = 10;
  // lint
  struct Lint {
    std::string format = "human";  ///< human, json, sarif, junit, github
    std::string min_severity;      ///< "" = the settings', else info.
    std::string settings;          ///< "" = beside the manifest.
    std::string baseline;          ///< "" = the settings', else none.
    bool shows_proofs = false;
    bool fixes = false;
    std::string write_baseline;  ///< "" = do not.
  } lint;
  // controller
  std::string interval = "5m";
  std::string mode = "correct";
  std::string listen = "127.0.0.1:9180";
  // import, adopt
  struct Adopt {
    std::string address, id;           ///< `import ADDRESS ID`
    bool discovers = false;            ///< `import --discover`
    std::string vpc;                   ///< Whose belongings.
    std::string region;                ///< "" = the environment's.
    std::string terraform;             ///< `adopt TFSTATE`
    std::string stack;                 ///< "" = after the folder.
    std::string out = "adopted.yaml";  ///< Manifest that is written.
  } adopt;
  // simulate
  std::string simulate_listen = "127.0.0.1:4566";
  double time_scale = 1;
  std::string faults;
  unsigned long long seed = 1;
  std::string world_file;
  std::vector<std::string> policies;  ///< Files: what the well-known key may do.
  // iam-policy
  std::string purpose = "apply";
  std::string account;
  // output
  std::string output_name;  ///< "" = all.
  // history
  unsigned long long limit = 50;       ///< 0 = everything.
  std::vector<std::string> addresses;  ///< Only what is about these; empty = all.
  bool verifies = false;
  std::string since;  ///< A hash that was printed before; "" = none.
};

}  // namespace plumbline
