#include "controller/config/terraform_state.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline {
namespace {

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

std::string state_of(const std::string& resources) {
  return R"({"version": 4, "terraform_version": "1.11.0", "resources": [)" + resources + "]}";
}

TerraformState read(const std::string& resources) {
  auto state = read_terraform_state(catalog(), state_of(resources), "/infra");
  EXPECT_TRUE(state) << (state ? "" : state.error().message);
  return state ? std::move(state).value() : TerraformState();
}

constexpr char kVpc[] =
    R"({"mode": "managed", "type": "aws_vpc", "name": "main", "instances": [{"attributes":
    {"id": "vpc-1", "arn": "arn:aws:ec2:eu-west-3:123456789012:vpc/vpc-1"}}]})";

TEST(TerraformState, NamesObjectsByTheTablesOfTheKinds) {
  const TerraformState state = read(
      std::string(kVpc) +
      R"(, {"mode": "managed", "type": "aws_subnet", "name": "db", "module": "module.net",
          "instances": [{"index_key": "a", "attributes": {"id": "subnet-1"}},
                        {"index_key": 1, "attributes": {"id": "subnet-2"}}]})"
  );
  ASSERT_EQ(state.objects.size(), 3U);
  EXPECT_EQ(state.objects[0].kind->section, "vpcs");
  EXPECT_EQ(state.objects[0].id, "vpc-1");
  EXPECT_EQ(state.objects[1].name, "db-a");
  EXPECT_EQ(state.objects[1].address, "module.net.aws_subnet.db[\"a\"]");
  EXPECT_EQ(state.objects[2].name, "db-1");
  EXPECT_EQ(state.region, "eu-west-3");
  EXPECT_TRUE(state.unmapped.empty());
}

TEST(TerraformState, KnowsPartsOfWhatIsThereAndNamesTheOthers) {
  const std::string part = R"({"mode": "managed", "type": "aws_route", "name": "out",
      "instances": [{"attributes": {"id": "r-1", "route_table_id": "rtb-1"}}]})";
  const std::string table = R"({"mode": "managed", "type": "aws_route_table", "name": "t",
      "instances": [{"attributes": {"id": "rtb-1"}}]})";
  EXPECT_EQ(read(part + "," + table).parts, 1U);
  const TerraformState alone = read(part);
  ASSERT_EQ(alone.unmapped.size(), 1U);
  EXPECT_EQ(alone.unmapped[0].address, "aws_route.out");
  EXPECT_NE(alone.unmapped[0].why.find("part of rtb-1"), std::string::npos);
}

TEST(TerraformState, OfAnotherFormIsRefusedOrLeftOut) {
  const auto foreign =
      read_terraform_state(catalog(), R"({"version": 4, "resources": {"a": 1}})", "/infra");
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().klass, ErrorClass::kCorrupt);
  const TerraformState odd = read(
      R"({"mode": "managed", "type": "aws_vpc", "name": "v", "instances": {"a": 1}},
         {"mode": "managed", "type": "aws_vpc", "name": "w", "instances": [{"attributes":
          {"id": "vpc-1"}, "sensitive_attributes": {"a": 1}}]})"
  );
  ASSERT_EQ(odd.objects.size(), 1U);
  EXPECT_EQ(odd.objects[0].id, "vpc-1");
}

TEST(TerraformState, NamesAPartWhoseWholeIsNotNamed) {
  const TerraformState state =
      read(std::string(kVpc) + R"(, {"mode": "managed", "type": "aws_route_table", "name": "t",
      "instances": [{"attributes": {"id": "rtb-1"}}]},
      {"mode": "managed", "type": "aws_route", "name": "r", "instances": [{"attributes": {}}]})");
  EXPECT_EQ(state.parts, 0U);
  ASSERT_EQ(state.unmapped.size(), 1U);
  EXPECT_EQ(state.unmapped[0].address, "aws_route.r");
}

TEST(TerraformState, NamesWhatItCannotMapAndWhy) {
  const TerraformState state = read(
      R"({"mode": "managed", "type": "aws_sqs_queue", "name": "q", "instances": [{"attributes": {"id": "u"}}]},
         {"mode": "data", "type": "aws_ami", "name": "newest", "instances": [{"attributes": {}}]},
         {"mode": "managed", "type": "aws_vpc", "name": "v", "instances":
           [{"deposed": "ab12", "attributes": {"id": "vpc-2"}}, {"attributes": {}}]})"
  );
  ASSERT_EQ(state.unmapped.size(), 3U);
  EXPECT_NE(state.unmapped[0].why.find("aws_sqs_queue"), std::string::npos);
  EXPECT_NE(state.unmapped[1].why.find("not deleted it yet"), std::string::npos);
  EXPECT_NE(state.unmapped[2].why.find("id is empty"), std::string::npos);
}

TEST(TerraformState, TakesWhatAwsDoesNotTellAndNoSecret) {
  const TerraformState state = read(
      R"({"mode": "managed", "type": "aws_db_instance", "name": "db", "instances": [{"attributes":
          {"id": "db-XYZ", "identifier": "app", "password": "canary", "skip_final_snapshot": true}}]},
         {"mode": "managed", "type": "aws_secretsmanager_secret", "name": "s", "instances":
           [{"attributes": {"arn": "arn:s", "recovery_window_in_days": 0}}]},
         {"mode": "managed", "type": "aws_lambda_function", "name": "f", "instances":
           [{"attributes": {"function_name": "f", "filename": "out/f.zip"}}]})"
  );
  ASSERT_EQ(state.objects.size(), 3U);
  EXPECT_EQ(state.objects[0].id, "app");
  EXPECT_EQ(show_json(state.objects[0].taken), R"({"skipFinalSnapshot":true})");
  EXPECT_EQ(show_json(state.objects[1].taken), R"({"forceDelete":true})");
  EXPECT_EQ(show_json(state.objects[2].taken), R"({"code":{"file":"/infra/out/f.zip"}})");
}

TEST(TerraformState, TakesNothingThatTerraformCallsSensitive) {
  const TerraformState state = read(
      R"({"mode": "managed", "type": "aws_db_instance", "name": "db", "instances": [{"attributes":
          {"identifier": "app", "skip_final_snapshot": true}, "sensitive_attributes":
          [[{"type": "get_attr", "value": "skip_final_snapshot"}]]}]})"
  );
  ASSERT_EQ(state.objects.size(), 1U);
  EXPECT_TRUE(state.objects[0].taken.is_null());
}

TEST(TerraformState, RefusesOtherFilesWithANextStep) {
  const auto message = [](const std::string& text) {
    const auto state = read_terraform_state(catalog(), text, "");
    return state ? std::string() : state.error().message;
  };
  EXPECT_NE(message("stack: x").find("no JSON"), std::string::npos);
  EXPECT_NE(message("{}").find("terraform state pull"), std::string::npos);
  EXPECT_NE(
      message(R"({"version": 3, "terraform_version": "0.11.1", "modules": []})").find("format 3"),
      std::string::npos
  );
}

}  // namespace
}  // namespace plumbline
