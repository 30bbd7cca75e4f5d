// How: one intent per object, kept through every attempt and every restart, so that its token or
// its owner tag finds the object again. An unknown outcome is looked at before anything is sent
// again.
#include <algorithm>

#include <fmt/format.h>

#include "controller/engine/creation.h"
#include "controller/plan/answer.h"

namespace plumbline {

namespace {

constexpr int kCreationAttempts = 6;
constexpr Duration kPurgePause = std::chrono::seconds(20);

/// The service knows the name already.
bool is_refused_as_existing(const Kind& kind, const Error& error) {
  const auto& codes = kind.exists_codes;
  return error.klass == ErrorClass::kExists ||
         std::find(codes.begin(), codes.end(), error.code) != codes.end() ||
         (kind.exists_but_gone && find_match(kind.exists_but_gone->codes, error) != nullptr);
}

/// What an intent made was found: one of the attempts without an answer did it. Where there was
/// just one, nothing is left that may come later.
void forget_effective_attempt(Intent& intent, bool is_latest_unanswered) {
  const int unanswered = intent.attempts - (is_latest_unanswered ? 0 : 1);
  intent.lost_at = unanswered > 1 ? intent.signed_at : Timestamp{};
}

}  // namespace

Task<StepResult> Worker::create(const Change& change) {
  auto desired = desired_values(*change.resource, *run_.facts, run_.manifest->folder);
  if (!desired) {
    co_return failure(change, "read its source", desired.error());
  }
  Creation creation;
  creation.desired = std::move(desired).value();
  for (const std::string& name : change.deferred) {
    creation.desired.set(name, Value());
  }
  creation.target = target_of(change, creation.desired);
  creation.target.known_id.clear();
  const BindingContext context =
      context_of(creation.target, "", nullptr, run_.facts->accounts(), run_.manifest->stack);
  for (const CallTemplate& candidate : change.kind->create) {
    if (creation.variant == nullptr && applies(candidate, context)) {
      creation.variant = &candidate;
    }
  }
  if (creation.variant == nullptr) {
    co_return held(change, "create", "no way of creating it fits its properties");
  }
  if (StepResult failed = co_await outlive_deletions(change, *creation.variant)) {
    co_return failed;
  }
  const auto& open = run_.state->open_intents;
  const auto resumed = std::find_if(open.begin(), open.end(), [&](const Intent& intent) {
    return intent.is_create && intent.address == change.address;
  });
  if (resumed == open.end()) {
    begin_intent(change, creation);
  } else {
    creation.intent = *resumed;
    std::erase_if(run_.state->open_intents, [&](const Intent& i) {
      return i.id == creation.intent.id;
    });
  }
  StepResult failed = co_await create_until_made(change, creation);
  const bool is_open =
      creation.intent.state == IntentState::kUnknown ||
      creation.intent.state == IntentState::kHeld ||
      (creation.intent.state == IntentState::kInflight && creation.intent.attempts > 0);
  if (!creation.is_made && is_open) {
    run_.state->open_intents.push_back(creation.intent);  // The next run goes on with it.
  }
  if (failed) {
    co_return failed;
  }
  if (!creation.variant->wait) {
    co_return std::nullopt;
  }
  Observation seen;
  const std::string id = run_.facts->at(change.address).id;
  failed = co_await wait_until(change, creation.target, id, *creation.variant->wait, seen);
  if (!failed) {
    know(change, seen, creation.desired);
  }
  co_return failed;
}

Task<StepResult> Worker::create_until_made(const Change& change, Creation& creation) {
  const bool is_resumed = creation.intent.attempts > 0;
  const bool asks_otherwise = is_resumed && !creation.intent.params_digest.empty() &&
                              creation.intent.params_digest != digest_of_request(change, creation);
  if (is_resumed && creation.intent.klass == 'X') {
    if (StepResult failed = co_await settle_ambiguous(change, creation, asks_otherwise)) {
      co_return failed;
    }
  } else if (asks_otherwise && creation.intent.klass != 'N') {
    if (StepResult failed = co_await outlive_other_request(change, creation)) {
      co_return failed;
    }
  } else if (is_resumed && creation.intent.klass == 'N') {
    if (StepResult failed = co_await await_fence(change, creation)) {
      co_return failed;
    }
  }
  for (int attempt = 0; attempt < kCreationAttempts && !creation.is_made; ++attempt) {
    if (StepResult failed = co_await create_once(change, creation)) {
      co_return failed;
    }
  }
  if (!creation.is_made) {
    co_return failure(
        change,
        "create",
        {ErrorClass::kUnknownOutcome,
         "NoAnswer",
         "no attempt got an answer; the next run will look for it before it tries again",
         "",
         0}
    );
  }
  co_return std::nullopt;
}

void Worker::begin_intent(const Change& change, Creation& creation) const {
  creation.intent = new_intent(change, *creation.variant, change.region);
  creation.intent.is_create = true;
  // A kind whose id is its name can be found by it, even when no block tells the name any more.
  if (change.kind->id_property == change.kind->name_property) {
    creation.intent.physical_id = creation.desired.text_of(change.kind->id_property);
  }
  creation.intent.params_digest = digest_of_request(change, creation);
}

/// Of what would be asked, whatever its token and its intent's tag. A token is good for the very
/// same request alone, tags and all; what is found by its name or its owner tag may be tagged
/// later.
std::string Worker::digest_of_request(const Change& change, const Creation& creation) const {
  BindingContext context =
      context_of(creation.target, "", nullptr, run_.facts->accounts(), run_.manifest->stack);
  context.token = "";
  Call call = make_call(*creation.variant, context);
  if (creation.variant->klass == CallClass::kToken) {
    const Tags tags = wanted_tags(
        *change.resource, run_.state->install_key, account_id_of(change), run_.manifest->stack
    );
    add_inline_tags(call, *change.kind, tags);
  }
  return call.request.is_known() ? digest_of(call.request, run_.state->install_key)
                                 : change.address.to_string();
}

/// The open creation asked for something else than is wanted now: a new name or token would not
/// find what it made, or is yet to make. When its signature is dead, what carries its tag is taken
/// as it is, and else the call counts as refused and another one is begun.
Task<StepResult> Worker::outlive_other_request(const Change& change, Creation& creation) {
  Io& io = caller_.io();
  co_await outlive(
      change, caller_.settings().dead_at(creation.intent.signed_at), "it asked for something else"
  );
  Target sought = creation.target;
  sought.intent = creation.intent.id;
  sought.known_id = creation.intent.physical_id;
  std::vector<Target> targets;
  targets.push_back(std::move(sought));
  std::vector<Observation> seen = co_await observer_.observe_all(std::move(targets));
  Observation& found = seen.front();
  const std::string* made_by = found.find_tag(kIntentTag);
  if (found.presence == Presence::kPresent && made_by != nullptr &&
      *made_by == creation.intent.id) {
    co_return co_await adopt(change, creation, std::move(found));
  }
  if (found.presence == Presence::kUnreadable || io.is_stopping()) {
    Error error = found.error;
    if (io.is_stopping()) {
      error = Error{ErrorClass::kNotSent, "Stopped", "stopped while waiting", "", 0};
    }
    co_return failure(change, "look whether it was created", std::move(error));
  }
  Intent refused = creation.intent;
  refused.state = IntentState::kRefused;
  refused.error = "its signature is dead and nothing was made";
  Batch batch;
  batch.intents.push_back(std::move(refused));
  begin_intent(change, creation);
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "close the earlier call", caller_.store_failure());
  }
  co_return std::nullopt;
}

