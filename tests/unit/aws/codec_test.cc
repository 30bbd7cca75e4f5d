#include "controller/aws/codec.h"

#include <gtest/gtest.h>

#include "tests/support/aws/exchange.h"

namespace plumbline {
namespace {

std::string form(Protocol protocol, Value request) {
  const std::string body = Exchange(protocol, std::move(request)).encode().body;
  const std::string head = "Action=DoIt&Version=2014-10-31";
  EXPECT_TRUE(body.starts_with(head)) << body;
  return body.substr(head.size());
}

std::string header(const HttpRequest& request, std::string_view name) {
  const std::string* value = find_header(request.headers, name);
  return value == nullptr ? "(none)" : *value;
}

// ---- Query and ec2 requests ----

TEST(QueryCodec, NamesListMembersByTheirWord) {
  EXPECT_EQ(
      form(
          Protocol::kQuery,
          Value::object(
              {{"DBProxyName", "px"},
               {"VpcSubnetIds", Value::list({"s-1", "s-2"})},
               {"Tags[Tag]", Value::list({Value::object({{"Key", "k"}, {"Value", "a b+c/é"}})})},
               {"Flat[]", Value::list({1, 2})}}
          )
      ),
      "&DBProxyName=px&VpcSubnetIds.member.1=s-1&VpcSubnetIds.member.2=s-2"
      "&Tags.Tag.1.Key=k&Tags.Tag.1.Value=a%20b%2Bc%2F%C3%A9&Flat.1=1&Flat.2=2"
  );
}

TEST(QueryCodec, ClearsAListByAnEmptyOneAndDropsNulls) {
  const Value request = Value::object(
      {{"Auth", Value(List{})},
       {"Gone", Value()},
       {"S", Value::object({{"X", Value()}})},
       {"L", Value::list({Value(), "a"})}}
  );
  EXPECT_EQ(form(Protocol::kQuery, request), "&Auth=&L.member.1=a");
  EXPECT_EQ(form(Protocol::kEc2Query, request), "&L.1=a");
}

TEST(QueryCodec, WritesMapsAsEntries) {
  const Value map = Value::object({{"DisplayName", "D"}});
  EXPECT_EQ(
      form(Protocol::kQuery, Value::object({{"Attributes{}", map}})),
      "&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=D"
  );
  EXPECT_EQ(
      form(Protocol::kQuery, Value::object({{"Attributes{key:Name,value:Value}", map}})),
      "&Attributes.entry.1.Name=DisplayName&Attributes.entry.1.Value=D"
  );
  EXPECT_EQ(
      form(Protocol::kQuery, Value::object({{"Attributes{flat}", map}})),
      "&Attributes.1.key=DisplayName&Attributes.1.value=D"
  );
  EXPECT_EQ(
      form(Protocol::kQuery, Value::object({{"Attributes", map}})), "&Attributes.DisplayName=D"
  );
}

TEST(QueryCodec, WritesScalarsAsTheServiceReadsThem) {
  EXPECT_EQ(
      form(
          Protocol::kQuery,
          Value::object(
              {{"A", true},
               {"B", false},
               {"C", std::int64_t{9007199254740993}},
               {"D", 1.5},
               {"E", Value::bytes("PK")},
               {"F", Value::secret("p w")},
               {"G", ""}}
          )
      ),
      "&A=true&B=false&C=9007199254740993&D=1.5&E=UEs%3D&F=p%20w&G="
  );
}

TEST(QueryCodec, SaysWhatItSends) {
  const HttpRequest request = Exchange(Protocol::kQuery).encode();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/");
  EXPECT_EQ(request.host, "rds.eu-west-3.amazonaws.com");
  EXPECT_EQ(header(request, "Content-Type"), "application/x-www-form-urlencoded; charset=utf-8");
}

TEST(Ec2Codec, NumbersListsWithoutAWord) {
  EXPECT_EQ(
      form(
          Protocol::kEc2Query,
          Value::object(
              {{"GroupId", "sg-1"},
               {"IpPermissions",
                Value::list({Value::object(
                    {{"IpProtocol", "tcp"},
                     {"FromPort", 3306},
                     {"IpRanges", Value::list({Value::object({{"CidrIp", "10.0.0.0/8"}})})}}
                )})}}
          )
      ),
      "&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=3306"
      "&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0%2F8"
  );
}

// ---- JSON requests ----

TEST(JsonCodec, SendsTargetVersionAndAtLeastAnEmptyObject) {
  const HttpRequest one = Exchange(Protocol::kJson11).encode();
  EXPECT_EQ(one.body, "{}");
  EXPECT_EQ(header(one, "X-Amz-Target"), "secretsmanager.DoIt");
  EXPECT_EQ(header(one, "Content-Type"), "application/x-amz-json-1.1");
  const HttpRequest zero = Exchange(Protocol::kJson10).encode();
  EXPECT_EQ(header(zero, "Content-Type"), "application/x-amz-json-1.0");
}

TEST(JsonCodec, DropsNullsKeepsEmptiesAndRevealsSecrets) {
  Exchange exchange(
      Protocol::kJson11,
      Value::object(
          {{"Name", Value()},
           {"SecretString", Value::secret("p\"w")},
           {"L", Value(List{})},
           {"M", Value::object({{"x", Value()}})},
           {"B", Value::bytes("PK")}}
      )
  );
  EXPECT_EQ(exchange.encode().body, R"({"SecretString":"p\"w","L":[],"M":{},"B":"UEs="})");
}

// ---- REST requests ----

TEST(RestCodec, TakesLabelsQueryAndHeadersOutOfTheBody) {
  Exchange exchange(
      Protocol::kRestJson,
      Value::object(
          {{"FunctionName", "arn:aws:lambda/f"},
           {"Qualifier", "PROD"},
           {"Marker", Value()},
           {"Force", true},
           {"Log", "Tail"},
           {"MemorySize", 128}}
      )
  );
  exchange.call.http =
      "PUT /2015-03-31/functions/{FunctionName}/code?v=1&{Qualifier}&{Marker}&force={Force}"
      " | X-Amz-Log-Type={Log}";
  const HttpRequest request = exchange.encode();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.path, "/2015-03-31/functions/arn%3Aaws%3Alambda%2Ff/code");
  EXPECT_EQ(request.query, "v=1&Qualifier=PROD&force=true");
  EXPECT_EQ(header(request, "x-amz-log-type"), "Tail");
  EXPECT_EQ(header(request, "content-type"), "application/json");
  EXPECT_EQ(request.body, R"({"MemorySize":128})");
}

