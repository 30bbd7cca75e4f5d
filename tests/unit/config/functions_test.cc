#include "controller/config/functions.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/config/name_ref.h"

namespace plumbline {
namespace {

namespace f = functions;

Value tree(std::string_view json) {
  auto value = parse_json(json);
  EXPECT_TRUE(value.has_value()) << json;
  return value ? *value : Value();
}

bool same_policy(std::string_view a, std::string_view b) {
  return f::iam_policy(tree(a)) == f::iam_policy(tree(b));
}

TEST(Functions, MaskIpv4RangesAsAwsDoes) {
  EXPECT_EQ(f::cidr4("10.0.0.5/8"), Value("10.0.0.0/8"));
  EXPECT_EQ(f::cidr4("10.1.2.3"), Value("10.1.2.3/32"));
  EXPECT_EQ(f::cidr4("10.1.2.129/25"), Value("10.1.2.128/25"));
  EXPECT_EQ(f::cidr4("0.0.0.0/0"), Value("0.0.0.0/0"));
  EXPECT_EQ(f::cidr4(Value::list({"10.0.0.5/8"})), Value::list({"10.0.0.0/8"}));
}

TEST(Functions, LeaveAloneWhatIsNoRange) {
  for (const char* text :
       {"", "10.0.0.0/33", "10.0.0/8", "fe80::/10", "10.0.0.0/-1", "10.0.0.0/8x"}) {
    EXPECT_EQ(f::cidr4(text), Value(text));
  }
}

TEST(Functions, WriteIpv6RangesShortAndLow) {
  EXPECT_EQ(f::cidr6("2001:DB8:0:0:0:0:0:1/64"), Value("2001:db8::/64"));
  EXPECT_EQ(f::cidr6("::/0"), Value("::/0"));
  EXPECT_EQ(f::cidr6("2001:db8::ffff/120"), Value("2001:db8::ff00/120"));
}

TEST(Functions, TellRangesFromNames) {
  EXPECT_TRUE(f::is_cidr4("10.0.0.0/8"));
  EXPECT_FALSE(f::is_cidr4("10.0.0.0"));
  EXPECT_FALSE(f::is_cidr4("lambda"));
  EXPECT_TRUE(f::is_cidr6("2001:db8::/32"));
  EXPECT_FALSE(f::is_cidr6("10.0.0.0/8"));
  for (const char* odd :
       {"10.0.0.-0/8", "10.0.0.0/-0", "10.0.0.0/08", "010.0.0.0/8", "fd00::/08"}) {
    EXPECT_FALSE(f::is_cidr4(odd) || f::is_cidr6(odd)) << odd;
  }
}

TEST(Functions, NameProtocolsAsEc2Does) {
  EXPECT_EQ(f::ip_protocol("all"), Value("-1"));
  EXPECT_EQ(f::ip_protocol("TCP"), Value("tcp"));
  EXPECT_EQ(f::ip_protocol(6), Value("tcp"));
  EXPECT_EQ(f::ip_protocol("17"), Value("udp"));
  EXPECT_EQ(f::ip_protocol("58"), Value("icmpv6"));
  EXPECT_EQ(f::ip_protocol("50"), Value("50"));
}

std::string rules(std::string_view json, const char* direction = "ingress") {
  const Value context = Value::object({{"direction", direction}, {"selfId", "sg-me"}});
  return show_json(Value(f::sg_rules(tree(json), context)));
}

TEST(SecurityGroupRules, BecomeOneRowForEachSource) {
  EXPECT_EQ(
      rules(
          R"([{"port": 3306, "from": [{"group": "sg-1"}, {"cidr": "10.0.0.5/8"}, {"self": true}]}])"
      ),
      R"([{"direction":"ingress","protocol":"tcp","fromPort":3306,"toPort":3306,"group":"sg-1"},)"
      R"({"direction":"ingress","protocol":"tcp","fromPort":3306,"toPort":3306,"cidr":"10.0.0.0/8"},)"
      R"({"direction":"ingress","protocol":"tcp","fromPort":3306,"toPort":3306,"group":"sg-me"}])"
  );
}

TEST(SecurityGroupRules, KnowIdsPrefixListsAndIpv6) {
  EXPECT_EQ(
      rules(R"([{"port": 1, "from": [{"id": "sg-x"}, {"prefixList": "pl-1"}, {"cidr6": "::1/0"}]}])"
      ),
      R"([{"direction":"ingress","protocol":"tcp","fromPort":1,"toPort":1,"group":"sg-x"},)"
      R"({"direction":"ingress","protocol":"tcp","fromPort":1,"toPort":1,"prefixList":"pl-1"},)"
      R"({"direction":"ingress","protocol":"tcp","fromPort":1,"toPort":1,"cidr6":"::/0"}])"
  );
}

TEST(SecurityGroupRules, CarryPortsOnlyWhereEc2DoesSo) {
  EXPECT_EQ(
      rules(R"([{"protocol": "all", "port": 5, "to": [{"cidr": "0.0.0.0/0"}]}])", "egress"),
      R"([{"direction":"egress","protocol":"-1","cidr":"0.0.0.0/0"}])"
  );
  EXPECT_EQ(
      rules(R"([{"protocol": "udp", "ports": "1024-65535", "from": {"cidr": "10.0.0.0/8"}}])"),
      R"([{"direction":"ingress","protocol":"udp","fromPort":1024,"toPort":65535,"cidr":"10.0.0.0/8"}])"
  );
  EXPECT_EQ(
      rules(R"([{"ports": "all", "from": {"cidr": "10.0.0.0/8"}}])"),
      R"([{"direction":"ingress","protocol":"tcp","fromPort":0,"toPort":65535,"cidr":"10.0.0.0/8"}])"
  );
  EXPECT_EQ(
      rules(R"([{"protocol": "icmp", "icmpType": 8, "from": {"cidr": "10.0.0.0/8"}}])"),
      R"([{"direction":"ingress","protocol":"icmp","fromPort":8,"toPort":-1,"cidr":"10.0.0.0/8"}])"
  );
}

TEST(SecurityGroupRules, CollapseRepetitions) {
  EXPECT_EQ(
      rules(R"([{"port": 1, "from": [{"cidr": "10.0.0.0/8"}, {"cidr": "10.9.9.9/8"}]},)"
            R"({"protocol": "6", "ports": "1-1", "from": {"cidr": "10.0.0.0/8"}}])"),
      R"([{"direction":"ingress","protocol":"tcp","fromPort":1,"toPort":1,"cidr":"10.0.0.0/8"}])"
  );
  EXPECT_EQ(rules("[]"), "[]");
  EXPECT_TRUE(f::sg_rules({}, {}).empty());
}

TEST(SecurityGroupRules, KeepAGroupThatIsNotKnownYet) {
  const Value unknown = Value::unknown("securityGroups.lambda.groupId");
  const Value written = Value::list(
      {Value::object({{"port", 1}, {"from", Value::list({Value::object({{"group", unknown}})})}})}
  );
  const List rows = f::sg_rules(written, Value::object({{"direction", "ingress"}}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].get("group"), unknown);
}

Value without_ids(Value row) {
  row.erase("ruleId");
  row.erase("groupId");
  return row;
}

TEST(SecurityGroupRules, AreReadBackAsTheyWereWritten) {
  // Texts as XML brings them, with a host address that AWS had masked and our own account's id.
  const Value observed = f::sg_rule_observed(
      tree(R"({"groupId": "sg-me", "ruleId": "sgr-1", "isEgress": "false", "protocol": "tcp",)"
           R"("fromPort": "3306", "toPort": "3306", "group": "sg-1", "groupOwner": "123456789012",)"
           R"("description": ""})")
  );
  const Value written =
      Value::list({Value::object({{"port", 3306}, {"from", tree(R"({"group": "sg-1"})")}})});
  const List rows = f::sg_rules(written, Value::object({{"direction", "ingress"}}));
  EXPECT_EQ(without_ids(observed), rows.at(0));
  EXPECT_EQ(observed.get("ruleId"), Value("sgr-1"));
}

TEST(SecurityGroupRules, ReadAllTrafficWithAndWithoutPorts) {
  const Value written =
      Value::list({Value::object({{"protocol", "all"}, {"to", tree(R"({"cidr": "0.0.0.0/0"})")}})});
  const Value row = f::sg_rules(written, Value::object({{"direction", "egress"}})).at(0);
  EXPECT_EQ(
      f::sg_rule_observed(tree(
          R"({"isEgress": "true", "protocol": "-1", "fromPort": "-1", "toPort": "-1", "cidr": "0.0.0.0/0"})"
      )),
      row
  );
  EXPECT_EQ(
      f::sg_rule_observed(tree(R"({"isEgress": true, "protocol": "-1", "cidr": "0.0.0.0/0"})")), row
  );
}

TEST(SecurityGroupRules, ReadIcmpWithoutTypesAsAnyType) {
  const Value written =
      Value::list({Value::object({{"protocol", "58"}, {"from", tree(R"({"cidr6": "::/0"})")}})});
  EXPECT_EQ(
      f::sg_rule_observed(tree(R"({"isEgress": "false", "protocol": "icmpv6", "cidr6": "::/0"})")),
      f::sg_rules(written, Value::object({{"direction", "ingress"}})).at(0)
  );
}

std::string acl_rows(const std::string& json, const char* direction) {
  const Value context = Value::object({{"direction", direction}});
  return show_json(Value(f::acl_entries(tree(json), context)));
}

TEST(SecurityGroupRules, AreWrittenBackFromTheirRows) {
  const std::string written =
      R"([{"from":[{"cidr":"10.0.0.0/8"},{"group":"sg-1"},{"self":true}],"port":3306},)"
      R"({"protocol":"all","from":[{"cidr6":"::/0"}]},)"
      R"({"protocol":"icmp","icmpType":8,"from":[{"cidr":"10.0.0.0/8"}],"description":"ping"},)"
      R"({"ports":"all","from":[{"prefixList":"pl-1"}]},)"
      R"({"ports":"1024-2048","protocol":"udp","from":[{"group":"sg-2"}]}])";
  const Value context = Value::object({{"direction", "ingress"}, {"selfId", "sg-me"}});
  List rows = f::sg_rules(tree(written), context);
  const Value rules = f::sg_rules_of_rows(rows, context);
  List expected = tree(written).as_list();
  List found = rules.as_list();
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(Value(found), Value(expected)) << show_json(rules);
  List again = f::sg_rules(rules, context);
  std::sort(rows.begin(), rows.end());
  std::sort(again.begin(), again.end());
  EXPECT_EQ(Value(rows), Value(again));
  EXPECT_EQ(f::sg_rules_of_rows(rows, Value::object({{"direction", "egress"}})).size(), 0U);
}

TEST(NetworkAclEntries, AreWrittenBackFromTheirRows) {
  const std::string written =
      R"([{"ruleNumber":90,"ruleAction":"deny","protocol":"icmp","icmpType":8,"from":{"cidr":"0.0.0.0/0"}},)"
      R"({"ruleNumber":100,"ruleAction":"allow","ports":"1024-65535","from":{"cidr6":"::/0"}},)"
      R"({"ruleNumber":110,"ruleAction":"allow","protocol":"all","from":{"cidr":"10.0.0.0/8"}}])";
  const Value context = Value::object({{"direction", "ingress"}});
  EXPECT_EQ(f::acl_entries_of_rows(f::acl_entries(tree(written), context), context), tree(written));
}

TEST(NetworkAclEntries, BecomeRowsWithPortsOnlyWhereEc2HasThem) {
  EXPECT_EQ(
      acl_rows(
          R"([{"ruleNumber":100,"ruleAction":"allow","port":3306,"from":{"cidr":"10.0.0.9/16"}}])",
          "ingress"
      ),
      R"([{"isEgress":false,"ruleNumber":100,"ruleAction":"allow","protocol":"tcp",)"
      R"("fromPort":3306,"toPort":3306,"cidr":"10.0.0.0/16"}])"
  );
  EXPECT_EQ(
      acl_rows(
          R"([{"ruleNumber":1,"ruleAction":"deny","protocol":"all","port":1,"to":{"cidr6":"FD00::/8"}},)"
          R"({"ruleNumber":2,"ruleAction":"allow","protocol":"1","icmpType":8,"to":{"cidr":"10.0.0.0/8"}}])",
          "egress"
      ),
      R"([{"isEgress":true,"ruleNumber":1,"ruleAction":"deny","protocol":"-1","cidr6":"fd00::/8"},)"
      R"({"isEgress":true,"ruleNumber":2,"ruleAction":"allow","protocol":"icmp",)"
      R"("icmpType":8,"icmpCode":-1,"cidr":"10.0.0.0/8"}])"
  );
}

TEST(NetworkAclEntries, AreReadBackAsTheyWereWritten) {
  const std::string written =
      R"([{"ruleNumber":100,"ruleAction":"allow","ports":"1024-65535","to":{"cidr":"0.0.0.0/0"}}])";
  const Value described = Value::object(
      {{"isEgress", "true"},
       {"ruleNumber", "100"},
       {"ruleAction", "allow"},
       {"protocol", "6"},
       {"cidr", "0.0.0.0/0"},
       {"fromPort", "1024"},
       {"toPort", "65535"}}
  );
  EXPECT_EQ(
      f::acl_entry_observed(described),
      f::acl_entries(tree(written), Value::object({{"direction", "egress"}})).at(0)
  );
}

TEST(NetworkAclEntries, NumberTheProtocolsTheyName) {
  EXPECT_EQ(f::ip_protocol_number("TCP"), Value("6"));
  EXPECT_EQ(f::ip_protocol_number("icmpv6"), Value("58"));
  EXPECT_EQ(f::ip_protocol_number("all"), Value("-1"));
  EXPECT_EQ(f::ip_protocol_number(50), Value("50"));
}

TEST(IamPolicy, TakesOneForAListOfOneInAnyOrder) {
  EXPECT_TRUE(same_policy(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":["b","a","a"]}})",
      R"({"Statement":[{"Resource":["a","b"],"Effect":"Allow","Action":["S3:Get*"]}],"Version":"2012-10-17"})"
  ));
}

TEST(IamPolicy, TakesTheOldVersionWhenNoneIsGiven) {
  EXPECT_TRUE(same_policy(R"({"Statement":[]})", R"({"Version":"2008-10-17","Statement":[]})"));
  EXPECT_FALSE(same_policy(R"({"Statement":[]})", R"({"Version":"2012-10-17","Statement":[]})"));
}

TEST(IamPolicy, KnowsTheWaysToNamePrincipals) {
  EXPECT_TRUE(same_policy(
      R"({"Statement":{"Effect":"Allow","Principal":"*"}})",
      R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"*"}}})"
  ));
  EXPECT_TRUE(same_policy(
      R"({"Statement":{"Principal":{"AWS":"123456789012","Service":["b","a"]}}})",
      R"({"Statement":{"Principal":{"Service":["a","b"],"AWS":["arn:aws-cn:iam::123456789012:root"]}}})"
  ));
  EXPECT_FALSE(same_policy(
      R"({"Statement":{"Principal":{"AWS":"123456789012"}}})",
      R"({"Statement":{"Principal":{"AWS":"arn:aws:iam::123456789012:role/root"}}})"
  ));
}

