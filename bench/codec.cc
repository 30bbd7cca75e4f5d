// Decoding one page of a thousand security-group rules, as EC2 answers it, beside pugixml's bare
// parse of the same bytes.
#include "controller/aws/codec.h"

#include <iterator>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <pugixml.hpp>

namespace plumbline {
namespace {

std::string make_page(int rows) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<DescribeSecurityGroupRulesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n"
      "    <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>\n"
      "    <securityGroupRuleSet>\n";
  for (int i = 0; i < rows; ++i) {
    fmt::format_to(
        std::back_inserter(text),
        "        <item>\n"
        "            <securityGroupRuleId>sgr-{0:017x}</securityGroupRuleId>\n"
        "            <groupId>sg-{0:017x}</groupId>\n"
        "            <groupOwnerId>123456789012</groupOwnerId>\n"
        "            <isEgress>false</isEgress>\n"
        "            <ipProtocol>tcp</ipProtocol>\n"
        "            <fromPort>3306</fromPort>\n"
        "            <toPort>3306</toPort>\n"
        "            <cidrIpv4>10.0.0.0/16</cidrIpv4>\n"
        "            <description>Rule {0}</description>\n"
        "            <tagSet/>\n"
        "        </item>\n",
        i
    );
  }
  text += "    </securityGroupRuleSet>\n</DescribeSecurityGroupRulesResponse>\n";
  return text;
}

void decode_page(benchmark::State& state) {
  ServiceProfile service;
  service.id = "ec2";
  service.protocol = Protocol::kEc2Query;
  Call call;
  call.service = &service;
  call.action = "DescribeSecurityGroupRules";
  HttpResponse response;
  response.status = 200;
  response.headers = {{"content-type", "text/xml;charset=UTF-8"}};
  response.body = make_page(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    CallResult result = decode_response(call, response);
    if (!result) {
      state.SkipWithError("the page was not understood");
      break;
    }
    benchmark::DoNotOptimize(result);
  }
}

void decode_page_floor(benchmark::State& state) {
  const std::string page = make_page(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    pugi::xml_document document;
    benchmark::DoNotOptimize(document.load_buffer(page.data(), page.size()));
  }
}

BENCHMARK(decode_page)->Arg(1000);
BENCHMARK(decode_page_floor)->Arg(1000);

}  // namespace
}  // namespace plumbline
