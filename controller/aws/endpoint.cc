#include "controller/aws/endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {
namespace {

struct Partition {
  std::string_view name;
  std::string_view region_prefix;
  std::string_view suffix;
  std::string_view global_region;  ///< What global services are signed for.
};

/// Of a part of a host's name (RFC 1035).
constexpr std::size_t kLabelMax = 63;

// The commercial partition is last: it takes every region that no other one claims.
constexpr std::array kPartitions{
    Partition{"aws-cn", "cn-", "amazonaws.com.cn", "cn-northwest-1"},
    Partition{"aws-us-gov", "us-gov-", "amazonaws.com", "us-gov-west-1"},
    Partition{"aws-iso", "us-iso-", "c2s.ic.gov", "us-iso-east-1"},
    Partition{"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "us-isob-east-1"},
    Partition{"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1"},
    Partition{"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "us-isof-south-1"},
    Partition{"aws-eusc", "eusc-", "amazonaws.eu", "eusc-de-east-1"},
    Partition{"aws", "", "amazonaws.com", "us-east-1"},
};

/// Global services whose host or signing region in a partition does not follow the rule.
struct GlobalHost {
  std::string_view host_prefix;
  std::string_view partition;
  std::string_view host;
  std::string_view signing_region;
};

constexpr std::array kGlobalHosts{
    GlobalHost{"iam", "aws-cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
    GlobalHost{"iam", "aws-us-gov", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    GlobalHost{"iam", "aws-iso", "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
    GlobalHost{"iam", "aws-iso-b", "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"},
    GlobalHost{"iam", "aws-iso-e", "iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"},
    GlobalHost{"iam", "aws-iso-f", "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"},
    GlobalHost{"iam", "aws-eusc", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
    GlobalHost{"route53", "aws-us-gov", "route53.us-gov.amazonaws.com", "us-gov-west-1"},
};

/// Where an override was found, for messages, and what it says.
struct Override {
  std::string origin;
  std::string url;
};

const Partition& find_partition(std::string_view region) {
  return *std::find_if(kPartitions.begin(), kPartitions.end() - 1, [region](const Partition& p) {
    return region.starts_with(p.region_prefix);
  });
}

const GlobalHost* find_global_host(std::string_view host_prefix, std::string_view partition) {
  const auto* found =
      std::find_if(kGlobalHosts.begin(), kGlobalHosts.end(), [&](const GlobalHost& host) {
        return host.host_prefix == host_prefix && host.partition == partition;
      });
  return found == kGlobalHosts.end() ? nullptr : &*found;
}

Error invalid(const char* code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

/// "ap-northeast-1", "us-gov-west-1", "eusc-de-east-1": words and a number, one label of a host.
bool is_region(std::string_view region) {
  const auto is_all = [](std::string_view part, char first, char last) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [first, last](char c) {
      return c >= first && c <= last;
    });
  };
  const std::vector<std::string_view> parts = split(region, '-');
  return region.size() <= kLabelMax && parts.size() >= 3 && is_all(parts.back(), '0', '9') &&
         std::all_of(parts.begin(), parts.end() - 1, [&is_all](std::string_view part) {
           return is_all(part, 'a', 'z');
         });
}

bool is_set_to(const Environment& environment, const char* name, std::string_view expected) {
  const std::optional<std::string> value = environment(name);
  return value && to_lower(trim(*value)) == expected;
}

Override find_override(
    const ServiceProfile& service, const Environment& environment, const EndpointSettings& settings
) {
  if (is_set_to(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")) {
    return {};
  }
  std::vector<std::string> names;
  if (!service.endpoint_variable.empty()) {
    names.push_back("AWS_ENDPOINT_URL_" + service.endpoint_variable);
  }
  names.emplace_back("AWS_ENDPOINT_URL");
  for (const std::string& name : names) {
    const std::string value(trim(environment(name).value_or("")));
    if (!value.empty()) {
      return {name, value};
    }
  }
  const std::string key = to_lower(service.endpoint_variable);
  for (const auto& [name, url] : settings.service_urls) {
    if (name == key && !url.empty()) {
      return {fmt::format("endpoint_url of {} in the profile's services section", key), url};
    }
  }
  return {"endpoint_url of the profile", settings.global_url};
}

/// "127.0.0.1" and its like, in full: "127.0.0.1.example.com" is a name like any other.
bool is_ipv4_loopback(std::string_view host) {
  const std::vector<std::string_view> parts = split(host, '.');
  const auto is_octet = [](std::string_view part) {
    unsigned value = 256;
    const char* end = part.data() + part.size();
    const auto [stop, fault] = std::from_chars(part.data(), end, value);
    return fault == std::errc() && stop == end && value < 256;
  };
  return parts.size() == 4 && parts.front() == "127" &&
         std::all_of(parts.begin(), parts.end(), is_octet);
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         is_ipv4_loopback(host);
}

/// A part of a name between two dots. Services of this machine's own may have an underscore.
bool is_label(std::string_view label) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return !label.empty() && label.size() <= kLabelMax && label.front() != '-' &&
         label.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_host(std::string_view host) {
  constexpr std::size_t kHostMax = 253;
  if (host.starts_with('[') && host.ends_with(']')) {
    in6_addr address{};
    const std::string text(host.substr(1, host.size() - 2));
    return text.size() < kHostMax && text.find('\0') == std::string::npos &&
           inet_pton(AF_INET6, text.c_str(), &address) == 1;
  }
  if (host.ends_with('.')) {
    host.remove_suffix(1);  // The root of all names may be written.
  }
  const std::vector<std::string_view> labels = split(host, '.');
  return host.size() <= kHostMax && std::all_of(labels.begin(), labels.end(), is_label);
}

/// Takes ":port" off `authority`. False when what follows the colon is no port.
bool take_port(std::string_view& authority, unsigned& port) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) {
    return true;
  }
  const std::string_view digits = authority.substr(colon + 1);
  const char* end = digits.data() + digits.size();
  const auto [stop, fault] = std::from_chars(digits.data(), end, port);
  authority = authority.substr(0, colon);
  return fault == std::errc() && stop == end && port >= 1 && port <= 65535;
}

Result<Endpoint> parse_url(const Override& from, bool is_http_allowed) {
  const auto refuse = [&from](std::string_view why) {
    return invalid(
        "EndpointInvalid",
        fmt::format("{} cannot be used: {}; write it like https://host:port", from.origin, why)
    );
  };
  const std::size_t mark = from.url.find("://");
  if (mark == std::string::npos) {
    return refuse("it has no scheme");
  }
  Endpoint endpoint;
  endpoint.scheme = to_lower(from.url.substr(0, mark));
  if (endpoint.scheme != "https" && endpoint.scheme != "http") {
    return refuse("its scheme is neither https nor http");
  }
  const std::string_view rest = std::string_view(from.url).substr(mark + 3);
  if (rest.find_first_of("?#@") != std::string_view::npos) {
    return refuse("it holds a user name, a query or a fragment");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string lower = to_lower(rest.substr(0, slash));
  std::string_view host = lower;
  const unsigned default_port = endpoint.scheme == "https" ? 443 : 80;
  unsigned port = default_port;
  if (!take_port(host, port)) {
    return refuse("its port is not a number from 1 to 65535");
  }
  if (!is_host(host)) {
    return refuse("its host is not a name or an address");
  }
  if (endpoint.scheme == "http" && !is_http_allowed && !is_loopback(host)) {
    return refuse(fmt::format(
        "{} is not this machine, and over plain http anyone on the way can read and change what is "
        "sent; use https, or set PLUMBLINE_ALLOW_HTTP=1 if the network is trusted",
        host
    ));
  }
  endpoint.host = port == default_port ? std::string(host) : fmt::format("{}:{}", host, port);
  endpoint.base_path = rest.substr(slash);
  while (endpoint.base_path.ends_with('/')) {
    endpoint.base_path.pop_back();
  }
  if (percent_encode(endpoint.base_path, "/%:@!$&'()*+,;=") != endpoint.base_path) {
    return refuse("its path holds a character that must be percent-encoded");
  }
  return endpoint;
}

}  // namespace

std::string partition_of(const std::string& region) {
  return std::string(find_partition(region).name);
}

Result<Endpoint> parse_endpoint(
    const std::string& origin, const std::string& url, bool is_http_allowed
) {
  return parse_url({origin, url}, is_http_allowed);
}

bool allows_http(const Environment& environment) {
  return is_set_to(environment, "PLUMBLINE_ALLOW_HTTP", "1");
}

bool is_loopback_host(std::string_view host) {
  unsigned port = 0;
  return take_port(host, port) && is_loopback(host);
}

Result<Endpoint> resolve_endpoint(
    const ServiceProfile& service,
    const std::string& region,
    const Environment& environment,
    const EndpointSettings& settings
) {
  if (region.empty()) {
    return invalid(
        "RegionMissing",
        fmt::format(
            "no region is set for {}; write `region:` in the manifest or set AWS_REGION", service.id
        )
    );
  }
  if (!is_region(region)) {
    return invalid(
        "RegionInvalid",
        fmt::format(
            "\"{}\" is not a region: words of a-z and a number, joined by -; write it like "
            "us-east-1",
            percent_encode(region.substr(0, kLabelMax))
        )
    );
  }
  const Partition& partition = find_partition(region);
  const GlobalHost* global = find_global_host(service.host_prefix, partition.name);
  Endpoint endpoint;
  if (!service.is_global) {
    endpoint = {
        "https",
        fmt::format("{}.{}.{}", service.host_prefix, region, partition.suffix),
        "",
        region};
  } else if (global != nullptr) {
    endpoint = {"https", std::string(global->host), "", std::string(global->signing_region)};
  } else {
    endpoint = {
        "https",
        fmt::format("{}.{}", service.host_prefix, partition.suffix),
        "",
        std::string(partition.global_region)};
  }
  const Override found = find_override(service, environment, settings);
  if (found.url.empty()) {
    return endpoint;
  }
  PLUMBLINE_TRY(overridden, parse_url(found, allows_http(environment)));
  overridden.signing_region = endpoint.signing_region;
  return overridden;
}

}  // namespace plumbline
