// Guards under random edits: whatever happens to a manifest, to the world and on the command line,
// nothing goes that must not go. What must not go is worked out here, from the state before each
// run, and not by the planner's own functions.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

constexpr char kTrust[] =
    "{ Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: { Service: "
    "lambda.amazonaws.com }, Action: sts:AssumeRole }] }";

using Dice = SeededRandom;

bool one_in(Dice& dice, std::uint64_t rarity) {
  return dice.next() % rarity == 0;
}

template <class T>
T& any_of(Dice& dice, std::vector<T>& things) {
  return things[dice.next() % things.size()];
}

/// A block of the manifest, and whether it is there at the moment.
struct Block {
  std::string section, name, network;  ///< `network`: the vpc it lies in, "" for none.
  int in_place = 0, create_only = 0;   ///< Counted up by edits.
  bool is_protected = false, is_there = true;
  std::string on_remove = {};

  [[nodiscard]] std::string address() const { return section + "." + name; }
};

/// Two kinds of network objects, one that holds data, one that AWS knows by name.
class Draft {
 public:
  Draft() {
    for (const char* name : {"a", "b", "c"}) {
      blocks_.push_back({"vpcs", name, ""});
    }
    for (const auto& [name, network] : {std::pair("s", "a"), {"t", "a"}, {"u", "b"}}) {
      blocks_.push_back({"securityGroups", name, network});
    }
    for (const char* name : {"p", "q"}) {
      blocks_.push_back({"secrets", name, ""});
    }
    for (const char* name : {"x", "y", "z"}) {
      blocks_.push_back({"roles", name, ""});
    }
  }

  std::vector<Block>& blocks() { return blocks_; }

  [[nodiscard]] std::set<std::string> declared() const {
    std::set<std::string> addresses;
    for (const Block& block : blocks_) {
      if (block.is_there) {
        addresses.insert(block.address());
      }
    }
    return addresses;
  }

  void edit(Dice& dice) {
    Block& block = any_of(dice, blocks_);
    switch (dice.next() % 9) {
      case 0:
      case 1:
        drop(block);
        break;
      case 2:
        bring(block);
        break;
      case 3:
        block.is_protected = !block.is_protected;
        break;
      case 4: {
        std::vector<std::string> words = {"", "delete", "retain"};
        block.on_remove = any_of(dice, words);
        break;
      }
      case 5:
        ++block.in_place;
        break;
      case 6:
      case 7:
        ++block.create_only;
        break;
      case 8:
        if (one_in(dice, 2)) {
          lose_many(dice);
        }
        break;
    }
  }

  [[nodiscard]] std::string text() const {
    std::string text = "stack: edited\nregion: eu-west-3\n";
    std::string section;
    for (const Block& block : blocks_) {
      if (!block.is_there) {
        continue;
      }
      if (block.section != section) {
        section = block.section;
        text += section + ":\n";
      }
      text += "  " + block.name + ": { " + properties(block);
      text += block.is_protected ? ", protect: true" : "";
      text += block.on_remove.empty() ? "" : ", onRemove: " + block.on_remove;
      text += " }\n";
    }
    return text;
  }

  void restore() {
    for (Block& block : blocks_) {
      block.is_there = true;
    }
  }

 private:
  static std::string properties(const Block& block) {
    if (block.section == "vpcs") {
      const int base = block.name.front() - 'a';
      return fmt::format(
          "cidrBlock: 10.{}.0.0/16, enableDnsHostnames: {}",
          base * 50 + block.create_only % 50,
          block.in_place % 2 == 1
      );
    }
    if (block.section == "securityGroups") {
      return fmt::format(
          "vpc: {}, description: D{}, ingress: [{{ port: {}, from: 10.0.0.0/8 }}]",
          block.network,
          block.create_only,
          1000 + block.in_place
      );
    }
    if (block.section == "secrets") {
      return fmt::format(
          "name: {}-{}, description: D{}, secretString: {{ v: one }}, forceDelete: true",
          block.name,
          block.create_only,
          block.in_place
      );
    }
    return fmt::format(
        "roleName: {}-{}, description: D{}, trustPolicy: {}",
        block.name,
        block.create_only,
        block.in_place,
        kTrust
    );
  }

