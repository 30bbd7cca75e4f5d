// CIDR blocks as EC2 treats them: read, masked to the network address, written in AWS's form, held
// against one another.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace plumbline::sim::ec2 {

struct Cidr {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> bytes{};  ///< The first four for IPv4; host bits are zero.
  int prefix = 0;

  [[nodiscard]] std::string to_string() const;
  /// True when every address of `inner` is in this block.
  [[nodiscard]] bool holds(const Cidr& inner) const;
  [[nodiscard]] bool overlaps(const Cidr& other) const;
};

/// Nothing when `text` is not an address with a prefix length.
std::optional<Cidr> parse_cidr(const std::string& text);

}  // namespace plumbline::sim::ec2
