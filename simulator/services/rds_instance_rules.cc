// What CreateDBInstance and ModifyDBInstance check alike.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr int kMinutesPerDay = 24 * 60;

/// Minutes since midnight of "hh:mm", or -1.
int minute_of(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] - '0'; };
  if (text.size() != 5 || text[2] != ':' ||
      !std::ranges::all_of(std::array<std::size_t, 4>{0, 1, 3, 4}, [&](std::size_t at) {
        return text[at] >= '0' && text[at] <= '9';
      })) {
    return -1;
  }
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

bool is_day(std::string_view text) {
  return std::ranges::any_of(
      std::array<std::string_view, 7>{"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
      [&](std::string_view day) { return day == text; }
  );
}

struct Span {
  int start = -1, length = 0;
};

Span span_of(int start, int end) {
  return {start, (end - start + kMinutesPerDay) % kMinutesPerDay};
}

Fault bad_window(std::string_view what) {
  return refuse("InvalidParameterValue", fmt::format("Invalid {} window", what));
}

bool overlaps(const Span& a, const Span& b) {
  const int to_b = (b.start - a.start + kMinutesPerDay) % kMinutesPerDay;
  const int to_a = (a.start - b.start + kMinutesPerDay) % kMinutesPerDay;
  return to_b < a.length || to_a < b.length;
}

}  // namespace

Refusal check_password(std::string_view engine, const std::string& password) {
  const std::size_t longest = engine == "postgres" ? 128 : 41;
  if (password.size() < 8) {
    return refuse(
        "InvalidParameterValue",
        "The parameter MasterUserPassword is not a valid password because it is shorter than 8 "
        "characters."
    );
  }
  if (password.size() > longest) {
    return refuse(
        "InvalidParameterValue",
        fmt::format(
            "The parameter MasterUserPassword is not a valid password because it is longer than {} "
            "characters.",
            longest
        )
    );
  }
  const bool is_allowed_text = std::ranges::all_of(password, [](char c) {
    return c > ' ' && c <= '~' && c != '/' && c != '@' && c != '"';
  });
  if (!is_allowed_text) {
    return refuse(
        "InvalidParameterValue",
        "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters "
        "besides '/', '@', '\"', ' ' may be used."
    );
  }
  return std::nullopt;
}

Refusal check_storage_size(std::string_view engine, const std::string& type, std::int64_t size) {
  const std::int64_t least = type.starts_with("io") ? 100 : type == "standard" ? 5 : 20;
  if (size < least) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format(
            "Invalid storage size for engine name {} and storage type {}: {}", engine, type, size
        )
    );
  }
  return std::nullopt;
}

Refusal check_storage_speed(
    std::string_view engine, const std::string& type, std::int64_t size, const Speed& speed
) {
  const bool may_have_iops = type == "gp3" || type.starts_with("io");
  if (speed.iops && !may_have_iops) {
    return refuse("InvalidParameterCombination", "You can't specify IOPS for storage type " + type);
  }
  if (speed.throughput && type != "gp3") {
    return refuse(
        "InvalidParameterCombination",
        "You can't specify storage throughput for storage type " + type
    );
  }
  constexpr std::int64_t kLeastForSpeed = 400;
  constexpr std::int64_t kLeastIops = 12000;
  const bool is_said = speed.iops || speed.throughput;
  if (type == "gp3" && is_said && size < kLeastForSpeed) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format(
            "You can't specify IOPS or storage throughput for engine {} and a storage size less "
            "than {}.",
            engine,
            kLeastForSpeed
        )
    );
  }
  if (type == "gp3" && speed.iops && *speed.iops < kLeastIops) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format("The IOPS of gp3 storage of {} GiB is at least {}.", size, kLeastIops)
    );
  }
  return std::nullopt;
}

Refusal check_windows(const std::string& backup, const std::string& maintenance) {
  const std::string_view daily = backup;
  const std::string_view weekly = maintenance;
  if (daily.size() != 11 || daily[5] != '-' || minute_of(daily.substr(0, 5)) < 0 ||
      minute_of(daily.substr(6)) < 0) {
    return bad_window("backup");
  }
  if (weekly.size() != 19 || weekly[3] != ':' || weekly[9] != '-' || weekly[13] != ':' ||
      !is_day(weekly.substr(0, 3)) || !is_day(weekly.substr(10, 3)) ||
      minute_of(weekly.substr(4, 5)) < 0 || minute_of(weekly.substr(14)) < 0) {
    return bad_window("maintenance");
  }
  const Span backup_span = span_of(minute_of(daily.substr(0, 5)), minute_of(daily.substr(6)));
  const Span weekly_span = span_of(minute_of(weekly.substr(4, 5)), minute_of(weekly.substr(14)));
  if (backup_span.length < 30 || weekly_span.length < 30) {
    return refuse("InvalidParameterValue", "A window must be at least 30 minutes long");
  }
  if (overlaps(backup_span, weekly_span)) {
    return refuse(
        "InvalidParameterCombination", "The backup window and maintenance window must not overlap."
    );
  }
  return std::nullopt;
}

Refusal check_parameter_group(
    const Store& store, const std::string& name, const EngineVersion& version
) {
  const std::string family = family_of_group(store, name);
  if (family.empty()) {
    return not_found(
        "DBParameterGroupNotFound", fmt::format("DBParameterGroup not found: {}", name)
    );
  }
  if (family != family_of(version)) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format(
            "The Parameter Group {} with DBParameterGroupFamily {} can't be used for this "
            "instance. "
            "Please use a Parameter Group with DBParameterGroupFamily {}",
            name,
            family,
            family_of(version)
        )
    );
  }
  return std::nullopt;
}

Refusal check_option_group(const std::string& name, const EngineVersion& version) {
  if (name == option_group_of(version)) {
    return std::nullopt;
  }
  return not_found(
      "OptionGroupNotFoundFault", fmt::format("Specified OptionGroupName: {} not found.", name)
  );
}

std::vector<std::string> choose_subnets(
    const Value& group, const std::string& zone, bool is_multi
) {
  std::vector<std::string> chosen;
  std::set<std::string> zones;
  for (const Value& subnet : group.get("shown").get("Subnets[Subnet]").as_list()) {
    const std::string& home = subnet.get("SubnetAvailabilityZone").text_of("Name");
    const bool fits = zone.empty() || home == zone;
    if (fits && chosen.size() < (is_multi ? 2U : 1U) && zones.insert(home).second) {
      chosen.push_back(subnet.text_of("SubnetIdentifier"));
    }
  }
  return chosen;
}

Value membership_of(const std::vector<std::string>& groups, std::string_view status) {
  List members;
  for (const std::string& id : groups) {
    members.push_back(Value::object({{"VpcSecurityGroupId", id}, {"Status", status}}));
  }
  return {std::move(members)};
}

}  // namespace plumbline::sim::rds
