// SecretText: a key, token or password in memory. It has no printer. Its bytes lie outside the
// heap, in pages that are never swapped and never dumped as far as the system allows, and are wiped
// when the last copy goes. Immutable: copies share the bytes, so that there are no more of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace plumbline {

/// Empties a text that held a secret. Up to its capacity: a shorter one may stand where a longer
/// one stood.
void wipe(std::string& text);

class SecretText {
 public:
  SecretText() = default;
  // Implicit on purpose: a secret is made from whatever it was read into.
  SecretText(std::string text) : SecretText(std::string_view(text)) { wipe(text); }  // NOLINT
  SecretText(std::string_view text);                                                 // NOLINT
  SecretText(const char* text) : SecretText(std::string_view(text)) {}               // NOLINT

  [[nodiscard]] bool empty() const { return bytes_ == nullptr; }
  /// Only for what signs, sends, digests or compares it. Valid as long as a copy is.
  [[nodiscard]] std::string_view reveal() const {
    return bytes_ == nullptr ? std::string_view() : std::string_view(bytes_.get(), size_);
  }

 private:
  std::shared_ptr<const char> bytes_;  ///< Null when it is empty or was moved from.
  std::size_t size_ = 0;
};

/// Where secrets rest; decided when the first one is made.
enum class SecretPages {
  kLocked,    ///< Never swapped, never dumped.
  kUnlocked,  ///< Never dumped; RLIMIT_MEMLOCK is too small for more.
  kNone,      ///< The ordinary heap: the system gives no pages. Wiped all the same.
};
SecretPages secret_pages();

/// Whether this process has made a secret yet. Takes no memory.
bool knows_a_secret() noexcept;

/// How many bytes of pages are asked for when `limit` bytes may be locked.
std::size_t secret_pages_for(std::size_t limit);

}  // namespace plumbline
