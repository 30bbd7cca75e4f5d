#include <gtest/gtest.h>

#include "controller/base/text.h"
#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kNewest[] =
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
constexpr char kNewestArm[] =
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";

class Ec2Instance : public ::testing::Test {
 protected:
  using Members = std::initializer_list<std::pair<std::string_view, Value>>;

  Ec2Instance() {
    vpc_ = sim_.ok("ec2", "CreateVpc", Value::object({{"CidrBlock", "10.0.0.0/16"}}))
               .get_path("vpc.vpcId")
               .as_text();
    subnet_ = make_subnet("10.0.1.0/28");
    group_ = make_group("bastion");
    sim_.pass(seconds(5));
  }

  std::string make_subnet(std::string_view cidr) {
    const Value params = Value::object({{"VpcId", vpc_}, {"CidrBlock", cidr}});
    return sim_.ok("ec2", "CreateSubnet", params).get_path("subnet.subnetId").as_text();
  }
  std::string make_group(std::string_view name) {
    const Value params =
        Value::object({{"VpcId", vpc_}, {"GroupName", name}, {"GroupDescription", "x"}});
    return sim_.ok("ec2", "CreateSecurityGroup", params).text_of("groupId");
  }
  /// A profile with a role in it that all of AWS knows.
  void make_profile(const std::string& name) {
    const std::string trust =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
    sim_.ok(
        "iam",
        "CreateRole",
        Value::object({{"RoleName", name}, {"AssumeRolePolicyDocument", trust}})
    );
    sim_.ok("iam", "CreateInstanceProfile", Value::object({{"InstanceProfileName", name}}));
    sim_.ok(
        "iam",
        "AddRoleToInstanceProfile",
        Value::object({{"InstanceProfileName", name}, {"RoleName", name}})
    );
  }
  Value request(Members more = {}) {
    Value params = Value::object(
        {{"ImageId", kNewest},
         {"InstanceType", "t3.micro"},
         {"MinCount", "1"},
         {"MaxCount", "1"},
         {"SubnetId", subnet_},
         {"SecurityGroupId", Value::list({group_})}}
    );
    for (const auto& [key, value] : more) {
      params.set(key, value);
    }
    return params;
  }
  std::string run(Members more = {}) {
    return sim_.ok("ec2", "RunInstances", request(more))
        .get("instancesSet")
        .as_list()
        .at(0)
        .text_of("instanceId");
  }
  /// One that runs.
  std::string running(Members more = {}) {
    const std::string id = run(more);
    sim_.pass(minutes(1));
    return id;
  }
  std::string refusal(Members more) { return sim_.fails("ec2", "RunInstances", request(more)); }
  Value described(const std::string& id) {
    return sim_.ok("ec2", "DescribeInstances", listed(id))
        .get("reservationSet")
        .as_list()
        .at(0)
        .get("instancesSet")
        .as_list()
        .at(0);
  }
  std::string state(const std::string& id) {
    return described(id).get_path("instanceState.name").as_text();
  }
  static Value listed(const std::string& id) {
    return Value::object({{"InstanceId", Value::list({id})}});
  }
  static Value valued(Value value) { return Value::object({{"Value", std::move(value)}}); }
  Value modify(const std::string& id, std::string_view attribute, Value value) const {
    return Value::object({{"InstanceId", id}, {attribute, std::move(value)}});
  }
  Value volume_of(const std::string& id) {
    const Value filter =
        Value::object({{"Name", "attachment.instance-id"}, {"Value", Value::list({id})}});
    const Value reply =
        sim_.ok("ec2", "DescribeVolumes", Value::object({{"Filter", Value::list({filter})}}));
    return reply.get("volumeSet").size() == 0 ? Value() : reply.get("volumeSet").as_list()[0];
  }

  Sim sim_;
  std::string vpc_, subnet_, group_;
};

