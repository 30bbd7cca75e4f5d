// Reading: small questions that rules ask about what is written of one resource. What exists
// already, what comes from an input and what AWS chooses is "not known", never "not there".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/lint/context.h"
#include "controller/lint/rules/topology.h"

namespace plumbline {

/// Everything of a section that this manifest creates.
std::vector<const Resource*> created(const LintContext& context, std::string_view section);
bool is_written(const Resource& resource, std::string_view property);
bool is_surely_true(const Resource& resource, std::string_view property);
/// False, or left to a default of false.
bool is_surely_false(const Resource& resource, std::string_view property);
/// A text without inputs and resources: what is in it stands in the manifest for everybody.
/// `${stack}` and the like say nothing that is secret.
bool is_literal(std::string_view text);
/// The node, or the default of the input that it names: the text that stands in the manifest. Null
/// when none does.
const Node* open_text(const LintContext& context, const Node* node);
/// Calls `visit` with every text of a value that is one item or a list; the rest is not known.
void for_each_text(const Value& value, const std::function<void(const std::string&)>& visit);
/// The role of this manifest, made here or existing, that a resource takes on; null when it is
/// none.
const Resource* role_of(const Topology& topology, const Resource& resource);
/// The same of what is made here and takes on what is made here: only then policies are written.
const Resource* made_role_of(const Topology& topology, const Resource& resource);
/// The role whose rights a client works with: a function's own, an instance's by its profile. Null
/// when it is none of this manifest.
const Resource* acting_role(const Topology& topology, const Resource& client);
/// "${dbInstances.app.masterUserSecret}": the secret that RDS keeps for a database.
bool is_secret_of_database(const Value& written);
/// The databases of a proxy's `targets`, as far as they are resources of the manifest.
std::vector<const Resource*> targets_of(const LintContext& context, const Resource& proxy);

/// The same from the other end: the proxies that are made here, by what they stand in front of.
std::map<const Resource*, std::vector<const Resource*>> proxies_by_target(const LintContext& context
);

/// A statement of a policy of this manifest and where it stands.
struct WrittenStatement {
  const Resource& resource;  ///< A role or a policy.
  std::string path;          ///< "inlinePolicies.secret.Statement.0"
  const Value& value;
};
/// Every statement of the roles' inline policies and of the policies. Trust policies are not among
/// them.
void for_each_statement(
    const LintContext& context, const std::function<void(const WrittenStatement&)>& visit
);

/// Those of one document, which `path` of the resource leads to.
void for_each_statement_in(
    const Resource& resource,
    const std::string& path,
    const Value& document,
    const std::function<void(const WrittenStatement&)>& visit
);
/// Those of a role: of its inline policies, and of policies of this manifest that it has.
void for_each_statement_of(
    const LintContext& context,
    const Resource& role,
    const std::function<void(const WrittenStatement&)>& visit
);

/// Where a role, or a policy it has, allows the action, whatever of and on whatever condition: why
/// a finding is about what it is about. Null and "" when nothing does.
struct NearGrant {
  const Resource* resource = nullptr;
  std::string path;
};
NearGrant near_grant(const LintContext& context, const Resource& role, std::string_view action);

/// Who works with the rights of a role, or of a policy attached to it.
struct RoleUse {
  bool by_proxy = false, by_function = false;  ///< A function or an instance.
};
/// Of the roles and policies that are made here and lie on a path to a database.
std::map<const Resource*, RoleUse> role_uses(const LintContext& context);

}  // namespace plumbline
