// HTTP status + AWS error code → ErrorClass. The one place where codes get their meaning; kinds add
// their own lists (schema word `errors`) on top.
#pragma once

#include <string_view>

#include "controller/base/result.h"
#include "controller/base/service.h"

namespace plumbline {

/// `message` matters for few codes only (expired tokens inside AuthFailure). A 5xx whose code says
/// nothing is kTransient; whether a mutating call then has an unknown outcome is the caller's to
/// say.
ErrorClass classify_error(
    const ServiceProfile& service, int http_status, std::string_view code, std::string_view message
);

}  // namespace plumbline
