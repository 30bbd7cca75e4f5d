// Each checker sees what it is for: a short history that keeps every rule is silent, and the same
// history with one thing wrong breaks that rule and no other. The engine takes no part in it.
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/sim/sim_world.h"

namespace plumbline::simtest {
namespace {

constexpr std::uint64_t kProcess = 7;

Intent creation(IntentState state, const std::string& id = "intent-1") {
  Intent intent;
  intent.id = id;
  intent.address = Address::parse("vpcs.main");
  intent.kind = "Vpc";
  intent.service = "ec2";
  intent.action = "CreateVpc";
  intent.klass = 'N';
  intent.is_create = true;
  intent.owner = "ours";
  intent.state = state;
  intent.signed_at = Timestamp(Duration(1));
  intent.attempts = 1;
  return intent;
}

Intent deletion() {
  Intent intent = creation(IntentState::kInflight, "intent-2");
  intent.action = "DeleteVpc";
  intent.klass = 'I';
  intent.is_create = false;
  intent.physical_id = "vpc-1";
  return intent;
}

ResourceRow row_of(const std::string& id, RowStatus status = RowStatus::kLive) {
  ResourceRow row;
  row.address = Address::parse("vpcs.main");
  row.kind = "Vpc";
  row.physical_id = id;
  row.status = status;
  return row;
}

Batch batch_of(std::vector<Intent> intents, std::vector<ResourceRow> rows = {}) {
  Batch batch;
  batch.intents = std::move(intents);
  batch.upserts = std::move(rows);
  return batch;
}

SentCall sent(const std::string& action, std::uint64_t id = 1) {
  return {id, kProcess, "ec2", action};
}

Intent done(const std::string& physical_id) {
  Intent intent = creation(IntentState::kDone);
  intent.physical_id = physical_id;
  return intent;
}

/// Makes a network as process `kProcess`: written down, sent, answered, recorded.
void make(Checkers& checkers) {
  checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
  checkers.on_send(sent("CreateVpc"));
  checkers.on_reply(kProcess, 1);
  checkers.on_commit(batch_of({done("vpc-1")}, {row_of("vpc-1")}), kProcess);
}

void remove(Checkers& checkers, ResourceRow row) {
  checkers.on_commit(batch_of({deletion()}, {std::move(row)}), kProcess);
  checkers.on_send(sent("DeleteVpc", 2));
  checkers.on_reply(kProcess, 2);
}

/// A network that is there and carries our tags.
void plant(SimWorld& world, const std::string& intent, const std::string& owner = "ours") {
  List tags;
  for (const auto& [key, value] :
       {std::pair{"plumbline:owner", owner},
        std::pair{"plumbline:intent", intent},
        std::pair{"plumbline:address", std::string("vpcs.main")}}) {
    tags.push_back(Value::object({{"Key", key}, {"Value", value}}));
  }
  const Value spec = Value::object({{"ResourceType", "vpc"}, {"Tag", Value(std::move(tags))}});
  EXPECT_TRUE(world.call(
      "ec2",
      "CreateVpc",
      Value::object({{"CidrBlock", "10.0.0.0/16"}, {"TagSpecification", Value::list({spec})}})
  ));
}

std::string id_of_planted(SimWorld& world) {
  for (const Value& object : world.aws().objects()) {
    if (!object.get("tags").text_of("plumbline:owner").empty()) {
      return object.text_of("id");
    }
  }
  return "";
}

/// The planted network, recorded as ours and about to be deleted.
Intent deletion_of_planted(SimWorld& world, Checkers& checkers) {
  Intent intent = deletion();
  intent.id = "intent-4";
  intent.physical_id = id_of_planted(world);
  checkers.on_commit(
      batch_of({intent}, {row_of(intent.physical_id, RowStatus::kDeleting)}), kProcess
  );
  return intent;
}

struct History {
  std::string rule, what;
  std::function<void(SimWorld&, Checkers&)> play;
};

std::vector<History> calls_that_nobody_wrote_down() {
  return {
      {"I1",
       "a call is sent that nobody wrote down",
       [](SimWorld&, Checkers& checkers) { checkers.on_send(sent("CreateVpc")); }},
      {"I1",
       "a call of another process is sent",
       [](SimWorld&, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess - 1);
         checkers.on_send(sent("CreateVpc"));
       }},
      {"I1",
       "a call is written down without the time of its signature",
       [](SimWorld&, Checkers& checkers) {
         Intent intent = creation(IntentState::kInflight);
         intent.signed_at = Timestamp();
         checkers.on_commit(batch_of({intent}), kProcess);
       }},
      {"I1",
       "what looks like a read changes something",
       [](SimWorld&, Checkers& checkers) { checkers.on_unjournalled_change("CreateVpc"); }},
      {"I1",
       "an open call does not come back",
       [](SimWorld&, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
         checkers.on_image(StateImage());
       }},
  };
}

std::vector<History> calls_too_many() {
  return {
      {"I2",
       "two creations of one address are open",
       [](SimWorld&, Checkers& checkers) {
         checkers.on_commit(
             batch_of(
                 {creation(IntentState::kInflight), creation(IntentState::kInflight, "intent-2")}
             ),
             kProcess
         );
       }},
      {"I2",
       "an open call becomes another one",
       [](SimWorld&, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
         Intent other = creation(IntentState::kInflight);
         other.token = "another";
         checkers.on_commit(batch_of({other}), kProcess);
       }},
      {"I2",
       "a call that is done is opened again",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         checkers.on_commit(batch_of({creation(IntentState::kUnknown)}), kProcess);
       }},
      {"I13",
       "a call is tried without end",
       [](SimWorld&, Checkers& checkers) {
         Intent intent = creation(IntentState::kInflight);
         intent.attempts = 401;
         checkers.on_commit(batch_of({intent}), kProcess);
       }},
      {"I14",
       "a call is sent more often than was written down",
       [](SimWorld&, Checkers& checkers) {
         for (std::uint64_t id = 1; id <= 2; ++id) {
           checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
           checkers.on_send(sent("CreateVpc", id));
           checkers.on_reply(kProcess, id);
         }
       }},
      {"I15",
       "two calls about one object are under way at once",
       [](SimWorld&, Checkers& checkers) {
         Intent other = deletion();
         other.id = "intent-3";
         other.action = "ModifyVpcAttribute";
         checkers.on_commit(
             batch_of({deletion(), other}, {row_of("vpc-1", RowStatus::kDeleting)}), kProcess
         );
         checkers.on_send(sent("DeleteVpc", 2));
         checkers.on_send(sent("ModifyVpcAttribute", 3));
       }},
  };
}