TEST_F(Ec2Instance, RunsAfterAMomentAndShowsItsPlace) {
  const std::string id = run();
  EXPECT_EQ(state(id), "pending");
  sim_.pass(seconds(20));
  const Value instance = described(id);
  EXPECT_EQ(instance.get_path("instanceState.name"), Value("running"));
  EXPECT_EQ(instance.get_path("instanceState.code"), Value(16));
  EXPECT_EQ(instance.text_of("subnetId"), subnet_);
  EXPECT_EQ(instance.text_of("vpcId"), vpc_);
  EXPECT_EQ(instance.text_of("privateIpAddress"), "10.0.1.4");
  EXPECT_EQ(instance.find("ipAddress"), nullptr);
  EXPECT_EQ(instance.get("groupSet").as_list().at(0).text_of("groupId"), group_);
  EXPECT_EQ(instance.get_path("monitoring.state"), Value("disabled"));
  EXPECT_EQ(instance.get_path("metadataOptions.httpTokens"), Value("required"));
  EXPECT_EQ(instance.find("$userData"), nullptr) << "notes of ours are shown";
  EXPECT_EQ(volume_of(id).get("size"), Value(8));
}

TEST_F(Ec2Instance, TheSameTokenIsTheSameInstance) {
  const std::string first = run({{"ClientToken", "one"}});
  EXPECT_EQ(run({{"ClientToken", "one"}}), first);
  EXPECT_NE(run({{"ClientToken", "two"}}), first);
  EXPECT_EQ(
      refusal({{"ClientToken", "one"}, {"InstanceType", "t3.small"}}), "IdempotentParameterMismatch"
  );
  EXPECT_EQ(described(first).text_of("clientToken"), "one");
}

TEST_F(Ec2Instance, RefusesWhatItCannotStart) {
  EXPECT_EQ(refusal({{"ImageId", "ami-00000000000000000"}}), "InvalidAMIID.NotFound");
  EXPECT_EQ(refusal({{"ImageId", "amazon"}}), "InvalidAMIID.Malformed");
  EXPECT_EQ(refusal({{"ImageId", "resolve:ssm:/nothing"}}), "InvalidParameterValue");
  EXPECT_EQ(refusal({{"InstanceType", "t3.gigantic"}}), "InvalidParameterValue");
  EXPECT_EQ(refusal({{"InstanceType", "t4g.micro"}}), "InvalidParameterValue");
  EXPECT_EQ(refusal({{"SubnetId", ""}}), "VPCIdNotSpecified");
  EXPECT_EQ(refusal({{"SubnetId", "subnet-00000000000000000"}}), "InvalidSubnetID.NotFound");
  EXPECT_EQ(
      refusal({{"SecurityGroupId", Value::list({"sg-00000000000000000"})}}), "InvalidGroup.NotFound"
  );
  EXPECT_EQ(refusal({{"KeyName", "mine"}}), "InvalidKeyPair.NotFound");
  EXPECT_EQ(refusal({{"UserData", "not base64"}}), "InvalidParameterValue");
  EXPECT_EQ(
      refusal({{"UserData", base64_encode(std::string(16385, 'x'))}}), "InvalidParameterValue"
  );
  EXPECT_EQ(refusal({{"PrivateIpAddress", "10.0.2.4"}}), "InvalidParameterValue");
  EXPECT_EQ(refusal({{"MinCount", "2"}}), "InvalidParameterValue");
  EXPECT_EQ(refusal({{"Rocket", "1"}}), "UnknownParameter");
  EXPECT_EQ(
      refusal({{"MetadataOptions", Value::object({{"HttpTokens", "maybe"}})}}),
      "InvalidParameterValue"
  );
  EXPECT_TRUE(sim_.ok("ec2", "DescribeNetworkInterfaces").get("networkInterfaceSet").size() == 0)
      << "a refused start leaves an interface";
  run({{"ImageId", kNewestArm}, {"InstanceType", "t4g.micro"}});
}

TEST_F(Ec2Instance, AGroupOfAnotherNetworkDoesNotFit) {
  const Value other = sim_.ok("ec2", "CreateVpc", Value::object({{"CidrBlock", "10.9.0.0/16"}}));
  vpc_ = other.get_path("vpc.vpcId").as_text();
  const std::string stranger = make_group("stranger");
  EXPECT_EQ(refusal({{"SecurityGroupId", Value::list({stranger})}}), "InvalidParameter");
}

TEST_F(Ec2Instance, EndsWhenTheSubnetIsFull) {
  for (int i = 0; i < 11; ++i) {  // 16 addresses, of which AWS keeps five.
    run();
  }
  EXPECT_EQ(refusal({}), "InsufficientFreeAddressesInSubnet");
}

