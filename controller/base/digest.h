// SHA-256, HMAC-SHA-256, and the SHA-1 by which AWS's tools name files. The only file that knows
// OpenSSL's digests (aws/sigv4.cc may, too).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
/// For names that others chose so; never for anything that must not be forged.
std::string sha1_hex(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);
Digest hmac_sha256(const Digest& key, std::string_view bytes);
std::string to_hex(const Digest& digest);
/// The digest's bytes as a string, for use as a key or for base64.
std::string to_bytes(const Digest& digest);

}  // namespace plumbline
