#include "controller/aws/peer_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <netinet/in.h>

namespace plumbline {

namespace {

/// "169.254.169.254" or "[fd00:ec2::254]": nobody resolved it.
bool is_address(std::string_view host) {
  const std::string_view name = host.substr(0, host.find(':'));
  return host.starts_with('[') || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_link_local_v4(const std::uint8_t* bytes) {
  return bytes[0] == 169 && bytes[1] == 254;
}

bool is_link_local_v6(const std::array<std::uint8_t, 16>& bytes) {
  using Prefix = std::array<std::uint8_t, 12>;
  // Mapped, compatible, and translated (RFC 6052): an address of version 4 in three disguises.
  constexpr std::array kAroundV4 = {
      Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, Prefix{}, Prefix{0, 0x64, 0xff, 0x9b}};
  constexpr std::array<std::uint8_t, 4> kEc2 = {0xfd, 0x00, 0x0e, 0xc2};  // fd00:ec2::/32
  for (const Prefix& around : kAroundV4) {
    if (std::equal(around.begin(), around.end(), bytes.begin())) {
      return is_link_local_v4(bytes.data() + around.size());
    }
  }
  const bool is_fe80 = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  return is_fe80 || std::equal(kEc2.begin(), kEc2.end(), bytes.begin());
}

}  // namespace

bool may_connect(std::string_view host, const sockaddr& peer) {
  if (is_address(host)) {
    return true;
  }
  if (peer.sa_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &peer, sizeof(address));
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
    return !is_link_local_v4(bytes.data());
  }
  if (peer.sa_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &peer, sizeof(address));
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
    return !is_link_local_v6(bytes);
  }
  return false;
}

}  // namespace plumbline