TEST(IamPolicy, TakesConditionsNumbersAndBooleansAsText) {
  EXPECT_TRUE(same_policy(
      R"({"Statement":{"Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"n":5}}}})",
      R"({"Statement":{"Condition":{"NumericLessThan":{"n":["5"]},"Bool":{"aws:SecureTransport":"true"}}}})"
  ));
}

TEST(IamPolicy, IgnoresStatementOrderEmptySidsAndRepetition) {
  EXPECT_TRUE(same_policy(
      R"({"Statement":[{"Sid":"","Action":"a:B"},{"Sid":"x","Action":"c:D"},{"Action":"a:B"}]})",
      R"({"Statement":[{"Sid":"x","Action":"c:D"},{"Action":"A:B"}]})"
  ));
  EXPECT_FALSE(same_policy(R"({"Statement":{"Sid":"x"}})", R"({"Statement":{"Sid":"y"}})"));
  EXPECT_FALSE(
      same_policy(R"({"Statement":{"Action":"a:B"}})", R"({"Statement":{"NotAction":"a:B"}})")
  );
}

TEST(IamPolicy, KeepsWordsItDoesNotKnow) {
  EXPECT_FALSE(same_policy(R"({"Id":"a","Statement":[]})", R"({"Id":"b","Statement":[]})"));
}

