#include "controller/aws/endpoint.h"

#include <map>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

ServiceProfile service(
    const std::string& prefix, const std::string& variable, bool is_global = false
) {
  ServiceProfile profile;
  profile.id = prefix;
  profile.host_prefix = prefix;
  profile.endpoint_variable = variable;
  profile.is_global = is_global;
  return profile;
}

const ServiceProfile& rds() {
  static const ServiceProfile profile = service("rds", "RDS");
  return profile;
}

const ServiceProfile& iam() {
  static const ServiceProfile profile = service("iam", "IAM", true);
  return profile;
}

Result<Endpoint> with_url(const std::string& url, Variables variables = {}) {
  variables["AWS_ENDPOINT_URL"] = url;
  return resolve_endpoint(rds(), "eu-west-1", environment_of(variables), {});
}

TEST(Endpoint, NamesTheRegionalHostOfEachPartition) {
  const std::map<std::string, std::string> hosts{
      {"ap-northeast-1", "rds.ap-northeast-1.amazonaws.com"},
      {"us-gov-east-1", "rds.us-gov-east-1.amazonaws.com"},
      {"cn-north-1", "rds.cn-north-1.amazonaws.com.cn"},
      {"us-iso-east-1", "rds.us-iso-east-1.c2s.ic.gov"},
      {"us-isob-east-1", "rds.us-isob-east-1.sc2s.sgov.gov"},
      {"eusc-de-east-1", "rds.eusc-de-east-1.amazonaws.eu"},
  };
  for (const auto& [region, host] : hosts) {
    const auto endpoint = resolve_endpoint(rds(), region, environment_of({}), {});
    ASSERT_TRUE(endpoint) << region;
    EXPECT_EQ(endpoint->scheme, "https");
    EXPECT_EQ(endpoint->host, host);
    EXPECT_EQ(endpoint->base_path, "");
    EXPECT_EQ(endpoint->signing_region, region);
  }
}

