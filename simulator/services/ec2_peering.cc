#include "simulator/services/ec2_peering.h"

#include <algorithm>

namespace plumbline::sim::ec2 {
namespace {

constexpr std::string_view kType = "vpc-peering-connection";

bool is_side(
    const Value& info,
    const std::string& account,
    const std::string& region,
    const std::string& vpc_id
) {
  return info.text_of("ownerId") == account && info.text_of("region") == region &&
         info.text_of("vpcId") == vpc_id;
}

}  // namespace

bool is_active_peering(const Value& peering) {
  return peering.text_of("state") == "active";
}

bool is_alive_peering(const Value& peering) {
  const std::string& state = peering.text_of("state");
  return state == "initiating-request" || state == "pending-acceptance" ||
         state == "provisioning" || state == "active";
}

bool joins_network(const Place& place, const Value& peering, const std::string& vpc_id) {
  return is_side(peering.get("requesterVpcInfo"), place.account, place.region, vpc_id) ||
         is_side(peering.get("accepterVpcInfo"), place.account, place.region, vpc_id);
}

const Value* active_peering(
    Place& place, const std::string& vpc_id, const std::string& account, const std::string& other
) {
  for (const auto& [id, peering] : place.table(kType)) {
    const Value& asker = peering.get("requesterVpcInfo");
    const Value& asked = peering.get("accepterVpcInfo");
    const bool is_theirs = is_side(asker, account, place.region, other) ||
                           is_side(asked, account, place.region, other);
    if (is_active_peering(peering) && is_theirs && joins_network(place, peering, vpc_id)) {
      return &peering;
    }
  }
  return nullptr;
}

bool is_asked_by_others(Place& place, const std::string& vpc_id) {
  const Table& rows = place.table(kType);
  return std::any_of(rows.begin(), rows.end(), [&](const auto& each) {
    const Value& peering = each.second;
    return peering.text_of("state") == "pending-acceptance" &&
           peering.get("requesterVpcInfo").text_of("ownerId") != place.account &&
           is_side(peering.get("accepterVpcInfo"), place.account, place.region, vpc_id);
  });
}

}  // namespace plumbline::sim::ec2
