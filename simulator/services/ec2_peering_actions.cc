// VPC peering connections: asked for by one network's owner, accepted by the other's, then active.
// One with overlapping ranges, or with a network that is not there, fails. What failed, was refused
// or was deleted stays visible for a while: longest to the side that did not do it.
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_peering.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr std::string_view kType = "vpc-peering-connection";
constexpr auto kRequestTime = std::chrono::seconds(1);
constexpr auto kProvisionTime = std::chrono::seconds(5);
constexpr auto kDeletionTime = std::chrono::seconds(3);
constexpr auto kAnswerTime = std::chrono::hours(24 * 7);
constexpr auto kShortMemory = std::chrono::hours(2);
constexpr auto kLongMemory = std::chrono::hours(48);

const Filters& peering_filters() {
  static const Filters kFilters = {
      {"accepter-vpc-info.cidr-block", "accepterVpcInfo.cidrBlock"},
      {"accepter-vpc-info.owner-id", "accepterVpcInfo.ownerId"},
      {"accepter-vpc-info.vpc-id", "accepterVpcInfo.vpcId"},
      {"expiration-time", "expirationTime"},
      {"requester-vpc-info.cidr-block", "requesterVpcInfo.cidrBlock"},
      {"requester-vpc-info.owner-id", "requesterVpcInfo.ownerId"},
      {"requester-vpc-info.vpc-id", "requesterVpcInfo.vpcId"},
      {"status-code", "status.code"},
      {"status-message", "status.message"},
      {"vpc-peering-connection-id", "vpcPeeringConnectionId"},
  };
  return kFilters;
}

std::string message_of(const Value& peering) {
  const std::string& state = peering.text_of("state");
  if (state == "active") {
    return "Active";
  }
  if (state == "pending-acceptance") {
    return "Pending Acceptance by " + peering.get("accepterVpcInfo").text_of("ownerId");
  }
  if (state == "initiating-request") {
    return "Initiating Request to " + peering.get("accepterVpcInfo").text_of("ownerId");
  }
  if (state == "failed") {
    return "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range";
  }
  const std::string& by = peering.text_of("$by");
  if (state == "deleted" || state == "rejected") {
    return fmt::format("{} by {}", state == "deleted" ? "Deleted" : "Rejected", by);
  }
  return state == "provisioning" ? "Provisioning" : state == "deleting" ? "Deleting" : "Expired";
}

Value* network_row(Call& call, const Value& info) {
  const auto found = call.places.find({info.text_of("ownerId"), info.text_of("region")});
  return found == call.places.end() ? nullptr : found->second.find("vpc", info.text_of("vpcId"));
}

/// Ranges and options are shown while it is active alone.
void show_side(Call& call, Value& info, bool allows_dns) {
  const Value* vpc = network_row(call, info);
  if (vpc == nullptr) {
    return;
  }
  info.set("cidrBlock", vpc->get("cidrBlock"));
  List blocks;
  for (const std::string& cidr : texts_at(*vpc, "cidrBlockAssociationSet.cidrBlock")) {
    blocks.push_back(Value::object({{"cidrBlock", cidr}}));
  }
  info.set("cidrBlockSet", std::move(blocks));
  info.set(
      "peeringOptions",
      Value::object(
          {{"allowDnsResolutionFromRemoteVpc", allows_dns},
           {"allowEgressFromLocalClassicLinkToRemoteVpc", false},
           {"allowEgressFromLocalVpcToRemoteClassicLink", false}}
      )
  );
}

Value present(Call& call, const Value& row) {
  Value shown = row;
  shown.set("status", Value::object({{"code", row.get("state")}, {"message", message_of(row)}}));
  shown.erase("state");
  if (row.text_of("state") != "pending-acceptance") {
    shown.erase("expirationTime");
  }
  if (is_active_peering(row)) {
    show_side(call, *shown.find("requesterVpcInfo"), row.get("$requesterDns") == Value(true));
    show_side(call, *shown.find("accepterVpcInfo"), row.get("$accepterDns") == Value(true));
  }
  return shown;
}

Value reply_of(Call& call, const Value& row) {
  return Value::object({{"vpcPeeringConnection", present(call, row)}});
}

/// Visits the row of each side: of one place, once.
template <class Visit>
void for_each_side(Call& call, const std::string& id, const Visit& visit) {
  for (auto& [key, place] : call.places) {
    if (Value* row = place.find(kType, id)) {
      visit(place, *row);
    }
  }
}

void remember(Call& call, Value& row, Duration time) {
  row.set("$forgetAfter", std::int64_t{call.world.scaled(time).count()});
}

/// The state changes for both sides, and then again after `real` time; it is not waited for any
/// more.
void change_state(
    Call& call, const std::string& id, std::string_view now, std::string_view then, Duration real
) {
  for_each_side(call, id, [&](const Place&, Value& row) {
    row.erase("$after");
    row.erase("$forgetAfter");
    move_on(call, row, now, then, real);
  });
}

