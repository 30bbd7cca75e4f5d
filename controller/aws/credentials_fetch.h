// CredentialFetcher: carries a CredentialRecipe out. Each source is one coroutine over
// CredentialIo, so a test plays the servers. Errors are of class kAuth, name the place and the next
// step, and never hold a key, a token or the text of a reply.
#pragma once

#include "controller/aws/credentials_io.h"
#include "controller/aws/credentials_recipe.h"
#include "controller/aws/sigv4.h"

namespace plumbline {

class CredentialFetcher {
 public:
  CredentialFetcher(CredentialIo& io, Environment environment, EndpointSettings endpoints);

  /// The source's keys, then each role's in turn.
  Task<Result<Credentials>> fetch(CredentialRecipe recipe);
  /// sts:AssumeRole, signed by `base`. kExpired when it was `base` that AWS did not take any more.
  Task<Result<Credentials>> assume(RoleToAssume role, Credentials base);

 private:
  struct SsoToken;

  Task<Result<Credentials>> fetch_source(CredentialRecipe recipe);
  Task<Result<Credentials>> from_web_identity(WebIdentity identity);
  Task<Result<Credentials>> from_sso(SsoLogin login);
  Task<Result<SsoToken>> sso_token(const SsoLogin& login);
  Task<Result<SsoToken>> renewed(const SsoLogin& login, SsoToken token);
  Task<Result<Credentials>> from_process(ProcessCall call);
  Task<Result<Credentials>> from_container(ContainerEndpoint container);
  Task<Result<Credentials>> from_metadata(
      InstanceMetadata metadata, std::vector<std::string> looked_at
  );

  /// A call to STS or SSO, unsigned when `signer` is null. Tries again on throttles, 5xx and
  /// connections that fail: asking for keys changes nothing.
  Task<CallResult> ask(Call call, const Credentials* signer);
  /// True when it is worth asking again at once.
  Task<bool> ask_once(const Call& call, const Credentials* signer, CallResult& result);
  /// As `ask`, for a metadata service or a container's endpoint, which are near and answer fast.
  Task<Result<HttpResponse>> get(HttpRequest request, int attempts);

  CredentialIo& io_;
  Environment environment_;
  EndpointSettings endpoints_;
  ServiceProfile sts_, portal_, oidc_;
  Signer signer_;
  ClockSkew skew_;
};

/// Names under which a reply holds the parts of credentials; they differ from source to source.
struct KeyNames {
  const char* id = "AccessKeyId";
  const char* secret = "SecretAccessKey";
  const char* token = "Token";
  const char* expiry = "Expiration";  ///< ISO-8601, or milliseconds since 1970 when a number.
};
/// An Error that names `source` when a part is missing, the expiry is no time, or it has passed.
Result<Credentials> credentials_in(
    const Value& reply, const KeyNames& names, const std::string& source, Timestamp now
);

}  // namespace plumbline
