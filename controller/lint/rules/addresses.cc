#include "controller/lint/rules/addresses.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr AddressRange kEverything{0, 0xFFFFFFFFU};

/// Reads a decimal number up to `most` from the front of `text` and removes it. Leading zeros make
/// it none: some read them as octal.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool has_leading_zero = end - text.data() > 1 && text.front() == '0';
  if (error != std::errc() || number > most || has_leading_zero) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take_char(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<AddressRange> parse_cidr4(std::string_view text) {
  std::uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    const auto byte = i > 0 && !take_char(text, '.') ? std::nullopt : take_number(text, 255);
    if (!byte) {
      return std::nullopt;
    }
    address = address << 8U | *byte;
  }
  if (!take_char(text, '/')) {
    return std::nullopt;
  }
  const auto prefix = take_number(text, 32);
  if (!prefix || !text.empty()) {
    return std::nullopt;
  }
  const std::uint32_t host = *prefix == 0 ? kEverything.last : (1U << (32U - *prefix)) - 1U;
  return AddressRange{address & ~host, address | host};
}

std::string print_address(std::uint32_t address) {
  return fmt::format(
      "{}.{}.{}.{}", address >> 24U, address >> 16U & 255U, address >> 8U & 255U, address & 255U
  );
}

void AddressSet::add(const AddressSet& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
}

void AddressSet::take(const AddressSet& other) {
  for (const AddressRange& range : other.ranges_) {
    take(range);
  }
}

void AddressSet::keep(const AddressSet& other) {
  std::vector<AddressRange> both;
  for (const AddressRange& own : ranges_) {
    for (const AddressRange& range : other.ranges_) {
      if (own.overlaps(range)) {
        both.push_back({std::max(own.first, range.first), std::min(own.last, range.last)});
      }
    }
  }
  ranges_ = std::move(both);
}

bool AddressSet::take(const AddressRange& range) {
  if (!overlaps(range)) {
    return false;
  }
  std::vector<AddressRange> left;
  bool is_changed = false;
  for (const AddressRange& own : ranges_) {
    if (!own.overlaps(range)) {
      left.push_back(own);
      continue;
    }
    is_changed = true;
    if (own.first < range.first) {
      left.push_back({own.first, range.first - 1});
    }
    if (own.last > range.last) {
      left.push_back({range.last + 1, own.last});
    }
  }
  ranges_ = std::move(left);
  return is_changed;
}

bool AddressSet::overlaps(const AddressRange& range) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const AddressRange& own) {
    return own.overlaps(range);
  });
}

std::uint64_t AddressSet::size() const {
  std::uint64_t sum = 0;
  for (const AddressRange& range : ranges_) {
    sum += std::uint64_t{range.last} - range.first + 1;
  }
  return sum;
}

std::uint32_t AddressSet::lowest() const {
  return std::min_element(
             ranges_.begin(),
             ranges_.end(),
             [](const AddressRange& a, const AddressRange& b) { return a.first < b.first; }
  )->first;
}

AddressSet AddressSet::internet() {
  AddressSet all;
  all.add(kEverything);
  for (const char* reserved :
       {"0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/3"}) {
    all.take(*parse_cidr4(reserved));
  }
  return all;
}

}  // namespace plumbline
