#include "controller/aws/codec.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline {
namespace {

ServiceProfile profile(Protocol protocol) {
  ServiceProfile service;
  service.protocol = protocol;
  service.api_version = "2014-10-31";
  service.target_prefix = "secretsmanager";
  service.xml_namespace = "https://route53.amazonaws.com/doc/2013-04-01/";
  return service;
}

const Endpoint kEndpoint{"https", "rds.eu-west-3.amazonaws.com", "", "eu-west-3"};

struct Exchange {
  explicit Exchange(Protocol protocol, Value request = {}) : service(profile(protocol)) {
    call.service = &service;
    call.action = "DoIt";
    call.request = std::move(request);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  HttpRequest encode() {
    Result<HttpRequest> request = encode_call(call, kEndpoint);
    EXPECT_TRUE(request) << request.error().to_string();
    return request ? *request : HttpRequest{};
  }
  CallResult decode(int status, std::string body, Headers headers = {}) {
    return decode_response(call, HttpResponse{status, std::move(headers), std::move(body)});
  }

  ServiceProfile service;
  Call call;
};

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

// ---- Replies ----

TEST(XmlReplies, StartInsideTheResultElement) {
  const CallResult reply =
      Exchange(Protocol::kQuery)
          .decode(
              200,
              "<?xml version=\"1.0\"?>\n<DoItResponse xmlns=\"http://rds/\"><DoItResult><DBProxies>"
              "<member><Name>a</Name></member><member><Name> b &amp; "
              "<![CDATA[<c>]]></Name></member>"
              "</DBProxies><Marker/></DoItResult><ResponseMetadata><RequestId>r-1</RequestId>"
              "</ResponseMetadata></DoItResponse>"
          );
  ASSERT_TRUE(reply) << reply.error().to_string();
  EXPECT_EQ(reply->request_id, "r-1");
  EXPECT_EQ(
      show_json(reply->body),
      R"({"DBProxies":{"member":[{"Name":"a"},{"Name":" b & <c>"}]},"Marker":""})"
  );
}

TEST(XmlReplies, WithoutAResultAreTheRootWithoutMetadata) {
  const CallResult reply =
      Exchange(Protocol::kQuery)
          .decode(200, "<R><ResponseMetadata><RequestId>r-2</RequestId></ResponseMetadata></R>");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->request_id, "r-2");
  EXPECT_EQ(show_json(reply->body), "{}");
}

TEST(XmlReplies, OfEc2KeepReturnAsData) {
  const CallResult reply =
      Exchange(Protocol::kEc2Query)
          .decode(
              200, "<R xmlns=\"http://ec2/\"><requestId>r-3</requestId><return>false</return></R>"
          );
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->request_id, "r-3");
  EXPECT_EQ(show_json(reply->body), R"({"return":"false"})");
}

TEST(XmlReplies, MakeAListOfRepeatedSiblingsWhereverTheyStand) {
  const CallResult reply =
      Exchange(Protocol::kRestXml)
          .decode(200, "<R><a>1</a><n:b xmlns:n=\"u\" x=\"y\">2</n:b><a>3</a><c><d> </d></c></R>");
  ASSERT_TRUE(reply);
  EXPECT_EQ(show_json(reply->body), R"({"a":["1","3"],"b":"2","c":{"d":" "}})");
}

TEST(XmlReplies, OfAThousandRowsKeepEveryRow) {
  std::string body = "<R><set>";
  for (int i = 0; i < 1000; ++i) {
    body += "<item><id>" + std::to_string(i) + "</id></item>";
  }
  const CallResult reply = Exchange(Protocol::kEc2Query).decode(200, body + "</set></R>");
  ASSERT_TRUE(reply);
  const List& rows = reply->body.get_path("set.item").as_list();
  ASSERT_EQ(rows.size(), 1000U);
  EXPECT_EQ(rows[999].text_of("id"), "999");
}

