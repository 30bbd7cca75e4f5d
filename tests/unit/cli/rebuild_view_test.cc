// What `plumbline state rebuild` says of what it found.
#include "controller/cli/rebuild_view.h"

#include <gtest/gtest.h>

#include "tests/support/cli/said.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kManifest[] = R"(
stack: shop
region: eu-west-3
inputs: { key: { generate: { type: hex, length: 32, version: 1 } } }
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
)";

class RebuildView : public ::testing::Test {
 protected:
  RebuildView() {
    rebuilt_.account_id = "111122223333";
    rebuilt_.regions = {"eu-west-3"};
    telling_.rebuilt = &rebuilt_;
    telling_.manifest = &bench_.manifest();
    telling_.copy = "old.db";
    telling_.quiet_time = std::chrono::seconds(30);
    telling_.dead_after = std::chrono::minutes(16);
  }

  ResourceRow& take(const std::string& address, const std::string& id) {
    Taken taken;
    taken.address = Address::parse(address);
    taken.object.kind = shipped_kinds().find_section(taken.address.section);
    taken.object.seen.id = id;
    taken.is_declared = bench_.manifest().find(taken.address) != nullptr;
    ResourceRow row;
    row.address = taken.address;
    row.kind = taken.object.kind->name;
    row.physical_id = id;
    rebuilt_.taken.push_back(taken);
    rebuilt_.rows.push_back(row);
    return rebuilt_.rows.back();
  }

  PlanBench bench_{kManifest};
  Rebuilt rebuilt_;
  RebuildTelling telling_;
};

TEST_F(RebuildView, TellsEverythingThatSpeaksAgainstIt) {
  take("vpcs.main", "vpc-1");
  take("vpcs.old", "vpc-2");
  take("dbInstances.data", "data");
  take("vpcs.main", "vpc-0");
  rebuilt_.taken.back().status = rebuilt_.rows.back().status = RowStatus::kDeposed;
  rebuilt_.not_taken = {{"VPC", "vpc-9", "vpcs.main", "it carries no owner tag"}};
  rebuilt_.rivals = {{{"subnets", "a"}, {"subnet-1", "subnet-2"}}};
  rebuilt_.unseen = {{"Function", "AccessDenied", true}, {"DBProxy", "left out", false}};
  rebuilt_.untold = {{{"dbInstances", "data"}, "masterUserPassword"}};
  expect_golden("rebuild.txt", describe(telling_));
  telling_.copy = "";
  expect_has(describe(telling_), "Generated inputs come of the key and get new values: key.\n");
}

// The next plan judges by the same words.
TEST_F(RebuildView, SaysOfWhatIsNotDeclaredWhatTheNextPlanDoesWithIt) {
  take("vpcs.retained", "vpc-1").on_remove = "retain";
  take("vpcs.guarded", "vpc-2").is_protected = true;
  take("vpcs.going", "vpc-3");
  take("dbInstances.kept", "kept");
  take("dbInstances.leaving", "leaving").on_remove = "snapshot";
  const std::string told = describe(telling_);
  expect_has(
      told,
      "the next plan offers to delete them:\n  vpcs.going (vpc-3)\n  dbInstances.leaving "
      "(leaving)\n"
  );
  expect_has(
      told, ":\n  vpcs.retained (vpc-1)\n  vpcs.guarded (vpc-2)\n  dbInstances.kept (kept)\n"
  );
}

}  // namespace
}  // namespace plumbline
