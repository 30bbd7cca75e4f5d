#include "controller/aws/credentials_identity.h"

namespace plumbline {

Call make_identity_call(
    const ServiceProfile& sts, const std::string& account, const std::string& region
) {
  Call call;
  call.service = &sts;
  call.account = account;
  call.region = region;
  call.action = "GetCallerIdentity";
  call.request = Value(Object());
  return call;
}

std::string account_id_of(const Reply& reply) {
  return reply.body.text_of("Account");
}

}  // namespace plumbline
