#include <string>

#include <gtest/gtest.h>

#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using namespace std::chrono_literals;

class KmsTest : public ::testing::Test {
 protected:
  Value ok(const std::string& action, const Value& params = Object{}) {
    return sim.ok("kms", action, params);
  }
  std::string fails(const std::string& action, const Value& params) {
    return sim.fails("kms", action, params);
  }
  std::string make_key(const Value& params = Object{}) {
    return ok("CreateKey", params).get("KeyMetadata").text_of("KeyId");
  }
  Value describe(const std::string& id) { return ok("DescribeKey", by_id(id)).get("KeyMetadata"); }
  static Value by_id(const std::string& id) { return Value::object({{"KeyId", id}}); }
  static Value with(const std::string& id, const std::string& member, const Value& value) {
    return Value::object({{"KeyId", id}, {member, value}});
  }
  static Value alias(const std::string& name, const std::string& key) {
    return Value::object({{"AliasName", name}, {"TargetKeyId", key}});
  }
  Sim sim;
};

using Kms = KmsTest;

TEST_F(Kms, ANewKeyIsEnabledAndSymmetricWithAPolicyForTheAccount) {
  const std::string id = make_key(Value::object({{"Description", "data"}}));
  const Value key = describe(id);
  EXPECT_EQ(key.text_of("Arn"), "arn:aws:kms:eu-west-3:123456789012:key/" + id);
  EXPECT_EQ(key.text_of("KeyState"), "Enabled");
  EXPECT_EQ(key.get("Enabled"), Value(true));
  EXPECT_EQ(key.text_of("KeySpec"), "SYMMETRIC_DEFAULT");
  EXPECT_EQ(key.text_of("KeyManager"), "CUSTOMER");
  EXPECT_EQ(key.get("EncryptionAlgorithms"), Value::list({"SYMMETRIC_DEFAULT"}));
  EXPECT_NE(
      ok("GetKeyPolicy", by_id(id)).text_of("Policy").find("arn:aws:iam::123456789012:root"),
      std::string::npos
  );
}

TEST_F(Kms, TheUsageMustFitTheSpec) {
  const auto spec = [](const char* name, const char* usage) {
    return Value::object({{"KeySpec", name}, {"KeyUsage", usage}});
  };
  EXPECT_EQ(fails("CreateKey", Value::object({{"KeySpec", "HMAC_256"}})), "ValidationException");
  EXPECT_EQ(fails("CreateKey", spec("ECC_NIST_P256", "ENCRYPT_DECRYPT")), "ValidationException");
  EXPECT_EQ(fails("CreateKey", spec("AES_256", "ENCRYPT_DECRYPT")), "ValidationException");
  const std::string id = make_key(spec("HMAC_256", "GENERATE_VERIFY_MAC"));
  EXPECT_EQ(describe(id).get("MacAlgorithms"), Value::list({"HMAC_SHA_256"}));
}

TEST_F(Kms, AMultiRegionKeyTellsItByItsId) {
  const std::string id = make_key(Value::object({{"MultiRegion", true}}));
  EXPECT_EQ(id.substr(0, 4), "mrk-");
  EXPECT_EQ(id.size(), 36U);
}

TEST_F(Kms, AKeyIsFoundByIdArnAndAlias) {
  const std::string id = make_key();
  ok("CreateAlias", alias("alias/app", id));
  for (const std::string& name :
       {id,
        "arn:aws:kms:eu-west-3:123456789012:key/" + id,
        std::string("alias/app"),
        std::string("arn:aws:kms:eu-west-3:123456789012:alias/app")}) {
    EXPECT_EQ(describe(name).text_of("KeyId"), id) << name;
  }
  EXPECT_EQ(fails("DescribeKey", by_id("alias/other")), "NotFoundException");
  EXPECT_EQ(fails("DescribeKey", by_id("1234")), "NotFoundException");
  EXPECT_EQ(fails("EnableKey", by_id("alias/app")), "InvalidArnException");
}

TEST_F(Kms, AwsOwnKeysAreThereWhenAskedFor) {
  const Value key = describe("alias/aws/rds");
  EXPECT_EQ(key.text_of("KeyManager"), "AWS");
  EXPECT_EQ(describe("alias/aws/rds").text_of("KeyId"), key.text_of("KeyId"));
  EXPECT_NE(describe("alias/aws/lambda").text_of("KeyId"), key.text_of("KeyId"));
}

