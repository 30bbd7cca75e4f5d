// Who acts: the roles of `accounts:`, the AWS account behind each name, and whether those are the
// accounts that the state was made in.
#include <set>

#include <fmt/format.h>

#include "controller/aws/credentials_identity.h"
#include "controller/base/check.h"
#include "controller/engine/engine.h"

namespace plumbline {

namespace {

Error refuse(const char* code, std::string message) {
  return {ErrorClass::kConflict, code, std::move(message), "", 0};
}

}  // namespace

std::map<std::string, RoleToAssume> roles_of(const Manifest& manifest) {
  std::map<std::string, RoleToAssume> roles;
  for (const auto& [name, account] : manifest.accounts) {
    if (account.assume_role.empty()) {
      continue;  // A name for a region of the base credentials' own account.
    }
    RoleToAssume& role = roles[name];
    role.arn = account.assume_role;
    role.external_id = account.external_id;
    role.session_name = "plumbline";
    role.region = account.region.empty() ? manifest.region : account.region;
    role.place = fmt::format("account {} of the manifest", name);
  }
  return roles;
}

/// Names that resources, rows and open calls are in.
Result<std::set<std::string>> Engine::accounts_in_use() const {
  std::set<std::string> used;
  for (const Resource& resource : options_.manifest->resources) {
    used.insert(resource.account);
  }
  const auto add_recorded = [&](const std::string& name, const Address& address) -> Status {
    used.insert(name);
    if (name.empty() || options_.manifest->accounts.contains(name)) {
      return Done{};
    }
    return refuse(
        "AccountNotDeclared",
        fmt::format(
            "{} was made in the account {}, which `accounts:` does not declare any more; declare "
            "it until nothing of this stack is left there",
            address.to_string(),
            name
        )
    );
  };
  if (options_.mode == RunMode::kRebuild) {  // Whatever may have been left there.
    for (const auto& [name, account] : options_.manifest->accounts) {
      used.insert(name);
    }
  }
  for (const ResourceRow& row : options_.rebuild.known) {
    PLUMBLINE_TRY(done, add_recorded(row.account, row.address));
    static_cast<void>(done);
  }
  for (const ResourceRow& row : options_.state.rows) {
    PLUMBLINE_TRY(done, add_recorded(row.account, row.address));
    static_cast<void>(done);
  }
  for (const Intent& intent : options_.state.open_intents) {
    PLUMBLINE_TRY(done, add_recorded(intent.account, intent.address));
    static_cast<void>(done);
  }
  return used;
}

Task<Result<std::string>> Engine::ask_account_id(std::string name, std::string region) {
  const ServiceProfile* sts = options_.catalog->find_service("sts");
  PLUMBLINE_CHECK(sts != nullptr);
  Call call = make_identity_call(*sts, name, region);
  CallResult reply = co_await caller_.read(std::move(call));
  if (!reply) {
    co_return reply.error();
  }
  std::string id = account_id_of(*reply);
  if (id.empty()) {
    co_return Error{
        ErrorClass::kCorrupt,
        "UnreadableReply",
        "AWS did not say which account the credentials belong to; does the endpoint speak AWS's "
        "language?",
        reply->request_id,
        0};
  }
  co_return id;
}

Task<Status> Engine::learn_own_account() {
  if (!accounts_.own.empty()) {
    co_return Done{};
  }
  Result<std::string> id = co_await ask_account_id("", options_.manifest->region);
  if (!id) {
    co_return id.error();
  }
  const std::string& bound = options_.state.account_id;
  if (!bound.empty() && bound != *id) {
    co_return refuse(
        "OtherAccount",
        fmt::format(
            "this state belongs to AWS account {}, but the credentials are of {}. "
            "Use the right profile, or another --state",
            bound,
            *id
        )
    );
  }
  accounts_.own = *id;
  co_return Done{};
}

Task<Status> Engine::learn_named_account(std::string name, RoleToAssume role) {
  if (const auto known = learnt_with_.find(name);
      known != learnt_with_.end() && known->second == role) {
    co_return Done{};
  }
  Result<std::string> id = co_await ask_account_id(name, role.region);
  if (!id) {
    co_return id.error();
  }
  const auto bound = options_.state.accounts.find(name);
  if (bound != options_.state.accounts.end() && bound->second != *id) {
    co_return refuse(
        "OtherAccount",
        fmt::format(
            "account {} of the manifest is AWS account {} now, but this state knows it as {}. Use "
            "a role of account {}, or a new name under `accounts:`",
            name,
            *id,
            bound->second,
            bound->second
        )
    );
  }
  accounts_.named[name] = *id;
  learnt_with_.insert_or_assign(name, std::move(role));
  co_return Done{};
}

/// Before anything else is asked or done in a run.
Task<Status> Engine::learn_accounts() {
  const Result<std::set<std::string>> used = accounts_in_use();
  if (!used) {
    co_return used.error();
  }
  const std::map<std::string, RoleToAssume> roles = roles_of(*options_.manifest);
  io_.emit(UseAccounts{roles});
  Status learnt = co_await learn_own_account();
  for (const auto& [name, role] : roles) {
    if (!learnt || !used->contains(name)) {
      continue;
    }
    learnt = co_await learn_named_account(name, role);
  }
  std::erase_if(accounts_.named, [&](const auto& entry) { return !roles.contains(entry.first); });
  std::erase_if(learnt_with_, [&](const auto& entry) { return !roles.contains(entry.first); });
  co_return learnt;
}

/// A state is bound to its stack and account at its first run that changes things, and to each
/// named account at the first run that uses it.
Task<Status> Engine::bind_accounts() {
  StateImage& state = options_.state;
  if (state.stack.empty() || state.account_id.empty()) {
    const Status bound = co_await io_.bind(options_.manifest->stack, accounts_.own);
    if (!bound) {
      caller_.note_store_failure(bound.error());
      co_return bound;
    }
    state.stack = options_.manifest->stack;
    state.account_id = accounts_.own;
  }
  Batch batch;
  for (const auto& [name, id] : accounts_.named) {
    if (!state.accounts.contains(name)) {
      batch.accounts.push_back({name, id});
    }
  }
  if (!batch.accounts.empty()) {
    Batch news = batch;
    if (!co_await caller_.commit(std::move(news))) {
      co_return caller_.store_failure();
    }
    state.accounts.insert(accounts_.named.begin(), accounts_.named.end());
  }
  co_return Done{};
}

}  // namespace plumbline
