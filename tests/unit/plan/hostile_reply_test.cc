// Replies that are none, from the bytes of the body to what is believed of an object:
// tests/golden/hostile/replies. A look that was not answered never says that nothing is there, and
// a creation that was not answered is neither refused nor done.
#include <sstream>

#include <gtest/gtest.h>

#include "controller/aws/codec.h"
#include "controller/base/text.h"
#include "controller/plan/answer.h"
#include "tests/support/hostile.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

/// What a case is about: "list vpcs", "read vpcs vpc-1", "create dbInstances app".
struct Asked {
  std::string verb, id;
  const Kind* kind = nullptr;

  [[nodiscard]] const CallTemplate& call() const {
    return verb == "list" ? kind->list->call : verb == "read" ? kind->read : kind->create.back();
  }
};

Asked asked_of(const HostileCase& one) {
  std::istringstream words(one.get("to"));
  Asked asked;
  std::string section;
  words >> asked.verb >> section >> asked.id;
  asked.kind = shipped_kinds().find_section(section);
  EXPECT_NE(asked.kind, nullptr) << one.place;
  return asked;
}

HttpResponse response_of(const HostileCase& one) {
  HttpResponse response;
  const std::string status = one.get("status");
  response.status = status.empty() ? 200 : std::stoi(status);
  response.body = one.bytes;
  for (const std::string& header : one.all("header")) {
    const std::size_t colon = header.find(':');
    response.headers.emplace_back(header.substr(0, colon), trim(header.substr(colon + 1)));
  }
  return response;
}

CallResult decoded(const HostileCase& one, const Asked& asked, bool is_mutating) {
  Call call;
  call.service = asked.kind->service;
  call.action = asked.call().action;
  call.is_mutating = is_mutating;
  return decode_response(call, response_of(one));
}

std::string ids_of(const std::vector<Observation>& seen) {
  std::string ids;
  for (const Observation& each : seen) {
    if (each.presence == Presence::kPresent) {
      ids += (ids.empty() ? "" : " ") + each.id;
    }
  }
  return ids.empty() ? "nothing" : ids;
}

struct Told {
  std::string what, why;
};

Told told(const Error& error, bool is_mutating) {
  if (is_mutating &&
      (error.klass == ErrorClass::kUnknownOutcome || error.klass == ErrorClass::kTransient)) {
    return {"unknown", error.message};
  }
  if (error.code == "UnreadableReply" || error.code == "NoAnswer") {
    EXPECT_EQ(error.klass, ErrorClass::kTransient);
    return {"unreadable", error.message};
  }
  const std::string verb = error.klass == ErrorClass::kTransient
                               ? "failed "
                               : "refused " + std::string(name_of(error.klass)) + " ";
  return {verb + error.code, error.message};
}

Told look(const HostileCase& one, const Asked& asked) {
  const CallResult reply = decoded(one, asked, false);
  if (!reply) {
    return told(reply.error(), false);
  }
  if (asked.verb == "list") {
    const auto seen = observe_list(*asked.kind, reply->body);
    return seen ? Told{ids_of(*seen), ""} : told(seen.error(), false);
  }
  const auto seen = observe_one_of(*asked.kind, asked.id, true, reply->body);
  return seen ? Told{ids_of({*seen}), ""} : told(seen.error(), false);
}

Told create(const HostileCase& one, const Asked& asked) {
  const CallResult reply = decoded(one, asked, true);
  if (!reply) {
    return told(reply.error(), true);
  }
  Value desired{Object()};
  if (!asked.id.empty()) {
    desired.set(asked.kind->name_property, asked.id);
  }
  const auto seen = observe_creation(*asked.kind, asked.call(), desired, reply->body);
  return seen ? Told{"made " + seen->id, ""} : told(seen.error(), true);
}

