#include "controller/plan/outputs.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kText[] = R"(
stack: s
region: eu-west-3
inputs: { key: { generate: hex } }
vpcs: { main: { cidrBlock: 10.0.0.0/16 }, other: { cidrBlock: 10.1.0.0/16 } }
outputs:
  at: '${region}/${vpcs.main.vpcId}'
  arn: '${vpcs.main.arn}'
  key: { value: 'k-${inputs.key}', sensitive: true }
  later: '${vpcs.other.vpcId}'
  list: { value: ['${vpcs.main.cidrBlock}', 2] }
)";

class OutputsTest : public testing::Test {
 protected:
  OutputsTest() {
    bench_.remember("vpcs.main", "vpc-1").observed = Value::object({{"vpcId", "vpc-1"}});
    sort_rows(bench_.state());
    values_ = output_values(bench_.manifest(), remembered_facts(bench_.manifest(), bench_.state()));
  }
  PlanBench bench_{kText};
  std::vector<OutputValue> values_;
};

TEST_F(OutputsTest, ComeOfTheStateAlone) {
  ASSERT_EQ(values_.size(), 5U);
  EXPECT_EQ(values_[0].value, Value("arn:aws:ec2:eu-west-3:123456789012:vpc/vpc-1"));
  EXPECT_EQ(values_[1].value, Value("eu-west-3/vpc-1"));
  EXPECT_TRUE(values_[2].value.is_secret());
  EXPECT_TRUE(values_[3].value.is_unknown());
  EXPECT_EQ(values_[4].value, Value::list({"10.0.0.0/16", 2}));
}

TEST_F(OutputsTest, ShowSecretsToNobodyWhoDidNotAsk) {
  const std::string made(values_[2].value.reveal());
  const std::string shown = render_outputs(values_);
  EXPECT_EQ(
      shown,
      "arn   = arn:aws:ec2:eu-west-3:123456789012:vpc/vpc-1\n"
      "at    = eu-west-3/vpc-1\n"
      "key   = (sensitive)\n"
      "later = (not known yet: vpcs.other.vpcId)\n"
      "list  = [\"10.0.0.0/16\",2]\n"
  );
  const Value json = outputs_to_json(values_);
  EXPECT_EQ(show_json(json).find(made), std::string::npos);
  EXPECT_FALSE(json.holds_secret());
  EXPECT_TRUE(json.get_path("key.value").is_null());
  EXPECT_EQ(json.get_path("key.sensitive"), Value(true));
  EXPECT_EQ(json.get_path("later.known"), Value(false));
  EXPECT_EQ(json.get_path("list.value").size(), 2U);
}

TEST_F(OutputsTest, TellOneAsItIs) {
  EXPECT_EQ(reveal_output(values_[1].value), "eu-west-3/vpc-1");
  EXPECT_TRUE(reveal_output(values_[2].value).starts_with("k-"));
  EXPECT_EQ(reveal_output(values_[2].value).size(), 34U);
  EXPECT_EQ(reveal_output(values_[4].value), "[\"10.0.0.0/16\",2]");
}

TEST_F(OutputsTest, SayWhichAttributesMustBeRead) {
  EXPECT_EQ(
      output_attributes(bench_.manifest(), {"vpcs", "main"}),
      (std::set<std::string>{"arn", "cidrBlock", "vpcId"})
  );
}

}  // namespace
}  // namespace plumbline