Task<StepResult> Worker::create_once(const Change& change, Creation& creation) {
  BindingContext context =
      context_of(creation.target, "", nullptr, run_.facts->accounts(), run_.manifest->stack);
  if (!creation.intent.token.empty()) {
    context.token = creation.intent.token;
  }
  Mutation mutation;
  mutation.call = make_call(*creation.variant, context);
  Tags tags = wanted_tags(
      *change.resource, run_.state->install_key, account_id_of(change), run_.manifest->stack
  );
  tags.emplace_back(kIntentTag, creation.intent.id);
  add_inline_tags(mutation.call, *change.kind, tags);
  if (!mutation.call.request.is_known()) {
    co_return failure(
        change,
        "create",
        {ErrorClass::kInvalid,
         "NotKnown",
         "a value that " + mutation.call.action + " needs is not known yet",
         "",
         0}
    );
  }
  if (creation.variant->klass == CallClass::kAmbiguous) {
    if (StepResult failed = co_await note_siblings(change, creation)) {
      co_return failed;
    }
  }
  mutation.from = creation.variant;
  give_patience(mutation, change);
  mutation.intent = creation.intent;
  mutation.address = change.address;
  mutation.what = "create";
  MutationResult sent = co_await caller_.mutate(std::move(mutation));
  creation.intent = sent.intent;
  if (!sent.result) {
    const Error& error = sent.result.error();
    if (is_refused_as_existing(*change.kind, error) || !sent.is_unknown) {
      co_return co_await settle_existing(change, creation, error);
    }
    co_return co_await settle_unknown(change, creation, error);
  }
  Result<Observation> made =
      observe_creation(*change.kind, *creation.variant, creation.desired, sent.result->body);
  if (!made && creation.intent.klass == 'T') {
    co_return std::nullopt;  // The same token again: its reply names the id.
  }
  if (!made) {
    Error no_id = made.error();
    no_id.request_id = sent.result->request_id;
    co_return co_await settle_unknown(change, creation, std::move(no_id));
  }
  co_return co_await adopt(change, creation, std::move(made).value());
}

