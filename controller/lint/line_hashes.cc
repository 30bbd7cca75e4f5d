#include "controller/lint/line_hashes.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr std::size_t kWindow = 100;
constexpr std::uint64_t kFactor = 37;
constexpr char16_t kEnd = 0xFFFF;

/// The factor of what leaves the window, modulo 2^64 as everything here.
constexpr std::uint64_t kFactorOfOldest = [] {
  std::uint64_t product = 1;
  for (std::size_t i = 0; i < kWindow; ++i) {
    product *= kFactor;
  }
  return product;
}();

/// A rolling hash over the last hundred characters: a line's hash is known when its first character
/// is about to leave the window.
class Roller {
 public:
  void take(char16_t unit) {
    const bool is_second_half = was_return_ && unit == u'\n';
    was_return_ = false;
    if (unit == u' ' || unit == u'\t' || is_second_half) {
      return;
    }
    was_return_ = unit == u'\r';
    const char16_t read = was_return_ ? u'\n' : unit;
    let_go();
    if (begins_line_) {
      begins_[at_] = lines_.size();
      lines_.emplace_back();
    }
    begins_line_ = read == u'\n';
    push(read);
  }

  std::vector<std::string> finish() {
    take(kEnd);
    for (std::size_t i = 0; i < kWindow; ++i) {
      let_go();
      push(0);
    }
    return std::move(lines_);
  }

 private:
  void let_go() {
    if (begins_[at_]) {
      const std::string hash = fmt::format("{:x}", hash_);
      lines_[*begins_[at_]] = fmt::format("{}:{}", hash, ++seen_[hash]);
      begins_[at_].reset();
    }
  }

  void push(char16_t unit) {
    hash_ = hash_ * kFactor + unit - kFactorOfOldest * window_[at_];
    window_[at_] = unit;
    at_ = (at_ + 1) % kWindow;
  }

  std::array<std::uint64_t, kWindow> window_{};
  std::array<std::optional<std::size_t>, kWindow> begins_{};  ///< Which line begins there.
  std::size_t at_ = 0;
  std::uint64_t hash_ = 0;
  bool begins_line_ = true;
  bool was_return_ = false;
  std::vector<std::string> lines_;
  std::map<std::string, int> seen_;
};

}  // namespace

std::vector<std::string> line_hashes(std::string_view text) {
  Roller roller;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = point << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    i += length;
    constexpr std::uint32_t kBasic = 0x10000;
    if (point < kBasic) {
      roller.take(static_cast<char16_t>(point));
    } else {
      roller.take(static_cast<char16_t>(0xD800U + (point - kBasic) / 0x400U));
      roller.take(static_cast<char16_t>(0xDC00U + (point - kBasic) % 0x400U));
    }
  }
  return roller.finish();
}

}  // namespace plumbline
