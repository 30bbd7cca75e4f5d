// Io: how the engine's tasks wait. Each awaitable turns into one command, and the event that
// answers it resumes the task. Holds the limits: calls in flight and the adaptive rates.
#pragma once

#include <coroutine>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/aws/limiter.h"
#include "controller/base/task.h"
#include "controller/engine/event.h"

namespace plumbline {

class Io {
 public:
  /// In a simulated world that runs `time_scale` times as fast, a second's worth of calls is, too.
  explicit Io(int parallelism, double time_scale = 1)
      : free_slots_(parallelism), time_scale_(time_scale) {}

  struct CallAwaiter {
    Io& io;
    SendCall command;
    const Limiter* limiter;
    std::uint64_t cuts;  ///< Of the limiter's, when the call was admitted.
    CallFinished finished{};
    std::coroutine_handle<> waiter{};
    static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    CallFinished await_resume() { return std::move(finished); }
  };
  struct CommitAwaiter {
    Io& io;
    Command command;
    std::uint64_t id;
    Status status = Done{};
    std::coroutine_handle<> waiter{};
    static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    Status await_resume() { return status; }
  };
  struct TimerAwaiter {
    Io& io;
    Duration after;
    std::uint64_t id = 0;
    std::coroutine_handle<> waiter{};
    [[nodiscard]] bool await_ready() const { return after <= Duration(0) || io.is_stopping_; }
    void await_suspend(std::coroutine_handle<> handle);
    static void await_resume() {}
  };
  struct AnswerAwaiter {
    Io& io;
    std::shared_ptr<const Plan> plan;
    bool is_approved = false;
    std::coroutine_handle<> waiter{};
    static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    [[nodiscard]] bool await_resume() const { return is_approved; }
  };

  /// Waits for a free slot, then for the wire; turned away when the rate is cut before there is a
  /// slot. Rates are the caller's business.
  CallAwaiter call(Call call, std::optional<Intent> intent) {
    const Limiter& limiter = limiter_of(call);
    return CallAwaiter{*this, {0, std::move(call), std::move(intent)}, &limiter, limiter.cuts()};
  }
  CommitAwaiter commit(Batch batch) {
    const std::uint64_t id = ++last_id_;
    return CommitAwaiter{*this, Commit{id, std::move(batch)}, id};
  }
  CommitAwaiter bind(std::string stack, std::string account_id) {
    const std::uint64_t id = ++last_id_;
    return CommitAwaiter{*this, BindState{id, std::move(stack), std::move(account_id)}, id};
  }
  /// Returns early when a stop is requested, or wake_sleepers() is called and `is_wakeable`.
  TimerAwaiter sleep(Duration after) { return TimerAwaiter{*this, after}; }
  AnswerAwaiter ask(std::shared_ptr<const Plan> plan) {
    return AnswerAwaiter{*this, std::move(plan)};
  }

  /// The rate of the call's service. Stays where it is.
  Limiter& limiter_of(const Call& call);

  void report(Progress progress) { commands_.emplace_back(Report{std::move(progress)}); }
  void emit(Command command) { commands_.push_back(std::move(command)); }

  // --- for Engine::step
  // ----------------------------------------------------------------------------
  void set_time(Timestamp now, Duration elapsed) {
    now_ = now;
    elapsed_ = elapsed;
  }
  void on(CallFinished event);
  void on(const Committed& event);
  void on(const TimerFired& event);
  void on(const Answered& event);
  /// From now on sleeps return at once and nothing new is sent.
  void stop();
  /// Ends every sleep of the engine's interval timer.
  void wake(std::uint64_t timer_id);
  std::vector<Command> take_commands() { return std::exchange(commands_, {}); }

  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] Duration elapsed() const { return elapsed_; }
  [[nodiscard]] bool is_stopping() const { return is_stopping_; }
  /// The id that the next timer (or call) will get.
  [[nodiscard]] std::uint64_t next_id() const { return last_id_ + 1; }
  /// Nothing is on its way: no call, commit, timer or question.
  [[nodiscard]] bool is_idle() const {
    return calls_.empty() && commits_.empty() && timers_.empty() && answer_ == nullptr &&
           queue_.empty();
  }
  Counters counters;

 private:
  void start_queued();

  int free_slots_;
  double time_scale_;
  std::uint64_t last_id_ = 0;
  bool is_stopping_ = false;
  Timestamp now_{};
  Duration elapsed_{0};
  std::vector<Command> commands_;
  std::deque<CallAwaiter*> queue_;
  std::unordered_map<std::uint64_t, CallAwaiter*> calls_;
  std::unordered_map<std::uint64_t, CommitAwaiter*> commits_;
  std::map<std::uint64_t, TimerAwaiter*> timers_;
  AnswerAwaiter* answer_ = nullptr;
  std::map<std::string, Limiter> limiters_;
};

}  // namespace plumbline
