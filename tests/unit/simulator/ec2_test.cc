#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_zones.h"
#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Ec2 : public ::testing::Test {
 protected:
  static Value params(std::initializer_list<std::pair<std::string_view, Value>> members) {
    return Value::object(members);
  }
  static Value filter(std::string_view name, std::string_view value) {
    return Value::object({{"Name", name}, {"Value", Value::list({value})}});
  }
  std::string make_vpc(std::string_view cidr = "10.0.0.0/16") {
    return sim_.ok("ec2", "CreateVpc", params({{"CidrBlock", cidr}}))
        .get_path("vpc.vpcId")
        .as_text();
  }
  std::string make_subnet(const std::string& vpc, std::string_view cidr) {
    return sim_.ok("ec2", "CreateSubnet", params({{"VpcId", vpc}, {"CidrBlock", cidr}}))
        .get_path("subnet.subnetId")
        .as_text();
  }
  std::string make_group(const std::string& vpc, std::string_view name) {
    return sim_
        .ok("ec2",
            "CreateSecurityGroup",
            params({{"VpcId", vpc}, {"GroupName", name}, {"GroupDescription", "x"}}))
        .text_of("groupId");
  }
  static Value port(std::string_view number, std::string_view list, Value source) {
    return Value::object(
        {{"IpProtocol", "tcp"},
         {"FromPort", number},
         {"ToPort", number},
         {list, Value::list({std::move(source)})}}
    );
  }
  static Value from_cidr(std::string_view number, std::string_view cidr) {
    return port(number, "IpRanges", Value::object({{"CidrIp", cidr}}));
  }
  static Value from_group(std::string_view number, std::string_view group) {
    return port(number, "Groups", Value::object({{"GroupId", group}}));
  }
  static Value rules(const std::string& group, std::initializer_list<Value> permissions) {
    return params({{"GroupId", group}, {"IpPermissions", Value::list(permissions)}});
  }
  Value groups_where(std::string_view name, std::string_view value) {
    return sim_
        .ok("ec2",
            "DescribeSecurityGroups",
            params({{"Filter", Value::list({filter(name, value)})}}))
        .get("securityGroupInfo");
  }

  Sim sim_;
};

TEST_F(Ec2, MakesAVpcAvailableAfterAMoment) {
  const std::string vpc = make_vpc();
  const Value ids = params({{"VpcId", Value::list({vpc})}});
  const auto state = [&] {
    return sim_.ok("ec2", "DescribeVpcs", ids).get("vpcSet").as_list()[0].text_of("state");
  };
  EXPECT_EQ(state(), "pending");
  sim_.pass(seconds(2));
  EXPECT_EQ(state(), "available");
}

TEST_F(Ec2, MasksTheBlockOfAVpcAndASubnet) {
  const std::string vpc = make_vpc("10.0.3.7/16");
  const Value subnet =
      sim_.ok("ec2", "CreateSubnet", params({{"VpcId", vpc}, {"CidrBlock", "10.0.1.9/24"}}));
  EXPECT_EQ(subnet.get_path("subnet.cidrBlock").as_text(), "10.0.1.0/24");
  EXPECT_EQ(subnet.get_path("subnet.availableIpAddressCount").as_int(), 251);
  const Value filters = params({{"Filter", Value::list({filter("cidr", "10.0.0.0/16")})}});
  EXPECT_EQ(sim_.ok("ec2", "DescribeVpcs", filters).get("vpcSet").size(), 1U);
}

TEST_F(Ec2, RefusesBlocksThatDoNotFit) {
  const auto vpc_fails = [&](std::string_view cidr) {
    return sim_.fails("ec2", "CreateVpc", params({{"CidrBlock", cidr}}));
  };
  EXPECT_EQ(vpc_fails("10.0.0.0/8"), "InvalidVpc.Range");
  EXPECT_EQ(vpc_fails("10.0.0.0"), "InvalidParameterValue");
  const std::string vpc = make_vpc();
  make_subnet(vpc, "10.0.1.0/24");
  const auto subnet_fails = [&](std::string_view cidr) {
    return sim_.fails("ec2", "CreateSubnet", params({{"VpcId", vpc}, {"CidrBlock", cidr}}));
  };
  EXPECT_EQ(subnet_fails("10.1.0.0/24"), "InvalidSubnet.Range");
  EXPECT_EQ(subnet_fails("10.0.2.0/29"), "InvalidSubnet.Range");
  EXPECT_EQ(subnet_fails("10.0.1.128/25"), "InvalidSubnet.Conflict");
  EXPECT_EQ(subnet_fails("10.0.0.0/23"), "InvalidSubnet.Conflict");
}