TEST_F(Kms, AKeyThatWaitsForItsDeletionTakesNoChangesAndCanBeCalledBack) {
  const std::string id = make_key();
  const Value reply = ok("ScheduleKeyDeletion", with(id, "PendingWindowInDays", 7));
  EXPECT_EQ(reply.text_of("KeyState"), "PendingDeletion");
  EXPECT_EQ(describe(id).get("Enabled"), Value(false));
  for (const char* action :
       {"EnableKey",
        "DisableKey",
        "ScheduleKeyDeletion",
        "EnableKeyRotation",
        "GetKeyRotationStatus"}) {
    EXPECT_EQ(fails(action, by_id(id)), "KMSInvalidStateException") << action;
  }
  EXPECT_EQ(fails("CreateAlias", alias("alias/late", id)), "KMSInvalidStateException");
  ok("CancelKeyDeletion", by_id(id));
  EXPECT_EQ(describe(id).text_of("KeyState"), "Disabled");
  EXPECT_EQ(fails("CancelKeyDeletion", by_id(id)), "KMSInvalidStateException");
  ok("EnableKey", by_id(id));
  EXPECT_EQ(describe(id).text_of("KeyState"), "Enabled");
}

TEST_F(Kms, AKeyIsGoneWithItsAliasesWhenItsTimeIsUp) {
  const std::string id = make_key();
  ok("CreateAlias", alias("alias/app", id));
  EXPECT_EQ(
      fails("ScheduleKeyDeletion", with(id, "PendingWindowInDays", 6)), "ValidationException"
  );
  ok("ScheduleKeyDeletion", with(id, "PendingWindowInDays", 7));
  sim.pass(24h * 7 - 1s);
  EXPECT_EQ(describe("alias/app").text_of("KeyId"), id);
  sim.pass(2s);
  EXPECT_EQ(fails("DescribeKey", by_id(id)), "NotFoundException");
  EXPECT_EQ(ok("ListAliases").get("Aliases").size(), 0U);
}

TEST_F(Kms, OnlyEnabledSymmetricKeysRotate) {
  const std::string id = make_key();
  EXPECT_EQ(ok("GetKeyRotationStatus", by_id(id)).get("KeyRotationEnabled"), Value(false));
  ok("EnableKeyRotation", with(id, "RotationPeriodInDays", 180));
  const Value status = ok("GetKeyRotationStatus", by_id(id));
  EXPECT_EQ(status.get("KeyRotationEnabled"), Value(true));
  EXPECT_EQ(status.get("RotationPeriodInDays"), Value(180));
  EXPECT_EQ(
      fails("EnableKeyRotation", with(id, "RotationPeriodInDays", 30)), "ValidationException"
  );
  ok("DisableKey", by_id(id));
  EXPECT_EQ(fails("DisableKeyRotation", by_id(id)), "DisabledException");
  const std::string other =
      make_key(Value::object({{"KeySpec", "RSA_2048"}, {"KeyUsage", "SIGN_VERIFY"}}));
  EXPECT_EQ(fails("EnableKeyRotation", by_id(other)), "UnsupportedOperationException");
}

TEST_F(Kms, APolicyMustLeaveTheAccountInControlAndNameWhoExists) {
  const std::string id = make_key();
  const auto policy = [&](const std::string& principal, const std::string& action) {
    return with(
        id,
        "Policy",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + principal +
            R"(,"Action":")" + action + R"(","Resource":"*"}]})"
    );
  };
  const std::string root = R"({"AWS":"arn:aws:iam::123456789012:root"})";
  const std::string malformed = "MalformedPolicyDocumentException";
  ok("PutKeyPolicy", policy(root, "kms:*"));
  EXPECT_EQ(fails("PutKeyPolicy", policy(root, "kms:Decrypt")), malformed);
  EXPECT_EQ(
      fails("PutKeyPolicy", policy(R"({"AWS":"arn:aws:iam::123456789012:role/none"})", "kms:*")),
      malformed
  );
  EXPECT_EQ(fails("PutKeyPolicy", with(id, "Policy", "{")), malformed);
  Value bold = policy(root, "kms:Decrypt");
  bold.set("BypassPolicyLockoutSafetyCheck", true);
  ok("PutKeyPolicy", bold);
}