/// Writes the outcome and the resource's row together. From here on the id cannot be lost.
Task<StepResult> Worker::adopt(const Change& change, Creation& creation, Observation found) {
  creation.intent.state = IntentState::kDone;
  creation.intent.physical_id = found.id;
  Batch batch;
  batch.intents.push_back(creation.intent);
  const bool replaces = change.action == Action::kReplace && change.creates_first;
  const ResourceRow* old = find_row(*run_.state, change.address);
  if (replaces && old != nullptr && old->physical_id != found.id) {
    ResourceRow deposed = *old;
    deposed.status = RowStatus::kDeposed;
    batch.upserts.push_back(deposed);
    keep(deposed);
  } else if (old != nullptr && old->physical_id != found.id) {
    batch.removals.push_back({old->address, old->physical_id});
    const std::string gone = old->physical_id;
    drop(change.address, gone);
  }
  const ResourceRow row = make_row(change, found.id, RowStatus::kCreating, creation.desired, found);
  batch.upserts.push_back(row);
  batch.audit.push_back(
      {run_.actor,
       creation.intent.action,
       change.address,
       Value::object({{"id", found.id}, {"intent", creation.intent.id}})}
  );
  keep(row);
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record its id", caller_.store_failure());
  }
  know(change, found, creation.desired);
  creation.is_made = true;
  co_return std::nullopt;
}

/// The call may or may not have made the object. Look; adopt what is ours; else say what is safe.
Task<StepResult> Worker::settle_unknown(const Change& change, Creation& creation, Error error) {
  if (creation.intent.klass == 'T') {
    co_return failure(change, "create", error);  // The next run sends the same token.
  }
  if (caller_.io().is_stopping() || !caller_.store_failure().message.empty()) {
    co_return failure(change, "create", error);
  }
  report(
      change,
      Progress::Kind::kWaiting,
      "looking whether it was created",
      error.to_string(),
      Duration(0)
  );
  if (creation.intent.klass == 'N') {
    co_return co_await await_fence(change, creation);
  }
  if (creation.intent.klass == 'X') {
    co_return co_await settle_ambiguous(change, creation, false);
  }
  Observation found = co_await observer_.find_by_name(creation.target);
  if (found.presence == Presence::kUnreadable) {
    co_return failure(change, "look whether it was created", found.error);
  }
  if (found.presence == Presence::kAbsent) {
    co_return std::nullopt;  // Its name protects it: send again.
  }
  co_return co_await settle_existing(change, creation, std::move(error));
}

