// AccountIds: the 12-digit ids behind the names of `accounts:`, as learnt from AWS. A value.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace plumbline {

struct AccountIds {
  AccountIds() = default;
  // Implicit on purpose: most manifests name no account.
  AccountIds(std::string base) : own(std::move(base)) {}  // NOLINT
  AccountIds(const char* base) : own(base) {}             // NOLINT

  std::string own;                           ///< Of the base credentials; for the name "".
  std::map<std::string, std::string> named;  ///< Of the names that have a role of their own.

  [[nodiscard]] const std::string& of(const std::string& name) const {
    const auto found = named.find(name);
    return found == named.end() ? own : found->second;
  }
};

}  // namespace plumbline
