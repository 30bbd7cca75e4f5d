#include "controller/plan/import.h"

#include <gtest/gtest.h>

#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

const Address kMain{"vpcs", "main"};

constexpr char kTwo[] = R"(
stack: s
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16, enableDnsSupport: false }
  other: { cidrBlock: 10.1.0.0/16 }
import: [{ to: vpcs.main, id: vpc-1 }]
)";

Value vpc() {
  return Value::object(
      {{"cidrBlock", "10.0.0.0/16"}, {"instanceTenancy", "default"}, {"enableDnsSupport", true}}
  );
}

Plan only_main(PlanBench& bench) {
  Plan plan = bench.plan();
  keep_only(plan, bench.manifest(), kMain);
  return plan;
}

/// The plan does nothing, and says why.
void expect_refused(const Plan& plan, const std::string& why) {
  EXPECT_EQ(change_of(plan, "vpcs.main").action, Action::kHold);
  EXPECT_TRUE(plan.steps.empty());
  ASSERT_TRUE(plan.problems.has_errors());
  const std::string text = render_human(plan.problems, Colour::kNever);
  EXPECT_NE(text.find(why), std::string::npos) << text;
  EXPECT_NE(text.find("test.yaml:5"), std::string::npos) << text;
  EXPECT_NE(text.find("plumbline apply"), std::string::npos) << text;
}

TEST(KeepOnly, RenumbersWaitsForWhatComesLaterInThePlan) {
  Plan plan;
  for (const char* name : {"other", "main"}) {
    Change change;
    change.address = {"vpcs", name};
    change.action = Action::kImport;
    plan.changes.push_back(change);
  }
  plan.steps = {
      {0, StepKind::kCreate, {}},
      {1, StepKind::kFinish, {0, 3}},
      {0, StepKind::kFinish, {0}},
      {1, StepKind::kSweep, {}},
      {1, StepKind::kDelete, {1, 2, 3}},
  };
  const PlanBench bench(kTwo);
  keep_only(plan, bench.manifest(), kMain);
  ASSERT_EQ(plan.changes.size(), 1U);
  ASSERT_EQ(plan.steps.size(), 3U);
  EXPECT_EQ(plan.steps[0].waits_for, std::vector<std::size_t>({1}));
  EXPECT_EQ(plan.steps[1].kind, StepKind::kSweep);
  EXPECT_EQ(plan.steps[2].waits_for, std::vector<std::size_t>({0, 1}));
  for (const Step& step : plan.steps) {
    EXPECT_EQ(step.change, 0U);
  }
}

TEST(KeepOnly, TakesOverTheOneAndLeavesTheOther) {
  PlanBench bench(kTwo);
  bench.see("vpcs.main", "vpc-1", vpc()).tags.clear();
  const Plan plan = only_main(bench);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].action, Action::kImport);
  EXPECT_FALSE(plan.steps.empty());
  EXPECT_TRUE(plan.problems.empty()) << render_human(plan.problems, Colour::kNever);
}

TEST(KeepOnly, GoesOnWithAnImportThatWasInterruptedBeforeItsRow) {
  PlanBench bench(kTwo);
  bench.see("vpcs.main", "vpc-1", vpc());
  const Plan plan = only_main(bench);
  EXPECT_EQ(change_of(plan, "vpcs.main").action, Action::kAdopt);
  EXPECT_FALSE(plan.problems.has_errors());
}

TEST(KeepOnly, RefusesToUpdateWhatIsManagedAlready) {
  PlanBench bench(kTwo);
  bench.see("vpcs.main", "vpc-1", vpc());
  bench.remember("vpcs.main", "vpc-1");
  expect_refused(only_main(bench), "an import carries out no update");
}

TEST(KeepOnly, RefusesToReplaceWhatIsManagedAlready) {
  PlanBench bench(kTwo);
  Value other = vpc();
  other.set("cidrBlock", "10.2.0.0/16");
  bench.see("vpcs.main", "vpc-1", other);
  bench.remember("vpcs.main", "vpc-1");
  expect_refused(only_main(bench), "an import carries out no replace");
}

TEST(KeepOnly, RefusesToMakeAnewWhatIsManagedAndGone) {
  PlanBench bench(kTwo);
  bench.remember("vpcs.main", "vpc-1");
  expect_refused(only_main(bench), "an import carries out no create: it is gone");
}

}  // namespace
}  // namespace plumbline
