// CredentialKeeper: the one refresher. Holds the credentials of each identity (the base one, and
// one for each account whose role is assumed from it), fetches them when they are first asked for
// and again five minutes before they end. One fetch is under way for one identity; until it fails
// for good, whoever asks waits; while the old ones hold, they are used. Driven by the loop: time
// and replies go in, requests and notes come out; it never blocks.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/aws/credentials_fetch.h"

namespace plumbline {

class CredentialKeeper {
 public:
  /// Called for every fetch of the base identity, so that files that were rotated are read again.
  using FindRecipe = std::function<Result<CredentialRecipe>()>;
  struct Seams {
    CredentialFiles& files;
    ProcessRunner& processes;
    Environment environment;
    EndpointSettings endpoints;
  };
  CredentialKeeper(Seams seams, FindRecipe find_recipe);

  /// Roles by account name; a name without one acts as the base identity. What has not changed
  /// keeps its credentials.
  void use_roles(const std::map<std::string, RoleToAssume>& roles);

  /// True when find() has an answer, good or bad. Otherwise it is being fetched: ask again later.
  bool is_ready(const std::string& account);
  /// Errors are of class kAuth. The pointer is good until the keeper is called again.
  Result<const Credentials*> find(const std::string& account);
  /// AWS says that this key has expired: it is not handed out any more.
  void reject(const std::string& account, const std::string& access_key_id);

  // --- for whoever drives it
  // -----------------------------------------------------------------------

  /// Notes the time, goes on with what waited, and refreshes what is about to end.
  void tend(Timestamp now, Duration elapsed);
  void on(Completion completion) { io_.on(std::move(completion)); }
  static bool is_mine(const Completion& completion) {
    return completion.id > CredentialIo::kFirstId;
  }
  std::vector<CredentialRequest> take_requests() { return io_.take_requests(); }
  /// Sentences for whoever watches: what could not be refreshed, and until when that is fine.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

 private:
  struct Identity {
    std::optional<RoleToAssume> role;  ///< Nothing: the base identity.
    std::optional<Credentials> current;
    std::optional<Error> failure;  ///< Of the latest fetch.
    Duration fetch_again_at{0};    ///< Not before, by `elapsed`.
    std::uint64_t generation = 0;  ///< A fetch for an earlier role must not be believed.
    bool is_fetching = false;
    bool is_rejected = false;
  };
  struct BaseAwaiter;

  Identity& identity_of(const std::string& account);
  [[nodiscard]] bool is_usable(const Identity& identity) const;
  [[nodiscard]] bool is_ending(const Identity& identity) const;
  void start(Identity& identity);
  Task<> fetch(Identity& identity);
  Task<Result<Credentials>> fetch_base();
  Task<Result<Credentials>> fetch_role(RoleToAssume role);
  Task<Result<Credentials>> base_credentials();
  void settle(Identity& identity, Result<Credentials> result);

  CredentialIo io_;
  CredentialFetcher fetcher_;
  FindRecipe find_recipe_;
  Identity base_;
  std::map<std::string, Identity> accounts_;  ///< Entries stay: fetches point into them.
  std::vector<std::coroutine_handle<>> waits_for_base_;
  std::vector<std::string> notes_;
  TaskGroup tasks_;
};

}  // namespace plumbline
