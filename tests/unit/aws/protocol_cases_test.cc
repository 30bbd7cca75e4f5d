// AWS's published protocol cases against the codecs. A case that our data model cannot express is
// skipped by name of the reason; the summary is printed.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "controller/aws/codec.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "tests/support/aws/protocol_model.h"
#include "tests/support/aws/shared_files.h"

namespace plumbline {
namespace {

struct Summary {
  int all = 0;
  int run = 0;
  std::map<std::string, int> skipped;

  [[nodiscard]] std::string to_string() const {
    std::string text = "protocol cases: " + std::to_string(run) + " of " + std::to_string(all) +
                       " run, " + std::to_string(all - run) + " skipped";
    const char* separator = ": ";
    for (const auto& [reason, count] : skipped) {
      text += separator + reason + ": " + std::to_string(count);
      separator = ", ";
    }
    return text;
  }
};

// ---- Requests ----

Endpoint endpoint_of(const Value& suite) {
  std::string_view url = suite.text_of("clientEndpoint");
  if (url.empty()) {
    url = "https://example.com";
  }
  Endpoint endpoint;
  endpoint.scheme = url.substr(0, url.find("://"));
  url = url.substr(endpoint.scheme.size() + 3);
  endpoint.host = url.substr(0, url.find('/'));
  endpoint.base_path = url.substr(endpoint.host.size());
  return endpoint;
}

std::vector<std::string> sorted_pairs(std::string_view form) {
  std::vector<std::string> pairs;
  for (const std::string_view pair : split(form, '&')) {
    std::string text(pair);
    std::replace(text.begin(), text.end(), '+', ' ');
    pairs.push_back(percent_decode(text));
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

/// White space between tags goes; <x/> becomes <x></x>.
std::string plain_xml(std::string_view xml) {
  std::string out;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    if (xml[i] == '>' && i > 0 && xml[i - 1] == '/') {
      out.pop_back();
      const std::size_t begin = out.rfind('<');
      const std::string name = out.substr(begin + 1, out.find_first_of(" ", begin) - begin - 1);
      out += "></" + name + ">";
    } else {
      out += xml[i];
    }
    if (xml[i] == '>') {
      const std::size_t next = xml.find_first_not_of(" \n\t", i + 1);
      if (next != std::string_view::npos && xml[next] == '<') {
        i = next - 1;
      }
    }
  }
  return std::string(trim(out));
}

void expect_body(Protocol protocol, const HttpRequest& request, const std::string& expected) {
  const std::string* type = find_header(request.headers, "content-type");
  if (protocol == Protocol::kEc2Query || protocol == Protocol::kQuery) {
    EXPECT_EQ(sorted_pairs(request.body), sorted_pairs(expected));
  } else if (type != nullptr && type->find("json") != std::string::npos && !expected.empty()) {
    const Result<Value> ours = parse_json(request.body);
    const Result<Value> theirs = parse_json(expected);
    ASSERT_TRUE(ours && theirs) << request.body << "\n" << expected;
    EXPECT_TRUE(*ours == *theirs) << canonical_json(*ours) << "\n" << canonical_json(*theirs);
  } else if (type != nullptr && *type == "application/xml") {
    EXPECT_EQ(plain_xml(request.body), plain_xml(expected));
  } else {
    EXPECT_EQ(request.body, expected);
  }
}

void expect_headers(const HttpRequest& request, const Value& serialized) {
  if (const Value& headers = serialized.get("headers"); headers.is_object()) {
    for (const Member& header : headers.as_object()) {
      const std::string* ours = find_header(request.headers, header.key);
      ASSERT_NE(ours, nullptr) << header.key;
      const bool is_type = to_lower(header.key) == "content-type";
      EXPECT_EQ(is_type ? ours->substr(0, ours->find(';')) : *ours, header.value.as_text())
          << header.key;
    }
  }
  if (const Value& forbidden = serialized.get("forbidHeaders"); forbidden.is_list()) {
    for (const Value& name : forbidden.as_list()) {
      EXPECT_EQ(find_header(request.headers, name.as_text()), nullptr) << name.as_text();
    }
  }
  if (const Value& required = serialized.get("requireHeaders"); required.is_list()) {
    for (const Value& name : required.as_list()) {
      // The transport counts the bytes.
      EXPECT_TRUE(name == Value("Content-Length") || find_header(request.headers, name.as_text()))
          << name.as_text();
    }
  }
}

std::optional<std::string> run_input(const Value& suite, const Value& test_case) {
  AuthoredCall authored = author_call(suite, test_case);
  if (authored.skip) {
    return authored.skip;
  }
  authored.call.service = &authored.service;
  const Value& serialized = test_case.get("serialized");
  const Result<HttpRequest> request = encode_call(authored.call, endpoint_of(suite));
  if (!request) {
    ADD_FAILURE() << request.error().to_string() << "\n" << authored.call.http;
    return std::nullopt;
  }
  EXPECT_EQ(request->method, serialized.text_of("method"));
  const std::string& uri = serialized.text_of("uri");
  const std::string path = uri.substr(0, uri.find('?'));
  EXPECT_EQ(request->base_path + request->path, path);
  EXPECT_EQ(
      sorted_pairs(request->query),
      sorted_pairs(path == uri ? std::string_view() : std::string_view(uri).substr(path.size() + 1))
  );
  expect_headers(*request, serialized);
  if (const Value& body = serialized.get("body"); body.is_text()) {
    expect_body(authored.service.protocol, *request, body.as_text());
  }
  return std::nullopt;
}

// ---- Replies ----

HttpResponse response_of(const Value& test_case) {
  const Value& given = test_case.get("response");
  HttpResponse response;
  response.status = static_cast<int>(given.get("status_code").as_int());
  response.body = given.text_of("body");
  if (const Value& headers = given.get("headers"); headers.is_object()) {
    for (const Member& header : headers.as_object()) {
      response.headers.emplace_back(header.key, header.value.as_text());
    }
  }
  return response;
}

/// An Error keeps code and message; other members of a modelled error stay on the wire.
void expect_error(const CallResult& result, const Value& test_case) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, test_case.text_of("errorCode"));
  if (const Value& message = test_case.get("errorMessage"); message.is_text()) {
    EXPECT_EQ(result.error().message, message.as_text());
  }
}

/// Why a Reply cannot hold what the case expects of it.
std::optional<std::string> reason_to_skip(const Shape& shape, const Value& expected) {
  for (const Member& use : shape.members()) {
    const Shape member = shape.member(use.key);
    if (member.has("eventstream")) {
      return "event streams";
    }
    if (!expected.get(use.key).is_null() && !member.text("location").empty()) {
      return "reply members in headers or status";
    }
    if (use.key == shape.text("payload") && !member.is_structure() && !member.is_map() &&
        !member.is_list()) {
      return "raw reply payloads";
    }
    const Value& wanted = expected.get(use.key);
    if (use.key == shape.text("payload") && member.has("document") && !wanted.is_object()) {
      return "scalar documents as payload";  // No service of ours answers one; it is a broken
                                             // reply.
    }
  }
  return std::nullopt;
}

std::optional<std::string> run_output(const Value& suite, const Value& test_case) {
  ServiceProfile service;
  service.protocol = protocol_of(suite);
  Call call;
  call.service = &service;
  call.action = test_case.get("given").text_of("name");
  call.is_mutating = true;  // Operations without an output are; looks always have one.
  const bool is_error = !test_case.get("error").is_null();
  const Value& use = test_case.get("given").get("output");
  const Value& expected = test_case.get("result");
  const Value none = Value::object({{"shape", ""}});
  const Shape shape(suite, use.is_null() ? none : use);
  if (!is_error) {
    if (auto reason = reason_to_skip(shape, expected)) {
      return reason;
    }
  }
  const CallResult result = decode_response(call, response_of(test_case));
  if (is_error) {
    expect_error(result, test_case);
    return std::nullopt;
  }
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    return std::nullopt;
  }
  ReplyReader reader(service.protocol);
  Value found;
  if (const std::string& payload = shape.text("payload"); !payload.empty()) {
    // A union with no member set cannot be told from no body at all.
    const bool is_unset = shape.member(payload).has("union") && result->body.size() == 0;
    found.set(payload, is_unset ? Value() : reader.read(shape.member(payload), result->body));
    if (is_unset) {
      found = Value(Object{});
    }
  } else {
    found = reader.read(shape, result->body);
  }
  if (reader.skip()) {
    return reader.skip();
  }
  EXPECT_TRUE(found == expected) << canonical_json(found) << "\n" << canonical_json(expected);
  return std::nullopt;
}

