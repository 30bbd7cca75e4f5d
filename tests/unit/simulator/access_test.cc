// The gate: what each operation takes, in which words each service refuses, and whose policies
// count.
#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "tests/support/sim.h"
#include "tests/unit/simulator/signing.h"

namespace plumbline::sim {
namespace {

const std::string kKey(kWellKnownKey);
const std::string kUser = "arn:aws:iam::123456789012:user/simulator";

std::string policy(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}

std::string allow(const std::string& action, const std::string& resource = "*") {
  return fmt::format(R"({{"Effect":"Allow","Action":"{}","Resource":"{}"}})", action, resource);
}

class AccessTest : public testing::Test {
 protected:
  HttpResponse form(
      const std::string& service, const std::string& text, const SigningKey& key = {}
  ) {
    const std::string version = service == "ec2"   ? "2016-11-15"
                                : service == "rds" ? "2014-10-31"
                                : service == "iam" ? "2010-05-08"
                                                   : "2011-06-15";
    return simulator.handle(
        signed_form(service, fmt::format("Action={}&Version={}", text, version), clock.now(), key)
    );
  }
  void let(const std::string& statements) {
    ASSERT_EQ(simulator.restrict(kKey, {policy(statements)}), "");
  }
  void let_all() { simulator.restrict(kKey, {}); }
  /// "action resource" of everything that was asked since.
  std::vector<std::string> asked_since(std::size_t mark) {
    std::vector<std::string> all;
    for (std::size_t i = mark; i < simulator.asked().size(); ++i) {
      all.push_back(simulator.asked()[i].action + " " + simulator.asked()[i].resource);
    }
    return all;
  }
  static std::string inside(const std::string& text, const std::string& name) {
    const auto begin = text.find("<" + name + ">");
    const auto end = text.find("</" + name + ">", begin);
    return begin == std::string::npos
               ? ""
               : text.substr(begin + name.size() + 2, end - begin - name.size() - 2);
  }

