#include "controller/base/digest.h"

// The low-level calls are deprecated in OpenSSL 3 in favour of fetched algorithms; they are the
// fast path for many small inputs and remain in every 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <algorithm>

#include <openssl/sha.h>

#include "controller/base/text.h"

namespace plumbline {

Digest sha256(std::string_view bytes) {
  // Not the one-shot SHA256(): OpenSSL 3 fetches its algorithm under a lock on every such call,
  // which doubles the cost of hashing a small request (measured on OpenSSL 3.0).
  Digest digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes));
}

std::string sha1_hex(std::string_view bytes) {
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  return hex_encode(digest);
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  // HMAC over two one-shot hashes (RFC 2104): OpenSSL 3's HMAC() fetches its algorithm anew on
  // every call, which costs three times the hashing itself (measured on OpenSSL 3.0).
  constexpr std::size_t kBlock = 64;
  std::array<unsigned char, kBlock> block{};
  if (key.size() > kBlock) {
    const Digest hashed = sha256(key);
    std::copy(hashed.begin(), hashed.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  Digest digest;
  SHA256_CTX context;
  for (unsigned char& b : block) {
    b ^= 0x36;
  }
  SHA256_Init(&context);
  SHA256_Update(&context, block.data(), block.size());
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  for (unsigned char& b : block) {
    b ^= 0x36 ^ 0x5c;
  }
  SHA256_Init(&context);
  SHA256_Update(&context, block.data(), block.size());
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

Digest hmac_sha256(const Digest& key, std::string_view bytes) {
  return hmac_sha256(
      std::string_view(reinterpret_cast<const char*>(key.data()), key.size()),  // NOLINT
      bytes
  );
}

std::string to_hex(const Digest& digest) {
  return hex_encode(digest);
}

std::string to_bytes(const Digest& digest) {
  return {digest.begin(), digest.end()};
}

}  // namespace plumbline
