// One call and its answer through the codecs, without a transport. Tests only.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "controller/aws/codec.h"

namespace plumbline {

inline ServiceProfile profile(Protocol protocol) {
  ServiceProfile service;
  service.protocol = protocol;
  service.api_version = "2014-10-31";
  service.target_prefix = "secretsmanager";
  service.xml_namespace = "https://route53.amazonaws.com/doc/2013-04-01/";
  return service;
}

inline const Endpoint kEndpoint{"https", "rds.eu-west-3.amazonaws.com", "", "eu-west-3"};

struct Exchange {
  explicit Exchange(Protocol protocol, Value request = {}) : service(profile(protocol)) {
    call.service = &service;
    call.action = "DoIt";
    call.request = std::move(request);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  HttpRequest encode() {
    Result<HttpRequest> request = encode_call(call, kEndpoint);
    EXPECT_TRUE(request) << request.error().to_string();
    return request ? *request : HttpRequest{};
  }
  CallResult decode(int status, std::string body, Headers headers = {}) {
    return decode_response(call, HttpResponse{status, std::move(headers), std::move(body)});
  }

  ServiceProfile service;
  Call call;
};

}  // namespace plumbline