TEST(IamPolicy, ReadsText) {
  EXPECT_EQ(
      f::iam_policy(R"({"Statement":{"Action":"a:B"}})"),
      f::iam_policy(tree(R"({"Statement":[{"Action":["a:B"]}]})"))
  );
  EXPECT_EQ(f::iam_policy("no policy"), Value("no policy"));
}

TEST(Functions, AcceptAnEngineVersionsPrefixAndLaterPatches) {
  EXPECT_TRUE(f::engine_version("8.0", "8.0.35"));
  EXPECT_TRUE(f::engine_version("8.0.35", "8.0.36"));
  EXPECT_TRUE(f::engine_version("15.4", "15.5"));
  EXPECT_FALSE(f::engine_version("8.0.36", "8.0.35"));
  EXPECT_FALSE(f::engine_version("8.0", "8.4.1"));
  EXPECT_FALSE(f::engine_version("8", "80.1"));
  EXPECT_TRUE(f::engine_version("8.0.mysql_aurora.3.04.0", "8.0.mysql_aurora.3.04.1"));
}

TEST(Functions, AcceptStorageThatHasGrown) {
  EXPECT_TRUE(f::at_least(20, 30));
  EXPECT_TRUE(f::at_least(20, "20"));
  EXPECT_FALSE(f::at_least(20, 19));
  EXPECT_FALSE(f::at_least(20, {}));
}

