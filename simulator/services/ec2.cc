// EC2: dispatch, dry runs, client tokens, time, and what other services ask of the network.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/services/ec2_instance.h"
#include "simulator/services/ec2_interface.h"
#include "simulator/services/ec2_place.h"
#include "simulator/services/ec2_rules.h"

namespace plumbline::sim {
namespace {

using ec2::Action;
using ec2::Actions;
using ec2::Call;
using ec2::Place;

Actions all_actions() {
  Actions actions;
  ec2::add_vpc_actions(actions);
  ec2::add_subnet_actions(actions);
  ec2::add_group_actions(actions);
  ec2::add_rule_actions(actions);
  ec2::add_route_actions(actions);
  ec2::add_gateway_actions(actions);
  ec2::add_address_actions(actions);
  ec2::add_nat_actions(actions);
  ec2::add_acl_actions(actions);
  ec2::add_peering_actions(actions);
  ec2::add_account_actions(actions);
  ec2::add_interface_actions(actions);
  ec2::add_instance_actions(actions);
  return actions;
}

class Ec2 final : public Service {
 public:
  Ec2(World& world, Neighbours& neighbours)
      : world_(world), neighbours_(neighbours), actions_(all_actions()) {
    serve_subnets_and_groups(neighbours);
    serve_interfaces(neighbours);
  }

  [[nodiscard]] std::string_view id() const override { return "ec2"; }
  Outcome handle(const Request& request) override;
  void advance() override;
  [[nodiscard]] Value save() const override;
  void load(const Value& saved) override;

 private:
  void serve_subnets_and_groups(Neighbours& neighbours);
  void serve_interfaces(Neighbours& neighbours);
  Place& place(const std::string& account, const std::string& region);
  Outcome run(const Action& action, Call& call);