/// How long each side sees what the caller ended.
Duration memory_of(const Call& call, const Place& side) {
  return side.account == call.place.account ? kShortMemory : kLongMemory;
}

/// It is over at once.
void end(Call& call, const std::string& id, std::string_view state) {
  for_each_side(call, id, [&](const Place& side, Value& row) {
    row.erase("$after");
    row.erase("$forgetAfter");
    move_on(call, row, state, "", memory_of(call, side));
    row.set("$by", call.place.account);
  });
}

Fault wrong_state(const Value& peering, std::string_view wanted) {
  return {
      400,
      "InvalidStateTransition",
      fmt::format(
          "Invalid state transition for {}, attempted to transition from {} to {}",
          peering.text_of("vpcPeeringConnectionId"),
          peering.text_of("state"),
          wanted
      )};
}

Fault not_permitted(Call& call, std::string_view what, const std::string& id) {
  return {
      400,
      "OperationNotPermitted",
      fmt::format("User {} cannot {} {}", call.place.account, what, id)};
}

bool is_at(const Place& place, const Value& info) {
  return info.text_of("ownerId") == place.account && info.text_of("region") == place.region;
}

bool overlap(const Value& one, const Value& other) {
  for (const std::string& mine : texts_at(one, "cidrBlockAssociationSet.cidrBlock")) {
    for (const std::string& theirs : texts_at(other, "cidrBlockAssociationSet.cidrBlock")) {
      const auto a = parse_cidr(mine);
      const auto b = parse_cidr(theirs);
      if (a && b && a->overlaps(*b)) {
        return true;
      }
    }
  }
  return false;
}

Value info_of(const std::string& account, const std::string& region, const Value& vpc_id) {
  return Value::object({{"ownerId", account}, {"vpcId", vpc_id}, {"region", region}});
}

/// Nothing when the two networks have no peering with one another yet.
std::optional<Fault> check_new(Call& call, const Value& asker, const Value& asked) {
  for (const auto& [id, row] : call.place.table(kType)) {
    const Value& from = row.get("requesterVpcInfo");
    const Value& to = row.get("accepterVpcInfo");
    const bool is_same = (from == asker && to == asked) || (from == asked && to == asker);
    if (is_same && is_alive_peering(row)) {
      return Fault{
          400,
          "VpcPeeringConnectionAlreadyExists",
          fmt::format("The VPC peering connection {} between these VPCs already exists", id)};
    }
  }
  return std::nullopt;
}

/// The other network as the call names it.
std::variant<Value, Fault> read_peer(Call& call) {
  const Value& params = call.params;
  if (params.text_of("PeerVpcId").empty()) {
    return missing_parameter("peerVpcId");
  }
  const std::string& owner = params.text_of("PeerOwnerId");
  const std::string& region = params.text_of("PeerRegion");
  if (!owner.empty() &&
      (owner.size() != 12 || owner.find_first_not_of("0123456789") != std::string::npos)) {
    return invalid_value(owner, "peerOwnerId", "It is no account ID.");
  }
  Value info = info_of(
      owner.empty() ? call.place.account : owner,
      region.empty() ? call.place.region : region,
      params.get("PeerVpcId")
  );
  if (is_at(call.place, info)) {
    const Row row = find_named(call, "vpc", "PeerVpcId");
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
  }
  return info;
}

Outcome create(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto peer = read_peer(call);
  if (const auto* fault = std::get_if<Fault>(&peer)) {
    return *fault;
  }
  const auto& asked = std::get<Value>(peer);
  const Value asker = info_of(call.place.account, call.place.region, call.params.get("VpcId"));
  if (auto fault = check_new(call, asker, asked)) {
    return std::move(*fault);
  }
  const auto tags = tags_for(call, kType);
  if (const auto* fault = std::get_if<Fault>(&tags)) {
    return *fault;
  }
  const Timestamp expires = call.world.now() + call.world.scaled(kAnswerTime);
  const std::string id = call.world.make_id("pcx");
  Value peering = Value::object(
      {{"vpcPeeringConnectionId", id},
       {"requesterVpcInfo", asker},
       {"accepterVpcInfo", asked},
       {"expirationTime", format_iso8601(expires)},
       {"tagSet", std::get<Value>(tags)},
       {"$requesterDns", false},
       {"$accepterDns", false}}
  );
  const Value* other = network_row(call, asked);
  const bool will_fail = other == nullptr || overlap(*std::get<Value*>(row), *other);
  const std::string_view then = will_fail ? "failed" : "pending-acceptance";
  move_on(call, peering, "initiating-request", then, kRequestTime);
  remember(call, peering, will_fail ? kShortMemory : kLongMemory);
  if (!will_fail) {
    peering.set(
        "$after",
        Value::object(
            {{"then", "expired"}, {"due", std::int64_t{expires.time_since_epoch().count()}}}
        )
    );
    if (!is_at(call.place, asked)) {
      Value theirs = peering;
      theirs.set("tagSet", List{});
      call.places.at({asked.text_of("ownerId"), asked.text_of("region")}).table(kType)[id] = theirs;
    }
  }
  call.place.table(kType)[id] = peering;
  return reply_of(call, peering);
}

