#include <gtest/gtest.h>

#include "controller/aws/codec.h"
#include "controller/base/json.h"
#include "tests/support/aws/exchange.h"

namespace plumbline {
namespace {

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
  const CallResult reply = Exchange(Protocol::kQuery)
                               .decode(
                                   200,
                                   "<DoItResponse><ResponseMetadata><RequestId>r-2</RequestId></"
                                   "ResponseMetadata></DoItResponse>"
                               );
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->request_id, "r-2");
  EXPECT_EQ(show_json(reply->body), "{}");
}

TEST(XmlReplies, OfEc2KeepReturnAsData) {
  const CallResult reply = Exchange(Protocol::kEc2Query)
                               .decode(
                                   200,
                                   "<DoItResponse "
                                   "xmlns=\"http://ec2/\"><requestId>r-3</requestId><return>false</"
                                   "return></DoItResponse>"
                               );
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->request_id, "r-3");
  EXPECT_EQ(show_json(reply->body), R"({"return":"false"})");
}

TEST(XmlReplies, MakeAListOfRepeatedSiblingsWhereverTheyStand) {
  const CallResult reply = Exchange(Protocol::kRestXml)
                               .decode(
                                   200,
                                   "<DoItResponse><a>1</a><n:b xmlns:n=\"u\" "
                                   "x=\"y\">2</n:b><a>3</a><c><d> </d></c></DoItResponse>"
                               );
  ASSERT_TRUE(reply);
  EXPECT_EQ(show_json(reply->body), R"({"a":["1","3"],"b":"2","c":{"d":" "}})");
}

TEST(XmlReplies, OfAThousandRowsKeepEveryRow) {
  std::string body = "<DoItResponse><set>";
  for (int i = 0; i < 1000; ++i) {
    body += "<item><id>" + std::to_string(i) + "</id></item>";
  }
  const CallResult reply =
      Exchange(Protocol::kEc2Query).decode(200, body + "</set></DoItResponse>");
  ASSERT_TRUE(reply);
  const List& rows = reply->body.get_path("set.item").as_list();
  ASSERT_EQ(rows.size(), 1000U);
  EXPECT_EQ(rows[999].text_of("id"), "999");
}

TEST(Replies, ToAChangeWithoutABodyAreEmptyObjects) {
  for (const Protocol protocol :
       {Protocol::kQuery,
        Protocol::kEc2Query,
        Protocol::kJson11,
        Protocol::kRestJson,
        Protocol::kRestXml}) {
    Exchange exchange(protocol);
    exchange.call.is_mutating = true;
    const CallResult reply = exchange.decode(204, "", {{"x-amzn-RequestId", "r-4"}});
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
  expect_unreadable(Protocol::kQuery, "<DoItResponse><a>1</a>");
  expect_unreadable(Protocol::kQuery, "{}");
  expect_unreadable(Protocol::kEc2Query, "<DoItResponse><a>\xff</a></DoItResponse>");
}

TEST(Replies, OfAnotherActionOrOfNothingAreNoAnswerToALook) {
  expect_unreadable(Protocol::kEc2Query, "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>");
  expect_unreadable(Protocol::kQuery, "<Other><Account>1</Account></Other>");
  for (const Protocol protocol : {Protocol::kQuery, Protocol::kEc2Query, Protocol::kJson11}) {
    const CallResult reply = Exchange(protocol).decode(200, " ");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().klass, ErrorClass::kTransient);
  }
}

TEST(XmlReplies, RefuseDocumentTypesAndEntities) {
  expect_unreadable(
      Protocol::kQuery, "<!DOCTYPE R [<!ENTITY a \"b\">]><DoItResponse>&a;</DoItResponse>"
  );
  expect_unreadable(Protocol::kQuery, "<DoItResponse><!ENTITY a \"b\"></DoItResponse>");
}

TEST(XmlReplies, RefuseMoreNamesThanAnyModelHas) {
  std::string children;
  for (int number = 0; number < 5000; ++number) {
    children += "<a" + std::to_string(number) + "/>";
  }
  expect_unreadable(Protocol::kQuery, "<DoItResponse>" + children + "</DoItResponse>");
}

TEST(JsonReplies, ThatSayAMemberTwiceSayNothing) {
  expect_unreadable(Protocol::kJson11, R"({"Id":"a","Id":"b"})");
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

TEST(Errors, NeverRepeatASecretInTheFormItWasSent) {
  Exchange exchange(
      Protocol::kJson11, Value::object({{"Password", Value::secret("hunter \"22\"")}})
  );
  for (const std::string_view form :
       {"hunter \\\"22\\\"", R"(hunter \\\"22\\\")", "hunter%20%2222%22", "aHVudGVyICIyMiI="}) {
    const CallResult result = exchange.decode(
        400, R"({"__type":"X","message":"not )" + std::string(form) + R"( but longer"})"
    );
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "not (sensitive) but longer") << form;
  }
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