TEST_F(Ec2, GivesAVpcItsDefaultChildren) {
  const std::string vpc = make_vpc();
  const Value groups = groups_where("vpc-id", vpc);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups.as_list()[0].text_of("groupName"), "default");
  const Value mine = filter("vpc-id", vpc);
  const Value acls = sim_.ok(
      "ec2",
      "DescribeNetworkAcls",
      params({{"Filter", Value::list({mine, filter("default", "true")})}})
  );
  EXPECT_EQ(acls.get("networkAclSet").size(), 1U);
  const Value tables = sim_.ok(
      "ec2",
      "DescribeRouteTables",
      params({{"Filter", Value::list({mine, filter("association.main", "true")})}})
  );
  EXPECT_EQ(tables.get("routeTableSet").size(), 1U);
}

TEST_F(Ec2, ChangesOneVpcAttributeACall) {
  const std::string vpc = make_vpc();
  const Value on = Value::object({{"Value", "true"}});
  const Value off = Value::object({{"Value", "false"}});
  EXPECT_EQ(
      sim_.fails(
          "ec2",
          "ModifyVpcAttribute",
          params({{"VpcId", vpc}, {"EnableDnsSupport", on}, {"EnableDnsHostnames", on}})
      ),
      "InvalidParameterCombination"
  );
  sim_.ok("ec2", "ModifyVpcAttribute", params({{"VpcId", vpc}, {"EnableDnsHostnames", on}}));
  EXPECT_EQ(
      sim_.fails("ec2", "ModifyVpcAttribute", params({{"VpcId", vpc}, {"EnableDnsSupport", off}})),
      "InvalidParameterCombination"
  );
  const Value shown = sim_.ok(
      "ec2", "DescribeVpcAttribute", params({{"VpcId", vpc}, {"Attribute", "enableDnsHostnames"}})
  );
  EXPECT_TRUE(shown.get_path("enableDnsHostnames.value").as_bool());
}

TEST_F(Ec2, TellsAMalformedIdFromAnUnknownOne) {
  const auto fails = [&](std::string_view id) {
    return sim_.fails("ec2", "DescribeSecurityGroups", params({{"GroupId", Value::list({id})}}));
  };
  EXPECT_EQ(fails("sg-1"), "InvalidGroupId.Malformed");
  EXPECT_EQ(fails("vpc-0123456789abcdef0"), "InvalidGroupId.Malformed");
  EXPECT_EQ(fails("sg-0123456789abcdef0"), "InvalidGroup.NotFound");
  EXPECT_EQ(groups_where("group-id", "sg-0123456789abcdef0").size(), 0U);
}

TEST_F(Ec2, RefusesUnknownFiltersAndParameters) {
  EXPECT_EQ(
      sim_.fails("ec2", "DescribeVpcs", params({{"Filter", Value::list({filter("vpcid", "x")})}})),
      "InvalidParameterValue"
  );
  EXPECT_EQ(sim_.fails("ec2", "CreateVpc", params({{"Cidr", "10.0.0.0/16"}})), "UnknownParameter");
  EXPECT_EQ(sim_.fails("ec2", "CreateVpcs"), "InvalidAction");
}

TEST_F(Ec2, KeepsGroupNamesUniqueInAVpc) {
  const std::string vpc = make_vpc();
  const std::string other = make_vpc();
  make_group(vpc, "db");
  make_group(other, "db");
  EXPECT_EQ(
      sim_.fails(
          "ec2",
          "CreateSecurityGroup",
          params({{"VpcId", vpc}, {"GroupName", "db"}, {"GroupDescription", "x"}})
      ),
      "InvalidGroup.Duplicate"
  );
}