TEST(HostileReplies, NeverSayThatNothingIsThereNorThatSomethingWasMade) {
  const std::vector<HostileCase> cases =
      hostile_cases("replies", {"is", "says", "to", "status", "header"});
  EXPECT_GE(cases.size(), 300U);
  for (const HostileCase& one : cases) {
    SCOPED_TRACE(one.place + " " + one.name);
    const Asked asked = asked_of(one);
    const Told seen = asked.verb == "create" ? create(one, asked) : look(one, asked);
    EXPECT_EQ(seen.what, hostile::unescaped(one.get("is"))) << seen.why;
    EXPECT_NE(seen.why.find(one.get("says")), std::string::npos) << seen.why;
    EXPECT_LT(seen.why.size(), 5000U);
    if (asked.verb != "create" && decoded(one, asked, false)) {
      continue;
    }
    // What no look can read leaves a change unknown.
    const CallResult changed = decoded(one, asked, true);
    if (response_of(one).status < 300) {
      EXPECT_TRUE(changed || changed.error().klass == ErrorClass::kUnknownOutcome);
    }
  }
}

/// Good replies, of which no part is a reply.
struct Whole {
  const char* to;
  std::string body;
};

std::vector<Whole> whole_replies() {
  return {
      {"list vpcs",
       R"(<?xml version="1.0" encoding="UTF-8"?>
<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>r-1</requestId>
  <vpcSet><item><vpcId>vpc-1</vpcId><state>available</state><cidrBlock>10.0.0.0/16</cidrBlock>
    <tagSet><item><key>plumbline:owner</key><value>o</value></item></tagSet></item></vpcSet>
</DescribeVpcsResponse>)"},
      {"list dbInstances",
       "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>"
       "<DBInstanceIdentifier>app</DBInstanceIdentifier><DBInstanceStatus>available"
       "</DBInstanceStatus></DBInstance></DBInstances></DescribeDBInstancesResult>"
       "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
       "</DescribeDBInstancesResponse>"},
      {"read roles app",
       "<GetRoleResponse><GetRoleResult><Role><RoleName>app</RoleName><Arn>arn:1</Arn></Role>"
       "</GetRoleResult></GetRoleResponse>"},
      {"list secrets",
       R"({"SecretList":[{"ARN":"arn:1","Name":"a","Tags":[{"Key":"k","Value":"v"}]}],"NextToken":null})"},
      {"read functions f",
       R"({"Configuration":{"FunctionName":"f","State":"Active","Timeout":3},"Tags":{"a":"b"}})"},
      {"create vpcs",
       "<CreateVpcResponse><requestId>r</requestId><vpc><vpcId>vpc-1</vpcId></vpc>"
       "</CreateVpcResponse>"},
      {"create secrets a", R"({"ARN":"arn:1","Name":"a","VersionId":"v"})"},
  };
}

std::string what_of(const Whole& whole, std::string body) {
  HostileCase one;
  one.words = {{"to", whole.to}};
  one.bytes = std::move(body);
  const Asked asked = asked_of(one);
  return (asked.verb == "create" ? create(one, asked) : look(one, asked)).what;
}

TEST(HostileReplies, CutAtAnyByteAreNoReplies) {
  for (const Whole& whole : whole_replies()) {
    const std::string lost = std::string(whole.to).starts_with("create") ? "unknown" : "unreadable";
    EXPECT_NE(what_of(whole, whole.body), lost);
    for (std::size_t size = 0; size < whole.body.size(); ++size) {
      ASSERT_EQ(what_of(whole, whole.body.substr(0, size)), lost) << whole.body.substr(0, size);
    }
  }
}

// A byte that flips inside an id gives another id, which nobody can see; but from none follows that
// nothing is there, or that nothing was made.
TEST(HostileReplies, WithAnyByteFlippedStillDoNotSayNothing) {
  for (const Whole& whole : whole_replies()) {
    for (std::size_t at = 0; at < whole.body.size(); ++at) {
      for (const char flipped : {'\0', ' ', '<', '"', 'x', '\xff', '/', '}'}) {
        std::string body = whole.body;
        body[at] = flipped;
        const std::string what = what_of(whole, body);
        ASSERT_NE(what, "nothing") << body;
        ASSERT_FALSE(what.starts_with("refused")) << body;
      }
    }
  }
}

TEST(HostileReplies, WithAnyStretchLeftOutStillDoNotSayNothing) {
  for (const Whole& whole : whole_replies()) {
    for (std::size_t from = 0; from < whole.body.size(); from += 3) {
      for (std::size_t length = 1; from + length <= whole.body.size(); length += 11) {
        std::string body = whole.body;
        body.erase(from, length);
        ASSERT_NE(what_of(whole, body), "nothing") << body;
      }
    }
  }
}

}  // namespace
}  // namespace plumbline
