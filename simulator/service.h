// The contract between the simulator's wire (server, protocols, signatures) and its services. The
// simulator is written from AWS's documentation and never reads schemas/: it must not be able to
// agree with the controller on a mistake. It includes controller/base and nothing else of ours.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/base/env.h"
#include "controller/base/value.h"

namespace plumbline::sim {

/// A call after the wire was taken off. `params` has AWS's member names with their nesting and true
/// lists: query lists and ec2 lists ("Filter.1.Value.2") are decoded to Value lists, `member` and
/// list-member words removed, so ec2 params read {"Filter": [{"Name": …, "Value": […]}]} and query
/// params {"VpcSubnetIds": […], "Tags": [{"Key":…,"Value":…}]}. Query and ec2 scalars are text.
/// JSON protocols: as sent. REST: labels, query members and body members together.
struct Request {
  std::string service;  ///< As in the signature: "ec2", "rds", "iam", "kms" …
  std::string action;
  std::string account;  ///< 12 digits, of the signing key.
  std::string principal_arn;
  std::string region;  ///< Signing region.
  Value params;
};

struct Fault {
  int http_status = 400;
  std::string code;
  std::string message;
};

/// A reply body as a tree of wire names. XML services: a Value list under "x" is written as
/// <x><item>…</item></x> for ec2; for query as <x><member>…</member></x> unless the key names its
/// member word: "DBSubnetGroups[DBSubnetGroup]". Bools and numbers are written as AWS does. Query
/// replies are wrapped in <ActionResult> unless the value is null. Lambda: set "$status" (int) for
/// a success status other than 200.
using Outcome = std::variant<Value, Fault>;

/// Time, ids and randomness of the simulated world. One thread uses a World.
class World {
 public:
  World(Clock& clock, std::uint64_t seed, double time_scale);

  [[nodiscard]] Timestamp now();
  [[nodiscard]] Clock& clock() { return clock_; }
  /// How long a thing that takes `real` at AWS takes here: real / time_scale.
  [[nodiscard]] Duration scaled(Duration real) const;
  /// "vpc-" + 17 hex digits, unique and reproducible from the seed.
  std::string make_id(std::string_view prefix);
  std::string make_uuid();
  /// Lower-case letters and digits.
  std::string make_word(std::size_t length);

 private:
  Clock& clock_;
  double time_scale_;
  std::uint64_t state_;
};

/// One AWS service. Objects are kept per (account, region) inside the service as Values, so that
/// the world can be saved and loaded.
class Service {
 public:
  virtual ~Service() = default;
  [[nodiscard]] virtual std::string_view id() const = 0;
  virtual Outcome handle(const Request& request) = 0;
  /// Lets states move on that are due at world.now(); called before every request.
  virtual void advance() = 0;
  [[nodiscard]] virtual Value save() const = 0;
  virtual void load(const Value& saved) = 0;
};

/// What services ask of one another. Implementations live in the service that owns the fact; each
/// service gets the Neighbours when it is made and calls only through it. All are read-only but
/// for the network-interface and secret-access ones.
struct Neighbours {
  // --- ec2 -------------------------------------------------------------------------------------
  struct SubnetFacts {
    bool exists = false;
    std::string vpc_id, availability_zone, cidr_block;
  };
  std::function<SubnetFacts(
      const std::string& account, const std::string& region, const std::string& subnet_id
  )>
      find_subnet;
  /// VPC id of a security group; "" when there is none.
  std::function<std::string(
      const std::string& account, const std::string& region, const std::string& group_id
  )>
      vpc_of_group;
  /// The VPC's default group.
  std::function<
      std::string(const std::string& account, const std::string& region, const std::string& vpc_id)>
      default_group_of;
  /// True when some rule lets tcp `port` out of any of `from` and into any of `to` (group
  /// references, self rules and CIDRs holding the subnets' blocks count).
  std::function<bool(
      const std::string& account,
      const std::string& region,
      const std::vector<std::string>& from,
      const std::vector<std::string>& to,
      const std::vector<std::string>& from_subnets,
      const std::vector<std::string>& to_subnets,
      int port
  )>
      can_reach;
  /// A managed network interface: keeps its groups and subnet from being deleted
  /// (DependencyViolation) until released. `linger` is real time at AWS after release.
  std::function<std::string(
      const std::string& account,
      const std::string& region,
      const std::string& subnet_id,
      const std::vector<std::string>& groups,
      const std::string& description
  )>
      attach_interface;
  std::function<void(
      const std::string& account,
      const std::string& region,
      const std::string& interface_id,
      Duration linger
  )>
      release_interface;
  // --- iam -------------------------------------------------------------------------------------
  struct RoleFacts {
    bool exists = false;
    Timestamp created_at;
    Value trust_policy;           ///< Parsed JSON.
    std::vector<Value> policies;  ///< Inline and attached documents, parsed.
  };
  std::function<RoleFacts(const std::string& account, const std::string& role_arn)> find_role;
  struct ProfileFacts {
    bool exists = false, has_role = false;
    std::string arn, id;
    Timestamp created_at;
  };
  /// An instance profile.
  std::function<ProfileFacts(const std::string& account, const std::string& name_or_arn)>
      find_profile;
  // --- secretsmanager --------------------------------------------------------------------------
  struct SecretFacts {
    bool exists = false;
    std::string arn, value, kms_key_id;
  };
  std::function<SecretFacts(
      const std::string& account, const std::string& region, const std::string& name_or_arn
  )>
      find_secret;
  /// A secret that an AWS service keeps for its own use. `value` null: the secret goes for good;
  /// an ARN of "" makes a new one, named `name`. Returns the ARN; "" when it cannot be made.
  struct ServiceSecret {
    std::string arn, name, owner, description, kms_key_id;
    Value value, tags;
  };
  std::function<std::string(
      const std::string& account, const std::string& region, const ServiceSecret& secret
  )>
      keep_secret;
  // --- kms -------------------------------------------------------------------------------------
  struct KeyFacts {
    bool exists = false;
    std::string id, arn;
    std::string state;  ///< "Enabled", "Disabled", "PendingDeletion", "PendingImport"
    Value policy;       ///< Parsed JSON.
    bool is_of_aws = false;
    [[nodiscard]] bool is_usable() const { return exists && state == "Enabled"; }
  };
  /// By id, ARN or alias. AWS's own keys (alias/aws/…) exist in every account.
  std::function<
      KeyFacts(const std::string& account, const std::string& region, const std::string& id)>
      find_key;
};

std::unique_ptr<Service> make_ec2(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_iam(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_sts(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_secretsmanager(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_kms(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_logs(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_rds(World& world, Neighbours& neighbours);
std::unique_ptr<Service> make_lambda(World& world, Neighbours& neighbours);

}  // namespace plumbline::sim
