// StateEdit: what a person may change in a state by hand. Pure functions from what is recorded to
// the batch that records the change, or to the reason why not; nothing here touches AWS or the
// disk. Facts about the journal's classes: reliability notes 3.4.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/store.h"

namespace plumbline {

struct StateEdit {
  Batch batch;                         ///< Ends with an audit entry.
  std::vector<std::string> done;       ///< What it changes, a sentence each without a full stop.
  std::vector<std::string> follow_up;  ///< What the next apply will do about it; full sentences.
};

/// Drops the rows of `address` (or only the one with `id`): the objects stay in AWS and are
/// nobody's from then on. Refused while a call is open for it.
Result<StateEdit> forget_rows(
    const StateImage& state, const Address& address, const std::string& id
);

/// Gives the rows of `from` another name in the same section; who depends on them follows. Refused
/// when `to` is taken or a call is open for either.
Result<StateEdit> move_rows(
    const StateImage& state, const Address& from, const Address& to, Timestamp now
);

/// An open creation made the object `id`: it gets its row, and what it replaces steps back.
Result<StateEdit> adopt_created(
    const StateImage& state, const Address& address, const std::string& id, Timestamp now
);

/// Nothing came of the open calls of `address`, and its unfinished rows are gone from AWS. Refused
/// until `dead_after` has passed since an open creation was signed: until then it may still happen.
Result<StateEdit> declare_gone(
    const StateImage& state, const Address& address, Timestamp now, Duration dead_after
);

/// What an object made at `address` by a call without an answer may use: everything that is there
/// and does not itself hang, by what is recorded, on what that address held before.
std::vector<Address> possible_producers(const StateImage& state, const Address& address);

/// What waits for an outcome: an open call, or a row that no run has finished.
struct OpenWork {
  const Intent* intent = nullptr;  ///< One of the two is set; owned by the image.
  const ResourceRow* row = nullptr;
  std::string what;   ///< "CreateVpc has no known outcome"
  std::string next;   ///< What the next apply does about it.
  std::string human;  ///< How a person ends it when apply cannot.
};
/// Of `address`, or of the whole stack when its section is "".
std::vector<OpenWork> open_work(
    const StateImage& state, const Address& address, Duration dead_after
);

}  // namespace plumbline