  FakeClock clock;
  Simulator simulator{clock, {}};
};

TEST_F(AccessTest, KeysWithoutPoliciesMayDoEverything) {
  EXPECT_EQ(form("ec2", "CreateVpc&CidrBlock=10.0.0.0%2F16").status, 200);
  EXPECT_TRUE(simulator.asked().empty());
  let(allow("rds:*"));
  EXPECT_EQ(form("ec2", "CreateVpc&CidrBlock=10.1.0.0%2F16").status, 403);
  let_all();
  EXPECT_EQ(form("ec2", "CreateVpc&CidrBlock=10.1.0.0%2F16").status, 200);
}

TEST_F(AccessTest, Ec2SaysUnauthorizedOperationWithAMessageThatStsDecodes) {
  let(allow("sts:DecodeAuthorizationMessage"));
  const HttpResponse refused = form("ec2", "CreateVpc&CidrBlock=10.0.0.0%2F16");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(inside(refused.body, "Code"), "UnauthorizedOperation");
  const std::string message = inside(refused.body, "Message");
  const std::string start =
      "You are not authorized to perform this operation. User: " + kUser +
      " is not authorized to perform: ec2:CreateVpc on resource: "
      "arn:aws:ec2:eu-west-3:123456789012:vpc/* because no identity-based policy allows the "
      "ec2:CreateVpc action. Encoded authorization failure message: ";
  EXPECT_TRUE(message.starts_with(start)) << message;
  const HttpResponse decoded = form(
      "sts",
      "DecodeAuthorizationMessage&EncodedMessage=" + percent_encode(message.substr(start.size()))
  );
  EXPECT_EQ(decoded.status, 200) << decoded.body;
  EXPECT_NE(decoded.body.find("ec2:CreateVpc"), std::string::npos) << decoded.body;
  EXPECT_EQ(form("sts", "DecodeAuthorizationMessage&EncodedMessage=x").status, 400);
}

TEST_F(AccessTest, ReadsOfEc2HaveNoResource) {
  let(allow("ec2:CreateVpc"));
  const std::string message = inside(form("ec2", "DescribeVpcs").body, "Message");
  EXPECT_EQ(
      message,
      "You are not authorized to perform this operation. User: " + kUser +
          " is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows "
          "the ec2:DescribeVpcs action"
  );
}

TEST_F(AccessTest, QueryServicesSayAccessDenied) {
  let(allow("ec2:*"));
  const HttpResponse rds = form("rds", "DescribeDBInstances");
  EXPECT_EQ(rds.status, 403);
  EXPECT_EQ(inside(rds.body, "Code"), "AccessDenied");
  EXPECT_EQ(
      inside(rds.body, "Message"),
      "User: " + kUser +
          " is not authorized to perform: rds:DescribeDBInstances on resource: "
          "arn:aws:rds:eu-west-3:123456789012:db:* because no identity-based policy allows the "
          "rds:DescribeDBInstances action"
  );
  EXPECT_NE(
      form("iam", "GetRole&RoleName=reader")
          .body.find("iam:GetRole on resource: arn:aws:iam::123456789012:role/reader because"),
      std::string::npos
  );
}

TEST_F(AccessTest, AnExplicitDenialSaysSo) {
  let(allow("*") + R"(,{"Effect":"Deny","Action":"iam:*","Resource":"*"})");
  const std::string message = inside(form("iam", "GetRole&RoleName=reader").body, "Message");
  EXPECT_TRUE(message.ends_with("role/reader with an explicit deny in an identity-based policy"))
      << message;
}

TEST_F(AccessTest, EveryoneMayAskWhoTheyAre) {
  let(allow("ec2:DescribeVpcs"));
  EXPECT_EQ(form("sts", "GetCallerIdentity").status, 200);
  EXPECT_EQ(
      form("sts", "AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&RoleSessionName=me").status,
      403
  );
}

TEST_F(AccessTest, CreatingASubnetTakesTheNetworkAndTaggingIt) {
  const std::string vpc = inside(form("ec2", "CreateVpc&CidrBlock=10.0.0.0%2F16").body, "vpcId");
  let(allow("*"));
  const std::size_t mark = simulator.asked().size();
  EXPECT_EQ(
      form(
          "ec2",
          "CreateSubnet&CidrBlock=10.0.1.0%2F24&VpcId=" + vpc +
              "&TagSpecification.1.ResourceType=subnet&TagSpecification.1.Tag.1.Key=team"
              "&TagSpecification.1.Tag.1.Value=data"
      )
          .status,
      200
  );
  const std::string in = "arn:aws:ec2:eu-west-3:123456789012:";
  EXPECT_EQ(
      asked_since(mark),
      (std::vector<std::string>{
          "ec2:CreateSubnet " + in + "subnet/*",
          "ec2:CreateSubnet " + in + "vpc/" + vpc,
          "ec2:CreateTags " + in + "subnet/*"})
  );
}

TEST_F(AccessTest, AcceptingAPeeringTakesThePeeringAndTheNetworkThatIsAsked) {
  const std::string asker = inside(form("ec2", "CreateVpc&CidrBlock=10.0.0.0%2F16").body, "vpcId");
  const std::string asked = inside(form("ec2", "CreateVpc&CidrBlock=10.1.0.0%2F16").body, "vpcId");
  let(allow("*"));
  const std::size_t mark = simulator.asked().size();
  const std::string id = inside(
      form("ec2", "CreateVpcPeeringConnection&VpcId=" + asker + "&PeerVpcId=" + asked).body,
      "vpcPeeringConnectionId"
  );
  form("ec2", "AcceptVpcPeeringConnection&VpcPeeringConnectionId=" + id);
  const std::string in = "arn:aws:ec2:eu-west-3:123456789012:";
  EXPECT_EQ(
      asked_since(mark),
      (std::vector<std::string>{
          "ec2:CreateVpcPeeringConnection " + in + "vpc-peering-connection/*",
          "ec2:CreateVpcPeeringConnection " + in + "vpc/" + asker,
          "ec2:AcceptVpcPeeringConnection " + in + "vpc-peering-connection/" + id,
          "ec2:AcceptVpcPeeringConnection " + in + "vpc/" + asked})
  );
}

TEST_F(AccessTest, TagsGivenAtCreationAreNoLeaveToTagWhatExists) {
  const std::string old = inside(form("ec2", "CreateVpc&CidrBlock=10.0.0.0%2F16").body, "vpcId");
  let(allow("ec2:CreateVpc") + R"(,{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*",)"
                               R"("Condition":{"StringEquals":{"ec2:CreateAction":"CreateVpc"}}})");
  const std::string tags =
      "&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=team"
      "&TagSpecification.1.Tag.1.Value=data";
  EXPECT_EQ(form("ec2", "CreateVpc&CidrBlock=10.1.0.0%2F16" + tags).status, 200);
  EXPECT_EQ(
      form("ec2", "CreateTags&ResourceId.1=" + old + "&Tag.1.Key=team&Tag.1.Value=data").status, 403
  );
}

TEST_F(AccessTest, TagsOfTheRequestAndOfTheResourceAreDifferentKeys) {
  const std::string role =
      "&RoleName=reader&AssumeRolePolicyDocument=" +
      percent_encode(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                     R"("Principal":{"Service":"lambda.amazonaws.com"},)"
                     R"("Action":"sts:AssumeRole"}]})");
  let(R"({"Effect":"Allow","Action":["iam:CreateRole","iam:TagRole"],"Resource":"*",)"
      R"("Condition":{"StringEquals":{"aws:RequestTag/stack":"mine"},)"
      R"("ForAllValues:StringEquals":{"aws:TagKeys":["stack"]}}},)"
      R"({"Effect":"Allow","Action":"iam:DeleteRole","Resource":"*",)"
      R"("Condition":{"StringEquals":{"aws:ResourceTag/stack":"mine"}}})");
  EXPECT_EQ(form("iam", "CreateRole" + role).status, 403) << "without the tag";
  const std::string tag = "&Tags.member.1.Key=stack&Tags.member.1.Value=mine";
  const std::string other = "&Tags.member.2.Key=cost&Tags.member.2.Value=1";
  EXPECT_EQ(form("iam", "CreateRole" + role + tag + other).status, 403) << "with another tag, too";
  EXPECT_EQ(form("iam", "CreateRole" + role + tag).status, 200);
  EXPECT_EQ(form("iam", "DeleteRole&RoleName=other").status, 403);
  EXPECT_EQ(form("iam", "DeleteRole&RoleName=reader").status, 200);
}

TEST_F(AccessTest, ADatabaseTakesItsGroupsAndTheLeaveToTagIt) {
  let(allow("*"));
  const std::size_t mark = simulator.asked().size();
  form(
      "rds",
      "CreateDBInstance&DBInstanceIdentifier=App&Engine=mysql&EngineVersion=8.0"
      "&DBInstanceClass=db.t3.micro"
      "&MonitoringRoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fwatch"
      "&Tags.Tag.1.Key=team&Tags.Tag.1.Value=data"
  );
  const std::string in = "arn:aws:rds:eu-west-3:123456789012:";
  const auto asked = asked_since(mark);
  const auto has = [&](const std::string& line) {
    return std::find(asked.begin(), asked.end(), line) != asked.end();
  };
  EXPECT_TRUE(has("rds:CreateDBInstance " + in + "db:app"));
  EXPECT_TRUE(has("rds:CreateDBInstance " + in + "pg:default.mysql8.0"));
  EXPECT_TRUE(has("rds:CreateDBInstance " + in + "og:default:mysql-8-0"));
  EXPECT_TRUE(has("rds:AddTagsToResource " + in + "db:app"));
  EXPECT_TRUE(has("iam:PassRole arn:aws:iam::123456789012:role/watch"));
}

TEST_F(AccessTest, ARoleIsPassedOnlyToTheServiceThatIsNamed) {
  const auto create = [&] {
    return form(
        "rds",
        "CreateDBProxy&DBProxyName=app&EngineFamily=MYSQL"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fproxy"
    );
  };
  const std::string pass =
      R"(,{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":)"
      R"({"StringEquals":{"iam:PassedToService":)";
  let(allow("rds:*") + pass + R"("lambda.amazonaws.com"}}})");
  const HttpResponse refused = create();
  EXPECT_EQ(inside(refused.body, "Code"), "AccessDenied");
  EXPECT_NE(
      refused.body.find("iam:PassRole on resource: arn:aws:iam::123456789012:role/proxy"),
      std::string::npos
  );
  let(allow("rds:*") + pass + R"("rds.amazonaws.com"}}})");
  EXPECT_NE(inside(create().body, "Code"), "AccessDenied");
}

