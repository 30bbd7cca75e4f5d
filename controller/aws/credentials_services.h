// The services that hand out credentials, as ServiceProfiles: unlike those of the catalog they are
// no service of any kind, so no schema says them. Facts: botocore's sts, sso and sso-oidc models.
#pragma once

#include "controller/base/service.h"

namespace plumbline {

ServiceProfile sts_service();
ServiceProfile sso_portal_service();
ServiceProfile sso_oidc_service();

}  // namespace plumbline
