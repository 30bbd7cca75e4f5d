#include "controller/plan/generate.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/config/interpolation.h"

namespace plumbline {

namespace {

/// An endless row of bytes that only who has the seed can tell.
class Stream {
 public:
  explicit Stream(Digest seed) : seed_(seed) {}

  std::uint8_t next() {
    if (at_ == block_.size()) {
      block_ = hmac_sha256(seed_, fmt::format("block\n{}", counter_++));
      at_ = 0;
    }
    return block_[at_++];
  }

  /// Each of `count` numbers is as likely as any other: bytes beyond their last multiple are passed
  /// over.
  std::size_t below(std::size_t count) {
    const std::size_t limit = 256 - 256 % count;
    std::size_t byte = next();
    while (byte >= limit) {
      byte = next();
    }
    return byte % count;
  }

 private:
  Digest seed_;
  Digest block_{};
  std::size_t at_ = block_.size();
  std::uint64_t counter_ = 0;
};

/// Password policies ask for one of each class; only classes the alphabet has can be asked for.
bool has_every_class(const std::string& text, const std::string& alphabet) {
  constexpr std::pair<char, char> kClasses[] = {{'a', 'z'}, {'A', 'Z'}, {'0', '9'}};
  return std::all_of(std::begin(kClasses), std::end(kClasses), [&](const auto& range) {
    const auto is_of_it = [&](char c) { return c >= range.first && c <= range.second; };
    return std::none_of(alphabet.begin(), alphabet.end(), is_of_it) ||
           std::any_of(text.begin(), text.end(), is_of_it);
  });
}

std::string make_password(Stream& stream, const GeneratedInput& input) {
  std::string text;
  do {
    text.clear();
    while (text.size() < input.length) {
      text += input.alphabet[stream.below(input.alphabet.size())];
    }
  } while (!has_every_class(text, input.alphabet));
  return text;
}

std::string make_hex(Stream& stream, std::size_t length) {
  std::string text;
  while (text.size() < length) {
    text += "0123456789abcdef"[stream.below(16)];
  }
  return text;
}

/// RFC 9562, version 8: bits of our own making.
std::string make_uuid(Stream& stream) {
  std::string text = make_hex(stream, 32);
  text[12] = '8';
  text[16] = "89ab"[stream.below(4)];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) {
    text.insert(at, "-");
  }
  return text;
}

}  // namespace

Value generate_secret(
    const GeneratedInput& input, const std::string& install_key, const std::string& stack
) {
  constexpr std::string_view kForms[] = {"password", "hex", "uuid"};
  // Lines cannot run into one another: names of stacks and inputs hold no line end.
  Stream stream(hmac_sha256(
      install_key,
      fmt::format(
          "generate\n{}\n{}\n{}\n{}",
          stack,
          input.name,
          kForms[static_cast<std::size_t>(input.form)],
          input.version
      )
  ));
  switch (input.form) {
    case GeneratedInput::Form::kPassword:
      return Value::secret(make_password(stream, input));
    case GeneratedInput::Form::kHex:
      return Value::secret(make_hex(stream, input.length));
    case GeneratedInput::Form::kUuid:
      return Value::secret(make_uuid(stream));
  }
  return {};
}

bool takes_generated(const Value& declared) {
  bool takes = false;
  declared.for_each_reference([&](const Reference& reference) {
    takes = takes || is_generated(reference);
  });
  return takes;
}

void know_generated(Facts& facts, const Manifest& manifest, const std::string& install_key) {
  if (install_key.empty()) {
    return;  // No state, no secrets.
  }
  for (const GeneratedInput& input : manifest.generated) {
    facts.set_input(input.name, generate_secret(input, install_key, manifest.stack));
  }
}

}  // namespace plumbline
