#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "tests/unit/simulator/lambda_rig.h"

namespace plumbline::sim {
namespace {

using Lambda = LambdaTest;

TEST_F(Lambda, CreatesAFunctionThatIsPendingBeforeItIsActive) {
  const Value made = ok("CreateFunction", new_function());
  EXPECT_EQ(made.get("$status"), Value(201));
  EXPECT_EQ(made.text_of("FunctionArn"), kArn);
  EXPECT_EQ(made.text_of("State"), "Pending");
  EXPECT_EQ(made.text_of("CodeSha256"), base64_encode(to_bytes(sha256(kZip))));
  EXPECT_EQ(made.get("CodeSize"), Value(22));
  EXPECT_EQ(made.get("Timeout"), Value(3));
  EXPECT_EQ(made.get("MemorySize"), Value(128));
  EXPECT_EQ(made.get_path("TracingConfig.Mode"), Value("PassThrough"));
  EXPECT_EQ(made.get_path("EphemeralStorage.Size"), Value(512));
  EXPECT_EQ(made.get_path("LoggingConfig.LogGroup"), Value("/aws/lambda/app"));
  EXPECT_EQ(made.text_of("LastModified"), "2026-01-02T03:04:15.000+0000");
  EXPECT_TRUE(made.get("VpcConfig").is_null());
  sim.pass(4s);
  EXPECT_EQ(ok("GetFunctionConfiguration", named()).text_of("State"), "Pending");
  sim.pass(1s);
  const Value active = ok("GetFunctionConfiguration", named());
  EXPECT_EQ(active.text_of("State"), "Active");
  EXPECT_EQ(active.text_of("LastUpdateStatus"), "Successful");
}

TEST_F(Lambda, FindsAFunctionByNameAndByEveryArn) {
  create_ready(new_function());
  for (const std::string& id :
       {std::string("app"), kArn, std::string("123456789012:function:app"), kArn + ":$LATEST"}) {
    EXPECT_EQ(ok("GetFunctionConfiguration", named(id)).text_of("FunctionName"), "app") << id;
  }
  EXPECT_EQ(
      message("GetFunction", named("none")),
      "Function not found: arn:aws:lambda:eu-west-3:123456789012:function:none"
  );
  EXPECT_EQ(fails("GetFunction", named(kArn + ":7")), "ResourceNotFoundException");
  EXPECT_EQ(fails("CreateFunction", new_function()), "ResourceConflictException");
}

TEST_F(Lambda, CannotAssumeARoleThatIsNewOrMissingOrTrustsAnother) {
  const std::string refused = "The role defined for the function cannot be assumed by Lambda.";
  Value params = new_function();
  params.set("Role", "arn:aws:iam::123456789012:role/none");
  EXPECT_EQ(message("CreateFunction", params), refused);
  create_role("young", "lambda.amazonaws.com");
  create_role("other", "ec2.amazonaws.com");
  params.set("Role", "arn:aws:iam::123456789012:role/young");
  sim.pass(7s);
  EXPECT_EQ(message("CreateFunction", params), refused);
  EXPECT_EQ(fails("CreateFunction", params), "InvalidParameterValueException");
  sim.pass(1s);
  create_ready(params);
  params.set("Role", "arn:aws:iam::123456789012:role/other");
  EXPECT_EQ(message("UpdateFunctionConfiguration", params), refused);
  params.set("Role", "app");
  EXPECT_EQ(fails("UpdateFunctionConfiguration", params), "ValidationException");
}

TEST_F(Lambda, RefusesChangesWhileItIsBusy) {
  ok("CreateFunction", new_function());
  Value update = named();
  update.set("Timeout", 30);
  EXPECT_EQ(
      message("UpdateFunctionConfiguration", update),
      "The operation cannot be performed at this time. The function is currently in the following "
      "state: Pending"
  );
  sim.pass(5s);
  const Value updating = ok("UpdateFunctionConfiguration", update);
  EXPECT_EQ(updating.text_of("LastUpdateStatus"), "InProgress");
  EXPECT_EQ(updating.get("Timeout"), Value(30));
  Value code = named();
  code.set("ZipFile", base64_encode(kZip + "x"));
  EXPECT_EQ(fails("UpdateFunctionCode", code), "ResourceConflictException");
  EXPECT_EQ(
      message("UpdateFunctionCode", code),
      "The operation cannot be performed at this time. An update is in progress for resource: " +
          kArn
  );
  sim.pass(10s);
  EXPECT_EQ(
      ok("UpdateFunctionCode", code).text_of("CodeSha256"),
      base64_encode(to_bytes(sha256(kZip + "x")))
  );
  sim.pass(10s);
  EXPECT_EQ(
      ok("GetFunction", named()).get_path("Configuration.LastUpdateStatus"), Value("Successful")
  );
}

TEST_F(Lambda, ChecksTheRevision) {
  create_ready(new_function());
  Value update = named();
  update.set("RevisionId", "stale");
  EXPECT_EQ(fails("UpdateFunctionConfiguration", update), "PreconditionFailedException");
  update.set("RevisionId", ok("GetFunctionConfiguration", named()).get("RevisionId"));
  ok("UpdateFunctionConfiguration", update);
}

TEST_F(Lambda, ReplacesAndClearsSettings) {
  Value params = new_function();
  const std::string layer =
      "arn:aws:lambda:eu-west-3:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7";
  params.set(
      "Environment",
      Value::object({{"Variables", Value::object({{"DB_HOST", "one"}, {"DB_PORT", "5432"}})}})
  );
  params.set("Layers", Value::list({layer}));
  params.set("LoggingConfig", Value::object({{"LogFormat", "JSON"}}));
  create_ready(params);
  Value now = ok("GetFunctionConfiguration", named());
  EXPECT_EQ(now.get_path("Environment.Variables.DB_PORT"), Value("5432"));
  EXPECT_EQ(now.get("Layers").as_list().at(0).text_of("Arn"), layer);
  EXPECT_TRUE(now.get("Layers").as_list().at(0).get("CodeSize").is_int());
  EXPECT_EQ(now.get_path("LoggingConfig.ApplicationLogLevel"), Value("INFO"));
  Value update = named();
  update.set("Environment", Value::object({{"Variables", Value::object({{"DB_HOST", "two"}})}}));
  ok("UpdateFunctionConfiguration", update);
  sim.pass(10s);
  now = ok("GetFunctionConfiguration", named());
  EXPECT_EQ(now.get_path("Environment.Variables"), Value::object({{"DB_HOST", "two"}}));
  EXPECT_EQ(now.get("Layers").size(), 1U);
  update.set("Environment", Value::object({{"Variables", Object{}}}));
  update.set("Layers", List{});
  update.set("LoggingConfig", Value::object({{"LogFormat", "Text"}}));
  ok("UpdateFunctionConfiguration", update);
  now = ok("GetFunctionConfiguration", named());
  EXPECT_TRUE(now.get("Environment").is_null());
  EXPECT_TRUE(now.get("Layers").is_null());
  EXPECT_TRUE(now.get_path("LoggingConfig.ApplicationLogLevel").is_null());
}

TEST_F(Lambda, RefusesWhatAwsRefuses) {
  const auto with = [](std::string_view key, Value value) {
    Value params = new_function();
    params.set(key, std::move(value));
    return params;
  };
  EXPECT_EQ(
      message("CreateFunction", with("Timeout", 901)),
      "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member "
      "must have value less than or equal to 900"
  );
  EXPECT_EQ(fails("CreateFunction", with("FunctionName", "no spaces")), "ValidationException");
  EXPECT_EQ(fails("CreateFunction", with("Layers", Value::list({"layer"}))), "ValidationException");
  EXPECT_NE(
      message("CreateFunction", with("Runtime", "python3.7")).find("is no longer supported"),
      std::string::npos
  );
  EXPECT_NE(
      message("CreateFunction", with("Runtime", "python9")).find("enum value set"),
      std::string::npos
  );
  EXPECT_EQ(
      message("CreateFunction", with("Code", Value::object({{"ZipFile", "bm90IGEgemlw"}}))),
      "Could not unzip uploaded file. Please check your file, then try to upload again."
  );
  EXPECT_EQ(
      message("CreateFunction", with("Code", Object{})),
      "Please provide a source for function code."
  );
  EXPECT_NE(
      message(
          "CreateFunction",
          with(
              "Environment",
              Value::object({{"Variables", Value::object({{"AWS_REGION", "eu-west-3"}})}})
          )
      ).find("Reserved keys used in this request: AWS_REGION"),
      std::string::npos
  );
  Value plain = new_function();
  plain.erase("Handler");
  EXPECT_EQ(
      message("CreateFunction", plain),
      "Runtime and Handler are mandatory parameters for functions created with deployment packages."
  );
}

TEST_F(Lambda, AcceptsCodeFromS3AndImages) {
  Value params = new_function();
  params.set("Code", Value::object({{"S3Bucket", "builds"}, {"S3Key", "app.zip"}}));
  const std::string first = ok("CreateFunction", params).text_of("CodeSha256");
  sim.pass(10s);
  Value update = named();
  update.set("S3Bucket", "builds");
  update.set("S3Key", "app.zip");
  update.set("S3ObjectVersion", "2");
  EXPECT_NE(ok("UpdateFunctionCode", update).text_of("CodeSha256"), first);
  Value image = Value::object(
      {{"FunctionName", "image"},
       {"Role", kRole},
       {"PackageType", "Image"},
       {"Code",
        Value::object({{"ImageUri", "123456789012.dkr.ecr.eu-west-3.amazonaws.com/app:1"}})}}
  );
  ok("CreateFunction", image);
  EXPECT_EQ(
      ok("GetFunction", named("image")).get_path("Code.ImageUri"),
      Value("123456789012.dkr.ecr.eu-west-3.amazonaws.com/app:1")
  );
}

TEST_F(Lambda, KeepsPermissionsAsAPolicy) {
  create_ready(new_function());
  EXPECT_EQ(fails("GetPolicy", named()), "ResourceNotFoundException");
  Value permission = named();
  permission.set("StatementId", "events");
  permission.set("Action", "lambda:InvokeFunction");
  permission.set("Principal", "events.amazonaws.com");
  permission.set("SourceArn", "arn:aws:events:eu-west-3:123456789012:rule/nightly");
  permission.set("SourceAccount", "123456789012");
  EXPECT_EQ(ok("AddPermission", permission).get("$status"), Value(201));
  EXPECT_EQ(fails("AddPermission", permission), "ResourceConflictException");
  permission.set("StatementId", "account");
  permission.set("Principal", "210987654321");
  permission.erase("SourceArn");
  permission.erase("SourceAccount");
  ok("AddPermission", permission);
  const auto policy = parse_json(ok("GetPolicy", named()).text_of("Policy"));
  ASSERT_TRUE(policy.has_value());
  const List& statements = policy->get("Statement").as_list();
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(
      statements[0],
      Value::object(
          {{"Sid", "events"},
           {"Effect", "Allow"},
           {"Principal", Value::object({{"Service", "events.amazonaws.com"}})},
           {"Action", "lambda:InvokeFunction"},
           {"Resource", kArn},
           {"Condition",
            Value::object(
                {{"StringEquals", Value::object({{"AWS:SourceAccount", "123456789012"}})},
                 {"ArnLike",
                  Value::object(
                      {{"AWS:SourceArn", "arn:aws:events:eu-west-3:123456789012:rule/nightly"}}
                  )}}
            )}}
      )
  );
  EXPECT_EQ(
      statements[1].get("Principal"), Value::object({{"AWS", "arn:aws:iam::210987654321:root"}})
  );
  ok("RemovePermission", permission);
  EXPECT_EQ(fails("RemovePermission", permission), "ResourceNotFoundException");
  permission.set("Principal", "arn:aws:iam::123456789012:role/none");
  EXPECT_EQ(fails("AddPermission", permission), "InvalidParameterValueException");
}

TEST_F(Lambda, PublishesAVersionOnlyWhenSomethingChanged) {
  create_ready(new_function());
  EXPECT_EQ(ok("PublishVersion", named()).text_of("Version"), "1");
  EXPECT_EQ(ok("PublishVersion", named()).text_of("Version"), "1");
  Value code = named();
  code.set("ZipFile", base64_encode(kZip + "x"));
  code.set("Publish", true);
  EXPECT_EQ(ok("UpdateFunctionCode", code).text_of("FunctionArn"), kArn + ":2");
  const Value versions = ok("ListVersionsByFunction", named()).get("Versions");
  ASSERT_EQ(versions.size(), 3U);
  EXPECT_EQ(versions.as_list().at(0).text_of("FunctionArn"), kArn + ":$LATEST");
  EXPECT_EQ(versions.as_list().at(2).text_of("Version"), "2");
  Value first = named();
  first.set("Qualifier", "1");
  EXPECT_EQ(
      ok("GetFunction", first).get_path("Configuration.CodeSha256"),
      Value(base64_encode(to_bytes(sha256(kZip))))
  );
  ok("DeleteFunction", first);
  EXPECT_EQ(fails("GetFunction", first), "ResourceNotFoundException");
  EXPECT_EQ(ok("GetFunction", named()).get_path("Configuration.Version"), Value("$LATEST"));
}

TEST_F(Lambda, TagsByArnAndReservesConcurrency) {
  Value params = new_function();
  params.set("Tags", Value::object({{"env", "test"}}));
  create_ready(params);
  ok("TagResource",
     Value::object({{"Resource", kArn}, {"Tags", Value::object({{"team", "core"}})}}));
  ok("UntagResource", Value::object({{"Resource", kArn}, {"TagKeys", Value::list({"env"})}}));
  EXPECT_EQ(
      ok("ListTags", Value::object({{"Resource", kArn}})).get("Tags"),
      Value::object({{"team", "core"}})
  );
  Value reserve = named();
  reserve.set("ReservedConcurrentExecutions", 901);
  EXPECT_EQ(fails("PutFunctionConcurrency", reserve), "InvalidParameterValueException");
  reserve.set("ReservedConcurrentExecutions", 5);
  ok("PutFunctionConcurrency", reserve);
  const Value shown = ok("GetFunction", named());
  EXPECT_EQ(shown.get_path("Concurrency.ReservedConcurrentExecutions"), Value(5));
  EXPECT_EQ(shown.get("Tags"), Value::object({{"team", "core"}}));
  EXPECT_EQ(shown.get_path("Code.RepositoryType"), Value("S3"));
  ok("DeleteFunctionConcurrency", named());
  EXPECT_EQ(ok("GetFunctionConcurrency", named()).size(), 0U);
}

TEST_F(Lambda, ListsFiftyFunctionsAPage) {
  for (int i = 0; i < 60; ++i) {
    ok("CreateFunction", new_function("f" + std::to_string(100 + i)));
  }
  Value page = ok("ListFunctions", Value::object({{"MaxItems", "1000"}}));
  EXPECT_EQ(page.get("Functions").size(), 50U);
  EXPECT_TRUE(page.get("Functions").as_list().at(0).get("State").is_null());
  page = ok("ListFunctions", Value::object({{"Marker", page.get("NextMarker")}}));
  EXPECT_EQ(page.get("Functions").size(), 10U);
  EXPECT_TRUE(page.get("NextMarker").is_null());
}

TEST_F(Lambda, AnswersTheSmallQuestionsOfClients) {
  create_ready(new_function());
  EXPECT_EQ(ok("GetFunctionCodeSigningConfig", named()).size(), 0U);
  EXPECT_EQ(ok("GetFunctionRecursionConfig", named()).text_of("RecursiveLoop"), "Terminate");
  EXPECT_EQ(ok("GetRuntimeManagementConfig", named()).text_of("UpdateRuntimeOn"), "Auto");
  EXPECT_EQ(ok("GetAccountSettings", Object{}).get_path("AccountUsage.FunctionCount"), Value(1));
  EXPECT_EQ(fails("Invoke", named()), "InvalidRequestContentException");
  EXPECT_EQ(fails("GetFunctionUrlConfig", named()), "ResourceNotFoundException");
}

}  // namespace
}  // namespace plumbline::sim
