#include "simulator/services/ec2_cidr.h"

#include <arpa/inet.h>

namespace plumbline::sim::ec2 {
namespace {

/// Clears the bits after the prefix.
void mask(Cidr& cidr) {
  for (std::size_t i = 0; i < cidr.bytes.size(); ++i) {
    const int kept = cidr.prefix - static_cast<int>(i) * 8;
    if (kept <= 0) {
      cidr.bytes[i] = 0;
    } else if (kept < 8) {
      cidr.bytes[i] = static_cast<std::uint8_t>(cidr.bytes[i] & (0xff00U >> kept));
    }
  }
}

}  // namespace

std::optional<Cidr> parse_cidr(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    return std::nullopt;
  }
  const std::string address = text.substr(0, slash);
  const std::string digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  Cidr cidr;
  cidr.is_v6 = address.find(':') != std::string::npos;
  cidr.prefix = std::stoi(digits);
  const int family = cidr.is_v6 ? AF_INET6 : AF_INET;
  if (cidr.prefix > (cidr.is_v6 ? 128 : 32) ||
      ::inet_pton(family, address.c_str(), cidr.bytes.data()) != 1) {
    return std::nullopt;
  }
  mask(cidr);
  return cidr;
}

std::string Cidr::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(prefix);
}

bool Cidr::holds(const Cidr& inner) const {
  if (is_v6 != inner.is_v6 || inner.prefix < prefix) {
    return false;
  }
  Cidr cut = inner;
  cut.prefix = prefix;
  mask(cut);
  return cut.bytes == bytes;
}

bool Cidr::overlaps(const Cidr& other) const {
  return holds(other) || other.holds(*this);
}

}  // namespace plumbline::sim::ec2