TEST(Endpoint, SignsGlobalServicesForThePartitionsGlobalRegion) {
  struct Case {
    ServiceProfile service;
    std::string region, host, signing_region;
  };
  const ServiceProfile route53 = service("route53", "ROUTE_53", true);
  for (const Case& c : {
           Case{iam(), "ap-northeast-1", "iam.amazonaws.com", "us-east-1"},
           Case{iam(), "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
           Case{iam(), "us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
           Case{route53, "eu-central-1", "route53.amazonaws.com", "us-east-1"},
           Case{route53, "cn-north-1", "route53.amazonaws.com.cn", "cn-northwest-1"},
           Case{route53, "us-gov-east-1", "route53.us-gov.amazonaws.com", "us-gov-west-1"},
       }) {
    const auto endpoint = resolve_endpoint(c.service, c.region, environment_of({}), {});
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->host, c.host);
    EXPECT_EQ(endpoint->signing_region, c.signing_region);
  }
}

TEST(Endpoint, KnowsThePartitionOfARegion) {
  EXPECT_EQ(partition_of("us-east-1"), "aws");
  EXPECT_EQ(partition_of("cn-north-1"), "aws-cn");
  EXPECT_EQ(partition_of("us-gov-west-1"), "aws-us-gov");
  EXPECT_EQ(partition_of("us-iso-west-1"), "aws-iso");
  EXPECT_EQ(partition_of("us-isob-east-1"), "aws-iso-b");
  EXPECT_EQ(partition_of("mars-north-1"), "aws");
}

TEST(Endpoint, TakesTheMostSpecificOverrideFirst) {
  Variables variables{
      {"AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:1"}, {"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}};
  EndpointSettings settings;
  settings.service_urls = {
      {"secrets_manager", "http://127.0.0.1:9"}, {"rds", "http://127.0.0.1:3"}};
  settings.global_url = "http://127.0.0.1:4";
  const auto host = [&] {
    return resolve_endpoint(rds(), "eu-west-1", environment_of(variables), settings)->host;
  };
  EXPECT_EQ(host(), "127.0.0.1:1");
  variables["AWS_ENDPOINT_URL_RDS"] = "";  // Empty is not set.
  EXPECT_EQ(host(), "127.0.0.1:2");
  variables.erase("AWS_ENDPOINT_URL");
  EXPECT_EQ(host(), "127.0.0.1:3");
  settings.service_urls.pop_back();
  EXPECT_EQ(host(), "127.0.0.1:4");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "True";
  EXPECT_EQ(host(), "rds.eu-west-1.amazonaws.com");
}

TEST(Endpoint, SpellsTheVariableAsTheServiceProfileDoes) {
  const ServiceProfile secrets = service("secretsmanager", "SECRETS_MANAGER");
  const auto endpoint = resolve_endpoint(
      secrets,
      "eu-west-1",
      environment_of({{"AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://vpce.example"}}),
      {}
  );
  EXPECT_EQ(endpoint->host, "vpce.example");
}

TEST(Endpoint, KeepsTheSigningRegionUnderAnOverride) {
  const auto environment = environment_of({{"AWS_ENDPOINT_URL", "http://localhost:4566"}});
  EXPECT_EQ(resolve_endpoint(rds(), "eu-west-1", environment, {})->signing_region, "eu-west-1");
  EXPECT_EQ(resolve_endpoint(iam(), "eu-west-1", environment, {})->signing_region, "us-east-1");
}

TEST(Endpoint, ReadsPortsPathsAndAddresses) {
  const auto check = [](const std::string& url, const std::string& host, const std::string& path) {
    const auto endpoint = with_url(url);
    ASSERT_TRUE(endpoint) << url << endpoint.error().message;
    EXPECT_EQ(endpoint->host, host) << url;
    EXPECT_EQ(endpoint->base_path, path) << url;
  };
  check("https://Proxy.Example:8443/aws/v1//", "proxy.example:8443", "/aws/v1");
  check("HTTPS://proxy.example:443/", "proxy.example", "");
  check("http://localhost:80", "localhost", "");
  check("http://[::1]:5000", "[::1]:5000", "");
  check("http://[::1]", "[::1]", "");
  check("http://rds.localhost:4566", "rds.localhost:4566", "");
  check("https://proxy.example/a%20b", "proxy.example", "/a%20b");
}

TEST(Endpoint, RefusesPlainHttpOutsideThisMachine) {
  for (const char* url :
       {"http://10.0.0.8:4566",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://[::2]",
        "http://127.example.com",
        "http://127.0.0.1000",
        "http://notlocalhost"}) {
    const auto endpoint = with_url(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().klass, ErrorClass::kInvalid);
    EXPECT_NE(endpoint.error().message.find("PLUMBLINE_ALLOW_HTTP=1"), std::string::npos);
    EXPECT_NE(endpoint.error().message.find("AWS_ENDPOINT_URL"), std::string::npos);
    EXPECT_TRUE(with_url(url, {{"PLUMBLINE_ALLOW_HTTP", "1"}})) << url;
  }
  EXPECT_FALSE(with_url("http://10.0.0.8", {{"PLUMBLINE_ALLOW_HTTP", "0"}}));
}

TEST(Endpoint, RefusesUrlsItDoesNotFullyUnderstand) {
  for (const char* url :
       {"localhost:4566",
        "ftp://localhost",
        "https://",
        "https://user:pw@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:",
        "https://example.com:80x",
        "https://exa mple.com",
        "https://example.com\r\nX: 1",
        "https://[zz]",
        "https://[1]",
        "https://example.com/a b"}) {
    const auto endpoint = with_url(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().code, "EndpointInvalid");
    EXPECT_EQ(endpoint.error().message.find("pw@"), std::string::npos);
  }
}

TEST(Endpoint, RefusesARegionThatIsNone) {
  for (const char* region :
       {"",
        "us-east-1.evil.com",
        "US-EAST-1",
        "us east 1",
        "us-east-1/",
        "é",
        "us-east",
        "us--1",
        "-us-east-1",
        "us-east-1-",
        "1-us-east-1",
        "localhost",
        "us-east-111111111111111111111111111111111111111111111111111111111111111"}) {
    const auto endpoint = resolve_endpoint(rds(), region, environment_of({}), {});
    ASSERT_FALSE(endpoint) << region;
    EXPECT_EQ(endpoint.error().klass, ErrorClass::kInvalid);
  }
  const auto missing = resolve_endpoint(rds(), "", environment_of({}), {});
  EXPECT_NE(missing.error().message.find("AWS_REGION"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