std::vector<History> rows_that_break_a_rule() {
  return {
      {"I5",
       "a commit has an older epoch than the one before",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         Batch batch;
         batch.audit.push_back({"apply", "look", Address(), Value(Object())});
         checkers.on_commit(batch, kProcess - 1);
       }},
      {"I5",
       "the write of a superseded process is taken",
       [](SimWorld&, Checkers& checkers) { checkers.on_stale_write(true); }},
      {"I6",
       "a creation is done and no id is known",
       [](SimWorld&, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
         checkers.on_commit(batch_of({done("")}), kProcess);
       }},
      {"I6",
       "a creation is done and its row does not come with it",
       [](SimWorld&, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
         checkers.on_commit(batch_of({done("vpc-1")}), kProcess);
         checkers.on_commit(batch_of({}, {row_of("vpc-1")}), kProcess);
       }},
      {"I6",
       "a row does not come back",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         checkers.on_image(StateImage());
       }},
      {"I6",
       "a row comes back that nobody wrote",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         StateImage image;
         image.rows = {row_of("vpc-2")};
         checkers.on_image(image);
       }},
      {"I7",
       "one object is in two rows",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         ResourceRow other = row_of("vpc-1");
         other.address = Address::parse("vpcs.other");
         checkers.on_commit(batch_of({}, {other}), kProcess);
       }},
  };
}

