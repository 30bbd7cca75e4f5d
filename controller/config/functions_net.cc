#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/functions.h"

namespace plumbline::functions {

namespace {

struct Network {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t length = 4;  ///< Of the address in bytes: 4 or 16.
  int prefix = 0;
};

std::optional<Network> parse_network(std::string_view text, int family) {
  Network network;
  network.length = family == AF_INET ? 4 : 16;
  const int most = static_cast<int>(network.length) * 8;
  network.prefix = most;
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  if (inet_pton(family, address.c_str(), network.bytes.data()) != 1) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) {
    return network;
  }
  const std::string_view digits = text.substr(slash + 1);
  // A sign is no digit, and zeros before a number make some read it as octal.
  if (digits.starts_with('-') || (digits.size() > 1 && digits.starts_with('0'))) {
    return std::nullopt;
  }
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, network.prefix);
  if (error != std::errc() || at != end || network.prefix > most) {
    return std::nullopt;
  }
  return network;
}

std::string print_masked(Network network, int family) {
  for (std::size_t i = 0; i < network.length; ++i) {
    const int kept = network.prefix - static_cast<int>(i) * 8;
    if (kept <= 0) {
      network.bytes[i] = 0;
    } else if (kept < 8) {
      network.bytes[i] =
          static_cast<std::uint8_t>(network.bytes[i] & (0xFFU << static_cast<unsigned>(8 - kept)));
    }
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, network.bytes.data(), text.data(), text.size());
  return fmt::format("{}/{}", text.data(), network.prefix);
}

Value normal_network(const Value& value, int family) {
  if (value.is_list()) {
    List items;
    for (const Value& item : value.as_list()) {
      items.push_back(normal_network(item, family));
    }
    return Value(std::move(items));
  }
  if (!value.is_text()) {
    return value;
  }
  const auto network = parse_network(trim(value.as_text()), family);
  return network ? Value(print_masked(*network, family)) : value;
}

}  // namespace

Value cidr4(const Value& value) {
  return normal_network(value, AF_INET);
}
Value cidr6(const Value& value) {
  return normal_network(value, AF_INET6);
}

bool is_cidr4(std::string_view text) {
  return text.find('/') != std::string_view::npos && parse_network(text, AF_INET).has_value();
}

bool is_cidr6(std::string_view text) {
  return text.find('/') != std::string_view::npos && parse_network(text, AF_INET6).has_value();
}

Value ip_protocol(const Value& value) {
  std::string word;
  if (value.is_int()) {
    word = fmt::format("{}", value.as_int());
  } else if (value.is_text()) {
    word = to_lower(value.as_text());
  } else {
    return value;
  }
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"all", "-1"},
      {"any", "-1"},
      {"1", "icmp"},
      {"6", "tcp"},
      {"17", "udp"},
      {"58", "icmpv6"},
  };
  for (const auto& [from, to] : kWords) {
    if (word == from) {
      return to;
    }
  }
  return word;
}

Value ip_protocol_number(const Value& value) {
  static constexpr std::pair<std::string_view, std::string_view> kNumbers[] = {
      {"icmp", "1"},
      {"tcp", "6"},
      {"udp", "17"},
      {"icmpv6", "58"},
  };
  const Value word = ip_protocol(value);
  for (const auto& [name, number] : kNumbers) {
    if (word == Value(name)) {
      return number;
    }
  }
  return word;
}

}  // namespace plumbline::functions