  void drop(Block& block) {
    block.is_there = false;
    for (Block& other : blocks_) {
      if (block.section == "vpcs" && other.network == block.name) {
        other.is_there = false;
      }
    }
  }

  void bring(Block& block) {
    block.is_there = true;
    for (Block& other : blocks_) {
      if (other.section == "vpcs" && other.name == block.network) {
        other.is_there = true;
      }
    }
  }

  /// The end of the file is missing, or all of it.
  void lose_many(Dice& dice) {
    const std::size_t from = dice.next() % blocks_.size();
    for (std::size_t i = from; i < blocks_.size(); ++i) {
      drop(blocks_[i]);
    }
  }

  std::vector<Block> blocks_;
};

/// What is in the world, by type and id.
using Inventory = std::map<std::pair<std::string, std::string>, Value>;

Inventory take_stock(TestWorld& world) {
  Inventory found;
  for (const Value& object : world.simulator().objects()) {
    found[{object.text_of("type"), object.text_of("id")}] = object;
  }
  return found;
}

struct Loss {
  std::string address, id;
  bool has_owner_tag = false;
  const ResourceRow* row = nullptr;  ///< Null when the state did not know it.
};

std::vector<Loss> losses_between(
    const Inventory& before, const Inventory& after, const StateImage& state
) {
  std::vector<Loss> losses;
  for (const auto& [key, object] : before) {
    const std::string& address = object.get("tags").text_of("plumbline:address");
    if (after.contains(key) || address.empty()) {
      continue;
    }
    Loss loss{address, key.second, !object.get("tags").text_of("plumbline:owner").empty(), nullptr};
    for (const ResourceRow& row : state.rows) {
      const bool is_it = row.physical_id.find(key.second) != std::string::npos;
      loss.row = row.address.to_string() == address && is_it ? &row : loss.row;
    }
    losses.push_back(std::move(loss));
  }
  return losses;
}

struct Situation {
  RunMode mode = RunMode::kApply;
  PlanOrders orders;
  std::set<std::string> declared;
  StateImage state;
  Inventory before;
};

bool may_delete(const Situation& now) {
  return (now.mode == RunMode::kApply && now.orders.mode == PlanMode::kReconcile) ||
         now.mode == RunMode::kDestroy;
}

/// Why this object must still be there; "" when it may be gone.
std::string forbids(const Situation& now, const Loss& loss) {
  if (!may_delete(now)) {
    return "this command deletes nothing";
  }
  if (!loss.has_owner_tag) {
    return "it did not carry our owner tag";
  }
  if (loss.row == nullptr) {
    return "the state did not know it";
  }
  if (loss.row->status == RowStatus::kDeposed) {
    return "";
  }
  if (loss.row->is_protected) {
    return "it was protected";
  }
  const bool is_declared = now.declared.contains(loss.address);
  const bool holds_data = loss.row->kind == "Secret";
  if (now.mode == RunMode::kDestroy || !is_declared) {
    if (loss.row->on_remove == "retain") {
      return "onRemove: retain";
    }
    if (now.mode != RunMode::kDestroy && holds_data && loss.row->on_remove.empty()) {
      return "it holds data, and only its block went";
    }
    return "";
  }
  if (holds_data && !now.orders.may_replace.contains(Address::parse(loss.address))) {
    return "it holds data, and nobody allowed to replace it";
  }
  return "";
}