std::vector<History> texts_that_break_a_rule() {
  return {
      {"I11",
       "a row holds a secret",
       [](SimWorld&, Checkers& checkers) {
         ResourceRow row = row_of("vpc-1");
         row.applied = Value::object({{"password", std::string(kSecret)}});
         checkers.on_commit(batch_of({}, {row}), kProcess);
       }},
      {"I11",
       "the error of a call holds a secret",
       [](SimWorld&, Checkers& checkers) {
         Intent intent = creation(IntentState::kUnknown);
         intent.error = std::string("InvalidParameter: ") + kSecret;
         checkers.on_commit(batch_of({intent}), kProcess);
       }},
      {"I11",
       "an audit entry holds a secret",
       [](SimWorld&, Checkers& checkers) {
         Batch batch;
         batch.audit.push_back({"apply", "look", Address(), Value(std::string(kSecret))});
         checkers.on_commit(batch, kProcess);
       }},
      {"I11",
       "what people see holds a secret",
       [](SimWorld&, Checkers& checkers) { checkers.on_text("the plan", kSecret); }},
      {"I12",
       "the audit does not verify",
       [](SimWorld&, Checkers& checkers) { checkers.on_audit(false, "entry 4 was edited"); }},
  };
}

std::vector<History> objects_that_break_a_rule() {
  return {
      {"I3",
       "an object is ours and no call made it",
       [](SimWorld& world, Checkers& checkers) {
         plant(world, "intent-1");
         checkers.look_at_world();
       }},
      {"I3",
       "an object was made by a call that counts as refused",
       [](SimWorld& world, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kRefused)}), kProcess);
         plant(world, "intent-1");
         checkers.look_at_world();
       }},
      {"I4",
       "one call made two objects",
       [](SimWorld& world, Checkers& checkers) {
         checkers.on_commit(batch_of({creation(IntentState::kInflight)}), kProcess);
         plant(world, "intent-1");
         plant(world, "intent-1");
         checkers.look_at_world();
       }},
      {"I8",
       "what is protected is deleted",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         ResourceRow row = row_of("vpc-1", RowStatus::kDeleting);
         row.is_protected = true;
         remove(checkers, row);
       }},
      {"I8",
       "a deletion is not written down before it is sent",
       [](SimWorld&, Checkers& checkers) {
         make(checkers);
         remove(checkers, row_of("vpc-1", RowStatus::kLive));
       }},
      {"I8",
       "what carries another owner's tag is deleted",
       [](SimWorld& world, Checkers& checkers) {
         plant(world, "intent-1", "somebody");
         deletion_of_planted(world, checkers);
         checkers.on_send(sent("DeleteVpc", 2));
       }},
  };
}

/// A rule is broken by its own number and nothing else is.
void expect_seen(const std::vector<History>& histories) {
  for (const History& history : histories) {
    SCOPED_TRACE(history.rule + ": " + history.what);
    SimWorld world((WorldOptions()));
    Checkers checkers(sim_catalog(), world.aws());
    history.play(world, checkers);
    EXPECT_FALSE(checkers.violations().empty()) << "nobody saw it";
    for (const std::string& violation : checkers.violations()) {
      EXPECT_TRUE(violation.starts_with(history.rule + ":")) << violation;
    }
  }
}

TEST(Checkers, SayNothingWhileEveryRuleIsKept) {
  SimWorld world((WorldOptions()));
  Checkers checkers(sim_catalog(), world.aws());
  make(checkers);
  StateImage image;
  image.rows = {row_of("vpc-1")};
  checkers.on_image(image);
  remove(checkers, row_of("vpc-1", RowStatus::kDeleting));
  checkers.on_stale_write(false);
  checkers.on_audit(true, "");
  checkers.on_text("the plan", "no changes");
  plant(world, "intent-2");
  deletion_of_planted(world, checkers);
  checkers.on_send(sent("DeleteVpc", 3));
  EXPECT_EQ(checkers.violations(), std::vector<std::string>());
}

TEST(Checkers, SeeACallThatShouldNotBe) {
  expect_seen(calls_that_nobody_wrote_down());
  expect_seen(calls_too_many());
}

TEST(Checkers, SeeARecordThatShouldNotBe) {
  expect_seen(rows_that_break_a_rule());
  expect_seen(texts_that_break_a_rule());
}

TEST(Checkers, SeeAnObjectThatShouldNotBeOrShouldNotGo) {
  expect_seen(objects_that_break_a_rule());
}

}  // namespace
}  // namespace plumbline::simtest