TEST_F(Ec2, StartsAGroupWithOneRuleThatLetsEverythingOut) {
  const std::string group = make_group(make_vpc(), "db");
  const Value shown = groups_where("group-id", group).as_list()[0];
  EXPECT_EQ(shown.get("ipPermissions").size(), 0U);
  ASSERT_EQ(shown.get("ipPermissionsEgress").size(), 1U);
  const Value& rule = shown.get("ipPermissionsEgress").as_list()[0];
  EXPECT_EQ(rule.text_of("ipProtocol"), "-1");
  EXPECT_EQ(rule.find("fromPort"), nullptr);
}

TEST_F(Ec2, ShowsOnePermissionAPortRangeAndOneRuleASource) {
  const std::string vpc = make_vpc();
  const std::string group = make_group(vpc, "db");
  const std::string peer = make_group(vpc, "app");
  sim_.ok(
      "ec2",
      "AuthorizeSecurityGroupIngress",
      rules(group, {from_cidr("3306", "10.0.0.5/8"), from_group("3306", peer)})
  );
  const Value shown = groups_where("group-id", group).as_list()[0];
  ASSERT_EQ(shown.get("ipPermissions").size(), 1U);
  const Value& permission = shown.get("ipPermissions").as_list()[0];
  EXPECT_EQ(permission.get("ipRanges").as_list()[0].text_of("cidrIp"), "10.0.0.0/8");
  EXPECT_EQ(permission.get("groups").as_list()[0].text_of("groupId"), peer);
  const Value each = sim_.ok(
      "ec2",
      "DescribeSecurityGroupRules",
      params({{"Filter", Value::list({filter("group-id", group)})}})
  );
  EXPECT_EQ(each.get("securityGroupRuleSet").size(), 3U);
}

TEST_F(Ec2, HoldsRulesOfTheSameMeaningToBeTheSame) {
  const std::string group = make_group(make_vpc(), "db");
  sim_.ok("ec2", "AuthorizeSecurityGroupIngress", rules(group, {from_cidr("22", "10.0.0.1/8")}));
  Value numbered = from_cidr("22", "10.9.9.9/8");
  numbered.set("IpProtocol", "6");
  EXPECT_EQ(
      sim_.fails("ec2", "AuthorizeSecurityGroupIngress", rules(group, {numbered})),
      "InvalidPermission.Duplicate"
  );
  EXPECT_EQ(
      sim_.fails(
          "ec2", "RevokeSecurityGroupIngress", rules(group, {from_cidr("23", "10.0.0.0/8")})
      ),
      "InvalidPermission.NotFound"
  );
  sim_.ok("ec2", "RevokeSecurityGroupIngress", rules(group, {numbered}));
  EXPECT_EQ(groups_where("group-id", group).as_list()[0].get("ipPermissions").size(), 0U);
}

TEST_F(Ec2, RefusesRulesThatAreNotWhole) {
  const std::string group = make_group(make_vpc(), "db");
  Value portless = from_cidr("22", "10.0.0.0/8");
  portless.erase("ToPort");
  Value word = from_cidr("22", "10.0.0.0/8");
  word.set("IpProtocol", "all");
  for (const Value& bad :
       {portless, word, from_cidr("22", "10.0.0.0"), from_cidr("70000", "::/0")}) {
    EXPECT_EQ(
        sim_.fails("ec2", "AuthorizeSecurityGroupIngress", rules(group, {bad})),
        "InvalidParameterValue"
    ) << show_json(bad);
  }
}

