// Caller: one API call made well. Reads are tried again; mutating calls go through the journal and
// are sent again only when it is certain that this does no harm (reliability notes 3.3–3.5).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/engine/io.h"
#include "controller/plan/binding.h"

namespace plumbline {

/// What every task of a run shares. Owned by the Engine.
struct RunSettings {
  Duration signature_life = std::chrono::minutes(5);  ///< A signature older than this is dead.
  Duration quiet_time = std::chrono::seconds(30);     ///< Negative reads must agree for this long.
  Duration clock_margin = std::chrono::seconds(15);
  /// Factor on schema polls, for simulated worlds that run faster than AWS.
  double time_scale = 1;

  /// From then on nothing comes of an attempt that nobody has seen an effect of.
  [[nodiscard]] Timestamp dead_at(Timestamp signed_at) const {
    return signed_at + signature_life + clock_margin + quiet_time;
  }
};

/// Errors to bear with for a while.
struct Patience {
  const std::vector<ErrorMatch>* errors = nullptr;
  /// How long ago what they are about was made or changed.
  Duration age{0};
  bool needs_youth = false;  ///< Every entry counts only while it is younger than its patience.
};

/// A mutating call with everything needed to judge its answer.
struct Mutation {
  Call call;
  const CallTemplate* from = nullptr;  ///< ok_errors, retry, class.
  Duration age{0};                     ///< Of the youngest of the resource and those it names.
  std::vector<Patience> patience;      ///< Besides the template's own: the kind's, the producers'.
  Intent intent;                       ///< Id, address, class, token, owner set; state not.
  Address address;
  std::string what;  ///< "create", "rules +2"; for progress.
};

struct MutationResult {
  CallResult result = Error{};
  Intent intent;            ///< As last committed (inflight) or refused/unknown.
  bool is_unknown = false;  ///< Class U, N or X: the caller must look before anything else.
};

class Caller {
 public:
  Caller(Io& io, Random& random, const RunSettings& settings)
      : io_(io), random_(random), settings_(settings) {}

  /// Tries again on throttles, 5xx, lost answers and failed connections; other errors come back.
  Task<CallResult> read(Call call);
  /// All pages of a list read, one reply when it has no pages. Stops at the first error, which may
  /// be what `each_page` has against a reply. `page` outlives the task.
  Task<Status> read_pages(
      Call call, const std::optional<Page>& page, std::function<Status(const Value&)> each_page
  );

  /// On success the intent is still inflight: commit its outcome with what it produced, together.
  Task<MutationResult> mutate(Mutation mutation);

  [[nodiscard]] std::string make_intent_id();
  Io& io() { return io_; }
  [[nodiscard]] const RunSettings& settings() const { return settings_; }
  /// After a commit failed nothing more may be sent; holds why.
  [[nodiscard]] const Error& store_failure() const { return store_failure_; }
  void note_store_failure(const Error& error);
  /// Commits and remembers a failure. True when durable.
  Task<bool> commit(Batch batch);

  /// Closed calls of which a lost attempt may still take effect, or was not looked for since it
  /// died. A closed call with `lost_at` joins them when it is committed, and goes when it is
  /// committed without.
  [[nodiscard]] const std::vector<Intent>& late_calls() const { return late_calls_; }
  void remember(std::vector<Intent> late_calls) { late_calls_ = std::move(late_calls); }

 private:
  /// How a mutation has gone so far.
  struct Tries {
    Duration waited{0};  ///< With patience for an error that passes.
    int failures = 0;
    bool was_lost = false;         ///< Some attempt may have taken effect.
    std::uint64_t sent_under = 0;  ///< Of the last one (CallFinished).
    Duration asked_pause{0};       ///< The same.
  };
  Task<> admit(const Call& call);
  /// Before what failed so often is sent again: as long as the answer asked for, at least.
  Duration pause_after(int attempt, bool is_throttle, Duration asked);
  Task<bool> try_again(const Mutation& mutation, Tries& tries, MutationResult& out);
  Task<bool> wait_out(const Mutation& mutation, const Error& error, Duration& waited);
  [[nodiscard]] const ErrorMatch* find_patience(const Mutation& mutation, const Error& error) const;
  [[nodiscard]] Duration scaled(Duration real) const;
  void note_late(const std::vector<Intent>& written);

  Io& io_;
  Random& random_;
  const RunSettings& settings_;
  Error store_failure_;
  std::vector<Intent> late_calls_;
};

/// Client token of an intent: the same intent gives the same token for ever.
std::string make_token(
    const std::string& format,
    const std::string& install_key,
    const std::string& intent_id,
    const std::string& action
);
char journal_letter(CallClass klass);

}  // namespace plumbline
