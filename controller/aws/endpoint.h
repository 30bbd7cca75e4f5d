// Where a service lives and for which region a request is signed: AWS's partitions and hosts, and
// the overrides every AWS tool takes (DESIGN 2.2, 9 of the wire notes).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/service.h"

namespace plumbline {

struct Endpoint {
  std::string scheme;     ///< "https" or "http"
  std::string host;       ///< With ":port" when not the scheme's default.
  std::string base_path;  ///< "" or "/prefix", no trailing slash.
  std::string signing_region;
};

/// How settings are looked up; main passes the process environment, tests a map.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What the shared config file says about endpoints of the chosen profile.
struct EndpointSettings {
  std::string global_url;  ///< endpoint_url
  std::vector<std::pair<std::string, std::string>>
      service_urls;  ///< by endpoint_variable, lower case
};

/// Partition of a region, as ARNs name it: "aws", "aws-cn", "aws-us-gov", "aws-iso…", "aws-eusc".
std::string partition_of(const std::string& region);

/// Order: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, profile's services section, profile's
/// endpoint_url (the last four off under AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true), then the
/// partition's host. Refuses a region that is not like us-east-1 and plain http outside loopback
/// unless PLUMBLINE_ALLOW_HTTP=1.
Result<Endpoint> resolve_endpoint(
    const ServiceProfile& service,
    const std::string& region,
    const Environment& environment,
    const EndpointSettings& settings
);

/// "https://host:port/path" → Endpoint without signing region. `origin` names the setting in
/// messages. Plain http to another machine is refused unless `is_http_allowed`.
Result<Endpoint> parse_endpoint(
    const std::string& origin, const std::string& url, bool is_http_allowed
);
/// PLUMBLINE_ALLOW_HTTP=1: the operator vouches for the network.
bool allows_http(const Environment& environment);
/// "127.0.0.1", "[::1]", "localhost", with or without ":port".
bool is_loopback_host(std::string_view host);

}  // namespace plumbline
