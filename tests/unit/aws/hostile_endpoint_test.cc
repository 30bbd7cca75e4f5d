// Addresses, regions and resolved names that lead where they should not: tests/golden/hostile/
// endpoints.
#include <cstring>
#include <sstream>

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "controller/aws/endpoint.h"
#include "controller/aws/peer_check.h"
#include "tests/support/hostile.h"

namespace plumbline {
namespace {

struct Told {
  std::string what, why;
};

Told resolve(const HostileCase& one) {
  ServiceProfile rds;
  rds.id = rds.host_prefix = "rds";
  rds.endpoint_variable = "RDS";
  const std::string url = hostile::unescaped(one.get("url"));
  const std::string region = hostile::unescaped(one.get("region"));
  const auto environment = [&url](const std::string& name) -> std::optional<std::string> {
    return name == "AWS_ENDPOINT_URL" && !url.empty() ? std::optional(url) : std::nullopt;
  };
  const auto endpoint =
      resolve_endpoint(rds, region.empty() ? "eu-west-1" : region, environment, {});
  if (endpoint) {
    return {endpoint->host, ""};
  }
  EXPECT_EQ(endpoint.error().klass, ErrorClass::kInvalid);
  EXPECT_EQ(endpoint.error().message.find("secret"), std::string::npos) << "it repeats a password";
  return {"refused", endpoint.error().message};
}

Told connect(const std::string& host_and_address) {
  std::istringstream words(host_and_address);
  std::string host, address;
  words >> host >> address;
  sockaddr_storage storage{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr), 1) << address;
    v6.sin6_family = AF_INET6;
    std::memcpy(&storage, &v6, sizeof v6);
  }
  // A sockaddr is only the head of what it stands for; the check reads on.
  const bool may = may_connect(host, *reinterpret_cast<sockaddr*>(&storage));  // NOLINT
  return {may ? "taken" : "refused", ""};
}

TEST(HostileEndpoints, LeadNowhere) {
  const std::vector<HostileCase> cases =
      hostile_cases("endpoints", {"is", "says", "url", "region", "peer"});
  EXPECT_GE(cases.size(), 90U);
  for (const HostileCase& one : cases) {
    SCOPED_TRACE(one.place + " " + one.name);
    const std::string peer = one.get("peer");
    const Told seen = peer.empty() ? resolve(one) : connect(peer);
    EXPECT_EQ(seen.what, one.get("is"));
    if (seen.what == "refused" && peer.empty()) {
      EXPECT_NE(seen.why.find(one.get("says")), std::string::npos) << seen.why;
      EXPECT_LT(seen.why.size(), 1000U);
    }
  }
}

}  // namespace
}  // namespace plumbline