TEST(Functions, MatchAnArnWithItsId) {
  constexpr const char* kArn = "arn:aws:kms:eu-west-3:123456789012:key/1234-abcd";
  EXPECT_TRUE(f::arn_or_id(kArn, kArn));
  EXPECT_TRUE(f::arn_or_id("1234-abcd", kArn));
  EXPECT_TRUE(f::arn_or_id("alias/app", kArn));
  EXPECT_FALSE(f::arn_or_id("alias/app", {}));
  EXPECT_FALSE(f::arn_or_id("1234", kArn));
  EXPECT_FALSE(f::arn_or_id("arn:aws:kms:us-east-1:123456789012:key/1234-abcd", kArn));
}

TEST(Functions, TakeTextsApart) {
  EXPECT_EQ(f::arn_part("arn:aws:rds:eu-west-3:1:db-proxy:prx-0a1b"), Value("prx-0a1b"));
  EXPECT_EQ(f::arn_part("arn:aws:iam::1:role/path/name"), Value("name"));
  EXPECT_EQ(f::last_segment("/hostedzone/Z1"), Value("Z1"));
  EXPECT_EQ(f::lower("Sun:05:00"), Value("sun:05:00"));
  EXPECT_EQ(f::dns_name("\\052.Example.COM"), Value("*.example.com."));
  EXPECT_EQ(f::dns_name("\\104b.example.com"), Value("db.example.com."));
  // What would read differently once it stood for itself stays escaped.
  for (const char* escaped : {"a\\056b.", "a\\134104.", "\\1\\0604.", "a\\000.", "a\\777."}) {
    EXPECT_EQ(f::dns_name(escaped), Value(escaped));
  }
  EXPECT_EQ(f::principal_text(tree(R"({"Service": ["s"]})")), Value("s"));
  EXPECT_EQ(f::principal_text("*"), Value("*"));
}