  World& world_;
  const Neighbours& neighbours_;
  Actions actions_;
  ec2::Places places_;
};

/// Nothing when the action knows every parameter.
std::optional<Fault> check_parameters(const Action& action, const Value& params) {
  const auto known = split(action.params, ' ');
  for (const Member& member : params.as_object()) {
    if (member.key != "DryRun" &&
        std::find(known.begin(), known.end(), member.key) == known.end()) {
      return Fault{
          400, "UnknownParameter", fmt::format("The parameter {} is not recognized", member.key)};
    }
  }
  return std::nullopt;
}

Place& Ec2::place(const std::string& account, const std::string& region) {
  Place& here = places_[{account, region}];
  here.account = account;
  here.region = region;
  return here;
}

Outcome Ec2::handle(const Request& request) {
  const auto found = actions_.find(request.action);
  if (found == actions_.end()) {
    return Fault{
        400,
        "InvalidAction",
        fmt::format("The action {} is not valid for this web service.", request.action)};
  }
  static const Value kNone{Object{}};
  const Value& params = request.params.is_object() ? request.params : kNone;
  if (auto fault = check_parameters(found->second, params)) {
    return std::move(*fault);
  }
  Place& here = place(request.account, request.region);
  Call call{world_, here, params, request.action, neighbours_, places_};
  if (!ec2::is_true(params, "DryRun")) {
    return run(found->second, call);
  }
  // A dry run is a run in a copy of the world.
  ec2::Places copies = places_;
  Place& copy = copies.at({request.account, request.region});
  Call trial{world_, copy, params, request.action, neighbours_, copies};
  Outcome outcome = run(found->second, trial);
  if (std::holds_alternative<Fault>(outcome)) {
    return outcome;
  }
  return Fault{412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."};
}

/// Runs the action, or replays its answer when its client token was seen before.
Outcome Ec2::run(const Action& action, Call& call) {
  const std::string& token = call.params.text_of("ClientToken");
  if (token.empty()) {
    return action.handle(call);
  }
  ec2::Table& tokens = call.place.table("$tokens");
  const std::string key = call.action + " " + token;
  const std::string asked = canonical_json(call.params);
  if (const auto seen = tokens.find(key); seen != tokens.end()) {
    if (seen->second.text_of("params") != asked) {
      return Fault{
          400,
          "IdempotentParameterMismatch",
          "The request uses the same client token as a previous, but non-identical request."};
    }
    return seen->second.get("reply");
  }
  Outcome outcome = action.handle(call);
  if (const auto* reply = std::get_if<Value>(&outcome)) {
    Value shown = *reply;
    shown.set("clientToken", token);
    tokens[key] = Value::object({{"params", asked}, {"reply", shown}});
    return shown;
  }
  return outcome;
}

void Ec2::advance() {
  const std::int64_t now = world_.now().time_since_epoch().count();
  for (auto& [key, here] : places_) {
    for (auto& [type, table] : here.tables) {
      for (auto row = table.begin(); row != table.end();) {
        const ec2::Table::iterator each = row++;
        const Value* due = each->second.find("$due");
        if (due == nullptr || due->as_int() > now) {
          continue;
        }
        const std::string then = each->second.text_of("$then");
        if (then.empty()) {
          table.erase(each);
          continue;
        }
        each->second.set("state", then);
        each->second.erase("$due");
        each->second.erase("$then");
        if (const Value* rest = each->second.find("$forgetAfter")) {
          each->second.set("$then", "");
          each->second.set("$due", now + rest->as_int());
        }
        // What becomes of it after that, where something does.
        if (const Value after = each->second.get("$after"); after.is_object()) {
          each->second.set("$then", after.get("then"));
          each->second.set("$due", after.get("due"));
          each->second.erase("$after");
        }
      }
    }
  }
}

Value Ec2::save() const {
  Value saved{List{}};
  for (const auto& [key, here] : places_) {
    Value tables{Object{}};
    for (const auto& [type, table] : here.tables) {
      Value rows{Object{}};
      for (const auto& [id, row] : table) {
        rows.set(id, row);
      }
      tables.set(type, std::move(rows));
    }
    saved.push_back(Value::object(
        {{"account", here.account}, {"region", here.region}, {"tables", std::move(tables)}}
    ));
  }
  return saved;
}

void Ec2::load(const Value& saved) {
  places_.clear();
  if (!saved.is_list()) {
    return;
  }
  for (const Value& each : saved.as_list()) {
    Place& here = place(each.text_of("account"), each.text_of("region"));
    const Value& tables = each.get("tables");
    if (!tables.is_object()) {
      continue;
    }
    for (const Member& table : tables.as_object()) {
      ec2::Table& rows = here.table(table.key);
      for (const Member& row : table.value.as_object()) {
        rows[row.key] = row.value;
      }
    }
  }
}

void Ec2::serve_subnets_and_groups(Neighbours& neighbours) {
  using Text = const std::string&;
  using Texts = const std::vector<std::string>&;
  neighbours.find_subnet = [this](Text account, Text region, Text subnet_id) {
    Neighbours::SubnetFacts facts;
    if (const Value* row = place(account, region).find("subnet", subnet_id)) {
      facts = {
          true, row->text_of("vpcId"), row->text_of("availabilityZone"), row->text_of("cidrBlock")};
    }
    return facts;
  };
  neighbours.vpc_of_group = [this](Text account, Text region, Text group_id) {
    const Value* row = place(account, region).find("security-group", group_id);
    return row == nullptr ? std::string() : row->text_of("vpcId");
  };
  neighbours.default_group_of = [this](Text account, Text region, Text vpc_id) {
    for (const auto& [id, row] : place(account, region).table("security-group")) {
      if (row.text_of("vpcId") == vpc_id && row.text_of("groupName") == "default") {
        return id;
      }
    }
    return std::string();
  };
  neighbours.can_reach = [this](
                             Text account,
                             Text region,
                             Texts from,
                             Texts to,
                             Texts from_subnets,
                             Texts to_subnets,
                             int port
                         ) {
    return ec2::can_reach(place(account, region), {from, to, from_subnets, to_subnets, port});
  };
}

void Ec2::serve_interfaces(Neighbours& neighbours) {
  using Text = const std::string&;
  neighbours.attach_interface = [this](
                                    Text account,
                                    Text region,
                                    Text subnet_id,
                                    const std::vector<std::string>& groups,
                                    Text description
                                ) {
    return ec2::attach_interface(world_, place(account, region), subnet_id, groups, description);
  };
  neighbours.release_interface =
      [this](Text account, Text region, Text interface_id, Duration linger) {
        Place& here = place(account, region);
        Value* row = here.find("network-interface", interface_id);
        if (row == nullptr) {
          return;
        }
        if (linger.count() <= 0) {
          here.table("network-interface").erase(interface_id);
          return;
        }
        const Timestamp due = world_.now() + world_.scaled(linger);
        row->set("$then", "");
        row->set("$due", std::int64_t{due.time_since_epoch().count()});
      };
}

}  // namespace

std::unique_ptr<Service> make_ec2(World& world, Neighbours& neighbours) {
  return std::make_unique<Ec2>(world, neighbours);
}

}  // namespace plumbline::sim
