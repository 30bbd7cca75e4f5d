// Transport over libcurl's multi interface: keep-alive, HTTP/1.1 and TLS through OpenSSL. The only
// file that includes curl/curl.h is curl_transport.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "controller/aws/transport.h"

namespace plumbline {

struct CurlOptions {
  std::string ca_bundle;  ///< AWS_CA_BUNDLE; "" = the system's.
  int connections_per_host = 16;
  std::size_t response_bytes_max = 32U << 20;
  /// An answer that has begun may stay under 1 kB/s for this long. Waiting for its first byte is
  /// bounded by SendOptions::total_timeout alone.
  int slow_seconds_max = 10;
};

std::unique_ptr<Transport> make_curl_transport(const CurlOptions& options);

}  // namespace plumbline
