#include "controller/engine/io.h"

namespace plumbline {

void Io::CallAwaiter::await_suspend(std::coroutine_handle<> handle) {
  waiter = handle;
  io.queue_.push_back(this);
  io.start_queued();
}

void Io::CommitAwaiter::await_suspend(std::coroutine_handle<> handle) {
  waiter = handle;
  io.commits_[id] = this;
  io.commands_.push_back(std::move(command));
}

void Io::TimerAwaiter::await_suspend(std::coroutine_handle<> handle) {
  waiter = handle;
  id = ++io.last_id_;
  io.timers_[id] = this;
  io.commands_.emplace_back(StartTimer{id, after});
}

void Io::AnswerAwaiter::await_suspend(std::coroutine_handle<> handle) {
  waiter = handle;
  io.answer_ = this;
  io.commands_.emplace_back(AskApproval{plan});
}

void Io::start_queued() {
  while (free_slots_ > 0 && !queue_.empty()) {
    CallAwaiter* awaiter = queue_.front();
    queue_.pop_front();
    if (awaiter->limiter->cuts() != awaiter->cuts) {
      awaiter->finished.is_turned_away = true;
      awaiter->waiter.resume();
      continue;
    }
    --free_slots_;
    awaiter->command.id = ++last_id_;
    ++(awaiter->command.intent ? counters.mutations : counters.reads);
    calls_[awaiter->command.id] = awaiter;
    commands_.emplace_back(std::move(awaiter->command));
  }
}

Limiter& Io::limiter_of(const Call& call) {
  const std::string key =
      call.account + "/" + call.region + "/" + call.service->id + (call.is_mutating ? "/w" : "/r");
  const ServiceProfile& service = *call.service;
  const double rate = call.is_mutating ? service.write_rate : service.read_rate;
  const double burst = call.is_mutating ? service.write_burst : service.read_burst;
  return limiters_.try_emplace(key, rate * time_scale_, burst).first->second;
}

void Io::on(CallFinished event) {
  const auto found = calls_.find(event.id);
  if (found == calls_.end()) {
    return;
  }
  CallAwaiter* awaiter = found->second;
  calls_.erase(found);
  ++free_slots_;
  awaiter->finished = std::move(event);
  awaiter->finished.sent_under = awaiter->cuts;
  awaiter->waiter.resume();  // A throttle is noted before the next call goes out.
  start_queued();
}

void Io::on(const Committed& event) {
  const auto found = commits_.find(event.id);
  if (found == commits_.end()) {
    return;
  }
  CommitAwaiter* awaiter = found->second;
  commits_.erase(found);
  awaiter->status = event.status;
  awaiter->waiter.resume();
}

void Io::on(const TimerFired& event) {
  const auto found = timers_.find(event.id);
  if (found == timers_.end()) {
    return;
  }
  TimerAwaiter* awaiter = found->second;
  timers_.erase(found);
  awaiter->waiter.resume();
}

void Io::on(const Answered& event) {
  if (answer_ == nullptr) {
    return;
  }
  AnswerAwaiter* awaiter = std::exchange(answer_, nullptr);
  awaiter->is_approved = event.is_approved;
  awaiter->waiter.resume();
}

void Io::wake(std::uint64_t timer_id) {
  if (timers_.contains(timer_id)) {
    commands_.emplace_back(CancelTimer{timer_id});
    on(TimerFired{timer_id});
  }
}

void Io::stop() {
  is_stopping_ = true;
  on(Answered{false});
  // What waits for a slot is not sent any more.
  for (CallAwaiter* awaiter : std::exchange(queue_, {})) {
    awaiter->finished = {
        0,
        Error{
            ErrorClass::kNotSent,
            "Stopped",
            "the run was stopped before this call was sent",
            "",
            0},
        now_};
    awaiter->waiter.resume();
  }
  // Resuming one sleeper may start or end others: look again each time.
  while (!timers_.empty()) {
    wake(timers_.begin()->first);
  }
}

}  // namespace plumbline
