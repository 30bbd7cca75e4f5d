#include "controller/engine/caller.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/plan/page_trail.h"

namespace plumbline {

namespace {

constexpr int kReadAttempts = 5;
constexpr int kThrottleAttempts = 12;

/// How often a call may be tried again for an error of this class, 0 = not at all.
int attempts_for(ErrorClass klass) {
  switch (klass) {
    case ErrorClass::kThrottled:
      return kThrottleAttempts;
    case ErrorClass::kTransient:
    case ErrorClass::kUnknownOutcome:
    case ErrorClass::kNotSent:
      return kReadAttempts;
    case ErrorClass::kExpired:
      return 2;
    case ErrorClass::kInvalid:
    case ErrorClass::kNotFound:
    case ErrorClass::kExists:
    case ErrorClass::kConflict:
    case ErrorClass::kQuota:
    case ErrorClass::kDenied:
    case ErrorClass::kAuth:
    case ErrorClass::kCorrupt:
    case ErrorClass::kIo:
      return 0;
  }
  PLUMBLINE_UNREACHABLE("ErrorClass");
}

Error stopped_error() {
  return {ErrorClass::kNotSent, "Stopped", "the run was stopped before this call was sent", "", 0};
}

}  // namespace

char journal_letter(CallClass klass) {
  switch (klass) {
    case CallClass::kToken:
      return 'T';
    case CallClass::kUnique:
      return 'U';
    case CallClass::kNeither:
      return 'N';
    case CallClass::kAmbiguous:
      return 'X';
    case CallClass::kIdempotent:
    case CallClass::kRead:
      return 'I';
  }
  PLUMBLINE_UNREACHABLE("CallClass");
}

std::string make_token(
    const std::string& format,
    const std::string& install_key,
    const std::string& intent_id,
    const std::string& action
) {
  const std::string hex =
      to_hex(hmac_sha256(install_key, "t1\n" + intent_id + "\n" + action)).substr(0, 32);
  if (format != "uuid") {
    return hex;
  }
  return fmt::format(
      "{}-{}-4{}-a{}-{}",
      hex.substr(0, 8),
      hex.substr(8, 4),
      hex.substr(13, 3),
      hex.substr(17, 3),
      hex.substr(20, 12)
  );
}

std::string Caller::make_intent_id() {
  std::array<std::uint8_t, 16> bytes{};
  random_.fill(bytes);
  return hex_encode(bytes);
}

Duration Caller::pause_after(int attempt, bool is_throttle, Duration asked) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  // At least a tenth of the longest: full jitter may otherwise give no pause at all.
  const double unit = 0.1 + 0.9 * random_.unit();
  const Duration base = is_throttle ? Duration(seconds(1)) : milliseconds(200);
  return std::max(backoff(attempt, unit, base, seconds(20)), asked);
}

void Caller::note_store_failure(const Error& error) {
  if (store_failure_.code.empty() && store_failure_.message.empty()) {
    store_failure_ = error;
    io_.stop();
  }
}

Task<bool> Caller::commit(Batch batch) {
  if (batch.empty()) {
    co_return true;
  }
  const std::vector<Intent> written = batch.intents;
  const Status status = co_await io_.commit(std::move(batch));
  if (!status) {
    note_store_failure(status.error());
  } else {
    note_late(written);
  }
  co_return status.has_value();
}

void Caller::note_late(const std::vector<Intent>& written) {
  for (const Intent& intent : written) {
    std::erase_if(late_calls_, [&](const Intent& each) { return each.id == intent.id; });
    if (is_closed(intent) && intent.lost_at != Timestamp{}) {
      late_calls_.push_back(intent);
    }
  }
}

/// What was admitted before a cut asks again: it would come at the rate that was refused.
Task<> Caller::admit(const Call& call) {
  Limiter& limiter = io_.limiter_of(call);
  std::uint64_t cuts = 0;
  do {
    cuts = limiter.cuts();
    co_await io_.sleep(limiter.reserve(io_.elapsed()));
  } while (limiter.cuts() != cuts && !io_.is_stopping());
}