TEST_F(Kms, AnAliasNamesOneKeyAtATime) {
  const std::string one = make_key();
  const std::string two = make_key();
  ok("CreateAlias", alias("alias/app", one));
  EXPECT_EQ(fails("CreateAlias", alias("alias/app", two)), "AlreadyExistsException");
  EXPECT_EQ(fails("CreateAlias", alias("app", two)), "ValidationException");
  EXPECT_EQ(fails("CreateAlias", alias("alias/aws/app", two)), "NotAuthorizedException");
  ok("UpdateAlias", alias("alias/app", two));
  EXPECT_EQ(ok("ListAliases", by_id(one)).get("Aliases").size(), 0U);
  EXPECT_EQ(ok("ListAliases", by_id(two)).get("Aliases").size(), 1U);
  ok("DeleteAlias", Value::object({{"AliasName", "alias/app"}}));
  EXPECT_EQ(fails("DeleteAlias", Value::object({{"AliasName", "alias/app"}})), "NotFoundException");
}

TEST_F(Kms, TagsHaveLongNames) {
  const auto tag = [](const char* key, const char* value) {
    return Value::list({Value::object({{"TagKey", key}, {"TagValue", value}})});
  };
  const std::string id = make_key(Value::object({{"Tags", tag("team", "data")}}));
  ok("TagResource", with(id, "Tags", tag("team", "app")));
  EXPECT_EQ(ok("ListResourceTags", by_id(id)).get("Tags"), tag("team", "app"));
  EXPECT_EQ(fails("TagResource", with(id, "Tags", tag("aws:x", "y"))), "TagException");
  ok("UntagResource", with(id, "TagKeys", Value::list({"team"})));
  EXPECT_EQ(ok("ListResourceTags", by_id(id)).get("Tags").size(), 0U);
}

TEST_F(Kms, KeysAreListedInPages) {
  for (int i = 0; i < 5; ++i) {
    make_key();
  }
  Value page = ok("ListKeys", Value::object({{"Limit", 2}}));
  std::size_t count = page.get("Keys").size();
  while (page.get("Truncated") == Value(true)) {
    page = ok("ListKeys", Value::object({{"Limit", 2}, {"Marker", page.get("NextMarker")}}));
    count += page.get("Keys").size();
  }
  EXPECT_EQ(count, 5U);
  EXPECT_EQ(fails("ListKeys", Value::object({{"Marker", "x"}})), "InvalidMarkerException");
}

TEST_F(Kms, ASavedWorldKeepsKeysAndAliases) {
  const std::string id = make_key();
  ok("CreateAlias", alias("alias/app", id));
  const Value saved = sim.services.at("kms")->save();
  sim.services.at("kms")->load(Value(Object{}));
  EXPECT_EQ(fails("DescribeKey", by_id(id)), "NotFoundException");
  sim.services.at("kms")->load(saved);
  EXPECT_EQ(describe("alias/app").text_of("KeyId"), id);
}

TEST_F(Kms, SecretsCannotBeWrittenOrReadUnderAKeyThatIsOff) {
  const std::string id = make_key();
  const auto secret = [](const char* name, const std::string& key) {
    return Value::object({{"Name", name}, {"KmsKeyId", key}, {"SecretString", "value"}});
  };
  const Value which = Value::object({{"SecretId", "one"}});
  Value put = which;
  put.set("SecretString", "other");
  sim.ok("secretsmanager", "CreateSecret", secret("one", id));
  EXPECT_EQ(
      sim.fails("secretsmanager", "CreateSecret", secret("two", "nokey")), "EncryptionFailure"
  );
  for (const char* off : {"DisableKey", "ScheduleKeyDeletion"}) {
    ok(off, by_id(id));
    EXPECT_EQ(sim.fails("secretsmanager", "GetSecretValue", which), "DecryptionFailure") << off;
    EXPECT_EQ(sim.fails("secretsmanager", "PutSecretValue", put), "EncryptionFailure") << off;
    sim.ok("secretsmanager", "DescribeSecret", which);
    if (off == std::string("ScheduleKeyDeletion")) {
      ok("CancelKeyDeletion", by_id(id));
    }
    ok("EnableKey", by_id(id));
    sim.ok("secretsmanager", "GetSecretValue", which);
  }
  sim.ok("secretsmanager", "CreateSecret", secret("three", "alias/aws/secretsmanager"));
}

}  // namespace
}  // namespace plumbline::sim