TEST_F(AccessTest, AnInstanceTakesItsRoleItsImageAndTheParameterThatNamesIt) {
  form("iam", "CreateInstanceProfile&InstanceProfileName=host");
  form(
      "iam",
      "CreateRole&RoleName=host&AssumeRolePolicyDocument=" +
          percent_encode(policy(
              R"({"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"})"
          ))
  );
  form("iam", "AddRoleToInstanceProfile&InstanceProfileName=host&RoleName=host");
  const std::string vpc = inside(form("ec2", "CreateVpc&CidrBlock=10.0.0.0%2F16").body, "vpcId");
  const std::string subnet =
      inside(form("ec2", "CreateSubnet&CidrBlock=10.0.0.0%2F24&VpcId=" + vpc).body, "subnetId");
  clock.pass(std::chrono::minutes(1));
  const std::string name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
  const auto run = [&] {
    return form(
        "ec2",
        "RunInstances&MinCount=1&MaxCount=1&InstanceType=t3.micro&SubnetId=" + subnet +
            "&IamInstanceProfile.Name=host&ImageId=" + percent_encode("resolve:ssm:" + name)
    );
  };
  let(allow("ec2:*") + "," + allow("iam:PassRole", "arn:aws:iam::123456789012:role/host"));
  EXPECT_NE(inside(run().body, "Message").find("ssm:GetParameters"), std::string::npos);
  let(allow("ec2:*") + "," + allow("ssm:GetParameters", "arn:aws:ssm:eu-west-3::parameter" + name));
  EXPECT_NE(
      inside(run().body, "Message")
          .find("iam:PassRole on resource: arn:aws:iam::123456789012:role/host because"),
      std::string::npos
  );
  let(allow("ec2:*") + "," + allow("ssm:GetParameters") + "," + allow("iam:PassRole"));
  const std::size_t mark = simulator.asked().size();
  EXPECT_EQ(run().status, 200);
  const auto asked = asked_since(mark);
  const auto has_image = [](const std::string& one) {
    return one.starts_with("ec2:RunInstances arn:aws:ec2:eu-west-3::image/ami-");
  };
  EXPECT_TRUE(std::any_of(asked.begin(), asked.end(), has_image))
      << fmt::format("{}", asked.size());
}

