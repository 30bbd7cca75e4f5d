// Sync<T>: data that can be reached only while its lock is held.
#pragma once

#include <mutex>
#include <utility>

namespace plumbline {

template <class T>
class Sync {
 public:
  Sync() = default;
  explicit Sync(T value) : value_(std::move(value)) {}

  /// Calls `use(T&)` under the lock and returns what it returns.
  template <class Use>
  auto with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace plumbline
