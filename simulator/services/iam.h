// IAM of the simulated AWS: roles with their policies, customer managed policies and instance
// profiles, one world per account whatever the region. Owned by the Simulator; it must not know
// who uses a role: others look at it through Neighbours::find_role.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"
#include "simulator/services/iam_documents.h"
#include "simulator/services/params.h"

namespace plumbline::sim {

class Iam final : public Service {
 public:
  explicit Iam(World& world) : world_(world) {}

  [[nodiscard]] std::string_view id() const override { return "iam"; }
  Outcome handle(const Request& request) override;
  void advance() override {}
  /// {"accounts": {id: {"roles": {lower-case name: role}, "policies": {arn: policy}, "profiles":
  /// …}}}
  [[nodiscard]] Value save() const override;
  void load(const Value& saved) override;

  [[nodiscard]] Neighbours::RoleFacts find_role(
      const std::string& account, const std::string& role_arn
  ) const;
  [[nodiscard]] Neighbours::ProfileFacts find_profile(
      const std::string& account, const std::string& name_or_arn
  ) const;

 private:
  /// A role is {RoleName, RoleId, Arn, Path, CreateDate (ms), AssumeRolePolicyDocument (plain),
  /// Description?, MaxSessionDuration, PermissionsBoundary? (arn), Tags, Inline {name: document},
  /// Attached [arn]}; a policy holds Versions [{VersionId, Document, CreateDate}]; a profile names
  /// its Role by the lower-case key.
  using Objects = std::map<std::string, Value>;
  struct Account {
    Objects roles, policies, profiles;
  };

  // Roles (iam_roles.cc).
  Outcome create_role(const Request& request);
  Outcome get_role(const Request& request);
  Outcome list_roles(const Request& request);
  Outcome update_role(const Request& request);
  Outcome update_role_description(const Request& request);
  Outcome update_assume_role_policy(const Request& request);
  Outcome delete_role(const Request& request);
  Outcome put_boundary(const Request& request);
  Outcome delete_boundary(const Request& request);
  Outcome tag_role(const Request& request);
  Outcome untag_role(const Request& request);
  Outcome list_role_tags(const Request& request);

  // What a role may do (iam_role_policies.cc).
  Outcome put_role_policy(const Request& request);
  Outcome get_role_policy(const Request& request);
  Outcome list_role_policies(const Request& request);
  Outcome delete_role_policy(const Request& request);
  Outcome attach_role_policy(const Request& request);
  Outcome detach_role_policy(const Request& request);
  Outcome list_attached_role_policies(const Request& request);

  // Managed policies (iam_policies.cc, iam_policy_versions.cc).
  Outcome create_policy(const Request& request);
  Outcome get_policy(const Request& request);
  Outcome list_policies(const Request& request);
  Outcome delete_policy(const Request& request);
  Outcome list_entities_for_policy(const Request& request);
  Outcome tag_policy(const Request& request);
  Outcome untag_policy(const Request& request);
  Outcome list_policy_tags(const Request& request);
  Outcome get_policy_version(const Request& request);
  Outcome list_policy_versions(const Request& request);
  Outcome create_policy_version(const Request& request);
  Outcome delete_policy_version(const Request& request);
  Outcome set_default_policy_version(const Request& request);

  // Instance profiles (iam_profiles.cc).
  Outcome create_profile(const Request& request);
  Outcome get_profile(const Request& request);
  Outcome list_profiles(const Request& request);
  Outcome list_profiles_for_role(const Request& request);
  Outcome add_role_to_profile(const Request& request);
  Outcome remove_role_from_profile(const Request& request);
  Outcome delete_profile(const Request& request);
  Outcome tag_profile(const Request& request);
  Outcome untag_profile(const Request& request);
  Outcome list_profile_tags(const Request& request);

  // The whole account (iam_authorization.cc).
  Outcome get_authorization_details(const Request& request);

  using Handler = Outcome (Iam::*)(const Request&);
  static const std::map<std::string_view, Handler>& handlers();

  [[nodiscard]] Value* find_role_named(const Request& request);
  [[nodiscard]] Value* find_policy_named(const Request& request);
  [[nodiscard]] Value* find_profile_named(const Request& request);
  /// Checks the trust document of `request` and gives it the form IAM keeps.
  std::optional<Fault> read_trust(const Request& request, std::string_view key, std::string& out);
  [[nodiscard]] bool knows_principal(const Request& request, const std::string& principal);
  /// Puts the dead role's id where trust policies named its ARN, as IAM does.
  void forget_principal(Account& account, const Value& role);
  [[nodiscard]] bool is_attachable(const Request& request, const std::string& policy_arn);
  [[nodiscard]] std::string document_of(const Account& account, const std::string& arn) const;
  [[nodiscard]] std::int64_t count_users(
      const std::string& account, std::string_view member, const std::string& policy_arn
  ) const;
  std::string make_unique_id(std::string_view prefix);
  Value new_object(const Request& request, std::string_view kind, std::string_view name_key);

  // Reply shapes.
  [[nodiscard]] Value show_role(const Value& role, bool is_whole) const;
  [[nodiscard]] Value show_policy(const std::string& account, const Value& policy, bool is_whole)
      const;
  [[nodiscard]] Value show_aws_policy(const std::string& account, const std::string& arn) const;
  [[nodiscard]] Value show_profile(const Account& account, const Value& profile) const;
  [[nodiscard]] Value profiles_of(const Account& account, const std::string& role_key) const;
  [[nodiscard]] Value detail_role(const Account& account, const Value& role) const;
  [[nodiscard]] Value detail_policy(const std::string& account, const Value& policy) const;

  World& world_;
  std::map<std::string, Account> accounts_;
};

// --- shared by the files of this service -------------------------------------------------------

/// Bytes of a managed policy.
inline constexpr std::size_t kPolicySize = 6144;

Fault no_such_role(std::string_view name);
Fault no_such_policy(std::string_view arn);
Fault malformed_document(std::string_view why);
Fault limit_exceeded(std::string_view message);
std::string show_date(const Value& millis);
/// Sets `x` into `reply` under `key` when the stored object has it.
void copy_member(Value& reply, const Value& stored, std::string_view key);
/// A reply {key: items, IsTruncated, Marker?} of the page the request asks for.
Outcome reply_page(const Request& request, std::string_view key, const std::vector<Named>& all);
/// Checks the tags of a request by IAM's rules.
std::optional<Fault> check_tags(const Value& params);
/// TagX, UntagX and ListXTags on a stored object.
Outcome tag_object(Value& stored, const Request& request);
Outcome untag_object(Value& stored, const Request& request);
Outcome list_tags_of(const Value& stored, const Request& request);
/// Name rules shared by roles, policies and profiles.
void check_name(Validation& validation, std::string_view key, std::size_t longest);
void check_path(Validation& validation, const Value& params, std::string_view key);

}  // namespace plumbline::sim