TEST_F(Ec2, LimitsAGroupToSixtyRulesADirection) {
  const std::string group = make_group(make_vpc(), "db");
  for (int i = 0; i < 60; ++i) {
    const std::string cidr = "10.0." + std::to_string(i) + ".0/24";
    sim_.ok("ec2", "AuthorizeSecurityGroupIngress", rules(group, {from_cidr("22", cidr)}));
  }
  EXPECT_EQ(
      sim_.fails(
          "ec2", "AuthorizeSecurityGroupIngress", rules(group, {from_cidr("22", "10.1.0.0/24")})
      ),
      "RulesPerSecurityGroupLimitExceeded"
  );
  sim_.ok("ec2", "AuthorizeSecurityGroupEgress", rules(group, {from_cidr("22", "10.1.0.0/24")}));
}

TEST_F(Ec2, ChangesARuleInPlaceByItsId) {
  const std::string group = make_group(make_vpc(), "db");
  const Value made = sim_.ok(
      "ec2", "AuthorizeSecurityGroupIngress", rules(group, {from_cidr("22", "10.0.0.0/8")})
  );
  const std::string id =
      made.get("securityGroupRuleSet").as_list()[0].text_of("securityGroupRuleId");
  const Value wanted = Value::object(
      {{"IpProtocol", "tcp"},
       {"FromPort", "443"},
       {"ToPort", "443"},
       {"CidrIpv4", "10.0.0.0/8"},
       {"Description", "web"}}
  );
  sim_.ok(
      "ec2",
      "ModifySecurityGroupRules",
      params(
          {{"GroupId", group},
           {"SecurityGroupRule",
            Value::list({Value::object({{"SecurityGroupRuleId", id}, {"SecurityGroupRule", wanted}}
            )})}}
      )
  );
  const Value shown = sim_.ok("ec2",
                              "DescribeSecurityGroupRules",
                              params({{"SecurityGroupRuleId", Value::list({id})}}))
                          .get("securityGroupRuleSet")
                          .as_list()[0];
  EXPECT_EQ(shown.get("fromPort").as_int(), 443);
  EXPECT_EQ(shown.text_of("description"), "web");
}

TEST_F(Ec2, KeepsWhatIsInUseFromBeingDeleted) {
  const std::string vpc = make_vpc();
  const std::string subnet = make_subnet(vpc, "10.0.1.0/24");
  const std::string group = make_group(vpc, "db");
  const std::string peer = make_group(vpc, "app");
  sim_.ok("ec2", "AuthorizeSecurityGroupIngress", rules(group, {from_group("3306", peer)}));
  const auto group_fails = [&](const std::string& id) {
    return sim_.fails("ec2", "DeleteSecurityGroup", params({{"GroupId", id}}));
  };
  EXPECT_EQ(group_fails(peer), "DependencyViolation");
  sim_.ok("ec2", "RevokeSecurityGroupIngress", rules(group, {from_group("3306", peer)}));
  const std::string eni =
      sim_.neighbours.attach_interface(sim_.account, sim_.region, subnet, {peer}, "test");
  EXPECT_EQ(group_fails(peer), "DependencyViolation");
  EXPECT_EQ(
      sim_.fails("ec2", "DeleteSubnet", params({{"SubnetId", subnet}})), "DependencyViolation"
  );
  sim_.neighbours.release_interface(sim_.account, sim_.region, eni, minutes(20));
  sim_.pass(minutes(19));
  EXPECT_EQ(group_fails(peer), "DependencyViolation");
  sim_.pass(minutes(1));
  sim_.ok("ec2", "DeleteSecurityGroup", params({{"GroupId", peer}}));
  sim_.ok("ec2", "DeleteSubnet", params({{"SubnetId", subnet}}));
  EXPECT_EQ(sim_.fails("ec2", "DeleteVpc", params({{"VpcId", vpc}})), "DependencyViolation");
  sim_.ok("ec2", "DeleteSecurityGroup", params({{"GroupId", group}}));
  EXPECT_EQ(
      group_fails(sim_.neighbours.default_group_of(sim_.account, sim_.region, vpc)), "CannotDelete"
  );
  sim_.ok("ec2", "DeleteVpc", params({{"VpcId", vpc}}));
  EXPECT_EQ(groups_where("vpc-id", vpc).size(), 0U);
}

