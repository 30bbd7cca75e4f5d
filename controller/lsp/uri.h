// file: URIs and the paths they stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// The path of "file:///a/b%20c.yaml"; nothing for another scheme, another host or a bad escape.
std::optional<std::string> path_of_uri(std::string_view uri);
/// Of an absolute path.
std::string uri_of_path(std::string_view path);

}  // namespace plumbline
