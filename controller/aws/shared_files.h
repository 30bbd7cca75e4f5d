// The ini dialect of ~/.aws/config and ~/.aws/credentials, read the way AWS's own tools read it.
// Knows sections, keys and nested keys; what they mean is for credentials.cc to say.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/base/result.h"

namespace plumbline {

struct SharedEntry {
  std::string key;    ///< Lower case.
  std::string value;  ///< As written; comments at its end belong to it.
  std::vector<std::pair<std::string, std::string>> nested;  ///< Indented "key = value" lines below.
  int line = 0;
};

struct SharedSection {
  std::string kind;  ///< "profile" of [profile x], "services", "sso-session"; "" of [x].
  std::string name;  ///< "x"
  std::vector<SharedEntry> entries;
  int line = 0;

  /// The entry called `key` (lower case), or null.
  [[nodiscard]] const SharedEntry* find(std::string_view key) const;
  /// Its value, or "".
  [[nodiscard]] std::string value_of(std::string_view key) const;
};

struct SharedFile {
  std::string name;  ///< As the user would type it: "~/.aws/config".
  bool is_present = false;
  std::vector<SharedSection> sections;

  [[nodiscard]] const SharedSection* find(std::string_view kind, std::string_view name) const;
};

/// Both files, looked at profile by profile.
struct ProfileFiles {
  SharedFile config;
  SharedFile credentials;

  /// [profile x], or [default]; [profile default] wins over [default] as in AWS's own tools.
  [[nodiscard]] const SharedSection* config_of(const std::string& profile) const;
  [[nodiscard]] const SharedSection* credentials_of(const std::string& profile) const;
  /// `key` of a profile: the credentials file wins over the config file. "" when neither has it.
  [[nodiscard]] std::string value_of(const std::string& profile, std::string_view key) const;
  [[nodiscard]] bool has(const std::string& profile) const;
};

/// A line that is no section, no "key = value", no comment and no continuation, and a section or
/// key that is there twice, is an Error (kInvalid) that names file and line and never quotes a
/// value.
Result<SharedFile> parse_shared_file(std::string name, std::string_view text);

}  // namespace plumbline
