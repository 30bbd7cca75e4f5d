#include "controller/lint/rules/reading.h"

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/reach.h"

namespace plumbline {

std::vector<const Resource*> created(const LintContext& context, std::string_view section) {
  std::vector<const Resource*> all;
  for (const Resource* resource : context.facts->topology.section(section)) {
    if (!resource->existing) {
      all.push_back(resource);
    }
  }
  return all;
}

bool is_written(const Resource& resource, std::string_view property) {
  const Node* node = resource.entry->value.find(property);
  return node != nullptr && !node->is_null();
}

bool is_surely_true(const Resource& resource, std::string_view property) {
  const Value& value = resource.properties.get(property);
  return value.is_bool() && value.as_bool();
}

bool is_surely_false(const Resource& resource, std::string_view property) {
  const Value& value = resource.properties.get(property);
  return value.is_bool() ? !value.as_bool() : !is_written(resource, property);
}

bool is_literal(std::string_view text) {
  std::string rest(text);
  for (const std::string_view word : {"${stack}", "${region}", "${account}", "${partition}"}) {
    for (auto at = rest.find(word); at != std::string::npos; at = rest.find(word)) {
      rest.erase(at, word.size());
    }
  }
  return !rest.empty() && rest.find("${") == std::string::npos;
}

const Node* open_text(const LintContext& context, const Node* node) {
  constexpr std::string_view kInput = "${inputs.";
  if (node == nullptr || !node->is_scalar()) {
    return nullptr;
  }
  if (is_literal(node->text)) {
    return node;
  }
  if (!node->text.starts_with(kInput) || node->text.find('}') + 1 != node->text.size()) {
    return nullptr;
  }
  const std::string name = node->text.substr(kInput.size(), node->text.size() - kInput.size() - 1);
  for (const auto& document : context.manifest.documents) {
    const Node* inputs = document->find("inputs");
    const Node* input = inputs == nullptr ? nullptr : inputs->find(name);
    const Node* fallback = input == nullptr ? nullptr : input->find("default");
    if (fallback != nullptr && fallback->is_scalar() && !fallback->text.empty()) {
      return fallback;
    }
  }
  return nullptr;
}

void for_each_text(const Value& value, const std::function<void(const std::string&)>& visit) {
  if (value.is_text()) {
    visit(value.as_text());
  }
  for (std::size_t i = 0; value.is_list() && i < value.size(); ++i) {
    if (value.as_list()[i].is_text()) {
      visit(value.as_list()[i].as_text());
    }
  }
}

const Resource* role_of(const Topology& topology, const Resource& resource) {
  const Resource* role = topology.target(resource.properties.get("role"));
  return role != nullptr && role->address.section == "roles" ? role : nullptr;
}

const Resource* made_role_of(const Topology& topology, const Resource& resource) {
  const Resource* role = resource.existing ? nullptr : role_of(topology, resource);
  return role != nullptr && !role->existing ? role : nullptr;
}

const Resource* acting_role(const Topology& topology, const Resource& client) {
  const Resource* holder = client.address.section == "instances"
                               ? topology.target(client.properties.get("instanceProfile"))
                               : &client;
  return holder == nullptr || holder->existing ? nullptr : role_of(topology, *holder);
}

bool is_secret_of_database(const Value& written) {
  return written.is_reference() && written.as_reference().address.section == "dbInstances" &&
         written.as_reference().attribute == "masterUserSecret";
}

std::vector<const Resource*> targets_of(const LintContext& context, const Resource& proxy) {
  std::vector<const Resource*> databases;
  const Value& targets = proxy.properties.get("targets");
  for (std::size_t i = 0; targets.is_list() && i < targets.size(); ++i) {
    const Resource* database =
        context.facts->topology.target(targets.as_list()[i].get("dbInstance"));
    if (database != nullptr) {
      databases.push_back(database);
    }
  }
  return databases;
}

std::map<const Resource*, std::vector<const Resource*>> proxies_by_target(const LintContext& context
) {
  std::map<const Resource*, std::vector<const Resource*>> proxies;
  for (const Resource* proxy : created(context, "dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      auto& those = proxies[database];
      if (those.empty() || those.back() != proxy) {
        those.push_back(proxy);
      }
    }
  }
  return proxies;
}

namespace {

void visit_inline(const Resource& role, const std::function<void(const WrittenStatement&)>& visit) {
  const Value& policies = role.properties.get("inlinePolicies");
  for (std::size_t i = 0; policies.is_object() && i < policies.size(); ++i) {
    const Member& member = policies.as_object()[i];
    for_each_statement_in(role, "inlinePolicies." + member.key, member.value, visit);
  }
}

void visit_policy(
    const Resource& policy, const std::function<void(const WrittenStatement&)>& visit
) {
  for_each_statement_in(policy, "policyDocument", policy.properties.get("policyDocument"), visit);
}

}  // namespace

void for_each_statement_in(
    const Resource& resource,
    const std::string& path,
    const Value& document,
    const std::function<void(const WrittenStatement&)>& visit
) {
  const Value& statements = document.get("Statement");
  const std::string place = path + ".Statement";
  if (statements.is_object()) {
    visit({resource, place, statements});
  }
  for (std::size_t i = 0; statements.is_list() && i < statements.size(); ++i) {
    if (statements.as_list()[i].is_object()) {
      visit({resource, fmt::format("{}.{}", place, i), statements.as_list()[i]});
    }
  }
}

void for_each_statement(
    const LintContext& context, const std::function<void(const WrittenStatement&)>& visit
) {
  for (const Resource* role : created(context, "roles")) {
    visit_inline(*role, visit);
  }
  for (const Resource* policy : created(context, "policies")) {
    visit_policy(*policy, visit);
  }
}

void for_each_statement_of(
    const LintContext& context,
    const Resource& role,
    const std::function<void(const WrittenStatement&)>& visit
) {
  visit_inline(role, visit);
  const Value& managed = role.properties.get("managedPolicies");
  for (std::size_t i = 0; managed.is_list() && i < managed.size(); ++i) {
    const Resource* policy = context.facts->topology.target(managed.as_list()[i]);
    if (policy != nullptr && !policy->existing) {
      visit_policy(*policy, visit);
    }
  }
}

NearGrant near_grant(const LintContext& context, const Resource& role, std::string_view action) {
  NearGrant grant;
  const std::string wanted = to_lower(action);
  for_each_statement_of(context, role, [&](const WrittenStatement& statement) {
    for_each_text(statement.value.get("Action"), [&](const std::string& item) {
      if (grant.resource == nullptr && statement.value.text_of("Effect") == "Allow" &&
          arn_matches(to_lower(item), wanted) == Answer::kYes) {
        grant = {&statement.resource, statement.path};
      }
    });
  });
  return grant;
}

std::map<const Resource*, RoleUse> role_uses(const LintContext& context) {
  const Topology& topology = context.facts->topology;
  std::map<const Resource*, RoleUse> uses;
  for (const Resource* proxy : created(context, "dbProxies")) {
    uses[topology.target(proxy->properties.get("role"))].by_proxy = true;
  }
  for (const Resource* function : created(context, "functions")) {
    uses[topology.target(function->properties.get("role"))].by_function = true;
  }
  for (const Resource* instance : created(context, "instances")) {
    const Resource* profile = topology.target(instance->properties.get("instanceProfile"));
    if (profile != nullptr && !profile->existing) {
      uses[topology.target(profile->properties.get("role"))].by_function = true;
    }
  }
  uses.erase(nullptr);  // Roles that are not declared here.
  std::map<const Resource*, RoleUse> all = uses;
  for (const auto& [role, use] : uses) {
    const Value& managed = role->properties.get("managedPolicies");
    for (std::size_t i = 0; managed.is_list() && i < managed.size(); ++i) {
      if (const Resource* policy = topology.target(managed.as_list()[i])) {
        RoleUse& of_policy = all[policy];
        of_policy.by_proxy = of_policy.by_proxy || use.by_proxy;
        of_policy.by_function = of_policy.by_function || use.by_function;
      }
    }
  }
  return all;
}

}  // namespace plumbline
