#include "controller/engine/loop.h"

#include <algorithm>

#include "controller/aws/retry_after.h"
#include "controller/base/check.h"

namespace plumbline {

namespace {

constexpr Duration kTick{200};

}  // namespace

Loop::Loop(Engine& engine, Seams seams, Watcher& watcher)
    : engine_(engine), seams_(seams), watcher_(watcher) {}

void Loop::post(Event event) {
  mailbox_.with([&](auto& events) { events.push_back(std::move(event)); });
  seams_.transport.wake();
}

void Loop::request_stop() {
  is_stop_requested_.store(true);
  seams_.transport.wake();
}

void Loop::run() {
  take(engine_.start(now(), seams_.clock.elapsed()));
  while (true) {
    carry_out();
    if (!happened_.empty()) {
      std::vector<Event> events = std::exchange(happened_, {});
      for (Event& event : events) {
        feed(std::move(event));
      }
      continue;
    }
    if (engine_.has_ended() && in_flight_.empty() && pending_.empty()) {
      return;
    }
    wait();
  }
}

void Loop::feed(Event event) {
  take(engine_.step(std::move(event), now(), seams_.clock.elapsed()));
}

/// Whether a signature is dead is for AWS's clock to say: ours may be wrong, or be set.
Timestamp Loop::now() {
  return aws_time_.now(seams_.clock.now(), seams_.clock.elapsed());
}

void Loop::take(std::vector<Command> commands) {
  for (Command& command : commands) {
    pending_.push_back(std::move(command));
  }
}

/// One round: everything that is asked for now. Signing comes before the commit, the commit before
/// the first byte on the wire.
void Loop::carry_out() {
  // A question to a person may have taken hours: what was valid before may not be any more.
  seams_.desk.keeper().tend(seams_.clock.now(), seams_.clock.elapsed());
  std::vector<Command> commands = std::exchange(pending_, {});
  std::vector<Commit> commits;
  std::vector<std::pair<SendCall, SignedCall>> ready;
  for (Command& command : commands) {
    if (auto* call = std::get_if<SendCall>(&command)) {
      prepare(std::move(*call), ready);
    } else if (auto* commit = std::get_if<Commit>(&command)) {
      commits.push_back(std::move(*commit));
    } else if (const auto* bind = std::get_if<BindState>(&command)) {
      PLUMBLINE_CHECK(seams_.store != nullptr);
      happened_.emplace_back(Committed{bind->id, seams_.store->bind(bind->stack, bind->account_id)}
      );
    } else if (const auto* accounts = std::get_if<UseAccounts>(&command)) {
      seams_.desk.keeper().use_roles(accounts->roles);
    } else if (const auto* timer = std::get_if<StartTimer>(&command)) {
      timers_.emplace(seams_.clock.elapsed() + timer->after, timer->id);
    } else if (const auto* cancel = std::get_if<CancelTimer>(&command)) {
      std::erase_if(timers_, [&](const auto& entry) { return entry.second == cancel->id; });
    } else if (const auto* question = std::get_if<AskApproval>(&command)) {
      happened_.emplace_back(Answered{watcher_.approve(*question->plan)});
    } else if (const auto* report = std::get_if<Report>(&command)) {
      watcher_.on_progress(report->progress);
    } else if (const auto* made = std::get_if<PlanMade>(&command)) {
      watcher_.on_plan(*made->plan);
    } else if (auto* publish = std::get_if<Publish>(&command)) {
      watcher_.on_snapshot(std::move(publish->snapshot));
    } else if (const auto* ended = std::get_if<RunEnded>(&command)) {
      watcher_.on_run_ended(ended->result);
    }
  }
  commit_round(commits, ready);
}

void Loop::prepare(SendCall call, std::vector<std::pair<SendCall, SignedCall>>& ready) {
  if (!seams_.desk.keeper().is_ready(call.call.account)) {
    parked_.push_back(std::move(call));
    return;
  }
  auto prepared = seams_.desk.prepare(call.call, seams_.clock.now());
  if (prepared) {
    if (call.intent) {
      call.intent->signed_at = std::max(call.intent->signed_at, prepared->signed_at);
    }
    ready.emplace_back(std::move(call), std::move(prepared).value());
  } else {
    happened_.emplace_back(CallFinished{call.id, prepared.error(), seams_.clock.now()});
  }
}

/// Gives the keeper the time, carries its requests, and lets go on what waited for it.
void Loop::tend_credentials() {
  CredentialKeeper& keeper = seams_.desk.keeper();
  keeper.tend(seams_.clock.now(), seams_.clock.elapsed());
  for (CredentialRequest& each : keeper.take_requests()) {
    seams_.transport.send(each.id, std::move(each.request), each.options);
  }
  for (std::string& note : keeper.take_notes()) {
    Progress progress;
    progress.kind = Progress::Kind::kNote;
    progress.what = std::move(note);
    watcher_.on_progress(progress);
  }
  for (SendCall& call : std::exchange(parked_, {})) {
    if (is_stopping_) {
      Error stopped{
          ErrorClass::kNotSent, "Stopped", "the run was stopped before this call was sent", "", 0};
      happened_.emplace_back(CallFinished{call.id, std::move(stopped), seams_.clock.now()});
    } else if (keeper.is_ready(call.call.account)) {
      pending_.emplace_back(std::move(call));
    } else {
      parked_.push_back(std::move(call));
    }
  }
}

void Loop::commit_round(
    std::vector<Commit>& commits, std::vector<std::pair<SendCall, SignedCall>>& ready
) {
  Batch batch;
  for (Commit& commit : commits) {
    std::move(
        commit.batch.intents.begin(), commit.batch.intents.end(), std::back_inserter(batch.intents)
    );
    std::move(
        commit.batch.upserts.begin(), commit.batch.upserts.end(), std::back_inserter(batch.upserts)
    );
    std::move(
        commit.batch.removals.begin(),
        commit.batch.removals.end(),
        std::back_inserter(batch.removals)
    );
    std::move(
        commit.batch.accounts.begin(),
        commit.batch.accounts.end(),
        std::back_inserter(batch.accounts)
    );
    std::move(
        commit.batch.audit.begin(), commit.batch.audit.end(), std::back_inserter(batch.audit)
    );
  }
  for (const auto& [call, prepared] : ready) {
    if (call.intent) {
      batch.intents.push_back(*call.intent);
    }
  }
  Status status = Done{};
  if (!batch.empty()) {
    PLUMBLINE_CHECK(seams_.store != nullptr);
    const Duration before = seams_.clock.elapsed();
    status = seams_.store->commit(batch, seams_.clock.now());
    happened_.emplace_back(Journalled{seams_.clock.elapsed() - before});
  }
  for (const Commit& commit : commits) {
    happened_.emplace_back(Committed{commit.id, status});
  }
  for (auto& [call, prepared] : ready) {
    if (!status && call.intent) {
      Error error = status.error();
      error.klass = ErrorClass::kIo;  // Not durable, so not sent.
      happened_.emplace_back(CallFinished{call.id, error, prepared.signed_at});
    } else {
      send(std::move(call), std::move(prepared));
    }
  }
}

void Loop::send(SendCall command, SignedCall prepared) {
  SendOptions options;
  options.is_mutating = command.call.is_mutating;
  const std::uint64_t id = command.id;
  HttpRequest request = std::move(prepared.request);
  prepared.request = HttpRequest();
  prepared.request.host = request.host;
  in_flight_.emplace(id, InFlight{std::move(command.call), std::move(prepared)});
  seams_.transport.send(id, std::move(request), options);
}

void Loop::fire_timers() {
  const Duration now = seams_.clock.elapsed();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const std::uint64_t id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    happened_.emplace_back(TimerFired{id});
  }
}