// ---- All of them ----

using Runner = std::optional<std::string> (*)(const Value&, const Value&);

void run_folder(const std::string& folder, Runner runner, Summary& summary) {
  for (const std::string name : {"ec2", "query", "json", "json_1_0", "rest-json", "rest-xml"}) {
    const Result<Value> suites =
        parse_json(read_shared("protocol-tests/" + folder + "/" + name + ".json"));
    ASSERT_TRUE(suites) << folder << name << suites.error().to_string();
    for (const Value& suite : suites->as_list()) {
      for (const Value& test_case : suite.get("cases").as_list()) {
        SCOPED_TRACE(folder + " " + name + " " + test_case.text_of("id"));
        ++summary.all;
        if (const auto reason = runner(suite, test_case)) {
          ++summary.skipped[*reason];
        } else {
          ++summary.run;
        }
      }
    }
  }
}

TEST(ProtocolCases, AllThatOurDataCanExpressPass) {
  PLUMBLINE_NEEDS_SHARED("protocol-tests");
  Summary summary;
  run_folder("input", run_input, summary);
  run_folder("output", run_output, summary);
  std::printf("%s\n", summary.to_string().c_str());
  EXPECT_EQ(summary.all, 675);
  EXPECT_GE(summary.run, 586);
}

}  // namespace
}  // namespace plumbline