TEST_F(Ec2Instance, AnAddressIsOneInstances) {
  run({{"PrivateIpAddress", "10.0.1.9"}});
  EXPECT_EQ(refusal({{"PrivateIpAddress", "10.0.1.9"}}), "InvalidIPAddress.InUse");
}

TEST_F(Ec2Instance, APublicAddressIsAskedForInAnInterfaceAndLostInAStop) {
  const Value interface = Value::object(
      {{"DeviceIndex", "0"},
       {"SubnetId", subnet_},
       {"SecurityGroupId", Value::list({group_})},
       {"AssociatePublicIpAddress", "true"}}
  );
  EXPECT_EQ(
      refusal({{"NetworkInterface", Value::list({interface})}}), "InvalidParameterCombination"
  );
  Value params = request({{"NetworkInterface", Value::list({interface})}});
  params.erase("SubnetId");
  params.erase("SecurityGroupId");
  const std::string id = sim_.ok("ec2", "RunInstances", params)
                             .get("instancesSet")
                             .as_list()
                             .at(0)
                             .text_of("instanceId");
  sim_.pass(minutes(1));
  EXPECT_FALSE(described(id).text_of("ipAddress").empty());
  sim_.ok("ec2", "StopInstances", listed(id));
  sim_.pass(minutes(1));
  EXPECT_TRUE(described(id).text_of("ipAddress").empty());
  sim_.ok("ec2", "StartInstances", listed(id));
  EXPECT_FALSE(described(id).text_of("ipAddress").empty());
}

TEST_F(Ec2Instance, StopsAndStartsThroughItsStates) {
  const std::string id = run();
  EXPECT_EQ(sim_.fails("ec2", "StopInstances", listed(id)), "IncorrectInstanceState");
  sim_.pass(minutes(1));
  const Value stopping =
      sim_.ok("ec2", "StopInstances", listed(id)).get("instancesSet").as_list()[0];
  EXPECT_EQ(stopping.get_path("previousState.name"), Value("running"));
  EXPECT_EQ(stopping.get_path("currentState.name"), Value("stopping"));
  EXPECT_EQ(sim_.fails("ec2", "StartInstances", listed(id)), "IncorrectInstanceState");
  sim_.pass(minutes(1));
  EXPECT_EQ(state(id), "stopped");
  sim_.ok("ec2", "StopInstances", listed(id));  // Once more changes nothing.
  EXPECT_EQ(state(id), "stopped");
  sim_.ok("ec2", "StartInstances", listed(id));
  EXPECT_EQ(state(id), "pending");
  sim_.pass(minutes(1));
  EXPECT_EQ(state(id), "running");
}

TEST_F(Ec2Instance, HoldsItsGroupAndItsSubnetUntilItIsTerminated) {
  const std::string id = running();
  const Value group = Value::object({{"GroupId", group_}});
  const Value subnet = Value::object({{"SubnetId", subnet_}});
  EXPECT_EQ(sim_.fails("ec2", "DeleteSecurityGroup", group), "DependencyViolation");
  EXPECT_EQ(sim_.fails("ec2", "DeleteSubnet", subnet), "DependencyViolation");
  sim_.ok("ec2", "TerminateInstances", listed(id));
  EXPECT_EQ(state(id), "shutting-down");
  EXPECT_EQ(sim_.fails("ec2", "DeleteSecurityGroup", group), "DependencyViolation");
  sim_.pass(minutes(1));
  EXPECT_EQ(state(id), "terminated");
  EXPECT_TRUE(volume_of(id).is_null());
  sim_.ok("ec2", "DeleteSecurityGroup", group);
  sim_.ok("ec2", "DeleteSubnet", subnet);
  sim_.pass(hours(2));
  EXPECT_EQ(sim_.fails("ec2", "DescribeInstances", listed(id)), "InvalidInstanceID.NotFound");
}

TEST_F(Ec2Instance, ProtectionRefusesTerminationAndStopping) {
  const std::string id = running({{"DisableApiTermination", "true"}, {"DisableApiStop", "true"}});
  EXPECT_EQ(sim_.fails("ec2", "TerminateInstances", listed(id)), "OperationNotPermitted");
  EXPECT_EQ(sim_.fails("ec2", "StopInstances", listed(id)), "OperationNotPermitted");
  sim_.ok("ec2", "ModifyInstanceAttribute", modify(id, "DisableApiTermination", valued("false")));
  sim_.ok("ec2", "TerminateInstances", listed(id));
}

