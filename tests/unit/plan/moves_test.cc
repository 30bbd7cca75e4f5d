#include "controller/plan/moves.h"

#include <gtest/gtest.h>

#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

std::string net(const std::string& name, const std::string& moves = "") {
  return "stack: s\nregion: eu-west-3\nvpcs: { " + name + ": { cidrBlock: 10.0.0.0/16 } }\n" +
         moves;
}

ResourceRow row(const char* name, const char* id, RowStatus status = RowStatus::kLive) {
  ResourceRow made;
  made.address = {"vpcs", name};
  made.kind = "Vpc";
  made.physical_id = id;
  made.status = status;
  return made;
}

TEST(Moves, TakeRowsDeposedOnesAndProducersAlong) {
  PlanBench bench(net("b", "moved: [{ from: vpcs.a, to: vpcs.b }]\n"));
  StateImage& state = bench.state();
  state.rows = {row("a", "vpc-1"), row("a", "vpc-0", RowStatus::kDeposed), row("z", "vpc-9")};
  state.rows[2].depends_on = {{"subnets", "x"}, {"vpcs", "a"}};
  const Moves moves = apply_moves(bench.manifest(), state);
  ASSERT_EQ(moves.rows.size(), 2U);
  EXPECT_EQ(moves.from({"vpcs", "b"})->to_string(), "vpcs.a");
  EXPECT_EQ(find_row(state, {"vpcs", "a"}), nullptr);
  EXPECT_EQ(find_row(state, {"vpcs", "b"})->physical_id, "vpc-1");
  ASSERT_EQ(moves.touched.size(), 1U);
  EXPECT_EQ(find_row(state, {"vpcs", "z"})->depends_on.at(1).to_string(), "vpcs.b");
  EXPECT_TRUE(apply_moves(bench.manifest(), state).empty());
}

TEST(Moves, AreRefusedWhileACreationIsOpen) {
  PlanBench bench(net("b", "moved: [{ from: vpcs.a, to: vpcs.b }]\n"));
  Intent intent;
  intent.address = {"vpcs", "a"};
  intent.is_create = true;
  bench.state().open_intents = {intent};
  const Moves moves = apply_moves(bench.manifest(), bench.state());
  EXPECT_TRUE(moves.empty());
  ASSERT_TRUE(moves.conflicts.contains({"vpcs", "b"}));
  EXPECT_NE(moves.conflicts.at({"vpcs", "b"}).find("not known yet"), std::string::npos);
}

TEST(Moves, TwoOfOneChainThatAreBothThereContradict) {
  PlanBench bench(net("c", "moved: [{ from: vpcs.a, to: vpcs.b }, { from: vpcs.b, to: vpcs.c }]\n")
  );
  bench.state().rows = {row("a", "vpc-1"), row("b", "vpc-2")};
  const Moves moves = apply_moves(bench.manifest(), bench.state());
  EXPECT_TRUE(moves.empty());
  EXPECT_TRUE(moves.conflicts.contains({"vpcs", "c"}));
  EXPECT_NE(find_row(bench.state(), {"vpcs", "a"}), nullptr);
}

TEST(Moves, ThatLeadNowhereMoveNothing) {
  PlanBench bench(net("b", "moved: [{ from: vpcs.x, to: vpcs.y }]\n"));
  bench.state().rows = {row("x", "vpc-1")};
  EXPECT_TRUE(apply_moves(bench.manifest(), bench.state()).empty());
  EXPECT_NE(find_row(bench.state(), {"vpcs", "x"}), nullptr);
}

TEST(Moves, KnowTheOwnerTagsOfFormerAddresses) {
  PlanBench bench(net("c", "moved: [{ from: vpcs.a, to: vpcs.b }, { from: vpcs.b, to: vpcs.c }]\n")
  );
  const std::string key(32, 'k');
  const auto owner = [&](const char* name) {
    return owner_tags(key, "1", "eu-west-3", "s", {"vpcs", name}).owner;
  };
  const auto is_ours = [&](const char* name) {
    return is_owner_tag(owner(name), bench.manifest(), key, "1", {{"vpcs", "c"}, "eu-west-3"});
  };
  EXPECT_TRUE(is_ours("a"));
  EXPECT_TRUE(is_ours("b"));
  EXPECT_TRUE(is_ours("c"));
  EXPECT_FALSE(is_ours("d"));
}

}  // namespace
}  // namespace plumbline