TEST(Functions, TurnTreesIntoJsonAndBack) {
  EXPECT_EQ(f::json(tree(R"({"b": [1, "x"]})")), Value(R"({"b":[1,"x"]})"));
  EXPECT_EQ(f::json("already text"), Value("already text"));
  EXPECT_EQ(f::parse_json(R"({"a":1})"), tree(R"({"a":1})"));
  EXPECT_EQ(f::parse_json("{broken"), Value("{broken"));
  EXPECT_EQ(f::url_decode("%7B%22a%22%3A%20%22b+c%22%7D"), Value(R"({"a": "b+c"})"));
}

TEST(Functions, DigestWhatLambdaDigests) {
  EXPECT_EQ(
      f::sha256_base64(Value::bytes("abc")), Value("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
  );
  EXPECT_EQ(f::base64(Value::bytes("abc")), Value("YWJj"));
}

TEST(Functions, ReadBackWhatWasSentAsBase64) {
  EXPECT_EQ(f::base64_text("IyEvYmluL3NoCg=="), Value("#!/bin/sh\n"));
  EXPECT_EQ(f::base64_text("no base64!"), Value("no base64!"));
  EXPECT_EQ(f::base64_text(Value()), Value());
}

TEST(Functions, ReadBooleansAsEnginesWriteThem) {
  EXPECT_EQ(f::bool_text("ON"), Value("true"));
  EXPECT_EQ(f::bool_text("enabled"), Value("true"));
  EXPECT_EQ(f::bool_text("active"), Value("true"));
  EXPECT_EQ(f::bool_text("disabled"), Value("false"));
  EXPECT_EQ(f::bool_text(0), Value("false"));
  EXPECT_EQ(f::bool_text(true), Value("true"));
  EXPECT_EQ(f::bool_text("{expression}"), Value("{expression}"));
}

TEST(Functions, AreAllFoundByTheNamesTheyAreListedUnder) {
  for (const std::string& name : value_function_names()) {
    ASSERT_NE(find_value_function(name), nullptr) << name;
    // Total: no value, of whatever kind, is too much for any of them.
    for (const Value& value :
         {Value(true),
          Value(5),
          Value(1.5),
          Value(""),
          Value("x"),
          Value(List()),
          Value(Object()),
          Value::bytes("b"),
          tree(R"([{"a":[null]}])")}) {
      EXPECT_NO_FATAL_FAILURE(find_value_function(name)(value)) << name;
    }
  }
  for (const std::string& name : equal_function_names()) {
    EXPECT_NE(find_equal_function(name), nullptr) << name;
  }
  EXPECT_EQ(find_value_function("len"), nullptr);
  EXPECT_EQ(find_expr_function("lower"), nullptr);
}

TEST(Functions, AreAllDescribedInTheSchemaLanguage) {
  std::ifstream file(PLUMBLINE_SOURCE_DIR "/schemas/schema.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::string> names = value_function_names();
  for (const auto& more :
       {equal_function_names(), explode_function_names(), expr_function_names()}) {
    names.insert(names.end(), more.begin(), more.end());
  }
  for (const std::string& name : names) {
    const bool is_described = text.find("`" + name + "`") != std::string::npos ||
                              text.find("`" + name + "(") != std::string::npos;
    EXPECT_TRUE(is_described) << name;
  }
}

}  // namespace
}  // namespace plumbline