TEST_F(Ec2Instance, SomeAttributesChangeOnlyWhenItIsStopped) {
  const std::string id = running();
  const Value type = modify(id, "InstanceType", valued("t3.small"));
  const Value data = modify(id, "UserData", valued(base64_encode("#!/bin/sh")));
  EXPECT_EQ(sim_.fails("ec2", "ModifyInstanceAttribute", type), "IncorrectInstanceState");
  EXPECT_EQ(sim_.fails("ec2", "ModifyInstanceAttribute", data), "IncorrectInstanceState");
  sim_.ok("ec2", "StopInstances", listed(id));
  sim_.pass(minutes(1));
  sim_.ok("ec2", "ModifyInstanceAttribute", type);
  sim_.ok("ec2", "ModifyInstanceAttribute", data);
  EXPECT_EQ(described(id).text_of("instanceType"), "t3.small");
  const Value shown = sim_.ok(
      "ec2",
      "DescribeInstanceAttribute",
      Value::object({{"InstanceId", id}, {"Attribute", "userData"}})
  );
  EXPECT_EQ(shown.get_path("userData.value").as_text(), base64_encode("#!/bin/sh"));
}

TEST_F(Ec2Instance, TakesOneAttributeForEachCall) {
  const std::string id = running();
  Value two = modify(id, "SourceDestCheck", valued("false"));
  two.set("DisableApiStop", valued("true"));
  EXPECT_EQ(sim_.fails("ec2", "ModifyInstanceAttribute", two), "InvalidParameterCombination");
  EXPECT_EQ(
      sim_.fails("ec2", "ModifyInstanceAttribute", Value::object({{"InstanceId", id}})),
      "InvalidParameterCombination"
  );
  const std::string other = make_group("other");
  sim_.ok("ec2", "ModifyInstanceAttribute", modify(id, "GroupId", Value::list({other})));
  EXPECT_EQ(described(id).get("groupSet").as_list().at(0).text_of("groupId"), other);
  sim_.ok("ec2", "DeleteSecurityGroup", Value::object({{"GroupId", group_}}));
}

TEST_F(Ec2Instance, TellsWithWhichProfileItRuns) {
  make_profile("one");
  const auto specification = [](std::string_view name) { return Value::object({{"Name", name}}); };
  // IAM's news take some seconds to EC2.
  EXPECT_EQ(refusal({{"IamInstanceProfile", specification("one")}}), "InvalidParameterValue");
  make_profile("two");
  sim_.ok("iam", "CreateInstanceProfile", Value::object({{"InstanceProfileName", "empty"}}));
  sim_.pass(seconds(20));
  EXPECT_EQ(refusal({{"IamInstanceProfile", specification("empty")}}), "InvalidParameterValue");
  const std::string id = running({{"IamInstanceProfile", specification("one")}});
  const std::string prefix = "arn:aws:iam::123456789012:instance-profile/";
  EXPECT_EQ(described(id).get_path("iamInstanceProfile.arn"), Value(prefix + "one"));

  const auto association = [&] {
    return sim_.ok("ec2", "DescribeIamInstanceProfileAssociations")
        .get("iamInstanceProfileAssociationSet")
        .as_list()
        .at(0)
        .text_of("associationId");
  };
  const Value both =
      Value::object({{"InstanceId", id}, {"IamInstanceProfile", specification("two")}});
  EXPECT_EQ(sim_.fails("ec2", "AssociateIamInstanceProfile", both), "IncorrectState");
  sim_.ok(
      "ec2",
      "ReplaceIamInstanceProfileAssociation",
      Value::object({{"AssociationId", association()}, {"IamInstanceProfile", specification("two")}}
      )
  );
  EXPECT_EQ(described(id).get_path("iamInstanceProfile.arn"), Value(prefix + "two"));
  sim_.ok(
      "ec2", "DisassociateIamInstanceProfile", Value::object({{"AssociationId", association()}})
  );
  sim_.pass(seconds(5));
  EXPECT_EQ(described(id).find("iamInstanceProfile"), nullptr);
  sim_.ok("ec2", "AssociateIamInstanceProfile", both);
}

