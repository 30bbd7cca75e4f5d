#include "simulator/simulator.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/sim.h"
#include "tests/unit/simulator/signing.h"

namespace plumbline::sim {
namespace {

const std::string kCreateVpc = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16";
const std::string kDescribeVpcs = "Action=DescribeVpcs&Version=2016-11-15";

/// The text of the first element of that name.
std::string element(const std::string& body, const std::string& name) {
  const auto begin = body.find("<" + name + ">");
  const auto end = body.find("</" + name + ">", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    return "";
  }
  return body.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

HttpResponse post(
    Simulator& simulator,
    FakeClock& clock,
    const std::string& form,
    const std::string& service = "ec2",
    const SigningKey& key = {}
) {
  return simulator.handle(signed_form(service, form, clock.now(), key));
}

TEST(Simulator, AnswersASignedRequest) {
  FakeClock clock;
  Simulator simulator(clock, {});
  const HttpResponse made = post(simulator, clock, kCreateVpc);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(element(made.body, "vpcId").substr(0, 4), "vpc-");
  EXPECT_EQ(made.headers.at("Date"), "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(made.headers.at("x-amzn-RequestId"), element(made.body, "requestId"));
}

TEST(Simulator, GivesTheSameIdsForTheSameSeed) {
  const auto first_id = [](std::uint64_t seed, int reads) {
    FakeClock clock;
    Options options;
    options.seed = seed;
    Simulator simulator(clock, options);
    for (int i = 0; i < reads; ++i) {
      post(simulator, clock, kDescribeVpcs);
    }
    return element(post(simulator, clock, kCreateVpc).body, "vpcId");
  };
  EXPECT_EQ(first_id(7, 0), first_id(7, 3));
  EXPECT_NE(first_id(7, 0), first_id(8, 0));
}

TEST(Simulator, LogsWhatWasAskedAndWhetherItChangesThings) {
  FakeClock clock;
  Simulator simulator(clock, {});
  post(simulator, clock, kCreateVpc);
  post(simulator, clock, kDescribeVpcs);
  post(simulator, clock, "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-1");
  ASSERT_EQ(simulator.log().size(), 3U);
  EXPECT_EQ(simulator.log()[0].action, "CreateVpc");
  EXPECT_TRUE(simulator.log()[0].is_mutating);
  EXPECT_FALSE(simulator.log()[1].is_mutating);
  EXPECT_EQ(simulator.log()[2].status, 400);
}

TEST(Simulator, ListsWhatLives) {
  FakeClock clock;
  Simulator simulator(clock, {});
  post(
      simulator,
      clock,
      kCreateVpc +
          "&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=a&"
          "TagSpecification.1.Tag.1.Value=b"
  );
  std::size_t vpcs = 0;
  for (const Value& object : simulator.objects()) {
    if (object.text_of("type") == "vpc") {
      ++vpcs;
      EXPECT_EQ(object.get_path("tags.a").as_text(), "b");
      EXPECT_EQ(object.text_of("account"), "123456789012");
      EXPECT_EQ(object.text_of("region"), "eu-west-3");
    }
  }
  EXPECT_EQ(vpcs, 1U);
}

TEST(Simulator, KeepsItsWorldInAFile) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("plumbline-world-" + std::to_string(::getpid()) + ".json");
  std::filesystem::remove(path);
  FakeClock clock;
  Options options;
  options.world_file = path.string();
  std::string first;
  {
    Simulator simulator(clock, options);
    first = element(post(simulator, clock, kCreateVpc).body, "vpcId");
  }
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  {
    Simulator simulator(clock, options);
    EXPECT_EQ(element(post(simulator, clock, kDescribeVpcs).body, "vpcId"), first);
    EXPECT_FALSE(simulator.objects().empty());
    EXPECT_NE(element(post(simulator, clock, kCreateVpc).body, "vpcId"), first);
  }
  std::filesystem::remove(path);
}

TEST(Simulator, SaysWhyAWorldFileCannotBeUsed) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("plumbline-broken-" + std::to_string(::getpid()) + ".json");
  std::ofstream(path) << "{";
  FakeClock clock;
  Options options;
  options.world_file = path.string();
  Simulator simulator(clock, options);
  EXPECT_NE(simulator.error(), "");
  EXPECT_EQ(post(simulator, clock, kDescribeVpcs).status, 500);
  std::filesystem::remove(path);
}

TEST(Simulator, ThrottlesInTheFormOfEachService) {
  FakeClock clock;
  Options options;
  options.faults = "throttle=1,delay=50ms";
  Simulator simulator(clock, options);
  const HttpResponse ec2 = post(simulator, clock, kCreateVpc);
  EXPECT_EQ(ec2.status, 503);
  EXPECT_EQ(element(ec2.body, "Code"), "RequestLimitExceeded");
  EXPECT_EQ(ec2.delay, std::chrono::milliseconds(50));
  const HttpResponse iam = post(simulator, clock, "Action=ListRoles&Version=2010-05-08", "iam");
  EXPECT_EQ(iam.status, 400);
  EXPECT_EQ(element(iam.body, "Code"), "Throttling");
  EXPECT_TRUE(simulator.objects().empty());
}

TEST(Simulator, DropsSomeRepliesBeforeAndSomeAfterTheEffect) {
  FakeClock clock;
  Options options;
  options.faults = "drop=1";
  Simulator simulator(clock, options);
  constexpr std::size_t kCalls = 40;
  for (std::size_t i = 0; i < kCalls; ++i) {
    EXPECT_TRUE(post(simulator, clock, kCreateVpc).drop_connection);
  }
  std::size_t vpcs = 0;
  for (const Value& object : simulator.objects()) {
    vpcs += object.text_of("type") == "vpc" ? 1U : 0U;
  }
  EXPECT_GT(vpcs, 0U);
  EXPECT_LT(vpcs, kCalls);
}

TEST(Simulator, RefusesFaultsItDoesNotKnow) {
  FakeClock clock;
  Options options;
  options.faults = "thunder=0.5";
  EXPECT_NE(Simulator(clock, options).error().find("thunder"), std::string::npos);
  options.faults = "throttle=2";
  EXPECT_NE(Simulator(clock, options).error(), "");
}

TEST(Simulator, LetsARoleOfAnotherAccountBeAssumed) {
  FakeClock clock;
  Simulator simulator(clock, {});
  const HttpResponse assumed = post(
      simulator,
      clock,
      "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn=arn%3Aaws%3Aiam%3A%3A"
      "210987654321%3Arole%2FOrganizationAccountAccessRole",
      "sts"
  );
  ASSERT_EQ(assumed.status, 200) << assumed.body;
  const SigningKey key{
      element(assumed.body, "AccessKeyId"),
      element(assumed.body, "SecretAccessKey"),
      element(assumed.body, "SessionToken")};
  const std::string who = "Action=GetCallerIdentity&Version=2011-06-15";
  const HttpResponse identity = post(simulator, clock, who, "sts", key);
  EXPECT_EQ(element(identity.body, "Account"), "210987654321");
  EXPECT_EQ(
      element(identity.body, "Arn"),
      "arn:aws:sts::210987654321:assumed-role/OrganizationAccountAccessRole/me"
  );
  clock.pass(std::chrono::hours(1));
  const HttpResponse late = post(simulator, clock, who, "sts", key);
  EXPECT_EQ(late.status, 403);
  EXPECT_EQ(element(late.body, "Code"), "ExpiredToken");
}

TEST(Simulator, RefusesARoleThatDoesNotExist) {
  FakeClock clock;
  Simulator simulator(clock, {});
  const HttpResponse refused = post(
      simulator,
      clock,
      "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn=arn%3Aaws%3Aiam%3A%3A"
      "210987654321%3Arole%2Fother",
      "sts"
  );
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(element(refused.body, "Code"), "AccessDenied");
}

}  // namespace
}  // namespace plumbline::sim