Task<CallResult> Caller::read(Call call) {
  for (int attempt = 1;; ++attempt) {
    CallFinished finished;
    do {
      co_await admit(call);
      if (io_.is_stopping()) {
        co_return stopped_error();
      }
      finished = co_await io_.call(call, std::nullopt);
    } while (finished.is_turned_away);
    if (finished.result) {
      io_.limiter_of(call).on_success(io_.elapsed());
      co_return std::move(finished.result);
    }
    const Error& error = finished.result.error();
    const bool is_throttle = error.klass == ErrorClass::kThrottled;
    if (is_throttle) {
      ++io_.counters.throttles;
      io_.limiter_of(call).on_throttle(io_.elapsed(), finished.sent_under);
    }
    if (attempt >= attempts_for(error.klass) || io_.is_stopping()) {
      co_return std::move(finished.result);
    }
    co_await io_.sleep(pause_after(attempt, is_throttle, finished.asked_pause));
  }
}

Task<Status> Caller::read_pages(
    Call call, const std::optional<Page>& page, std::function<Status(const Value&)> each_page
) {
  Value token;
  PageTrail trail;
  do {
    Call next = call;
    if (page) {
      set_page(next, *page, token);
    }
    CallResult result = co_await read(std::move(next));
    if (!result) {
      co_return result.error();
    }
    if (Status taken = each_page(result->body); !taken) {
      Error error = taken.error();
      error.request_id = result->request_id;
      co_return error;
    }
    Result<Value> following = page ? trail.follow(*page, result->body) : Value();
    if (!following) {
      Error error = following.error();
      error.message = call.action + " " + error.message;
      error.request_id = result->request_id;
      co_return error;
    }
    token = *std::move(following);
  } while (!token.is_null());
  co_return Done{};
}

Duration Caller::scaled(Duration real) const {
  const double ms = static_cast<double>(real.count()) / settings_.time_scale;
  return std::max(Duration(50), Duration(static_cast<std::int64_t>(ms)));
}

/// What is old has had its time to become known: then the error is a mistake, and fails at once.
const ErrorMatch* Caller::find_patience(const Mutation& mutation, const Error& error) const {
  const auto fits = [&](const ErrorMatch& match, Duration age, bool needs_youth) {
    return !(needs_youth || match.only_when_young) || age < scaled(match.patience);
  };
  if (mutation.from != nullptr) {
    const ErrorMatch* match = find_match(mutation.from->retry, error);
    if (match != nullptr && fits(*match, mutation.age, false)) {
      return match;
    }
  }
  for (const Patience& patience : mutation.patience) {
    const ErrorMatch* match = find_match(*patience.errors, error, mutation.call.service->id);
    if (match != nullptr && fits(*match, patience.age, patience.needs_youth)) {
      return match;
    }
  }
  return nullptr;
}

/// Sleeps before another attempt that the schema allows; false when its patience is used up.
Task<bool> Caller::wait_out(const Mutation& mutation, const Error& error, Duration& waited) {
  const ErrorMatch* match = find_patience(mutation, error);
  if (match == nullptr || waited >= match->patience || io_.is_stopping()) {
    co_return false;
  }
  const Duration pause =
      scaled(std::min<Duration>(std::chrono::seconds(15), std::chrono::seconds(2) + waited / 4));
  Progress progress;
  progress.kind = Progress::Kind::kWaiting;
  progress.address = mutation.address;
  progress.what = "trying again to " + mutation.what;
  progress.why = error.code + ": " + error.message;
  progress.elapsed = waited;
  io_.report(std::move(progress));
  const Duration before = io_.elapsed();
  co_await io_.sleep(pause);
  // Patience is AWS's time; a world that runs faster uses it up faster.
  waited += Duration(static_cast<std::int64_t>(
      static_cast<double>((io_.elapsed() - before).count()) * settings_.time_scale
  ));
  co_return !io_.is_stopping();
}

