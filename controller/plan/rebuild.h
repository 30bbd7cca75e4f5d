// Rebuild: a state made anew from what the world carries, when its file is gone. Judges who claims
// which address, and writes the rows. Pure: the engine looked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace plumbline {

/// What a person says about a rebuild.
struct RebuildAsk {
  /// Owner tags cannot be proven, because the key is lost: who carries our names is ours.
  bool trusts_tags = false;
  /// What AWS does not tell back counts as it is declared.
  bool takes_secrets_as_declared = false;
  std::vector<std::string> regions;           ///< Besides those of the manifest and of the copy.
  std::map<Address, std::string> choices;     ///< Which of several objects an address is.
  std::vector<std::string> skipped_sections;  ///< Not looked at, whatever is there.
  /// What an older copy of the state held: ids to ask for, and what AWS does not tell.
  std::vector<ResourceRow> known;
};

/// An object whose tags name this stack, and where it was seen.
struct Claimant {
  const Kind* kind = nullptr;
  std::string account, region;
  Observation seen;
};

/// An object that is the stack's.
struct Taken {
  Address address;
  Claimant object;
  RowStatus status = RowStatus::kLive;
  bool is_declared = false;
};

/// An object that says it is the stack's, and is not believed.
struct NotTaken {
  std::string kind, id, address;
  std::string why;
};

/// Several objects with equal right to one address.
struct Rivals {
  Address address;
  std::vector<std::string> ids;
};

/// What could not be looked at, in words.
struct Unseen {
  std::string what, why;
  bool is_grave = false;  ///< Objects of ours may be among it: nothing is recorded.
};

/// A property that AWS does not tell back, so that nobody knows whether it is as declared.
struct Untold {
  Address address;
  std::string property;
};

struct Rebuilt {
  std::string account_id;
  std::map<std::string, std::string> accounts;  ///< Named accounts with a role → their ids.
  std::vector<std::string> regions;             ///< Where it was looked.
  std::vector<Taken> taken;                     ///< By address.
  std::vector<NotTaken> not_taken;
  std::vector<Rivals> rivals;
  std::vector<Unseen> unseen;
  std::vector<Untold> untold;
  std::vector<ResourceRow> rows;  ///< Of each of `taken`, in its order.
  /// Nothing stands against recording the rows.
  [[nodiscard]] bool is_certain() const;
};

/// Whether a row of the copy is about this object. An account may have several names, and what is
/// global was made for one region and is seen in all.
bool is_about(const ResourceRow& row, const Claimant& object, const AccountIds& accounts);

struct RebuildInput {
  const Manifest* manifest = nullptr;
  const Graph* graph = nullptr;
  const Catalog* catalog = nullptr;
  AccountIds accounts;
  std::string install_key;
  const RebuildAsk* ask = nullptr;
  std::vector<std::string> regions;         ///< All in which it was looked.
  std::map<Address, Observation> existing;  ///< What the manifest only uses.
  Timestamp now{};
};

/// Who of the claimants is taken, who is not and why, and who claims the same address. An error
/// when a choice names nothing.
Result<Rebuilt> judge_claims(const RebuildInput& input, std::vector<Claimant> claimants);

/// Fills `rows` and `untold` from what was taken, once it was read in full. An error when a file
/// that the manifest names cannot be read.
Status record_taken(const RebuildInput& input, Rebuilt& rebuilt);

}  // namespace plumbline
