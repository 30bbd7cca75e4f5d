// XML as services answer it. The kinds whose list the root element names look at it.
#include "tests/fuzz/replies.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

bool speaks_xml(Protocol protocol) {
  return protocol == Protocol::kEc2Query || protocol == Protocol::kQuery ||
         protocol == Protocol::kRestXml;
}

}  // namespace

void read_xml_reply(std::string_view input) {
  const std::string body(input);
  bool is_known = false;
  for (const std::string& section : catalog().sections()) {
    const Kind* kind = catalog().find_section(section);
    if (!kind->list || !speaks_xml(kind->service->protocol)) {
      continue;
    }
    const Call call = list_call_of(*kind);
    if (body.find(call.action) != std::string::npos) {
      observe_reply(call, body);
      is_known = true;
    }
  }
  if (!is_known) {
    Call call;
    call.action = "DoIt";
    call.request = Value(Object{});
    for (const Protocol protocol : {Protocol::kQuery, Protocol::kRestXml}) {
      ServiceProfile service;
      service.protocol = protocol;
      call.service = &service;
      observe_reply(call, body);
    }
  }
}

}  // namespace plumbline::fuzz
