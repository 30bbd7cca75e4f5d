// Whose credentials are these? One STS call; with credentials.h the only place that knows STS.
#pragma once

#include <string>
#include <string_view>

#include "controller/aws/call.h"

namespace plumbline {

/// sts:GetCallerIdentity; needs no permission.
Call make_identity_call(
    const ServiceProfile& sts, const std::string& account, const std::string& region
);
/// The 12-digit account id in its reply; "" when there is none.
std::string account_id_of(const Reply& reply);

/// What the base credentials must be allowed on the role of a further account, and the condition
/// key of the word that its trust policy may ask for.
inline constexpr std::string_view kAssumeAction = "sts:AssumeRole";
inline constexpr std::string_view kExternalIdKey = "sts:ExternalId";

}  // namespace plumbline
