// A manifest, a state and a world in memory, and the plan that comes of them. Owned by each test;
// nothing here makes a call.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "controller/plan/plan.h"

namespace plumbline {

inline const Catalog& shipped_kinds() {
  static const std::unique_ptr<Catalog> catalog = Catalog::embedded();
  return *catalog;
}

class PlanBench {
 public:
  explicit PlanBench(const std::string& text) {
    Diagnostics diagnostics;
    manifest_ = parse_manifest(shipped_kinds(), "test.yaml", text, ManifestOptions{}, diagnostics);
    graph_ = make_graph(*manifest_, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
    state_.stack = manifest_->stack;
    state_.account_id = "123456789012";
    state_.install_key = std::string(32, 'k');
    facts_ = std::make_unique<Facts>(state_.account_id, manifest_->region);
    for (const Resource& resource : manifest_->resources) {
      observed_[resource.address];
    }
  }

  [[nodiscard]] const Manifest& manifest() const { return *manifest_; }
  [[nodiscard]] const Resource& resource(const std::string& address) const {
    const Resource* found = manifest_->find(Address::parse(address));
    EXPECT_NE(found, nullptr) << address;
    return *found;
  }
  Facts& facts() { return *facts_; }
  StateImage& state() { return state_; }
  const Graph& graph() { return graph_; }

  /// It is there, as `properties` say, with our tags.
  Observation& see(const std::string& address, const std::string& id, Value properties) {
    const Resource& what = resource(address);
    Observation& seen = observed_[what.address];
    seen.presence = Presence::kPresent;
    seen.id = id;
    seen.properties = std::move(properties);
    seen.properties.set(what.kind->id_property, id);
    seen.has_tags = true;
    seen.tags = wanted_tags(what, state_.install_key, state_.account_id, manifest_->stack);
    return seen;
  }
  /// The state knows it, as the manifest now describes it.
  ResourceRow& remember(const std::string& address, const std::string& id) {
    const Resource& what = resource(address);
    ResourceRow row;
    row.address = what.address;
    row.kind = what.kind->name;
    row.region = what.region;
    row.physical_id = id;
    auto desired = desired_values(what, *facts_, "");
    EXPECT_TRUE(desired) << address;
    row.applied = without_secrets(*what.kind, *desired, state_.install_key);
    Value tags{Object()};
    for (const auto& [key, value] : what.tags) {
      tags.set(key, value);
    }
    row.applied.set("$tags", std::move(tags));
    state_.rows.push_back(std::move(row));
    return state_.rows.back();
  }
  Observation& orphan(const Address& address, const std::string& id) {
    return orphans_[{address, id}];
  }

  Plan plan(PlanMode mode = PlanMode::kReconcile) { return plan_with({mode, {}, {}, {}, false}); }
  Plan plan_with(PlanOrders orders) {
    const PlanInput input = input_for(std::move(orders));
    return make_plan(input, *facts_);
  }
  /// Points into the bench.
  PlanInput input_for(PlanOrders orders) {
    sort_rows(state_);
    PlanInput input;
    input.manifest = manifest_.get();
    input.graph = &graph_;
    input.state = &state_;
    input.observed = observed_;
    input.orphans = orphans_;
    input.orders = std::move(orders);
    input.catalog = &shipped_kinds();
    return input;
  }

 private:
  std::shared_ptr<const Manifest> manifest_;
  Graph graph_;
  StateImage state_;
  std::unique_ptr<Facts> facts_;
  std::map<Address, Observation> observed_;
  std::map<std::pair<Address, std::string>, Observation> orphans_;
};

inline const Change& change_of(const Plan& plan, const std::string& address) {
  for (const Change& change : plan.changes) {
    if (change.address.to_string() == address) {
      return change;
    }
  }
  static const Change kNothing;
  ADD_FAILURE() << "the plan does not name " << address;
  return kNothing;
}

/// Index of a step in the order of waiting: every step comes after those it waits for.
inline std::vector<std::string> order_of(const Plan& plan) {
  std::vector<std::string> order;
  std::vector<bool> is_done(plan.steps.size(), false);
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      bool is_free = !is_done[i];
      for (const std::size_t on : plan.steps[i].waits_for) {
        is_free = is_free && is_done[on];
      }
      if (is_free) {
        is_done[i] = true;
        moved = true;
        order.push_back(
            std::string(name_of(plan.steps[i].kind)) + " " +
            plan.changes[plan.steps[i].change].address.to_string()
        );
      }
    }
  }
  EXPECT_EQ(order.size(), plan.steps.size()) << "steps wait for one another in a circle";
  return order;
}

inline bool is_before(
    const std::vector<std::string>& order, const std::string& first, const std::string& second
) {
  const auto at = [&](const std::string& step) {
    const auto found = std::find(order.begin(), order.end(), step);
    EXPECT_NE(found, order.end()) << step;
    return found;
  };
  return at(first) < at(second);
}

}  // namespace plumbline
