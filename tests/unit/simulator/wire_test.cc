#include "simulator/wire.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline::sim {
namespace {

std::string decoded(const std::string& form, bool drops_words) {
  return wire_json(decode_form(form, drops_words));
}

HttpRequest post(const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.body = body;
  return request;
}

const Wire& wire(std::string_view service) {
  return *find_wire(service);
}

TEST(Wire, ReadsEc2ListsByTheirNumbers) {
  EXPECT_EQ(
      decoded("Filter.1.Name=vpc-id&Filter.1.Value.2=b&Filter.1.Value.1=a", false),
      R"({"Filter":[{"Name":"vpc-id","Value":["a","b"]}]})"
  );
}

TEST(Wire, KeepsEc2NamesThatLookLikeListWords) {
  EXPECT_EQ(
      decoded("TagSpecification.1.Tag.1.Key=a&TagSpecification.1.ResourceType=vpc", false),
      R"({"TagSpecification":[{"Tag":[{"Key":"a"}],"ResourceType":"vpc"}]})"
  );
  EXPECT_EQ(
      decoded("EnableDnsSupport.Value=true", false), R"({"EnableDnsSupport":{"Value":"true"}})"
  );
}

TEST(Wire, DropsTheListWordsOfTheQueryDialect) {
  EXPECT_EQ(decoded("Tags.Tag.1.Key=a", true), R"({"Tags":[{"Key":"a"}]})");
  EXPECT_EQ(decoded("Tags.member.1.Key=a", true), R"({"Tags":[{"Key":"a"}]})");
  EXPECT_EQ(
      decoded("Pool.Filters.member.1=x&Pool.Size=3", true),
      R"({"Pool":{"Filters":["x"],"Size":"3"}})"
  );
}

TEST(Wire, TellsAnEmptyListFromAnEmptyText) {
  EXPECT_EQ(
      decoded("VpcSecurityGroupIds=&Description=", true),
      R"({"VpcSecurityGroupIds":[],"Description":""})"
  );
}

TEST(Wire, ReadsQueryMapsAsObjects) {
  EXPECT_EQ(
      decoded("Attributes.entry.1.key=k&Attributes.entry.1.value=v", true),
      R"({"Attributes":{"k":"v"}})"
  );
}

TEST(Wire, ReadsPlusAndPercentInForms) {
  EXPECT_EQ(decoded("A=b+c%2Bd%3D", false), R"({"A":"b c+d="})");
}

TEST(Wire, RefusesAVersionItDoesNotSpeak) {
  const auto result = decode(wire("ec2"), post("Action=DescribeVpcs&Version=2014-10-31"));
  EXPECT_EQ(std::get<Fault>(result).code, "NoSuchVersion");
}

TEST(Wire, RefusesAJsonTargetOfAnotherService) {
  HttpRequest request = post("{}");
  request.headers.emplace("content-type", "application/x-amz-json-1.1");
  request.headers.emplace("x-amz-target", "TrentService.ListKeys");
  EXPECT_EQ(
      std::get<Fault>(decode(wire("secretsmanager"), request)).code, "UnknownOperationException"
  );
}

TEST(Wire, JoinsLabelsQueryAndBodyOfARestCall) {
  HttpRequest request = post(R"({"Tags":{"a":"b"}})");
  request.target = "/2017-03-31/tags/arn%3Aaws%3Alambda%3Ax?Qualifier=1";
  const auto result = decode(wire("lambda"), request);
  EXPECT_EQ(std::get<Decoded>(result).action, "TagResource");
  EXPECT_EQ(
      wire_json(std::get<Decoded>(result).params),
      R"({"Resource":"arn:aws:lambda:x","Qualifier":"1","Tags":{"a":"b"}})"
  );
}

TEST(Wire, ReadsRepeatedTagKeysAsAList) {
  HttpRequest request;
  request.method = "DELETE";
  request.target = "/2017-03-31/tags/x?tagKeys=a&tagKeys=b%20c";
  EXPECT_EQ(
      wire_json(std::get<Decoded>(decode(wire("lambda"), request)).params),
      R"({"Resource":"x","TagKeys":["a","b c"]})"
  );
}

TEST(Wire, DoesNotTakeAnEmptyLabelForAnotherOperation) {
  HttpRequest request;
  request.method = "GET";
  request.target = "/2015-03-31/functions//policy";
  EXPECT_TRUE(std::holds_alternative<Fault>(decode(wire("lambda"), request)));
}

TEST(Wire, WritesEc2RepliesWithoutAResultElement) {
  const Value reply = Value::object(
      {{"vpcSet", Value::list({Value::object({{"vpcId", "vpc-1"}, {"isDefault", false}})})},
       {"$due", 3},
       {"nextToken", Value()}}
  );
  EXPECT_EQ(
      encode(wire("ec2"), "DescribeVpcs", reply, "r-1").body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeVpcsResponse "
      "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId><vpcSet><item>"
      "<vpcId>vpc-1</vpcId><isDefault>false</isDefault></item></vpcSet></DescribeVpcsResponse>"
  );
}

TEST(Wire, NamesTheItemsOfAQueryListAsTheKeySays) {
  const Value reply = Value::object(
      {{"Groups[Group]", Value::list({"a"})}, {"Ids", Value::list({"b"})}, {"Note", "<&>"}}
  );
  EXPECT_EQ(
      encode(wire("rds"), "DescribeX", reply, "r-1").body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeXResponse "
      "xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeXResult><Groups><Group>a</Group>"
      "</Groups><Ids><member>b</member></Ids><Note>&lt;&amp;&gt;</Note></DescribeXResult>"
      "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DescribeXResponse>"
  );
}

TEST(Wire, WritesFaultsInTheFormOfEachDialect) {
  const Fault fault{404, "NotThere", "a < b"};
  EXPECT_NE(
      encode(wire("ec2"), "X", fault, "r")
          .body.find(
              "<Response><Errors><Error><Code>NotThere</Code><Message>a &lt; b</Message></Error>"
              "</Errors><RequestID>r</RequestID></Response>"
          ),
      std::string::npos
  );
  EXPECT_NE(
      encode(wire("iam"), "X", fault, "r").body.find("<Type>Sender</Type><Code>NotThere</Code>"),
      std::string::npos
  );
  EXPECT_EQ(
      encode(wire("secretsmanager"), "X", fault, "r").body,
      R"({"__type":"NotThere","Message":"a < b"})"
  );
  const HttpResponse rest = encode(wire("lambda"), "X", fault, "r");
  EXPECT_EQ(rest.headers.at("x-amzn-ErrorType"), "NotThere");
  EXPECT_EQ(rest.status, 404);
}

TEST(Wire, GivesRestRepliesTheStatusTheServiceNames) {
  const HttpResponse made =
      encode(wire("lambda"), "X", Value::object({{"$status", 201}, {"A", 1}}), "r");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body, R"({"A":1})");
  EXPECT_EQ(encode(wire("lambda"), "X", Value(), "r").status, 204);
}

}  // namespace
}  // namespace plumbline::sim
