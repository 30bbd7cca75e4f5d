#include "controller/aws/credentials_identity.h"

#include <algorithm>
#include <cctype>

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
  constexpr std::size_t kDigits = 12;
  std::string id = reply.body.text_of("Account");
  const bool is_id = id.size() == kDigits && std::all_of(id.begin(), id.end(), [](unsigned char c) {
                       return std::isdigit(c) != 0;
                     });
  return is_id ? id : "";
}

}  // namespace plumbline
