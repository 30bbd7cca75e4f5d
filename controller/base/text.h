// Text tools that no library on floor 0 gives: encodings that signing needs to the byte, and the
// edit distance behind "did you mean".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// RFC 3986: everything but A–Z a–z 0–9 - _ . ~ becomes %XX; `keep` lists further bytes to leave.
std::string percent_encode(std::string_view text, std::string_view keep = "");
/// Undoes %XX; a '+' stays a '+'. A malformed escape is left as it is.
std::string percent_decode(std::string_view text);

std::string hex_encode(std::span<const std::uint8_t> bytes);
std::string base64_encode(std::string_view bytes);
/// Nothing when `text` is not base64 (padding required).
std::optional<std::string> base64_decode(std::string_view text);

std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
/// What is before the first dot of "auth.secret": the property that a path begins with.
std::string_view head_of(std::string_view dotted);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

bool is_valid_utf8(std::string_view text);
/// What some editors write before the first character of a UTF-8 text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// Characters of valid UTF-8, as columns count them.
std::size_t code_points(std::string_view text);
/// `text` as a terminal can show it: each code point that it would act on (control and
/// bidirectional characters, but for line ends) and each broken byte becomes U+FFFD.
std::string printable(std::string_view text);

/// `pattern` with * and ? matches all of `text`, to the letter. Time grows with the product of the
/// two lengths at worst, however many stars there are.
bool fits_pattern(std::string_view pattern, std::string_view text);

/// Levenshtein distance with transpositions, case-insensitive.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `word` if it is near enough to be meant (distance ≤ max(1, len/3)).
std::optional<std::string> nearest(
    std::string_view word, const std::vector<std::string>& candidates
);

}  // namespace plumbline
