// Rules about who may log in with IAM.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/identity.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// The one user that a proxy can log in as; "" when there are several, or it is not known.
std::string only_user(const LintContext& context, const Resource& proxy) {
  const Value& auth = proxy.properties.get("auth");
  if (!auth.is_list() || auth.size() != 1) {
    return "";
  }
  const Resource* secret = context.facts->topology.target(auth.as_list()[0].get("secret"));
  if (secret == nullptr || secret->address.section != "secrets") {
    return "";
  }
  const Node* user = node_at(*secret, "secretString.username");
  const bool is_name = user != nullptr && user->is_scalar() && !user->text.empty() &&
                       std::all_of(user->text.begin(), user->text.end(), [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '_' || c == '-';
                       });
  return is_name ? user->text : "";
}

}  // namespace

void ia007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    const Resource* client = hop.source.resource;
    const Resource* proxy = hop.target.resource;
    if (hop.is_denied || client == nullptr || proxy == nullptr || proxy->existing ||
        client->existing || client->address.section != "functions" ||
        proxy->address.section != "dbProxies" || !takes_iam_alone(*proxy)) {
      continue;
    }
    const Resource* role = made_role_of(context.facts->topology, *client);
    if (role == nullptr ||
        may_connect(context.manifest, context.facts->topology, *role, *proxy) != Answer::kNo) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*client, "role"},
        fmt::format(
            "`{}` takes IAM alone, but `{}` is not allowed rds-db:connect on it as a user it "
            "knows.",
            proxy->address.to_string(),
            role->address.to_string()
        ),
        fmt::format(
            "allow rds-db:connect on "
            "arn:${{partition}}:rds-db:${{region}}:${{account}}:dbuser:${{{}.proxyId}}/USER in {}",
            proxy->address.to_string(),
            role->address.to_string()
        )
    );
    if (const std::string user = only_user(context, *proxy); !user.empty()) {
      finding.edits = allow(
          *role,
          {"connect-" + proxy->address.name,
           "rds-db:connect",
           fmt::format(
               "arn:${{partition}}:rds-db:${{region}}:${{account}}:dbuser:${{{}.proxyId}}/{}",
               proxy->address.to_string(),
               user
           )}
      );
    }
    finding.evidence.push_back(reporting.evidence({*proxy, "auth"}, "how the proxy lets clients in")
    );
    const NearGrant near = near_grant(context, *role, "rds-db:connect");
    finding.evidence.push_back(
        near.resource == nullptr
            ? reporting.evidence({*role, "inlinePolicies"}, "what the role is allowed")
            : reporting.evidence(
                  {*near.resource, near.path}, "this statement allows it, but not here"
              )
    );
    finding.evidence.push_back({"the connection", hop.origin});
  }
}

}  // namespace plumbline::checks