TEST(RestCodec, RepeatsTheKeyOfAListInTheQuery) {
  Exchange exchange(
      Protocol::kRestJson,
      Value::object({{"Resource", "r"}, {"tagKeys", Value::list({"b", "a k"})}})
  );
  exchange.call.http = "DELETE /tags/{Resource}?{tagKeys}";
  const HttpRequest request = exchange.encode();
  EXPECT_EQ(request.query, "tagKeys=b&tagKeys=a%20k");
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(header(request, "content-type"), "(none)");
}

TEST(RestCodec, KeepsSlashesOfAGreedyLabel) {
  Exchange exchange(Protocol::kRestJson, Value::object({{"Key", "a/b c"}}));
  exchange.call.http = "GET /x/{Key+}";
  EXPECT_EQ(exchange.encode().path, "/x/a/b%20c");
}

TEST(RestCodec, SendsAnEmptyObjectUnlessTheMethodTakesNoBody) {
  for (const auto& [http, body] : std::vector<std::pair<std::string, std::string>>{
           {"POST /x", "{}"},
           {"PUT /x", "{}"},
           {"GET /x", ""},
           {"DELETE /x", ""},
           {"HEAD /x", ""},
           {"POST /x | {}", ""}}) {
    Exchange exchange(Protocol::kRestJson);
    exchange.call.http = http;
    const HttpRequest request = exchange.encode();
    EXPECT_EQ(request.body, body) << http;
    EXPECT_EQ(header(request, "content-type"), body.empty() ? "(none)" : "application/json");
  }
}

