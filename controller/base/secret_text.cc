// How: OpenSSL's secure heap, which guards its pages on both sides, locks them, keeps them out of
// dumps, and wipes what is given back (CRYPTO_secure_malloc(3)). It is TLS's, too, so not all of
// it may be ours.
#include "controller/base/secret_text.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <openssl/crypto.h>
#include <sys/resource.h>

#include "controller/base/check.h"

namespace plumbline {

namespace {

constexpr std::size_t kMostPages = std::size_t{256} * 1024;
constexpr std::size_t kLeastPages = std::size_t{16} * 1024;
constexpr std::size_t kSmallestBlock = 32;
/// For the keys of TLS sessions: a handshake that finds no room fails.
constexpr std::size_t kLeftToTls = kLeastPages / 2;

std::size_t lockable() {
  rlimit limit{};
  return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : 0;
}

/// The pages of this process, set apart when somebody first asks.
struct Pages {
  std::size_t bytes = secret_pages_for(lockable());
  int outcome = CRYPTO_secure_malloc_init(bytes, kSmallestBlock);

  [[nodiscard]] bool has_room(std::size_t size) const {
    return outcome != 0 && CRYPTO_secure_used() + std::bit_ceil(size) + kLeftToTls <= bytes;
  }
};

const Pages& pages() {
  static const Pages kPages;
  return kPages;
}

}  // namespace

SecretText::SecretText(std::string_view text) : size_(text.size()) {
  if (text.empty()) {
    return;
  }
  void* block = pages().has_room(size_) ? OPENSSL_secure_malloc(size_) : OPENSSL_malloc(size_);
  PLUMBLINE_CHECK(block != nullptr);
  std::memcpy(block, text.data(), size_);
  // Knows which of the two heaps the block is of, and wipes it in both.
  const auto give_back = [size = size_](const char* bytes) {
    OPENSSL_secure_clear_free(const_cast<char*>(bytes), size);  // NOLINT: it is ours.
  };
  bytes_ = std::shared_ptr<const char>(static_cast<const char*>(block), give_back);
}

void wipe(std::string& text) {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

bool knows_a_secret() noexcept {
  return CRYPTO_secure_malloc_initialized() != 0;
}

std::size_t secret_pages_for(std::size_t limit) {
  if (limit < kLeastPages) {
    return kMostPages;  // Too little to lock anything of use: unlocked, and large enough.
  }
  return std::min(kMostPages, std::bit_floor(limit));
}

SecretPages secret_pages() {
  switch (pages().outcome) {
    case 1:
      return SecretPages::kLocked;
    case 2:
      return SecretPages::kUnlocked;
    default:
      return SecretPages::kNone;
  }
}

}  // namespace plumbline
