#include "controller/lsp/uri.h"

#include "controller/base/text.h"

namespace plumbline {

std::optional<std::string> path_of_uri(std::string_view uri) {
  constexpr std::string_view kScheme = "file://";
  if (to_lower(uri.substr(0, kScheme.size())) != kScheme) {
    return std::nullopt;
  }
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = uri.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string host = to_lower(uri.substr(0, slash));
  if (!host.empty() && host != "localhost") {
    return std::nullopt;
  }
  std::string path = percent_decode(uri.substr(slash, uri.find_first_of("?#") - slash));
  // A path that holds it cannot be a file's, and would end early where it is opened.
  return path.find('\0') == std::string::npos ? std::optional(std::move(path)) : std::nullopt;
}

std::string uri_of_path(std::string_view path) {
  return "file://" + percent_encode(path, "/");
}

}  // namespace plumbline
