#include "controller/aws/request_check.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {
namespace {

bool is_printable_ascii(std::string_view text, char from) {
  return std::all_of(text.begin(), text.end(), [from](char c) { return c >= from && c <= '~'; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
  });
}

}  // namespace

std::string place_of(const HttpRequest& request) {
  const std::size_t bracket = request.host.rfind(']');
  const std::size_t from = bracket == std::string::npos ? 0 : bracket;
  if (request.host.find(':', from) != std::string::npos) {
    return request.host;
  }
  return request.host + (request.scheme == "http" ? ":80" : ":443");
}

std::string target_of(const HttpRequest& request) {
  std::string target = request.base_path + request.path;
  if (!request.query.empty()) {
    target += "?" + request.query;
  }
  return target;
}

std::vector<std::string> header_lines(const HttpRequest& request) {
  std::vector<std::string> lines{"Host: " + request.host, "Expect:"};
  bool has_accept = false;
  bool has_content_type = false;
  for (const auto& [name, value] : request.headers) {
    const std::string lower = to_lower(name);
    has_accept = has_accept || lower == "accept";
    has_content_type = has_content_type || lower == "content-type";
    if (lower == "host" || lower == "content-length") {
      continue;  // Both follow from the request; two of them would be ambiguous.
    }
    const bool is_empty = trim(value).empty();
    lines.push_back(is_empty ? name + ";" : fmt::format("{}: {}", name, value));
  }
  if (!has_accept) {
    lines.emplace_back("Accept:");
  }
  if (!has_content_type) {
    lines.emplace_back("Content-Type:");
  }
  return lines;
}

std::string unsafe_part(const HttpRequest& request) {
  if (!is_printable_ascii(request.method, '!') || request.method.empty()) {
    return "method";
  }
  if (!is_printable_ascii(target_of(request), '!') || !target_of(request).starts_with('/')) {
    return "path or query";
  }
  if (!is_printable_ascii(request.host, '!') || request.host.empty() ||
      request.host.find_first_of("/@?#\\") != std::string::npos) {
    return "host";
  }
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || !is_printable_ascii(name, '!') || name.find(':') != std::string::npos) {
      return "header name";
    }
    if (has_control(value)) {
      return "header " + name;
    }
  }
  return "";
}

bool lacks_its_body(const HttpRequest& request, const HttpResponse& response) {
  constexpr int kNoContent = 204;
  const bool may_be_cut = response.body.empty() || request.scheme == "https";
  return may_be_cut && response.status >= 200 && response.status < 300 &&
         response.status != kNoContent && request.method != "HEAD" &&
         find_header(response.headers, "content-length") == nullptr &&
         find_header(response.headers, "transfer-encoding") == nullptr;
}

int status_in(std::string_view status_line) {
  const bool is_known =
      status_line.starts_with("HTTP/1.1 ") || status_line.starts_with("HTTP/1.0 ");
  const std::string_view digits = is_known ? status_line.substr(9, 3) : "";
  if (digits.size() != 3 || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return 0;
  }
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

bool is_header_clear(const HttpResponse& response) {
  constexpr std::size_t kDigitsMax = 18;
  const std::string* length = nullptr;
  int encodings = 0;
  for (const auto& [name, value] : response.headers) {
    const std::string lower = to_lower(name);
    if (lower == "transfer-encoding") {
      if (++encodings > 1 || to_lower(value) != "chunked") {
        return false;
      }
    } else if (lower == "content-length") {
      const bool is_number = !value.empty() && value.size() <= kDigitsMax &&
                             value.find_first_not_of("0123456789") == std::string::npos;
      if (!is_number || (length != nullptr && *length != value)) {
        return false;
      }
      length = &value;
    }
  }
  return response.status != 0 && (length == nullptr || encodings == 0);
}

}  // namespace plumbline