void Loop::wait() {
  tend_credentials();
  Duration limit = pending_.empty() ? kTick : Duration(0);
  if (!timers_.empty()) {
    limit =
        std::clamp<Duration>(timers_.begin()->first - seams_.clock.elapsed(), Duration(0), limit);
  }
  for (Completion& completion : seams_.transport.wait(limit)) {
    if (CredentialKeeper::is_mine(completion)) {
      seams_.desk.keeper().on(std::move(completion));
      continue;
    }
    const auto found = in_flight_.find(completion.id);
    PLUMBLINE_CHECK(found != in_flight_.end());
    CallFinished finished{completion.id, Error{}, found->second.sent.signed_at};
    if (completion.response) {
      aws_time_.learn(*completion.response, seams_.clock.elapsed());
      finished.asked_pause = asked_pause(*completion.response);
      finished.result = seams_.desk.interpret(
          found->second.call, found->second.sent, *completion.response, seams_.clock.now()
      );
    } else {
      finished.result = completion.response.error();
    }
    in_flight_.erase(found);
    happened_.emplace_back(std::move(finished));
  }
  fire_timers();
  for (Event& event : mailbox_.with([](auto& events) { return std::exchange(events, {}); })) {
    happened_.push_back(std::move(event));
  }
  if (is_stop_requested_.load() && !is_stopping_) {
    is_stopping_ = true;
    happened_.emplace_back(StopRequested{});
  }
  tend_credentials();
  watcher_.on_tick();
}

}  // namespace plumbline
