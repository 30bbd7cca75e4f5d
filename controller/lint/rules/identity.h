// Identity: whether who is at the end of a path may also log in, proven from roles, policies, keys
// and secrets: the proxy's role is taken on by RDS, reads and decrypts every secret, the secrets
// are logins, and a client that must use IAM may connect to this very proxy. Not followed: users
// inside an engine, service control policies, what changes outside of the manifest.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/lint/rules/policy.h"
#include "controller/lint/rules/topology.h"

namespace plumbline {

struct IdentityStep {
  Answer holds = Answer::kUnknown;
  std::string text;  ///< "`roles.proxy` reads `secrets.app`"
  SourceRange range;
};

/// What a proxy needs to log in at its targets. Empty for all but proxies that are made here.
std::vector<IdentityStep> prove_proxy_identity(
    const Manifest& manifest, const Topology& topology, const Resource& proxy
);

/// What a client needs to log in with IAM at a proxy, an endpoint of one or a database: because it
/// says so, or because the proxy has no other way in. Empty when it acts as no role of this
/// manifest.
std::vector<IdentityStep> prove_client_identity(
    const Manifest& manifest,
    const Topology& topology,
    const Resource& client,
    const Resource& target
);

/// Whom the proxy's clients say they are, if they do and no secret of the proxy is for them. End to
/// end it logs in as them.
std::set<std::string> users_without_secret(
    const Manifest& manifest, const Topology& topology, const Resource& proxy
);
/// A proxy for its endpoint, anything else for itself.
const Resource* behind(const Topology& topology, const Resource* target);
/// Users that no secret is for log in with IAM: at the proxy, and as themselves at the database.
bool is_end_to_end(const Resource& proxy);
/// Every way of logging in to the proxy that is written takes IAM.
bool takes_iam_alone(const Resource& proxy);
/// The database's user that an entry of a proxy's `auth` is for; "" when it is not known. One
/// inside a secret is compared, and never shown.
std::string user_of(const Topology& topology, const Value& entry);
/// What a role asks to connect to the proxy: as the user of each of its secrets.
std::vector<Ask> asks_to_connect(
    const Manifest& manifest, const Topology& topology, const Resource& proxy
);
/// Whether the role may do one of them at least.
Answer role_allows_one(
    const Manifest& manifest, const Resource& role, const std::vector<Ask>& asks
);

}  // namespace plumbline
