#include "controller/cli/order_key.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr mode_t kPrivateFile = 0600;

bool write_new_file(const std::string& path, std::string_view text) {
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPrivateFile);
  if (descriptor < 0) {
    return false;
  }
  const ssize_t written = write(descriptor, text.data(), text.size());
  return close(descriptor) == 0 && written == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<OrderKey> OrderKey::make(const std::string& state_path, Random& random) {
  const std::string path = state_path + ".orders";
  std::array<std::uint8_t, kKeyBytes> bytes{};
  random.fill(bytes);
  SecretText key(hex_encode(bytes));
  unlink(path.c_str());  // Of a controller that was killed.
  if (!write_new_file(path, key.reveal())) {
    return Error{
        ErrorClass::kIo,
        "OrderKey",
        fmt::format(
            "the key for orders could not be written to {} ({}); no orders are taken over HTTP",
            path,
            std::strerror(errno)
        ),
        "",
        0};
  }
  return OrderKey(path, std::move(key));
}

OrderKey::OrderKey(OrderKey&& other) noexcept
    : path_(std::exchange(other.path_, "")), key_(std::move(other.key_)) {}

OrderKey::~OrderKey() {
  if (!path_.empty()) {
    unlink(path_.c_str());
  }
}

}  // namespace plumbline
