#include "controller/aws/credentials_keeper.h"

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr Duration kRefreshAhead = std::chrono::minutes(5);
/// A request takes time to get there.
constexpr Duration kTravel = std::chrono::seconds(10);
/// Between two refreshes, even of credentials that never live for long.
constexpr Duration kBetweenRefreshes = std::chrono::minutes(1);
constexpr Duration kAfterFailure = std::chrono::seconds(5);

}  // namespace

/// Wakes when a fetch of the base identity is over.
struct CredentialKeeper::BaseAwaiter {
  CredentialKeeper& keeper;
  static bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    keeper.waits_for_base_.push_back(handle);
  }
  static void await_resume() {}
};

CredentialKeeper::CredentialKeeper(Seams seams, FindRecipe find_recipe)
    : io_(seams.files, seams.processes),
      fetcher_(io_, std::move(seams.environment), std::move(seams.endpoints)),
      find_recipe_(std::move(find_recipe)) {}

void CredentialKeeper::use_roles(const std::map<std::string, RoleToAssume>& roles) {
  const auto change = [](Identity& identity, std::optional<RoleToAssume> role) {
    if (identity.role != role) {
      const std::uint64_t generation = identity.generation + 1;
      identity = Identity();
      identity.role = std::move(role);
      identity.generation = generation;
    }
  };
  for (auto& [name, identity] : accounts_) {
    if (!roles.contains(name)) {
      change(identity, std::nullopt);
    }
  }
  for (const auto& [name, role] : roles) {
    change(accounts_[name], role);
  }
}

CredentialKeeper::Identity& CredentialKeeper::identity_of(const std::string& account) {
  const auto found = accounts_.find(account);
  return found == accounts_.end() || !found->second.role ? base_ : found->second;
}

bool CredentialKeeper::is_usable(const Identity& identity) const {
  return identity.current && !identity.is_rejected &&
         (!identity.current->expires_at || *identity.current->expires_at > io_.now() + kTravel);
}

bool CredentialKeeper::is_ending(const Identity& identity) const {
  return identity.current && identity.current->expires_at &&
         *identity.current->expires_at <= io_.now() + kRefreshAhead;
}

bool CredentialKeeper::is_ready(const std::string& account) {
  Identity& identity = identity_of(account);
  if (is_usable(identity)) {
    return true;
  }
  const bool has_just_failed = identity.failure && io_.elapsed() < identity.fetch_again_at;
  if (!identity.is_fetching && !has_just_failed) {
    start(identity);
  }
  return !identity.is_fetching;
}

Result<const Credentials*> CredentialKeeper::find(const std::string& account) {
  const Identity& identity = identity_of(account);
  if (is_usable(identity)) {
    return &*identity.current;
  }
  if (identity.failure) {
    return *identity.failure;
  }
  return credentials_error("CredentialsPending", "the credentials are still being fetched");
}

void CredentialKeeper::reject(const std::string& account, const std::string& access_key_id) {
  Identity& identity = identity_of(account);
  // What was signed before the latest refresh says nothing about what is used now.
  if (identity.current && identity.current->access_key_id == access_key_id) {
    identity.is_rejected = true;
  }
}

void CredentialKeeper::tend(Timestamp now, Duration elapsed) {
  io_.set_time(now, elapsed);
  io_.tend();
  const auto refresh = [this](Identity& identity) {
    if (is_usable(identity) && is_ending(identity) && !identity.is_fetching &&
        io_.elapsed() >= identity.fetch_again_at) {
      start(identity);
    }
  };
  refresh(base_);
  for (auto& [name, identity] : accounts_) {
    if (identity.role) {
      refresh(identity);
    }
  }
}

void CredentialKeeper::start(Identity& identity) {
  identity.is_fetching = true;
  identity.failure.reset();
  tasks_.add(fetch(identity));
}

Task<> CredentialKeeper::fetch(Identity& identity) {
  const std::uint64_t generation = identity.generation;
  Result<Credentials> result = Error{};
  if (identity.role) {
    RoleToAssume role = *identity.role;
    result = co_await fetch_role(std::move(role));
  } else {
    result = co_await fetch_base();
  }
  if (identity.generation == generation) {
    settle(identity, std::move(result));
  }
}

Task<Result<Credentials>> CredentialKeeper::fetch_base() {
  Result<CredentialRecipe> recipe = find_recipe_();
  if (!recipe) {
    co_return recipe.error();
  }
  co_return co_await fetcher_.fetch(std::move(recipe).value());
}

Task<Result<Credentials>> CredentialKeeper::fetch_role(RoleToAssume role) {
  constexpr int kAttempts = 2;
  Result<Credentials> result = Error{};
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    Result<Credentials> base = co_await base_credentials();
    if (!base) {
      co_return base;
    }
    const std::string key = base->access_key_id;
    result = co_await fetcher_.assume(role, std::move(base).value());
    if (result || result.error().klass != ErrorClass::kExpired) {
      break;
    }
    reject("", key);
  }
  co_return result;
}

Task<Result<Credentials>> CredentialKeeper::base_credentials() {
  while (!is_ready("")) {
    co_await BaseAwaiter{*this};
  }
  const Result<const Credentials*> found = find("");
  if (!found) {
    co_return found.error();
  }
  co_return **found;
}

void CredentialKeeper::settle(Identity& identity, Result<Credentials> result) {
  identity.is_fetching = false;
  if (result) {
    identity.current = std::move(result).value();
    identity.failure.reset();
    identity.is_rejected = false;
    identity.fetch_again_at = io_.elapsed() + kBetweenRefreshes;
  } else {
    identity.failure = result.error();
    identity.failure->klass = ErrorClass::kAuth;
    const bool is_usable_still = is_usable(identity);
    identity.fetch_again_at = io_.elapsed() + (is_usable_still ? kBetweenRefreshes : kAfterFailure);
    if (is_usable_still) {
      notes_.push_back(fmt::format(
          "the credentials of the {} could not be refreshed and hold until {}: {}",
          identity.current->source,
          format_iso8601(*identity.current->expires_at),
          identity.failure->message
      ));
    }
  }
  if (&identity == &base_) {
    for (const std::coroutine_handle<> waiter : std::exchange(waits_for_base_, {})) {
      waiter.resume();
    }
  }
}

}  // namespace plumbline
