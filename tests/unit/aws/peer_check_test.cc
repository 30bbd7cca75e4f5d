#include "controller/aws/peer_check.h"

#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

bool may_reach(const std::string& host, const std::string& address) {
  sockaddr_storage storage{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&storage, &v4, sizeof(v4));
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr), 1) << address;
    v6.sin6_family = AF_INET6;
    std::memcpy(&storage, &v6, sizeof(v6));
  }
  // A sockaddr is only the head of what it stands for; the check reads on.
  return may_connect(host, *reinterpret_cast<sockaddr*>(&storage));  // NOLINT
}

TEST(PeerCheck, ANameMustNotLeadToTheMetadataOfThisMachine) {
  for (const char* address :
       {"169.254.169.254",
        "169.254.170.2",
        "169.254.0.1",
        "fe80::1",
        "febf::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254"}) {
    for (const char* host : {"ec2.eu-west-3.amazonaws.com", "localhost", "metadata.example:80"}) {
      EXPECT_FALSE(may_reach(host, address)) << host << " " << address;
    }
  }
}

TEST(PeerCheck, AnAddressThatSomebodyWroteIsMeant) {
  EXPECT_TRUE(may_reach("169.254.169.254", "169.254.169.254"));
  EXPECT_TRUE(may_reach("169.254.170.2:80", "169.254.170.2"));
  EXPECT_TRUE(may_reach("[fd00:ec2::254]", "fd00:ec2::254"));
}

TEST(PeerCheck, ANameMayLeadAnywhereElse) {
  for (const char* address :
       {"127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "168.254.1.1",
        "169.253.1.1",
        "52.95.155.1",
        "::1",
        "fd00:ec3::1",
        "fc00::1",
        "2600:1f00::1",
        "::ffff:10.0.0.1",
        "fec0::1"}) {
    EXPECT_TRUE(may_reach("vpce.example", address)) << address;
  }
}

}  // namespace
}  // namespace plumbline