TEST_F(Ec2, FollowsGroupsAndBlocksToSeeWhatReachesWhat) {
  const std::string vpc = make_vpc();
  const std::string subnet = make_subnet(vpc, "10.0.1.0/24");
  const std::string db = make_group(vpc, "db");
  const std::string app = make_group(vpc, "app");
  const auto reaches = [&](int number) {
    return sim_.neighbours.can_reach(
        sim_.account, sim_.region, {app}, {db}, {subnet}, {subnet}, number
    );
  };
  EXPECT_FALSE(reaches(3306));
  sim_.ok("ec2", "AuthorizeSecurityGroupIngress", rules(db, {from_group("3306", app)}));
  EXPECT_TRUE(reaches(3306));
  EXPECT_FALSE(reaches(5432));
  sim_.ok("ec2", "AuthorizeSecurityGroupIngress", rules(db, {from_cidr("5432", "10.0.0.0/16")}));
  EXPECT_TRUE(reaches(5432));
  const Value all_out = Value::object(
      {{"IpProtocol", "-1"}, {"IpRanges", Value::list({Value::object({{"CidrIp", "0.0.0.0/0"}})})}}
  );
  sim_.ok("ec2", "RevokeSecurityGroupEgress", rules(app, {all_out}));
  EXPECT_FALSE(reaches(3306));
}

TEST_F(Ec2, GivesPagesAndRefusesThemWithIds) {
  for (int i = 0; i < 7; ++i) {
    make_vpc();
  }
  const Value first = sim_.ok("ec2", "DescribeVpcs", params({{"MaxResults", "5"}}));
  EXPECT_EQ(first.get("vpcSet").size(), 5U);
  const Value second = sim_.ok(
      "ec2", "DescribeVpcs", params({{"MaxResults", "5"}, {"NextToken", first.get("nextToken")}})
  );
  EXPECT_EQ(second.get("vpcSet").size(), 2U);
  EXPECT_EQ(second.find("nextToken"), nullptr);
  EXPECT_EQ(
      sim_.fails(
          "ec2",
          "DescribeVpcs",
          params(
              {{"MaxResults", "5"},
               {"VpcId", Value::list({second.get("vpcSet").as_list()[0].get("vpcId")})}}
          )
      ),
      "InvalidParameterCombination"
  );
  EXPECT_EQ(
      sim_.fails("ec2", "DescribeVpcs", params({{"MaxResults", "4"}})), "InvalidParameterValue"
  );
}

TEST_F(Ec2, TagsOnCreateAndAfterwards) {
  const Value tag = Value::object({{"Key", "team"}, {"Value", "data"}});
  const Value spec = Value::object({{"ResourceType", "vpc"}, {"Tag", Value::list({tag})}});
  const std::string vpc =
      sim_.ok("ec2",
              "CreateVpc",
              params({{"CidrBlock", "10.0.0.0/16"}, {"TagSpecification", Value::list({spec})}}))
          .get_path("vpc.vpcId")
          .as_text();
  const auto found = [&](std::string_view name, std::string_view value) {
    const Value wanted = params({{"Filter", Value::list({filter(name, value)})}});
    return sim_.ok("ec2", "DescribeVpcs", wanted).get("vpcSet").size();
  };
  EXPECT_EQ(found("tag:team", "da*"), 1U);
  EXPECT_EQ(found("tag:team", "other"), 0U);
  const Value other = Value::object({{"Key", "stage"}, {"Value", ""}});
  sim_.ok(
      "ec2",
      "CreateTags",
      params({{"ResourceId", Value::list({vpc})}, {"Tag", Value::list({other})}})
  );
  EXPECT_EQ(found("tag-key", "stage"), 1U);
  sim_.ok(
      "ec2",
      "DeleteTags",
      params(
          {{"ResourceId", Value::list({vpc})},
           {"Tag", Value::list({Value::object({{"Key", "team"}, {"Value", "no"}})})}}
      )
  );
  EXPECT_EQ(found("tag-key", "team"), 1U);
  sim_.ok(
      "ec2",
      "DeleteTags",
      params(
          {{"ResourceId", Value::list({vpc})},
           {"Tag", Value::list({Value::object({{"Key", "team"}})})}}
      )
  );
  EXPECT_EQ(found("tag-key", "team"), 0U);
}

