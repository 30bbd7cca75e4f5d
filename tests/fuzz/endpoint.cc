// Where requests go: an override as somebody wrote it, and a region before it enters a host name.
#include "controller/aws/endpoint.h"

#include <algorithm>
#include <string>

#include "controller/base/service.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

/// No byte that a resolver, a proxy or a header could take for something else.
bool is_plain_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

void read_endpoint(std::string_view input) {
  const std::string text(input);
  if (const auto endpoint = parse_endpoint("AWS_ENDPOINT_URL", text, false)) {
    PLUMBLINE_CHECK(is_plain_host(endpoint->host));
    PLUMBLINE_CHECK(endpoint->scheme == "https" || is_loopback_host(endpoint->host));
    PLUMBLINE_CHECK(endpoint->base_path.find_first_of(" ?#\\\r\n") == std::string::npos);
  }
  ServiceProfile service;
  service.id = service.host_prefix = "rds";
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  if (const auto endpoint = resolve_endpoint(service, text, nothing, {})) {
    PLUMBLINE_CHECK(endpoint->scheme == "https");
    // A region is one label: the host stays in the partition's domain.
    PLUMBLINE_CHECK(endpoint->host.starts_with("rds." + text + "."));
    PLUMBLINE_CHECK(text.find('.') == std::string::npos && text.size() < 64);
  }
}

}  // namespace plumbline::fuzz
