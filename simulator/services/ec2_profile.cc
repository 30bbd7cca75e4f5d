// Which instance has which instance profile. The profiles themselves are IAM's.
#include <fmt/format.h>

#include "simulator/services/ec2_instance.h"
#include "simulator/services/params.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr Duration kAssociationTime = std::chrono::seconds(2);
constexpr std::string_view kTable = "iam-instance-profile-association";

Value* find_association_of(Place& place, const std::string& instance_id) {
  for (auto& [id, association] : place.table(kTable)) {
    if (association.text_of("instanceId") == instance_id &&
        association.text_of("state") != "disassociating") {
      return &association;
    }
  }
  return nullptr;
}

Value shown(const Value& association) {
  Value copy = association;
  copy.erase("$due");
  copy.erase("$then");
  return copy;
}

Outcome reply_with(const Value& association) {
  return Value::object({{"iamInstanceProfileAssociation", shown(association)}});
}

Outcome describe_associations(Call& call) {
  static const Filters kFilters = {{"instance-id", "instanceId"}, {"state", "state"}};
  return describe(call, kTable, kFilters, shown);
}

Outcome associate(Call& call) {
  const Row found = find_live_instance(call);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const auto arn = profile_of(call, call.params.get("IamInstanceProfile"));
  if (const auto* fault = std::get_if<Fault>(&arn)) {
    return *fault;
  }
  if (std::get<std::string>(arn).empty()) {
    return missing_parameter("IamInstanceProfile");
  }
  const std::string id = call.params.text_of("InstanceId");
  if (find_association_of(call.place, id) != nullptr) {
    return Fault{
        400, "IncorrectState", fmt::format("There is an existing association for instance {}", id)};
  }
  associate_profile(call, id, std::get<std::string>(arn));
  return reply_with(*find_association_of(call.place, id));
}

Outcome replace(Call& call) {
  const Row found = find_named(call, kTable, "AssociationId");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const auto arn = profile_of(call, call.params.get("IamInstanceProfile"));
  if (const auto* fault = std::get_if<Fault>(&arn)) {
    return *fault;
  }
  const std::string instance = std::get<Value*>(found)->text_of("instanceId");
  call.place.table(kTable).erase(call.params.text_of("AssociationId"));
  associate_profile(call, instance, std::get<std::string>(arn));
  return reply_with(*find_association_of(call.place, instance));
}

Outcome disassociate(Call& call) {
  const Row found = find_named(call, kTable, "AssociationId");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value& association = *std::get<Value*>(found);
  move_on(call, association, "disassociating", "", kAssociationTime);
  return reply_with(association);
}

}  // namespace

std::variant<std::string, Fault> profile_of(Call& call, const Value& specification) {
  const std::string& arn = specification.text_of("Arn");
  const std::string& name = specification.text_of("Name");
  if (arn.empty() && name.empty()) {
    return "";
  }
  const auto profile = call.neighbours.find_profile(call.place.account, arn.empty() ? name : arn);
  const bool is_known = profile.exists && call.world.now() - profile.created_at >=
                                              call.world.scaled(kRolePropagation);
  if (!is_known) {
    const std::string_view form = arn.empty() ? "name" : "arn";
    return invalid_value(
        arn.empty() ? name : arn,
        fmt::format("iamInstanceProfile.{}", form),
        fmt::format("Invalid IAM Instance Profile {}", arn.empty() ? "name" : "ARN")
    );
  }
  if (!profile.has_role) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format("IAM Instance Profile \"{}\" has no associated IAM Roles", profile.arn)};
  }
  return profile.arn;
}

void associate_profile(Call& call, const std::string& instance_id, const std::string& arn) {
  const auto profile = call.neighbours.find_profile(call.place.account, arn);
  const std::string id = call.world.make_id("iip-assoc");
  Value& association = call.place.table(kTable)[id] = Value::object(
      {{"associationId", id},
       {"instanceId", instance_id},
       {"iamInstanceProfile", Value::object({{"arn", arn}, {"id", profile.id}})},
       {"timestamp", format_iso8601(call.world.now())}}
  );
  move_on(call, association, "associating", "associated", kAssociationTime);
}

void add_profile_actions(Actions& actions) {
  actions["DescribeIamInstanceProfileAssociations"] = {
      describe_associations, "AssociationId Filter MaxResults NextToken"};
  actions["AssociateIamInstanceProfile"] = {associate, "InstanceId IamInstanceProfile"};
  actions["ReplaceIamInstanceProfileAssociation"] = {replace, "AssociationId IamInstanceProfile"};
  actions["DisassociateIamInstanceProfile"] = {disassociate, "AssociationId"};
}

}  // namespace plumbline::sim::ec2
