// Task<T>: a lazy coroutine. Procedures with waits ("create, wait, read, correct"; "ask for a
// token, then for keys") are written as they are told; whoever carries out their I/O resumes them.
// One thread only.
#pragma once

#include <coroutine>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "controller/base/check.h"

namespace plumbline {

template <class T>
class Task;

namespace task_detail {

struct PromiseBase {
  std::coroutine_handle<> continuation;

  struct FinalAwaiter {
    static bool await_ready() noexcept { return false; }
    template <class Promise>
    static std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      const auto next = self.promise().continuation;
      return next ? next : std::noop_coroutine();
    }
    static void await_resume() noexcept {}
  };

  static std::suspend_always initial_suspend() noexcept { return {}; }
  static FinalAwaiter final_suspend() noexcept { return {}; }
  [[noreturn]] static void unhandled_exception() {
    PLUMBLINE_UNREACHABLE("an exception left a task");
  }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T v) { value.emplace(std::move(v)); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  static void return_void() {}
};

}  // namespace task_detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) {
      handle_.destroy();
    }
  }

  // The child runs at once, on top of its parent's stack frame; only if it has to wait does the
  // parent suspend. So a loop over children that never wait does not grow the stack.
  bool await_ready() {
    handle_.resume();
    return handle_.done();
  }
  void await_suspend(std::coroutine_handle<> parent) { handle_.promise().continuation = parent; }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) {
      return std::move(*handle_.promise().value);
    }
  }

 private:
  Handle handle_;
};

namespace task_detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

/// The frame in which a group runs one of its tasks. It frees itself when it ends; the group frees
/// it when the group goes first.
struct Root {
  struct promise_type;
};

}  // namespace task_detail

/// Runs tasks side by side: `add` starts one at once, `co_await join()` returns when all have
/// ended.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Tasks that still wait are given up, with everything they hold.
  ~TaskGroup() {
    while (!frames_.empty()) {
      std::coroutine_handle<>::from_address(*frames_.begin()).destroy();
    }
  }

  void add(Task<> task) {
    ++running_;
    run(*this, std::move(task));
  }
  [[nodiscard]] std::size_t running() const { return running_; }

  struct Join {
    TaskGroup& group;
    [[nodiscard]] bool await_ready() const { return group.running_ == 0; }
    void await_suspend(std::coroutine_handle<> waiter) const { group.waiter_ = waiter; }
    static void await_resume() {}
  };
  Join join() { return Join{*this}; }

 private:
  friend struct task_detail::Root::promise_type;
  struct Leave;

  static task_detail::Root run(TaskGroup& group, Task<> task);

  std::size_t running_ = 0;
  std::coroutine_handle<> waiter_;
  std::set<void*> frames_;
};

struct task_detail::Root::promise_type {
  promise_type(TaskGroup& owner, Task<>& /*task*/) : group(owner) {
    group.frames_.insert(std::coroutine_handle<promise_type>::from_promise(*this).address());
  }
  promise_type(const promise_type&) = delete;
  promise_type& operator=(const promise_type&) = delete;
  ~promise_type() {
    group.frames_.erase(std::coroutine_handle<promise_type>::from_promise(*this).address());
  }
  static Root get_return_object() { return {}; }
  static std::suspend_never initial_suspend() noexcept { return {}; }
  static std::suspend_never final_suspend() noexcept { return {}; }
  static void return_void() {}
  [[noreturn]] static void unhandled_exception() {
    PLUMBLINE_UNREACHABLE("an exception left a task");
  }
  TaskGroup& group;
};

/// The end of a root frame: off the group's list and freed before the waiter goes on, because the
/// waiter may free the group.
struct TaskGroup::Leave {
  static bool await_ready() { return false; }
  static std::coroutine_handle<> await_suspend(
      std::coroutine_handle<task_detail::Root::promise_type> frame
  ) {
    TaskGroup& group = frame.promise().group;
    frame.destroy();
    --group.running_;
    if (group.running_ == 0 && group.waiter_) {
      return std::exchange(group.waiter_, {});
    }
    return std::noop_coroutine();
  }
  static void await_resume() {}
};

inline task_detail::Root TaskGroup::run(TaskGroup& /*group*/, Task<> task) {
  co_await task;
  co_await Leave{};
}

}  // namespace plumbline