TEST_F(Ec2Instance, TheRootVolumeIsTheImagesUnlessSaidOtherwise) {
  const auto mapping = [](Members members) {
    return Value::list({Value::object({{"DeviceName", "/dev/xvda"}, {"Ebs", Value::object(members)}}
    )});
  };
  EXPECT_EQ(
      refusal({{"BlockDeviceMapping", mapping({{"VolumeSize", "4"}})}}), "InvalidBlockDeviceMapping"
  );
  EXPECT_EQ(
      refusal({{"BlockDeviceMapping", mapping({{"VolumeType", "gp2"}, {"Iops", "3000"}})}}),
      "InvalidParameterCombination"
  );
  EXPECT_EQ(
      refusal({{"BlockDeviceMapping", mapping({{"KmsKeyId", "alias/aws/ebs"}})}}),
      "InvalidParameterDependency"
  );
  const std::string id = running(
      {{"BlockDeviceMapping",
        mapping({{"VolumeSize", "20"}, {"Encrypted", "true"}, {"DeleteOnTermination", "false"}})}}
  );
  Value volume = volume_of(id);
  EXPECT_EQ(volume.get("size"), Value(20));
  EXPECT_EQ(volume.text_of("volumeType"), "gp3");
  EXPECT_EQ(volume.get("iops"), Value(3000));
  EXPECT_EQ(volume.get("encrypted"), Value(true));

  const auto resize = [&](std::string_view size) {
    return Value::object({{"VolumeId", volume.get("volumeId")}, {"Size", size}});
  };
  EXPECT_EQ(sim_.fails("ec2", "ModifyVolume", resize("10")), "InvalidParameterValue");
  sim_.ok("ec2", "ModifyVolume", resize("30"));
  EXPECT_EQ(volume_of(id).get("size"), Value(30));
  EXPECT_EQ(sim_.fails("ec2", "ModifyVolume", resize("40")), "VolumeModificationRateExceeded");
  sim_.pass(hours(7));
  sim_.ok("ec2", "ModifyVolume", resize("40"));

  sim_.ok("ec2", "TerminateInstances", listed(id));
  sim_.pass(minutes(2));
  const Value left = sim_.ok("ec2", "DescribeVolumes").get("volumeSet").as_list().at(0);
  EXPECT_EQ(left.text_of("status"), "available");
}

TEST_F(Ec2Instance, FindsByFilterAndTag) {
  const Value tags = Value::list({Value::object(
      {{"ResourceType", "instance"},
       {"Tag", Value::list({Value::object({{"Key", "Name"}, {"Value", "bastion"}})})}}
  )});
  const std::string id = running({{"TagSpecification", tags}});
  running();
  const auto found = [&](std::string_view name, std::string_view value) {
    const Value filter = Value::object({{"Name", name}, {"Value", Value::list({value})}});
    return sim_.ok("ec2", "DescribeInstances", Value::object({{"Filter", Value::list({filter})}}))
        .get("reservationSet")
        .size();
  };
  EXPECT_EQ(found("tag:Name", "bastion"), 1U);
  EXPECT_EQ(found("instance-state-name", "running"), 2U);
  EXPECT_EQ(found("instance-state-name", "stopped"), 0U);
  EXPECT_EQ(found("instance.group-id", group_), 2U);
  EXPECT_EQ(found("instance-id", id), 1U);
}

TEST_F(Ec2Instance, MonitoringAndCreditsAndMetadataChangeWhileItRuns) {
  const std::string id = running();
  sim_.ok("ec2", "MonitorInstances", listed(id));
  EXPECT_EQ(described(id).get_path("monitoring.state"), Value("enabled"));
  const Value credits = Value::object(
      {{"InstanceCreditSpecification",
        Value::list({Value::object({{"InstanceId", id}, {"CpuCredits", "standard"}})})}}
  );
  sim_.ok("ec2", "ModifyInstanceCreditSpecification", credits);
  EXPECT_EQ(
      sim_.ok("ec2", "DescribeInstanceCreditSpecifications", listed(id))
          .get("instanceCreditSpecificationSet")
          .as_list()
          .at(0)
          .text_of("cpuCredits"),
      "standard"
  );
  sim_.ok(
      "ec2",
      "ModifyInstanceMetadataOptions",
      Value::object({{"InstanceId", id}, {"HttpPutResponseHopLimit", "1"}})
  );
  EXPECT_EQ(described(id).get_path("metadataOptions.httpPutResponseHopLimit"), Value(1));
}

}  // namespace
}  // namespace plumbline::sim
