// The base protocol: messages behind Content-Length headers, in a stream of bytes that may be cut
// anywhere and may hold anything. Knows no JSON and does no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline {

/// Takes a stream apart. What cannot be a message is passed over and said in take_fault().
class MessageReader {
 public:
  /// A body longer than this is passed over unread.
  static constexpr std::uint64_t kMaxBody = 64U << 20;

  void feed(std::string_view bytes);
  /// The next whole body; nothing until more is fed.
  std::optional<std::string> next();
  /// Why something was passed over since the last call, or "".
  std::string take_fault() { return std::exchange(fault_, ""); }

 private:
  bool read_header();

  std::string buffer_;
  std::size_t at_ = 0;                 ///< What is before it in the buffer was used.
  std::optional<std::uint64_t> body_;  ///< Its length, once the header was read.
  std::uint64_t passing_over_ = 0;     ///< Bytes that are still to come and not wanted.
  std::string fault_;
};

/// `body` with its header.
std::string frame(std::string_view body);

}  // namespace plumbline