TEST(RestCodec, SendsOneMemberAsTheWholeBody) {
  Exchange raw(Protocol::kRestJson, Value::object({{"F", "f"}, {"Payload", Value::bytes("\1\2")}}));
  raw.call.http = "POST /{F} | {Payload}";
  EXPECT_EQ(raw.encode().body, "\1\2");
  EXPECT_EQ(header(raw.encode(), "content-type"), "application/octet-stream");
  Exchange tree(
      Protocol::kRestJson, Value::object({{"F", "f"}, {"Payload", Value::object({{"a", 1}})}})
  );
  tree.call.http = "POST /{F} | {Payload}";
  EXPECT_EQ(tree.encode().body, R"({"a":1})");
}

void expect_refused(const std::string& http, Value request, const std::string& member) {
  Exchange exchange(Protocol::kRestJson, std::move(request));
  exchange.call.http = http;
  const Result<HttpRequest> encoded = encode_call(exchange.call, kEndpoint);
  ASSERT_FALSE(encoded) << encoded->path;
  EXPECT_EQ(encoded.error().klass, ErrorClass::kInvalid);
  EXPECT_NE(encoded.error().message.find(member), std::string::npos) << encoded.error().message;
}

TEST(RestCodec, RefusesALabelThatWouldAddressAnotherOperation) {
  expect_refused("DELETE /functions/{Name}", Value::object({{"Name", ""}}), "Name");
  expect_refused("DELETE /functions/{Name}", Value::object({{"Name", Value()}}), "Name");
  expect_refused("DELETE /functions/{Name}", Value(Object{}), "Name");
  expect_refused("DELETE /functions/{Name}", Value::object({{"Name", ".."}}), "Name");
  expect_refused("DELETE /x/{Name+}", Value::object({{"Name", "a/../b"}}), "Name");
}

TEST(RestCodec, RefusesALineBreakInAHeader) {
  expect_refused("GET /x | X-A={A}", Value::object({{"A", "1\r\nAuthorization: none"}}), "A");
}

TEST(RestCodec, RefusesAMemberThatHasNoPlace) {
  expect_refused("POST /x | {}", Value::object({{"Lost", 1}}), "Lost");
}

TEST(RestXmlCodec, WritesMembersInOrderWithListsAndEscapes) {
  const Value change = Value::object(
      {{"Action", "UPSERT"},
       {"Set", Value::object({{"Name", "a<b>&\"c\"\n"}, {"TTL", 15}, {"None", Value()}})}}
  );
  Exchange exchange(
      Protocol::kRestXml,
      Value::object(
          {{"Id", "Z1"},
           {"ChangeBatch", Value::object({{"Changes[Change]", Value::list({change})}})},
           {"Keys[]", Value::list({"a", "b"})}}
      )
  );
  exchange.call.http = "POST /2013-04-01/hostedzone/{Id}/rrset/";
  exchange.call.xml_root = "ChangeRequest";
  const HttpRequest request = exchange.encode();
  EXPECT_EQ(request.path, "/2013-04-01/hostedzone/Z1/rrset/");
  EXPECT_EQ(header(request, "Content-Type"), "application/xml");
  EXPECT_EQ(
      request.body,
      "<ChangeRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>"
      "<Changes><Change><Action>UPSERT</Action><Set><Name>a&lt;b&gt;&amp;&quot;c&quot;&#xA;</Name>"
      "<TTL>15</TTL></Set></Change></Changes></ChangeBatch><Keys>a</Keys><Keys>b</Keys>"
      "</ChangeRequest>"
  );
}

TEST(RestXmlCodec, RefusesWhatXmlCannotExpress) {
  Exchange exchange(Protocol::kRestXml, Value::object({{"A", std::string("\1")}}));
  exchange.call.http = "POST /x";
  exchange.call.xml_root = "R";
  const Result<HttpRequest> request = encode_call(exchange.call, kEndpoint);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().klass, ErrorClass::kInvalid);
}

TEST(RestXmlCodec, SendsNoBodyForARead) {
  Exchange exchange(Protocol::kRestXml, Value::object({{"Id", "Z1"}, {"name", "*.ex."}}));
  exchange.call.http = "GET /2013-04-01/hostedzone/{Id}/rrset?{name}&{type}";
  const HttpRequest request = exchange.encode();
  EXPECT_EQ(request.query, "name=%2A.ex.");
  EXPECT_EQ(request.body, "");
  EXPECT_TRUE(request.headers.empty());
}

}  // namespace
}  // namespace plumbline