Outcome describe_peerings(Call& call) {
  return describe(call, kType, peering_filters(), [&call](const Value& row) {
    return present(call, row);
  });
}

/// The peering that waits for the caller's answer.
Row find_request(Call& call, std::string_view verb, std::string_view wanted) {
  const Row row = find_named(call, kType, "VpcPeeringConnectionId");
  if (std::holds_alternative<Fault>(row)) {
    return row;
  }
  const Value& peering = *std::get<Value*>(row);
  if (!is_at(call.place, peering.get("accepterVpcInfo"))) {
    return not_permitted(call, verb, peering.text_of("vpcPeeringConnectionId"));
  }
  if (peering.text_of("state") != "pending-acceptance") {
    return wrong_state(peering, wanted);
  }
  return row;
}

Outcome accept(Call& call) {
  const Row row = find_request(call, "accept peering", "provisioning");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& peering = *std::get<Value*>(row);
  change_state(
      call, peering.text_of("vpcPeeringConnectionId"), "provisioning", "active", kProvisionTime
  );
  return reply_of(call, peering);
}

Outcome reject(Call& call) {
  const Row row = find_request(call, "reject peering", "rejected");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  end(call, call.params.text_of("VpcPeeringConnectionId"), "rejected");
  return Value::object({{"return", true}});
}

Outcome remove(Call& call) {
  const Row row = find_named(call, kType, "VpcPeeringConnectionId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& peering = *std::get<Value*>(row);
  const std::string& state = peering.text_of("state");
  const bool is_mine = is_at(call.place, peering.get("requesterVpcInfo"));
  if (!is_alive_peering(peering) || (state == "pending-acceptance" && !is_mine)) {
    return wrong_state(peering, "deleting");
  }
  const std::string id = call.params.text_of("VpcPeeringConnectionId");
  change_state(call, id, "deleting", "deleted", kDeletionTime);
  for_each_side(call, id, [&](const Place& side, Value& each) {
    each.set("$by", call.place.account);
    remember(call, each, memory_of(call, side));
  });
  return Value::object({{"return", true}});
}

struct Side {
  std::string_view parameter, info, member, reply;
};
constexpr std::array<Side, 2> kSides = {{
    {"RequesterPeeringConnectionOptions",
     "requesterVpcInfo",
     "$requesterDns",
     "requesterPeeringConnectionOptions"},
    {"AccepterPeeringConnectionOptions",
     "accepterVpcInfo",
     "$accepterDns",
     "accepterPeeringConnectionOptions"},
}};

Outcome modify_options(Call& call) {
  const Row row = find_named(call, kType, "VpcPeeringConnectionId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& peering = *std::get<Value*>(row);
  const std::string id = peering.text_of("vpcPeeringConnectionId");
  if (!is_active_peering(peering)) {
    return Fault{
        400,
        "OperationNotPermitted",
        fmt::format(
            "Peering {} is not active. Peering options can be added only to active peerings.", id
        )};
  }
  Value reply{Object{}};
  for (const Side& side : kSides) {
    const Value* options = call.params.find(side.parameter);
    if (options == nullptr) {
      continue;
    }
    if (!is_at(call.place, peering.get(side.info))) {
      return not_permitted(call, "modify the options of the other side of", id);
    }
    const bool is_on = is_true(*options, "AllowDnsResolutionFromRemoteVpc");
    for_each_side(call, id, [&](const Place&, Value& each) { each.set(side.member, is_on); });
    reply.set(side.reply, Value::object({{"allowDnsResolutionFromRemoteVpc", is_on}}));
  }
  return reply.size() == 0 ? Outcome(missing_parameter("peeringConnectionOptions"))
                           : Outcome(std::move(reply));
}

}  // namespace

void delete_peerings_of(Call& call, const std::string& vpc_id) {
  std::vector<std::string> ids;
  for (const auto& [id, row] : call.place.table(kType)) {
    if (is_alive_peering(row) && joins_network(call.place, row, vpc_id)) {
      ids.push_back(id);
    }
  }
  for (const std::string& id : ids) {
    end(call, id, "deleted");
  }
}

void add_peering_actions(Actions& actions) {
  actions["CreateVpcPeeringConnection"] = {
      create, "VpcId PeerVpcId PeerOwnerId PeerRegion TagSpecification"};
  actions["DescribeVpcPeeringConnections"] = {
      describe_peerings, "VpcPeeringConnectionId Filter MaxResults NextToken"};
  actions["AcceptVpcPeeringConnection"] = {accept, "VpcPeeringConnectionId"};
  actions["RejectVpcPeeringConnection"] = {reject, "VpcPeeringConnectionId"};
  actions["DeleteVpcPeeringConnection"] = {remove, "VpcPeeringConnectionId"};
  actions["ModifyVpcPeeringConnectionOptions"] = {
      modify_options,
      "VpcPeeringConnectionId RequesterPeeringConnectionOptions AccepterPeeringConnectionOptions"};
}

}  // namespace plumbline::sim::ec2
