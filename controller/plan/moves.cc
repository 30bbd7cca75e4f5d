#include "controller/plan/moves.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// Each address of the manifest's moves with where it ends, if that is declared.
std::map<Address, Address> destinations(const Manifest& manifest) {
  std::map<Address, Address> ends;
  for (const Move& move : manifest.moves) {
    const auto end = manifest.moved_to(move.from);
    if (end && manifest.find(*end) != nullptr) {
      ends.emplace(move.from, *end);
    }
  }
  return ends;
}

std::string ids_of(const StateImage& state, const Address& address) {
  const ResourceRow* row = find_row(state, address);
  return row == nullptr ? address.to_string()
                        : fmt::format("{} ({})", address.to_string(), row->physical_id);
}

/// A creation whose reply was lost looks for its object under the old address.
bool has_open_creation(const StateImage& state, const Address& address) {
  return std::any_of(
      state.open_intents.begin(),
      state.open_intents.end(),
      [&](const Intent& intent) { return intent.is_create && intent.address == address; }
  );
}

class Mover {
 public:
  Mover(const Manifest& manifest, StateImage& state)
      : state_(state), ends_(destinations(manifest)) {}

  Moves run() {
    find_conflicts();
    for (ResourceRow& row : state_.rows) {
      const auto end = ends_.find(row.address);
      if (end != ends_.end() && !moves_.conflicts.contains(end->second)) {
        moves_.rows.push_back({row.address, end->second, row.physical_id});
        row.address = end->second;
      }
    }
    if (!moves_.rows.empty()) {
      rename_producers();
      sort_rows(state_);
    }
    return std::move(moves_);
  }

 private:
  void find_conflicts() {
    std::map<Address, Address> claims;  // New address → who is there, or goes there.
    for (const auto& [from, to] : ends_) {
      if (find_row(state_, to) != nullptr) {
        claims.emplace(to, to);
      }
    }
    for (const auto& [from, to] : ends_) {
      if (has_open_creation(state_, from)) {
        moves_.conflicts.emplace(
            to,
            fmt::format(
                "it is not known yet whether the creation of {} took effect", from.to_string()
            )
        );
      }
      if (find_row(state_, from) == nullptr) {
        continue;
      }
      const auto [claim, is_first] = claims.emplace(to, from);
      if (!is_first) {
        moves_.conflicts.emplace(
            to,
            fmt::format(
                "{} and {} are both there", ids_of(state_, claim->second), ids_of(state_, from)
            )
        );
      }
    }
  }

  void rename_producers() {
    for (ResourceRow& row : state_.rows) {
      bool names_moved = false;
      for (Address& producer : row.depends_on) {
        const auto end = ends_.find(producer);
        if (end != ends_.end() && !moves_.conflicts.contains(end->second)) {
          producer = end->second;
          names_moved = true;
        }
      }
      if (names_moved) {
        std::sort(row.depends_on.begin(), row.depends_on.end());
        moves_.touched.emplace_back(row.address, row.physical_id);
      }
    }
  }

  StateImage& state_;
  std::map<Address, Address> ends_;
  Moves moves_;
};

}  // namespace

const Address* Moves::from(const Address& to) const {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.to == to; });
  return found == rows.end() ? nullptr : &found->from;
}

Moves apply_moves(const Manifest& manifest, StateImage& state) {
  return Mover(manifest, state).run();
}

std::vector<Address> former_addresses(const Manifest& manifest, const Address& address) {
  std::vector<Address> former;
  for (const Move& move : manifest.moves) {
    if (manifest.moved_to(move.from) == address) {
      former.push_back(move.from);
    }
  }
  return former;
}

bool is_owner_tag(
    const std::string& owner,
    const Manifest& manifest,
    const std::string& install_key,
    const std::string& account_id,
    const std::pair<Address, std::string>& place
) {
  const Address& address = place.first;
  const std::string& region = place.second;
  const auto owns = [&](const Address& one) {
    return owner == owner_tags(install_key, account_id, region, manifest.stack, one).owner;
  };
  if (owns(address)) {
    return true;
  }
  const std::vector<Address> former = former_addresses(manifest, address);
  return std::any_of(former.begin(), former.end(), owns);
}

}  // namespace plumbline
