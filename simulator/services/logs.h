// CloudWatch Logs of the simulated AWS: log groups with their class, retention, key and protection.
// Nothing is logged into them. Owned by the Simulator.
// Facts: CloudWatch Logs API Reference; "Encrypt log data in CloudWatch Logs using AWS KMS".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "simulator/service.h"
#include "simulator/services/params.h"

namespace plumbline::sim {

class Logs final : public Service {
 public:
  Logs(World& world, Neighbours& neighbours) : world_(world), neighbours_(neighbours) {}

  [[nodiscard]] std::string_view id() const override { return "logs"; }
  Outcome handle(const Request& request) override;
  void advance() override {}
  /// {"places": {"account/region": {name: group}}}
  [[nodiscard]] Value save() const override;
  void load(const Value& saved) override;

 private:
  /// A group is what DescribeLogGroups shows of it, and "tags" {key: value}.
  using Groups = std::map<std::string, Value>;
  using Handler = Outcome (Logs::*)(const Request&);
  static const std::map<std::string_view, Handler>& handlers();

  Outcome create_log_group(const Request& request);
  Outcome describe_log_groups(const Request& request);
  Outcome delete_log_group(const Request& request);
  Outcome put_retention_policy(const Request& request);
  Outcome delete_retention_policy(const Request& request);
  Outcome associate_kms_key(const Request& request);
  Outcome disassociate_kms_key(const Request& request);
  Outcome put_deletion_protection(const Request& request);
  Outcome tag_resource(const Request& request);
  Outcome untag_resource(const Request& request);
  Outcome list_tags(const Request& request);

  Groups& groups_of(const Request& request);
  /// The group a member names: logGroupName, a logGroupIdentifier or a resourceArn.
  std::variant<Value*, Fault> find(const Request& request, std::string_view member);
  /// Why the group may not be encrypted with the key.
  [[nodiscard]] std::optional<Fault> check_key(
      const Request& request, const std::string& key, const std::string& group_arn
  ) const;

  World& world_;
  Neighbours& neighbours_;
  std::map<std::string, Groups> places_;
};

}  // namespace plumbline::sim
