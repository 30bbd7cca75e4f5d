// How: a creation that has no token, no unique name and no tag (class X) can be told only by what
// is there that was not there before. Its siblings are noted in the intent before each attempt;
// when an attempt has no answer and its signature is dead, exactly one new sibling that is as asked
// for is the one. Several are a person's to judge (reliability notes 3.4).
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/engine/creation.h"

namespace plumbline {

namespace {

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Task<StepResult> Worker::note_siblings(const Change& change, Creation& creation) {
  Result<std::vector<std::string>> there = co_await observer_.list_siblings(creation.target);
  if (!there) {
    co_return failure(change, "look what is there before it is created", there.error());
  }
  creation.intent.siblings = *std::move(there);
  co_return std::nullopt;
}

/// Whether `seen` is what the creating call asks for. What cannot be read back says nothing, and
/// what only later calls set is not there yet.
bool Worker::is_as_asked(const Change& change, const Creation& creation, const Observation& seen)
    const {
  const std::vector<std::string>& sent = creation.variant->request.names();
  const Difference difference = difference_of(change, creation.target, seen);
  return std::none_of(
      difference.fields.begin(),
      difference.fields.end(),
      [&](const FieldChange& field) {
        const std::string name(head_of(field.path));
        const Property* property = change.kind->find_property(name);
        return holds(sent, name) && !(property != nullptr && property->is_write_only);
      }
  );
}

/// What is there now, was not before, and is nobody else's of this state. With `as_asked` only what
/// the call would have made.
Task<Result<std::vector<Observation>>> Worker::new_siblings(
    const Change& change, const Creation& creation, bool as_asked
) {
  Result<std::vector<std::string>> there = co_await observer_.list_siblings(creation.target);
  if (!there) {
    co_return there.error();
  }
  std::vector<Observation> made;
  for (const std::string& id : *there) {
    const bool is_recorded =
        std::any_of(run_.state->rows.begin(), run_.state->rows.end(), [&](const ResourceRow& row) {
          return row.kind == change.kind->name && row.physical_id == id &&
                 row.account == change.account && row.region == change.region;
        });
    if (is_recorded || holds(creation.intent.siblings, id)) {
      continue;
    }
    Observation seen = co_await observer_.observe_one(creation.target, id);
    if (seen.presence == Presence::kUnreadable) {
      co_return seen.error;
    }
    if (seen.presence == Presence::kPresent && (!as_asked || is_as_asked(change, creation, seen))) {
      made.push_back(std::move(seen));
    }
  }
  co_return made;
}

/// Waits until the latest attempt can do nothing more and reads agree for the quiet time.
Task<Result<std::vector<Observation>>> Worker::await_siblings(
    const Change& change, const Creation& creation, bool as_asked
) {
  Io& io = caller_.io();
  const RunSettings& settings = caller_.settings();
  const Timestamp dead_at =
      creation.intent.signed_at + settings.signature_life + settings.clock_margin;
  const bool is_dead = co_await outlive(change, dead_at, "its reply was lost");
  std::vector<std::string> before;
  int agreeing = 0;
  Timestamp since{};
  while (is_dead && !io.is_stopping()) {
    Result<std::vector<Observation>> made = co_await new_siblings(change, creation, as_asked);
    if (!made) {
      co_return made.error();
    }
    std::vector<std::string> ids;
    for (const Observation& each : *made) {
      ids.push_back(each.id);
    }
    if (agreeing == 0 || ids != before) {
      agreeing = 0;
      since = io.now();
      before = std::move(ids);
    }
    if (++agreeing >= kNegativeReads && io.now() - since >= settings.quiet_time) {
      co_return made;
    }
    co_await io.sleep(settings.quiet_time / kNegativeReads + Duration(1));
  }
  co_return Error{ErrorClass::kNotSent, "Stopped", "stopped while waiting", "", 0};
}

/// The last attempt has no answer. Nothing when it is made, or when it is safe to send it again.
/// `asks_otherwise`: what that attempt asked for is not known any more, so that nothing new can be
/// told for its own.
Task<StepResult> Worker::settle_ambiguous(
    const Change& change, Creation& creation, bool asks_otherwise
) {
  Result<std::vector<Observation>> made =
      co_await await_siblings(change, creation, !asks_otherwise);
  if (!made) {
    co_return failure(change, "look whether it was created", made.error());
  }
  if (made->empty() && !asks_otherwise) {
    co_return std::nullopt;
  }
  Batch batch;
  if (made->empty()) {
    batch.intents.push_back(creation.intent);
    batch.intents.back().state = IntentState::kRefused;
    batch.intents.back().error = "its signature is dead and nothing was made";
    begin_intent(change, creation);
  } else if (made->size() == 1 && !asks_otherwise) {
    creation.intent.lost_at = {};  // Every attempt is dead.
    co_return co_await adopt(change, creation, std::move(made->front()));
  } else {
    creation.intent.state = IntentState::kHeld;
    batch.intents.push_back(creation.intent);
  }
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "close the earlier call", caller_.store_failure());
  }
  if (made->empty()) {
    co_return std::nullopt;
  }
  std::vector<std::string> ids;
  for (const Observation& each : *made) {
    ids.push_back(each.id);
  }
  const bool is_one = ids.size() == 1;
  StepFailure failed = held(
      change,
      "create",
      fmt::format(
          "the reply to {} was lost, and {} {} new since{}; nothing on {} tells whether this stack "
          "made {}",
          creation.intent.action,
          join(ids, " and "),
          is_one ? "is" : "are",
          asks_otherwise ? ", while the manifest has changed" : ", each as declared",
          is_one ? "it" : "them",
          is_one ? "it" : "one of them"
      )
  );
  const std::string resolve = "plumbline state resolve " + change.address.to_string();
  failed.help = fmt::format(
      "look at {} in AWS. When this stack made it: `{} --adopt ID`. When it did not: `{} --gone`",
      is_one ? "it" : "them",
      resolve,
      resolve
  );
  co_return failed;
}

}  // namespace plumbline
