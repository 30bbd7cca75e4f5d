// Rules about proxies and databases by themselves and as a pair.
#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Everything of a section that this manifest creates.
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
  return resource.entry->value.find(property) != nullptr;
}

/// Whether a property is surely not true: false, or left to a default of false.
bool is_surely_false(const Resource& resource, std::string_view property) {
  const Value& value = resource.properties.get(property);
  return value.is_bool() ? !value.as_bool() : !is_written(resource, property);
}

/// The place where a literal stands instead of something that is resolved; null when it does not.
const Node* literal_at(const Resource& resource, std::string_view property) {
  const Node* node = resource.entry->value.find(property);
  const bool is_literal =
      node != nullptr && node->is_scalar() && node->text.find("${") == std::string::npos;
  return is_literal ? node : nullptr;
}

}  // namespace

void db008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    const Value& is_public = database->properties.get("publiclyAccessible");
    if (is_public.is_bool() && is_public.as_bool()) {
      reporting.at(
          {*database, "publiclyAccessible"},
          fmt::format("`{}` gets a public address.", database->address.to_string()),
          "set publiclyAccessible: false"
      );
    }
  }
}

void db009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    if (literal_at(*database, "masterUserPassword") != nullptr) {
      reporting.at(
          {*database, "masterUserPassword"},
          fmt::format(
              "The password of `{}` stands in the manifest.", database->address.to_string()
          ),
          "set manageMasterUserPassword: true, or take the password from a sensitive input"
      );
    }
  }
}

void px003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const std::string& family = proxy->properties.text_of("engineFamily");
    const Value& targets = proxy->properties.get("targets");
    for (std::size_t i = 0; targets.is_list() && i < targets.size(); ++i) {
      const Resource* database =
          context.facts->topology.target(targets.as_list()[i].get("dbInstance"));
      if (database == nullptr || family.empty()) {
        continue;
      }
      const std::string& engine = database->properties.text_of("engine");
      const std::string_view wanted = engine_family(engine);
      if (engine.empty() || wanted == family) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*proxy, "engineFamily"},
          fmt::format(
              "`{}` speaks {}, but its target `{}` is {}.",
              proxy->address.to_string(),
              family,
              database->address.to_string(),
              engine
          ),
          wanted.empty() ? "choose another target: a proxy cannot speak to this engine"
                         : fmt::format("set engineFamily: {}", wanted)
      );
      finding.evidence.push_back(reporting.evidence({*database, "engine"}, "the target's engine"));
    }
  }
}

void px005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& targets = proxy->properties.get("targets");
    if (!is_written(*proxy, "targets") || (targets.is_list() && targets.size() == 0)) {
      reporting.at(
          {*proxy, "targets"},
          fmt::format("`{}` has no target.", proxy->address.to_string()),
          "add `targets: [{ dbInstance: … }]`"
      );
    }
  }
}

void px006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    const Value& scheme = proxy->properties.get("defaultAuthScheme");
    const bool has_none = !is_written(*proxy, "auth") || (auth.is_list() && auth.size() == 0);
    const bool is_by_secret = scheme.is_text() ? scheme.as_text() != "IAM_AUTH"
                                               : !is_written(*proxy, "defaultAuthScheme");
    if (has_none && is_by_secret) {
      reporting.at(
          {*proxy, "auth"},
          fmt::format("`{}` has no secret to log in with.", proxy->address.to_string()),
          "add `auth: [{ secret: … }]`"
      );
    }
  }
}

void px008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& auth = proxy->properties.get("auth");
    const std::string& family = proxy->properties.text_of("engineFamily");
    for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
      const std::string& mode = auth.as_list()[i].text_of("iamAuth");
      const std::string path = fmt::format("auth.{}.iamAuth", i);
      if (mode == "REQUIRED" && is_surely_false(*proxy, "requireTls")) {
        reporting.at(
            {*proxy, path},
            fmt::format(
                "`{}` asks for IAM, which works over TLS only, and does not ask for TLS.",
                proxy->address.to_string()
            ),
            "set requireTls: true"
        );
      } else if (mode == "ENABLED" && !family.empty() && family != "SQLSERVER") {
        reporting.at(
            {*proxy, path},
            fmt::format("`{}` is of family {}.", proxy->address.to_string(), family),
            "set iamAuth: REQUIRED or DISABLED; ENABLED is for SQLSERVER"
        );
      }
    }
  }
}

void px011(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& most = proxy->properties.get_path("targetGroup.maxConnectionsPercent");
    const Value& idle = proxy->properties.get_path("targetGroup.maxIdleConnectionsPercent");
    if (!most.is_int() || !idle.is_int() || idle.as_int() <= most.as_int()) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*proxy, "targetGroup.maxIdleConnectionsPercent"},
        fmt::format(
            "`{}` may keep {} % idle of the {} % it may open.",
            proxy->address.to_string(),
            idle.as_int(),
            most.as_int()
        ),
        fmt::format("set maxIdleConnectionsPercent to {} or less", most.as_int())
    );
    finding.evidence.push_back(
        reporting.evidence({*proxy, "targetGroup.maxConnectionsPercent"}, "the larger limit")
    );
  }
}

void px014(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* proxy : created(context, "dbProxies")) {
    const Value& filters = proxy->properties.get_path("targetGroup.sessionPinningFilters");
    if (filters.is_list() && filters.size() > 0 &&
        proxy->properties.text_of("engineFamily") == "POSTGRESQL") {
      reporting.at(
          {*proxy, "targetGroup.sessionPinningFilters"},
          fmt::format("`{}` is of family POSTGRESQL.", proxy->address.to_string()),
          "delete sessionPinningFilters"
      );
    }
  }
}

}  // namespace plumbline::checks