Task<MutationResult> Caller::mutate(Mutation mutation) {
  MutationResult out;
  out.intent = mutation.intent;
  Tries tries;
  // What another process left without an answer is lost, whether it knew so or not. Of classes N
  // and X another attempt is made only when the earlier ones are dead.
  const bool has_no_answer =
      out.intent.attempts > 0 &&
      (out.intent.state == IntentState::kUnknown || out.intent.state == IntentState::kInflight);
  tries.was_lost = has_no_answer && out.intent.klass != 'N' && out.intent.klass != 'X';
  if (has_no_answer) {
    out.intent.lost_at = out.intent.signed_at;
  }
  while (true) {
    co_await admit(mutation.call);
    if (io_.is_stopping()) {
      out.result = stopped_error();
      co_return out;
    }
    Intent attempt = out.intent;
    attempt.state = IntentState::kInflight;
    ++attempt.attempts;
    CallFinished finished = co_await io_.call(mutation.call, attempt);
    if (finished.is_turned_away) {
      continue;
    }
    out.intent = std::move(attempt);
    tries.sent_under = finished.sent_under;
    tries.asked_pause = finished.asked_pause;
    out.intent.signed_at = std::max(out.intent.signed_at, finished.signed_at);
    out.result = std::move(finished.result);
    if (out.result) {
      io_.limiter_of(mutation.call).on_success(io_.elapsed());
      co_return out;
    }
    const Error& error = out.result.error();
    const bool is_word = error.klass != ErrorClass::kTransient;  // A server that failed has none.
    if (is_word && mutation.from != nullptr &&
        find_match(mutation.from->ok_errors, error) != nullptr) {
      out.result = Reply{Value(Object()), error.request_id};
      co_return out;
    }
    if (!co_await try_again(mutation, tries, out)) {
      co_return out;
    }
  }
}

/// Judges a failed attempt: true after the pause before the next one; false when there is none,
/// with the intent's state on the disk.
Task<bool> Caller::try_again(const Mutation& mutation, Tries& tries, MutationResult& out) {
  const Error error = out.result.error();
  if (error.klass == ErrorClass::kIo) {
    note_store_failure(error);  // The intent could not be made durable: nothing was sent.
    co_return false;
  }
  if (error.klass == ErrorClass::kUnknownOutcome || error.klass == ErrorClass::kTransient) {
    tries.was_lost = true;
    out.intent.state = IntentState::kUnknown;
    out.intent.lost_at = out.intent.signed_at;
    out.intent.error = error.to_string();
    Batch batch;
    batch.intents.push_back(out.intent);
    const bool is_durable = co_await commit(std::move(batch));
    const bool must_look =
        out.intent.klass == 'U' || out.intent.klass == 'N' || out.intent.klass == 'X';
    if (!is_durable || must_look || io_.is_stopping()) {
      out.is_unknown = true;
      co_return false;
    }
  }
  ++tries.failures;
  const bool is_throttle = error.klass == ErrorClass::kThrottled;
  if (is_throttle) {
    ++io_.counters.throttles;
    io_.limiter_of(mutation.call).on_throttle(io_.elapsed(), tries.sent_under);
  }
  const int attempts = attempts_for(error.klass);
  if (attempts > 0 && tries.failures < attempts) {
    co_await io_.sleep(pause_after(tries.failures, is_throttle, tries.asked_pause));
    co_return true;
  }
  if (attempts == 0 && co_await wait_out(mutation, error, tries.waited)) {
    co_return true;
  }
  // Refused only when every attempt was: an earlier one without an answer keeps it unknown.
  out.is_unknown = tries.was_lost;
  out.intent.state = tries.was_lost ? IntentState::kUnknown : IntentState::kRefused;
  out.intent.error = error.to_string();
  Batch batch;
  batch.intents.push_back(out.intent);
  co_await commit(std::move(batch));
  co_return false;
}

}  // namespace plumbline