void judge_numbers(const Situation& now, const std::vector<Loss>& losses) {
  std::size_t live = 0;
  std::size_t lost_blocks = 0;
  for (const ResourceRow& row : now.state.rows) {
    if (row.status != RowStatus::kDeposed) {
      ++live;
      lost_blocks += now.declared.contains(row.address.to_string()) ? 0U : 1U;
    }
  }
  std::size_t gone = 0;
  std::size_t removed = 0;
  for (const Loss& loss : losses) {
    if (loss.row != nullptr && loss.row->status != RowStatus::kDeposed) {
      ++gone;
      removed += now.declared.contains(loss.address) ? 0U : 1U;
    }
  }
  const std::size_t usual = std::max<std::size_t>(5, live / 10);
  if (now.mode != RunMode::kDestroy || now.orders.max_delete) {
    EXPECT_LE(gone, now.orders.max_delete.value_or(usual)) << "of " << live;
  }
  // What was deleted outside before counts neither way, so only a clear case is judged.
  const bool is_half_lost = removed * 2 > live;
  if (now.mode != RunMode::kDestroy && !now.orders.allows_mass_removal) {
    EXPECT_FALSE(is_half_lost) << removed << " of " << live << ", " << lost_blocks << " blocks";
  }
}

class Meddler {
 public:
  explicit Meddler(TestWorld& world) : world_(world) {}

  /// Somebody else's hands in the account.
  void meddle(Dice& dice) {
    const StateImage state = world_.state();
    if (one_in(dice, 3)) {
      world_.call("ec2", "CreateVpc", Value::object({{"CidrBlock", "172.16.0.0/16"}}));
      ++foreign_;
      return;
    }
    for (const ResourceRow& row : state.rows) {
      const bool is_network = row.kind == "Vpc" || row.kind == "SecurityGroup";
      if (is_network && one_in(dice, 4) && exists(row)) {
        world_.call(
            "ec2",
            "DeleteTags",
            Value::object(
                {{"ResourceId", Value::list({row.physical_id})},
                 {"Tag", Value::list({Value::object({{"Key", "plumbline:owner"}})})}}
            )
        );
        return;
      }
      if (row.kind == "Role" && one_in(dice, 4) && exists(row)) {
        world_.call("iam", "DeleteRole", Value::object({{"RoleName", row.physical_id}}));
        return;
      }
    }
  }

  [[nodiscard]] bool exists(const ResourceRow& row) const {
    const auto objects = world_.simulator().objects();
    return std::any_of(objects.begin(), objects.end(), [&](const Value& object) {
      return object.text_of("id") == row.physical_id;
    });
  }
  [[nodiscard]] int foreign() const { return foreign_; }

 private:
  TestWorld& world_;
  int foreign_ = 0;
};

PlanOrders random_orders(Dice& dice, Draft& draft) {
  PlanOrders orders;
  for (const Block& block : draft.blocks()) {
    if (block.section == "secrets" && one_in(dice, 5)) {
      orders.may_replace.insert(Address::parse(block.address()));
    }
    if (one_in(dice, 40)) {
      orders.targets.push_back(Address::parse(block.address()));
    }
  }
  if (one_in(dice, 3)) {
    constexpr std::size_t kLimits[] = {0, 1, 2, 4, 100};
    orders.max_delete = kLimits[dice.next() % std::size(kLimits)];
  }
  orders.allows_mass_removal = one_in(dice, 4);
  return orders;
}

RunMode random_mode(Dice& dice, PlanOrders& orders) {
  switch (dice.next() % 10) {
    case 0:
      return RunMode::kPlan;
    case 1:
      orders.mode = PlanMode::kRefresh;
      return RunMode::kApply;
    case 2:
      return RunMode::kCorrect;
    case 3:
      return RunMode::kObserve;
    case 4:
      return one_in(dice, 3) ? RunMode::kDestroy : RunMode::kApply;
    default:
      return RunMode::kApply;
  }
}

