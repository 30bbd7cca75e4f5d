// A world whose key may do only what `iam-policy` prints: a manifest of this repository, its
// stages, and what each stage asked IAM for. Owned by each test.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/plan/permissions.h"
#include "tests/support/engine/world.h"

namespace plumbline {

/// Which operations asked for each action: {"iam:PassRole": {"lambda:CreateFunction", …}}.
using Asked = std::map<std::string, std::set<std::string>>;

class RestrictedWorld {
 public:
  /// `path` starts at the root of the sources.
  explicit RestrictedWorld(const std::string& path = "examples/lambda-rds-proxy/manifest.yaml");

  /// Lets the key do what the manifest takes for `purpose`, but for one action.
  void allow(Purpose purpose, const std::string& without = "");
  /// What the simulator was asked for since, refusals alone or all.
  [[nodiscard]] Asked asked_since(std::size_t mark, bool only_refused) const;
  [[nodiscard]] std::size_t mark() const { return world_.simulator().asked().size(); }

  RunReport plan() { return world_.run(RunMode::kPlan, manifest_); }
  RunReport apply() { return world_.run(RunMode::kApply, manifest_); }
  /// One run of a controller.
  RunReport correct();
  RunReport destroy() { return world_.run(RunMode::kDestroy, manifest_); }
  /// Of the first example: someone with all rights changes about everything that can be changed
  /// back.
  void drift();

  [[nodiscard]] std::vector<std::string> actions_of(Purpose purpose) const;
  [[nodiscard]] TestWorld& world() { return world_; }
  [[nodiscard]] const Manifest& manifest() const { return *manifest_; }

 private:
  [[nodiscard]] std::vector<PolicyStatement> statements_of(Purpose purpose) const;
  void drift_network();
  void drift_roles();
  void drift_database();
  void drift_code();
  void drift_bastion();
  void drop_tags();

  mutable TestWorld world_;
  std::shared_ptr<const Manifest> manifest_;
  int drifts_ = 0;
};

}  // namespace plumbline