TEST(Replies, WithoutABodyAreEmptyObjects) {
  for (const Protocol protocol :
       {Protocol::kQuery,
        Protocol::kEc2Query,
        Protocol::kJson11,
        Protocol::kRestJson,
        Protocol::kRestXml}) {
    const CallResult reply = Exchange(protocol).decode(204, "", {{"x-amzn-RequestId", "r-4"}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(show_json(reply->body), "{}");
    EXPECT_EQ(reply->request_id, "r-4");
  }
}

TEST(JsonReplies, DropNullMembersAndKeepLargeIntegers) {
  const CallResult reply = Exchange(Protocol::kJson11)
                               .decode(
                                   200,
                                   R"({"a":null,"b":9007199254740993,"c":[null,{"d":null}]})",
                                   {{"x-amz-request-id", "r-5"}}
                               );
  ASSERT_TRUE(reply);
  EXPECT_EQ(show_json(reply->body), R"({"b":9007199254740993,"c":[null,{}]})");
  EXPECT_EQ(reply->request_id, "r-5");
}

void expect_unreadable(Protocol protocol, const std::string& body) {
  Exchange exchange(protocol);
  const CallResult read = exchange.decode(200, body);
  ASSERT_FALSE(read) << body.substr(0, 80);
  EXPECT_EQ(read.error().klass, ErrorClass::kTransient);
  exchange.call.is_mutating = true;
  EXPECT_EQ(exchange.decode(200, body).error().klass, ErrorClass::kUnknownOutcome);
}

TEST(Replies, ThatCannotBeReadLeaveAMutationsOutcomeUnknown) {
  expect_unreadable(Protocol::kJson11, "<html></html>");
  expect_unreadable(Protocol::kJson11, R"({"a":)");
  expect_unreadable(Protocol::kQuery, "<html><body>Sign in</body></html>");
  expect_unreadable(Protocol::kQuery, "<R><a>1</a>");
  expect_unreadable(Protocol::kQuery, "{}");
  expect_unreadable(Protocol::kEc2Query, "<R><a>\xff</a></R>");
}

TEST(XmlReplies, RefuseDocumentTypesAndEntities) {
  expect_unreadable(Protocol::kQuery, "<!DOCTYPE R [<!ENTITY a \"b\">]><R>&a;</R>");
  expect_unreadable(Protocol::kQuery, "<R><!ENTITY a \"b\"></R>");
}

TEST(XmlReplies, RefuseMoreThanSixtyFourLevels) {
  const auto nested = [](int levels) {
    std::string body;
    for (int i = 0; i < levels; ++i) {
      body += "<a>";
    }
    for (int i = 0; i < levels; ++i) {
      body += "</a>";
    }
    return body;
  };
  EXPECT_TRUE(Exchange(Protocol::kRestXml).decode(200, nested(64)));
  expect_unreadable(Protocol::kRestXml, nested(65));
  expect_unreadable(Protocol::kRestXml, nested(100'000));
}

// ---- Errors ----

void expect_error(const CallResult& result, const Error& expected) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().klass, expected.klass);
  EXPECT_EQ(result.error().code, expected.code);
  EXPECT_EQ(result.error().message, expected.message);
  EXPECT_EQ(result.error().request_id, expected.request_id);
  EXPECT_EQ(result.error().http_status, expected.http_status);
}

TEST(Errors, OfEc2) {
  expect_error(
      Exchange(Protocol::kEc2Query)
          .decode(
              400,
              "<?xml version=\"1.0\"?><Response><Errors><Error><Code>InvalidVpcID.NotFound</Code>"
              "<Message>No vpc-1</Message></Error></Errors><RequestID>r</RequestID></Response>"
          ),
      {ErrorClass::kNotFound, "InvalidVpcID.NotFound", "No vpc-1", "r", 400}
  );
}

TEST(Errors, OfQueryInEveryForm) {
  for (const std::string body :
       {"<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate "
        "exceeded</Message></Error><RequestId>r</RequestId></ErrorResponse>",
        "<Error><Code>Throttling</Code><Message>Rate exceeded</Message><RequestId>r</RequestId>"
        "</Error>",
        "<Errors><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>"
        "r</RequestId></Errors>"}) {
    expect_error(
        Exchange(Protocol::kQuery).decode(400, body),
        {ErrorClass::kThrottled, "Throttling", "Rate exceeded", "r", 400}
    );
  }
}

TEST(Errors, OfRoute53NamedByTheirRoot) {
  expect_error(
      Exchange(Protocol::kRestXml)
          .decode(
              400,
              "<InvalidChangeBatch xmlns=\"x\"><Messages><Message>one</Message><Message>two"
              "</Message></Messages><RequestId>r</RequestId></InvalidChangeBatch>"
          ),
      {ErrorClass::kInvalid, "InvalidChangeBatch", "one; two", "r", 400}
  );
}

TEST(Errors, OfJsonWithoutNamespaceAndAddress) {
  expect_error(
      Exchange(Protocol::kJson11)
          .decode(
              400,
              R"({"__type":"com.amazonaws.sm#ResourceExistsException","Message":"taken"})",
              {{"x-amzn-RequestId", "r"}}
          ),
      {ErrorClass::kExists, "ResourceExistsException", "taken", "r", 400}
  );
  expect_error(
      Exchange(Protocol::kRestJson)
          .decode(
              404,
              R"({"Type":"User","Message":"none"})",
              {{"X-Amzn-ErrorType", "ResourceNotFoundException:http://internal/"}}
          ),
      {ErrorClass::kNotFound, "ResourceNotFoundException", "none", "", 404}
  );
  expect_error(
      Exchange(Protocol::kJson10)
          .decode(
              400,
              R"({"__type":"a#QueueDoesNotExist","message":"m"})",
              {{"x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender"}}
          ),
      {ErrorClass::kInvalid, "AWS.SimpleQueueService.NonExistentQueue", "m", "", 400}
  );
}

TEST(Errors, ThatAreWebPagesAreNamedByTheirStatus) {
  for (const Protocol protocol :
       {Protocol::kQuery,
        Protocol::kEc2Query,
        Protocol::kJson11,
        Protocol::kRestJson,
        Protocol::kRestXml}) {
    for (const std::string body :
         {"<html><head><title>503</title></head></html>", "<!DOCTYPE html><html><br></html>", ""}) {
      expect_error(
          Exchange(protocol).decode(503, body),
          {ErrorClass::kTransient, "503", "HTTP 503 without an explanation.", "", 503}
      );
    }
  }
}

TEST(Errors, IncludeRedirects) {
  const CallResult result = Exchange(Protocol::kQuery).decode(301, "");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().klass, ErrorClass::kInvalid);
}

TEST(Errors, NeverRepeatASecret) {
  Exchange exchange(
      Protocol::kQuery,
      Value::object({{"L", Value::list({Value::object({{"Password", Value::secret("hunter22")}})})}}
      )
  );
  const CallResult result = exchange.decode(
      400, "<E><Error><Code>X</Code><Message>hunter22 is too short: hunter22</Message></Error></E>"
  );
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "(sensitive) is too short: (sensitive)");
}

TEST(Errors, OfASignatureDoNotRepeatTheSignedHeaders) {
  const CallResult result =
      Exchange(Protocol::kJson11)
          .decode(
              403,
              R"({"__type":"InvalidSignatureException","message":"It does not match.\n\nThe Canonical )"
              R"(String for this request should have been\n'POST x-amz-security-token:TOKEN'"})"
          );
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().klass, ErrorClass::kAuth);
  EXPECT_EQ(result.error().message.find("TOKEN"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