void judge(const Situation& now, const RunReport& report, TestWorld& world) {
  const std::vector<Loss> losses = losses_between(now.before, take_stock(world), now.state);
  for (const Loss& loss : losses) {
    EXPECT_EQ(forbids(now, loss), "") << loss.address << " " << loss.id;
  }
  judge_numbers(now, losses);
  const bool is_quiet = now.mode == RunMode::kPlan || now.mode == RunMode::kObserve ||
                        now.orders.mode == PlanMode::kRefresh;
  const bool is_refused = now.mode == RunMode::kApply && report.result.plan != nullptr &&
                          report.result.plan->problems.has_errors();
  if (is_quiet || is_refused) {
    EXPECT_TRUE(report.actions.empty()) << report.actions.front();
  }
}

/// What the runs of all seeds came to: a test that only ever saw refusals would prove nothing.
struct Tally {
  std::size_t runs = 0, losses = 0, refusals = 0;
};

void run_seed(std::uint64_t seed, Tally& tally) {
  Dice dice(seed * 7919 + 1);
  TestWorld world(seed);
  Draft draft;
  Meddler meddler(world);
  ASSERT_TRUE(world.apply(draft.text()).is_clean());
  std::string story;
  for (int step = 0; step < 6; ++step) {
    for (std::uint64_t edits = 1 + dice.next() % 4; edits > 0; --edits) {
      draft.edit(dice);
    }
    if (one_in(dice, 4)) {
      meddler.meddle(dice);
    }
    Situation now;
    now.orders = random_orders(dice, draft);
    now.mode = random_mode(dice, now.orders);
    now.declared = draft.declared();
    now.state = world.state();
    now.before = take_stock(world);
    RunAsk ask;
    ask.orders = now.orders;
    auto rounds = std::make_shared<int>(0);
    ask.on_run_ended = [rounds](Loop& loop, const RunResult&) {
      if (++*rounds == 2) {
        loop.request_stop();
      }
    };
    if (now.mode == RunMode::kApply && one_in(dice, 2)) {
      const RunReport planned = world.run(RunMode::kPlan, draft.text(), ask);
      if (!planned.result.plan->problems.has_errors()) {
        ask.expected = world.saved(planned);
      }
      *rounds = 0;
    }
    const RunReport report = world.run(now.mode, draft.text(), ask);
    if (ask.expected != nullptr) {
      // Nothing happened between the two, so nothing may seem to have.
      EXPECT_FALSE(report.result.plan->problems.has_errors()) << report.failures();
    }
    story += fmt::format("--- {}\n{}", name_of(now.mode), draft.text());
    story += report.plan + report.story() + report.failures();
    judge(now, report, world);
    ++tally.runs;
    tally.losses += losses_between(now.before, take_stock(world), now.state).size();
    tally.refusals += report.result.plan->problems.has_errors() ? 1U : 0U;
    int foreign = 0;
    for (const auto& [key, object] : take_stock(world)) {
      const bool is_ours = !object.get("tags").text_of("plumbline:address").empty();
      foreign += key.first == "vpc" && !is_ours ? 1 : 0;
    }
    EXPECT_EQ(foreign, meddler.foreign());
    if (::testing::Test::HasFailure()) {
      FAIL() << "PLUMBLINE_SEED=" << seed << "\n" << story;
    }
    if (one_in(dice, 3)) {
      draft.restore();
    }
  }
}

TEST(GuardProperty, NoEditOfAManifestDeletesWhatMustStay) {
  std::uint64_t first = 1;
  std::uint64_t count = 60;
  if (const char* seed = std::getenv("PLUMBLINE_SEED"); seed != nullptr) {
    first = std::strtoull(seed, nullptr, 10);
    count = 1;
  }
  std::cout << "seeds " << first << " to " << first + count - 1 << " (PLUMBLINE_SEED=N runs one)\n";
  Tally tally;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    run_seed(seed, tally);
  }
  std::cout << tally.runs << " runs, " << tally.losses << " objects went, " << tally.refusals
            << " plans were refused, 0 forbidden changes\n";
  if (count > 1) {
    EXPECT_GT(tally.losses, tally.runs / 10);
    EXPECT_GT(tally.refusals, tally.runs / 20);
  }
}

}  // namespace
}  // namespace plumbline