TEST_F(Ec2, TriesADryRunWithoutDoingIt) {
  EXPECT_EQ(
      sim_.fails("ec2", "CreateVpc", params({{"CidrBlock", "10.0.0.0/16"}, {"DryRun", "true"}})),
      "DryRunOperation"
  );
  EXPECT_EQ(
      sim_.fails("ec2", "CreateVpc", params({{"CidrBlock", "10.0.0.0/8"}, {"DryRun", "true"}})),
      "InvalidVpc.Range"
  );
  EXPECT_EQ(sim_.ok("ec2", "DescribeVpcs").get("vpcSet").size(), 0U);
}

TEST_F(Ec2, AnswersARepeatedClientTokenWithTheFirstReply) {
  const std::string vpc = make_vpc();
  const Value once = params({{"VpcId", vpc}, {"ClientToken", "t-1"}});
  const Value first = sim_.ok("ec2", "CreateRouteTable", once);
  EXPECT_EQ(sim_.ok("ec2", "CreateRouteTable", once), first);
  EXPECT_EQ(
      sim_.fails(
          "ec2", "CreateRouteTable", params({{"VpcId", make_vpc()}, {"ClientToken", "t-1"}})
      ),
      "IdempotentParameterMismatch"
  );
}

TEST_F(Ec2, KeepsAccountsAndRegionsApart) {
  const std::string vpc = make_vpc();
  sim_.region = "eu-west-1";
  EXPECT_EQ(sim_.ok("ec2", "DescribeVpcs").get("vpcSet").size(), 0U);
  sim_.region = "eu-west-3";
  sim_.account = "210987654321";
  EXPECT_EQ(sim_.fails("ec2", "DeleteVpc", params({{"VpcId", vpc}})), "InvalidVpcID.NotFound");
}

TEST_F(Ec2, ComesBackFromWhatItSaved) {
  const std::string vpc = make_vpc();
  make_group(vpc, "db");
  Sim other;
  other.services.at("ec2")->load(sim_.services.at("ec2")->save());
  EXPECT_EQ(other.services.at("ec2")->save(), sim_.services.at("ec2")->save());
  other.pass(seconds(2));
  EXPECT_EQ(
      other.ok("ec2", "DescribeVpcs").get("vpcSet").as_list()[0].text_of("state"), "available"
  );
}

TEST(Ec2Zones, AreNamedByRegionAndIdentifiedByCode) {
  const auto zones = ec2::zones_of("000000000000", "ap-northeast-1");
  ASSERT_EQ(zones.size(), 3U);
  EXPECT_EQ(zones[0].name, "ap-northeast-1a");
  EXPECT_EQ(zones[0].id, "apne1-az1");
  EXPECT_EQ(ec2::zones_of("000000000000", "eu-central-1")[0].id, "euc1-az1");
  EXPECT_NE(ec2::zones_of("000000000001", "eu-central-1")[0].id, "euc1-az1");
}

TEST(Ec2Cidr, MasksComparesAndWritesBlocks) {
  const auto text = [](const std::string& cidr) {
    const auto parsed = ec2::parse_cidr(cidr);
    return parsed ? parsed->to_string() : "";
  };
  EXPECT_EQ(text("10.1.2.3/12"), "10.0.0.0/12");
  EXPECT_EQ(text("2001:DB8:0:0::1/33"), "2001:db8::/33");
  EXPECT_EQ(text("10.0.0.0/33"), "");
  EXPECT_EQ(text("10.0.0/24"), "");
  EXPECT_TRUE(ec2::parse_cidr("0.0.0.0/0")->holds(*ec2::parse_cidr("10.0.0.0/8")));
  EXPECT_FALSE(ec2::parse_cidr("0.0.0.0/0")->holds(*ec2::parse_cidr("::/0")));
  EXPECT_TRUE(ec2::parse_cidr("10.0.1.0/24")->overlaps(*ec2::parse_cidr("10.0.0.0/16")));
}

}  // namespace
}  // namespace plumbline::sim
