// Lambda of the simulated AWS: functions with their slow states, versions, permissions, tags and
// the network interfaces of those inside a VPC. It keeps functions and never runs them. Owned by
// the Simulator; it knows roles, subnets and groups only through Neighbours.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"
#include "simulator/services/params.h"

namespace plumbline::sim {

class Lambda final : public Service {
 public:
  Lambda(World& world, Neighbours& neighbours) : world_(world), neighbours_(neighbours) {}

  [[nodiscard]] std::string_view id() const override { return "lambda"; }
  Outcome handle(const Request& request) override;
  /// States are worked out from the time whenever they are shown.
  void advance() override {}
  /// {"places": {"account/region": {"functions": {name: function}, "interfaces": {key: id}}}}
  [[nodiscard]] Value save() const override;
  void load(const Value& saved) override;

 private:
  /// A function is {Configuration (as shown, without states), Tags {}, Policies {qualifier:
  /// {Statements, RevisionId}}, Versions [Configuration], NextVersion, ReadyAt, UpdateReadyAt,
  /// ImageUri?, Concurrency?, RuntimeManagement?, RecursiveLoop?}.
  struct Place {
    std::map<std::string, Value> functions;
    /// One managed interface per subnet and set of groups, shared by the functions that use it.
    std::map<std::string, std::string> interfaces;
  };
  using Handler = Outcome (Lambda::*)(const Request&);
  static const std::map<std::string_view, Handler>& handlers();

  // Functions (lambda_functions.cc).
  Outcome create_function(const Request& request);
  Outcome get_function(const Request& request);
  Outcome get_configuration(const Request& request);
  Outcome list_functions(const Request& request);
  Outcome delete_function(const Request& request);

  // Changes (lambda_update.cc).
  Outcome update_configuration(const Request& request);
  Outcome update_code(const Request& request);
  Outcome publish_version(const Request& request);
  Outcome list_versions(const Request& request);

  // Permissions (lambda_policy.cc).
  Outcome get_policy(const Request& request);
  Outcome add_permission(const Request& request);
  Outcome remove_permission(const Request& request);

  // Tags and the small settings (lambda_settings.cc).
  Outcome tag_resource(const Request& request);
  Outcome untag_resource(const Request& request);
  Outcome list_tags(const Request& request);
  Outcome put_concurrency(const Request& request);
  Outcome get_concurrency(const Request& request);
  Outcome delete_concurrency(const Request& request);
  Outcome get_code_signing(const Request& request);
  Outcome delete_code_signing(const Request& request);
  Outcome get_runtime_management(const Request& request);
  Outcome put_runtime_management(const Request& request);
  Outcome get_recursion(const Request& request);
  Outcome put_recursion(const Request& request);
  Outcome get_account_settings(const Request& request);
  Outcome list_aliases(const Request& request);
  Outcome list_event_sources(const Request& request);
  Outcome refuse_absent(const Request& request);
  Outcome refuse_invoke(const Request& request);

  Place& place_of(const Request& request);
  /// The function `request` names by FunctionName; null with a fault when there is none.
  Value* find_function(const Request& request, std::optional<Fault>& fault);
  /// Also refuses while the function is being made or changed, or has another RevisionId.
  Value* find_idle(const Request& request, std::optional<Fault>& fault);
  /// The configuration of the wanted version with its states.
  Outcome show_version(const Value& function, const std::string& qualifier);
  Value show_configuration(const Value& function) const;
  /// Stamps a changed $LATEST.
  void touch(Value& function);
  void start_update(Value& function, Duration takes);
  /// Snapshots $LATEST, or returns the last version when nothing changed since.
  Value publish(Value& function, const std::string& description);

  // What a request may say (lambda_checks.cc).
  [[nodiscard]] std::optional<Fault> check_role(const Request& request, const std::string& arn)
      const;
  [[nodiscard]] std::optional<Fault> check_network(
      const Request& request, const std::string& role_arn, std::string& vpc_id
  ) const;
  std::optional<Fault> apply_settings(const Request& request, Value& configuration) const;

  // Network interfaces (lambda_network.cc).
  /// Attaches what the place's functions need now and releases what they no longer use.
  void settle_interfaces(const Request& request);

  World& world_;
  Neighbours& neighbours_;
  std::map<std::string, Place> places_;
};

// --- shared by the files of this service -------------------------------------------------------

/// "name", "name:qualifier", "123456789012:function:name" or a full ARN, and the Qualifier member.
struct FunctionId {
  std::string name, qualifier;
  std::string account, region;  ///< "" when not said.
};
FunctionId read_function_id(const Value& params);
std::string function_arn(const Request& request, const std::string& name);
Fault no_such_function(const std::string& arn);
Fault invalid_value(std::string_view message);
/// {"$status": 204}
Value no_content();

/// Checks everything a create or an update says about itself, not about the world.
std::optional<Fault> check_settings(const Value& params);
std::optional<Fault> check_runtime(const Value& params);
/// Sets CodeSha256 and CodeSize from the code in `code` (Code of a create, the whole of an update).
std::optional<Fault> apply_code(const Value& code, Value& configuration);

}  // namespace plumbline::sim
