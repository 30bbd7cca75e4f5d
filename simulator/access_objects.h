// What the gate must know of the objects that a request names: under which ARN AWS judges them, and
// their tags. Asks the services by their own read actions, so that it needs no knowledge of how a
// service keeps its objects.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "simulator/inventory.h"

namespace plumbline::sim {

class AccessObjects {
 public:
  using Tags = std::map<std::string, std::string>;  ///< By key in lower case.

  /// `services` outlives this.
  explicit AccessObjects(const Services& services) : services_(services) {}

  /// The ARN of what exists: names become ids, paths and random endings are filled in. What does
  /// not exist keeps the ARN that its name gives.
  [[nodiscard]] std::string resolve(const Request& request, const std::string& arn) const;
  [[nodiscard]] Tags tags_of(const Request& request, const std::string& arn) const;
  /// The key of the customer's that encrypts a secret; "" when it is AWS's own.
  [[nodiscard]] std::string key_of_secret(const Request& request) const;

 private:
  [[nodiscard]] Value ask(
      const Request& request, std::string_view service, std::string_view action, Value params
  ) const;
  [[nodiscard]] std::string role_in_profile(const Request& request, const std::string& name) const;
  [[nodiscard]] std::string accepting_network(const Request& request, const std::string& id) const;
  [[nodiscard]] std::string associated_with(const Request& request, const std::string& id) const;
  [[nodiscard]] std::string resolve_ec2(const Request& request, const std::string& arn) const;
  [[nodiscard]] std::string resolve_rds(const Request& request, const std::string& arn) const;
  [[nodiscard]] std::string default_group(const Request& request, const std::string& arn) const;

  const Services& services_;
};

}  // namespace plumbline::sim
