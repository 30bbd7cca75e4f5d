#include "controller/lsp/framing.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kMaxHeader = 8U << 10;
/// More of what was used than this is not kept.
constexpr std::size_t kMaxUsed = 1U << 20;
constexpr std::string_view kEnd = "\r\n\r\n";
constexpr std::string_view kLength = "content-length";

/// Nothing unless the block has exactly one such header with a number of bytes.
std::optional<std::uint64_t> content_length(std::string_view block) {
  std::optional<std::uint64_t> found;
  for (const std::string_view line : split(block, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || to_lower(trim(line.substr(0, colon))) != kLength) {
      continue;
    }
    const std::string_view digits = trim(line.substr(colon + 1));
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (found || error != std::errc() || end != digits.data() + digits.size()) {
      return std::nullopt;
    }
    found = length;
  }
  return found;
}

}  // namespace

void MessageReader::feed(std::string_view bytes) {
  const auto skipped = std::min<std::uint64_t>(passing_over_, bytes.size());
  passing_over_ -= skipped;
  bytes.remove_prefix(static_cast<std::size_t>(skipped));
  if (at_ == buffer_.size() || at_ > kMaxUsed) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  buffer_ += bytes;
}

/// False when more must be fed first.
bool MessageReader::read_header() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  const std::size_t end = rest.find(kEnd);
  if (end == std::string_view::npos) {
    if (rest.size() > kMaxHeader) {
      fault_ = "passed over bytes that are no header";
      // The end of a header may be split between what is here and what comes.
      at_ = buffer_.size() - kEnd.size();
    }
    return false;
  }
  const auto length = content_length(rest.substr(0, end));
  at_ += end + kEnd.size();
  if (!length) {
    fault_ = "passed over a header without a usable Content-Length";
  } else if (*length > kMaxBody) {
    fault_ = fmt::format("passed over a message of {} bytes", *length);
    const std::uint64_t here = std::min<std::uint64_t>(*length, buffer_.size() - at_);
    at_ += static_cast<std::size_t>(here);
    passing_over_ = *length - here;
  } else {
    body_ = length;
  }
  return true;
}

std::optional<std::string> MessageReader::next() {
  while (!body_) {
    if (!read_header()) {
      return std::nullopt;
    }
  }
  if (buffer_.size() - at_ < *body_) {
    return std::nullopt;
  }
  const auto size = static_cast<std::size_t>(*std::exchange(body_, std::nullopt));
  std::string body = buffer_.substr(at_, size);
  at_ += size;
  return body;
}

std::string frame(std::string_view body) {
  return fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

}  // namespace plumbline
