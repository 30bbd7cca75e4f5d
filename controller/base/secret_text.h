// SecretText: a key or token in memory. It has no printer, and its bytes are wiped when it goes,
// moves away or is written over, so that they do not linger on the heap.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline {

class SecretText {
 public:
  SecretText() = default;
  // Implicit on purpose: a secret is made from whatever it was read into.
  SecretText(std::string text) : text_(text) { wipe(text); }  // NOLINT
  SecretText(std::string_view text) : text_(text) {}          // NOLINT
  SecretText(const char* text) : text_(text) {}               // NOLINT
  SecretText(const SecretText&) = default;
  SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  SecretText& operator=(SecretText other) noexcept {
    std::swap(text_, other.text_);
    return *this;
  }
  ~SecretText() { wipe(text_); }

  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// Only for the signer and for the header that carries it.
  [[nodiscard]] const std::string& reveal() const { return text_; }

 private:
  /// Up to the capacity: a shorter text may stand where a longer one stood.
  static void wipe(std::string& text) {
    text.resize(text.capacity());
    explicit_bzero(text.data(), text.size());
    text.clear();
  }

  std::string text_;
};

}  // namespace plumbline
