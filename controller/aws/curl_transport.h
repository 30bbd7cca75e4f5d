// Transport over libcurl's multi interface: keep-alive, HTTP/1.1 and TLS through OpenSSL. The only
// file that includes curl/curl.h is curl_transport.cc.
#pragma once

#include <memory>
#include <string>

#include "controller/aws/transport.h"

namespace plumbline {

struct CurlOptions {
  std::string ca_bundle;  ///< AWS_CA_BUNDLE; "" = the system's.
  int connections_per_host = 16;
  std::size_t response_bytes_max = 64U << 20;
};

std::unique_ptr<Transport> make_curl_transport(const CurlOptions& options);

}  // namespace plumbline