/// The name is a tombstone's: bring the object back. One that cannot come back is on its way out,
/// and then its name is free soon.
Task<StepResult> Worker::bring_back(const Change& change, Creation& creation, Error error) {
  const Kind& kind = *change.kind;
  const CallTemplate& call = kind.exists_but_gone->call;
  const BindingContext context =
      context_of(creation.target, "", nullptr, run_.facts->accounts(), run_.manifest->stack);
  Mutation mutation;
  mutation.call = make_call(call, context);
  mutation.from = &call;
  give_patience(mutation, change);
  mutation.intent = new_intent(change, call, change.region);
  mutation.address = change.address;
  mutation.what = "bring back";
  MutationResult sent = co_await caller_.mutate(std::move(mutation));
  if (!sent.result) {
    const auto& codes = kind.not_found_codes;
    if (std::find(codes.begin(), codes.end(), sent.result.error().code) == codes.end()) {
      co_return failure(change, "bring it back", sent.result.error());
    }
    report(
        change, Progress::Kind::kWaiting, "waiting for its name", error.to_string(), Duration(0)
    );
    co_await caller_.io().sleep(scaled(kPurgePause));
    co_return std::nullopt;
  }
  sent.intent.state = IntentState::kDone;
  Batch batch;
  batch.intents.push_back(sent.intent);
  batch.audit.push_back({run_.actor, call.action, change.address, Value(Object())});
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record that it is back", caller_.store_failure());
  }
  Observation found = co_await observer_.find_by_name(creation.target);
  if (found.presence != Presence::kPresent) {
    co_return failure(change, "bring it back", std::move(error));
  }
  // What it held before its deletion is not what was declared: nothing counts as applied.
  for (const Property& property : kind.properties) {
    if (property.is_write_only) {
      creation.desired.set(property.name, Value());
    }
  }
  co_return co_await adopt(change, creation, std::move(found));
}

/// Refused: the name may be ours (a lost reply), a tombstone's, or someone else's.
Task<StepResult> Worker::settle_existing(const Change& change, Creation& creation, Error error) {
  const Kind& kind = *change.kind;
  if (kind.exists_but_gone && find_match(kind.exists_but_gone->codes, error) != nullptr) {
    co_return co_await bring_back(change, creation, std::move(error));
  }
  const bool is_unknown =
      error.klass == ErrorClass::kUnknownOutcome || error.klass == ErrorClass::kTransient;
  if ((!is_refused_as_existing(kind, error) && !is_unknown) || !kind.recover) {
    co_return failure(change, "create", std::move(error));
  }
  Observation found = co_await observer_.find_by_name(creation.target);
  if (found.presence == Presence::kPresent && kind.tags.is_supported && !found.has_tags) {
    found = co_await observer_.observe_one(creation.target, found.id);
  }
  if (found.presence == Presence::kPresent && is_ours(change, found)) {
    forget_effective_attempt(creation.intent, is_unknown);
    co_return co_await adopt(change, creation, std::move(found));
  }
  if (found.presence == Presence::kPresent) {
    co_return held(
        change,
        "create",
        fmt::format(
            "{} {} exists and was not made by this stack; rename the resource or declare it with "
            "`existing:`",
            kind.name,
            found.id
        )
    );
  }
  co_return failure(change, "create", std::move(error));
}

/// No token and no unique name: absence is believed only when the signature is dead and repeated
/// reads agree; until then another call could make a second object.
Task<StepResult> Worker::await_fence(const Change& change, Creation& creation) {
  Io& io = caller_.io();
  const RunSettings& settings = caller_.settings();
  const Timestamp dead_at =
      creation.intent.signed_at + settings.signature_life + settings.clock_margin;
  const Duration started = io.elapsed();
  Target sought = creation.target;
  sought.intent = creation.intent.id;
  int negatives = 0;
  Timestamp quiet_since{};
  while (true) {
    Observation found = co_await observer_.find_by_name(sought);
    if (found.presence == Presence::kPresent && is_ours(change, found)) {
      forget_effective_attempt(creation.intent, true);
      co_return co_await adopt(change, creation, std::move(found));
    }
    if (io.is_stopping()) {
      co_return failure(
          change, "create", {ErrorClass::kNotSent, "Stopped", "stopped while waiting", "", 0}
      );
    }
    if (found.presence == Presence::kUnreadable) {
      negatives = 0;
    } else if (io.now() >= dead_at) {
      quiet_since = negatives == 0 ? io.now() : quiet_since;
      ++negatives;
      if (negatives >= kNegativeReads && io.now() - quiet_since >= settings.quiet_time) {
        co_return std::nullopt;
      }
    }
    const Duration left = std::max(dead_at - io.now(), settings.quiet_time / kNegativeReads);
    report(
        change,
        Progress::Kind::kWaiting,
        "waiting until an earlier call can no longer take effect",
        fmt::format("its reply was lost; AWS refuses it after {}", format_iso8601(dead_at)),
        io.elapsed() - started
    );
    co_await io.sleep(std::clamp<Duration>(left / 4, Duration(100), std::chrono::seconds(30)));
  }
}

}  // namespace plumbline
