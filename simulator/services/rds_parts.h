// What the files of the simulated RDS share: the store of one account and region, reading of
// parameters, faults, paging and the scheduling of states. Included by simulator/services/rds*.cc
// alone. It knows nothing of the wire, and other services only through Neighbours.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim::rds {

/// Objects by their name (proxies and instances in lower case). An object holds "shown" (the reply
/// as AWS words it), "tags", "due" (states to come) and what only the simulator knows.
struct Store {
  std::string account, region;
  std::map<std::string, Value> subnet_groups, instances, snapshots, parameter_groups, proxies,
      proxy_endpoints;
};

/// Where a call happens.
struct Place {
  World& world;
  Neighbours& neighbours;
  Store& store;
};

using Handler = Outcome (*)(const Place& place, const Value& params);
using Rows = std::vector<std::pair<std::string, Value>>;
using Refusal = std::optional<Fault>;

Fault refuse(std::string_view code, std::string message);
/// As refuse, with HTTP status 404.
Fault not_found(std::string_view code, std::string message);

/// Reads the text parameters of the query protocol and remembers the first thing wrong with them.
class Reader {
 public:
  explicit Reader(const Value& params) : params_(params) {}
  [[nodiscard]] bool has(std::string_view key) const { return !params_.text_of(key).empty(); }
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = "") const;
  /// MissingParameter when it is absent or empty.
  std::string required(std::string_view key);
  bool flag(std::string_view key, bool fallback);
  /// InvalidParameterValue when it is no number or not within [low, high].
  std::int64_t number(
      std::string_view key, std::int64_t low, std::int64_t high, std::int64_t fallback
  );
  /// A list that was sent empty arrives as the text "".
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] const Refusal& fault() const { return fault_; }
  void fail(std::string_view code, std::string message);

 private:
  const Value& params_;
  Refusal fault_;
};

// --- rds_parts.cc --------------------------------------------------------------------------------
/// "aws", "aws-cn" or "aws-us-gov".
std::string partition_of(std::string_view region);
/// ".eu-west-3.rds.amazonaws.com"
std::string domain_of(const Store& store);
std::string arn_of(const Store& store, std::string_view type, std::string_view name);
/// The name behind a name or an ARN of this type.
std::string name_in(std::string_view name_or_arn);
/// "a letter, then letters, digits and single hyphens", at most 63.
bool is_identifier(std::string_view name);
Value texts_value(const std::vector<std::string>& texts);
std::vector<std::string> texts_of(const Value& list);
bool contains(const std::vector<std::string>& texts, std::string_view text);
/// One page of `rows` (sorted by their key, which is what the Marker hides) under `key`.
Outcome page(const Value& params, std::string_view key, const Rows& rows);
/// True when `object`'s `field` is among the values of every filter that `fields` names; a filter
/// it does not name is refused.
using FilterFields = std::map<std::string, std::string>;
Refusal check_filters(const Value& params, const FilterFields& fields);
bool passes_filters(const Value& params, const FilterFields& fields, const Value& shown);

std::string now_text(const Place& place);
/// Has `step` come up in `object` when `real` time at AWS has passed.
void schedule(const Place& place, Value& object, std::string_view step, Duration real);
void schedule_at(Value& object, std::string_view step, Timestamp at);
bool is_scheduled(const Value& object, std::string_view step);
/// The steps that are due, oldest first; they are forgotten.
std::vector<std::string> take_due(const Place& place, Value& object);

void attach_interfaces(
    const Place& place,
    Value& object,
    const std::vector<std::string>& subnets,
    const std::vector<std::string>& groups,
    const std::string& description
);
void release_interfaces(const Place& place, Value& object, Duration linger);
/// How long AWS keeps a managed interface after its owner is gone.
constexpr Duration kLinger = std::chrono::minutes(5);

/// The groups a database or proxy in `vpc` gets: those asked for, or the VPC's default one.
struct Groups {
  std::vector<std::string> ids;
  Refusal fault;
};
Groups resolve_groups(
    const Place& place, const std::vector<std::string>& asked, const std::string& vpc
);

// --- rds_tags.cc ---------------------------------------------------------------------------------
struct Tags {
  Value list = List{};
  Refusal fault;
};
/// The Tags of a create call.
Tags read_tags(const Value& params);
Outcome add_tags(const Place& place, const Value& params);
Outcome remove_tags(const Place& place, const Value& params);
Outcome list_tags(const Place& place, const Value& params);

}  // namespace plumbline::sim::rds