TEST_F(AccessTest, SessionsOfARoleMayDoWhatItsPoliciesAllow) {
  const std::string trust = percent_encode(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},)"
      R"("Action":"sts:AssumeRole"}]})"
  );
  form("iam", "CreateRole&RoleName=deployer&AssumeRolePolicyDocument=" + trust);
  form(
      "iam",
      "PutRolePolicy&RoleName=deployer&PolicyName=x&PolicyDocument=" +
          percent_encode(policy(allow("ec2:DescribeVpcs")))
  );
  let(allow("sts:AssumeRole", "arn:aws:iam::123456789012:role/deployer"));
  const HttpResponse session = form(
      "sts",
      "AssumeRole&RoleSessionName=run&RoleArn=" +
          percent_encode("arn:aws:iam::123456789012:role/deployer")
  );
  ASSERT_EQ(session.status, 200) << session.body;
  const SigningKey key{
      inside(session.body, "AccessKeyId"),
      inside(session.body, "SecretAccessKey"),
      inside(session.body, "SessionToken")};
  EXPECT_EQ(form("ec2", "DescribeVpcs", key).status, 200);
  EXPECT_EQ(form("ec2", "DescribeSubnets", key).status, 403);
  EXPECT_EQ(form("ec2", "DescribeVpcs").status, 403) << "the user's own key may only assume";
}

TEST_F(AccessTest, PoliciesThatAreNoneAreRefused) {
  EXPECT_NE(simulator.restrict(kKey, {"{"}), "");
  EXPECT_NE(simulator.restrict(kKey, {policy(R"({"Effect":"Allow","Action":"ec2:*"})")}), "");
  const std::string why = simulator.restrict(
      kKey,
      {policy(
          R"({"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{"StringSame":{"a":"b"}}})"
      )}
  );
  EXPECT_NE(why.find("StringSame"), std::string::npos) << why;
  EXPECT_EQ(form("ec2", "DescribeVpcs").status, 200) << "nothing was taken";
}

}  // namespace
}  // namespace plumbline::sim
