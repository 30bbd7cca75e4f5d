#include "controller/plan/rebuild.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr std::string_view kOfAnotherKey =
    "its owner tag was not made with this key: another state of this name made it, or somebody "
    "copied or planted its tags";

/// Judges who of the claimants is the stack's, and under which address.
class Judge {
 public:
  explicit Judge(const RebuildInput& input) : in_(input) {}

  Result<Rebuilt> run(std::vector<Claimant> claimants) {
    for (Claimant& claimant : claimants) {
      hear(std::move(claimant));
    }
    for (const auto& [address, id] : in_.ask->choices) {
      PLUMBLINE_TRY(made, check_choice(address, id));
      static_cast<void>(made);
    }
    for (auto& [address, group] : claims_) {
      settle(address, std::move(group));
    }
    return std::move(out_);
  }

 private:
  const std::string& account_id_of(const Claimant& claimant) const {
    return in_.accounts.of(claimant.account);
  }

  void hear(Claimant claimant) {
    const std::string* text = claimant.seen.find_tag(kAddressTag);
    const Address address = Address::parse(text == nullptr ? "" : *text);
    const std::string why = why_not(claimant, address);
    if (!why.empty()) {
      out_.not_taken.push_back(
          {claimant.kind->name, claimant.seen.id, text == nullptr ? "" : *text, why}
      );
      return;
    }
    call_by_its_account(claimant, address);
    // One account may have several names, and a global service shows itself in every region.
    const bool is_global = claimant.kind->service->is_global;
    const bool is_new = heard_
                            .emplace(
                                claimant.kind,
                                account_id_of(claimant),
                                is_global ? "" : claimant.region,
                                claimant.seen.id
                            )
                            .second;
    if (is_new) {
      claims_[address].push_back(std::move(claimant));
    }
  }

  /// "" when its tags are proven, or trusted; its region is then the one that its tag names.
  std::string why_not(Claimant& claimant, const Address& address) const {
    const std::string* owner = claimant.seen.find_tag(kOwnerTag);
    if (owner == nullptr) {
      return "it carries no owner tag";
    }
    if (address.section != claimant.kind->section || address.name.empty()) {
      return "its tags are those of another kind of resource";
    }
    const bool is_global = claimant.kind->service->is_global;
    if (in_.ask->trusts_tags) {
      const Resource* declared = in_.manifest->find(address);
      if (is_global) {
        claimant.region = declared == nullptr ? in_.manifest->region : declared->region;
      }
      return "";
    }
    const std::vector<std::string> here = {claimant.region};
    for (const std::string& region : is_global ? in_.regions : here) {
      const OwnerTags ours = owner_tags(
          in_.install_key, account_id_of(claimant), region, in_.manifest->stack, address
      );
      if (ours.owner == *owner) {
        claimant.region = region;
        return "";
      }
    }
    return std::string(kOfAnotherKey);
  }

  /// The manifest's name for an account, where several are one.
  void call_by_its_account(Claimant& claimant, const Address& address) const {
    const Resource* declared = in_.manifest->find(address);
    if (declared != nullptr && in_.accounts.of(declared->account) == account_id_of(claimant)) {
      claimant.account = declared->account;
    }
  }

  Status check_choice(const Address& address, const std::string& id) const {
    const auto group = claims_.find(address);
    std::string ids;
    if (group != claims_.end()) {
      for (const Claimant& claimant : group->second) {
        if (claimant.seen.id == id) {
          return Done{};
        }
        ids += (ids.empty() ? "" : ", ") + claimant.seen.id;
      }
    }
    return Error{
        ErrorClass::kInvalid,
        "NoSuchChoice",
        fmt::format(
            "--choose {}={}: nothing with this id claims {}; {}",
            address.to_string(),
            id,
            address.to_string(),
            ids.empty() ? "nothing at all does" : "what does is " + ids
        ),
        "",
        0};
  }

  void take(const Address& address, Claimant claimant, RowStatus status) {
    const bool is_going = claimant.seen.readiness == Readiness::kDeleting;
    Taken taken;
    taken.address = address;
    taken.is_declared = in_.manifest->find(address) != nullptr;
    taken.status = status == RowStatus::kLive && is_going ? RowStatus::kDeleting : status;
    taken.object = std::move(claimant);
    out_.taken.push_back(std::move(taken));
  }

  /// What is on its way out is nobody's rival.
  void settle(const Address& address, std::vector<Claimant> group) {
    std::vector<Claimant> staying;
    std::vector<Claimant> going;
    for (Claimant& each : group) {
      const bool is_going = each.seen.readiness == Readiness::kDeleting;
      (is_going ? going : staying).push_back(std::move(each));
    }
    if (staying.empty()) {
      staying.push_back(std::move(going.back()));
      going.pop_back();
    }
    const auto choice = in_.ask->choices.find(address);
    if (staying.size() > 1 && choice == in_.ask->choices.end()) {
      Rivals rivals{address, {}};
      for (const Claimant& each : staying) {
        rivals.ids.push_back(each.seen.id);
      }
      out_.rivals.push_back(std::move(rivals));
      return;
    }
    for (Claimant& each : going) {
      take(address, std::move(each), RowStatus::kDeposed);
    }
    for (Claimant& each : staying) {
      if (staying.size() == 1 || each.seen.id == choice->second) {
        take(address, std::move(each), RowStatus::kLive);
      } else if (each.kind->is_data_bearing) {
        out_.not_taken.push_back(
            {each.kind->name,
             each.seen.id,
             address.to_string(),
             "another one was chosen, and this one holds data: take our tags off it, or delete it "
             "by hand"}
        );
      } else {
        take(address, std::move(each), RowStatus::kDeposed);
      }
    }
  }

  const RebuildInput& in_;
  Rebuilt out_;
  std::map<Address, std::vector<Claimant>> claims_;
  std::set<std::tuple<const Kind*, std::string, std::string, std::string>> heard_;
};

}  // namespace

bool is_about(const ResourceRow& row, const Claimant& object, const AccountIds& accounts) {
  const bool is_same_region = object.kind->service->is_global || row.region == object.region;
  return row.kind == object.kind->name && row.physical_id == object.seen.id && is_same_region &&
         accounts.of(row.account) == accounts.of(object.account);
}

bool Rebuilt::is_certain() const {
  return rivals.empty() && std::none_of(unseen.begin(), unseen.end(), [](const Unseen& each) {
           return each.is_grave;
         });
}

Result<Rebuilt> judge_claims(const RebuildInput& input, std::vector<Claimant> claimants) {
  return Judge(input).run(std::move(claimants));
}

}  // namespace plumbline
