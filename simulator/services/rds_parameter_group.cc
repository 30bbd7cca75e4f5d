#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr std::size_t kMaxParameters = 20;

struct Known {
  std::string_view engines;  ///< Prefix of the family: "m" for MySQL and MariaDB.
  std::string_view name, value, data_type, allowed;
  bool is_static = false;
};

// The parameters people set most; a name that is not here is taken as a dynamic text.
constexpr auto kKnown = std::to_array<Known>({
    {"m", "binlog_format", "MIXED", "string", "ROW,STATEMENT,MIXED,OFF"},
    {"m", "character_set_client", "", "string", ""},
    {"m", "character_set_server", "", "string", ""},
    {"m", "collation_server", "", "string", ""},
    {"m", "general_log", "", "boolean", "0,1"},
    {"m", "innodb_buffer_pool_size", "{DBInstanceClassMemory*3/4}", "integer", ""},
    {"m", "innodb_lock_wait_timeout", "", "integer", "1-1073741824"},
    {"m", "local_infile", "", "boolean", "0,1"},
    {"m", "log_bin_trust_function_creators", "", "boolean", "0,1"},
    {"m", "long_query_time", "", "float", "0-31536000"},
    {"m", "lower_case_table_names", "", "integer", "0,1", true},
    {"m", "max_allowed_packet", "", "integer", "1024-1073741824"},
    {"m", "max_connections", "{DBInstanceClassMemory/12582880}", "integer", "1-100000"},
    {"m", "performance_schema", "0", "boolean", "0,1", true},
    {"m", "read_only", "{TrueIfReplica}", "string", "0,1,{TrueIfReplica}"},
    {"m", "require_secure_transport", "", "boolean", "0,1"},
    {"m", "slow_query_log", "", "boolean", "0,1"},
    {"m", "time_zone", "", "string", ""},
    {"m", "wait_timeout", "", "integer", "1-31536000"},
    {"p", "autovacuum", "1", "boolean", "0,1"},
    {"p", "default_transaction_read_only", "", "boolean", "0,1"},
    {"p", "idle_in_transaction_session_timeout", "86400000", "integer", "0-2147483647"},
    {"p", "log_connections", "", "boolean", "0,1"},
    {"p", "log_min_duration_statement", "", "integer", "-1-2147483647"},
    {"p", "log_statement", "", "string", "none,ddl,mod,all"},
    {"p",
     "max_connections",
     "LEAST({DBInstanceClassMemory/9531392},5000)",
     "integer",
     "6-262143",
     true},
    {"p", "max_wal_senders", "", "integer", "5-100", true},
    {"p", "rds.force_ssl", "1", "boolean", "0,1"},
    {"p", "rds.logical_replication", "0", "boolean", "0,1", true},
    {"p", "shared_buffers", "{DBInstanceClassMemory/32768}", "integer", "16-1073741823", true},
    {"p", "shared_preload_libraries", "pg_stat_statements", "list", "", true},
    {"p", "statement_timeout", "", "integer", "0-2147483647"},
    {"p", "wal_sender_timeout", "", "integer", "0-3600000"},
    {"p", "work_mem", "", "integer", "64-2147483647"},
});

std::string_view kind_of(std::string_view family) {
  return family.find("postgres") != std::string_view::npos ? "p" : "m";
}

const Known* find_known(std::string_view family, std::string_view name) {
  const auto* found = std::ranges::find_if(kKnown, [&](const Known& known) {
    return known.engines == kind_of(family) && known.name == name;
  });
  return found == kKnown.end() ? nullptr : found;
}

Fault no_such_group(const std::string& name) {
  return not_found("DBParameterGroupNotFound", fmt::format("DBParameterGroup not found: {}", name));
}

Value render_group(
    const Store& store, const std::string& name, const std::string& family, const std::string& text
) {
  return Value::object(
      {{"DBParameterGroupName", name},
       {"DBParameterGroupFamily", family},
       {"Description", text},
       {"DBParameterGroupArn", arn_of(store, "pg", name)}}
  );
}

Value render_default(const Store& store, const std::string& family) {
  return render_group(
      store, "default." + family, family, fmt::format("Default parameter group for {}", family)
  );
}

Value render_parameter(std::string_view family, const std::string& name, const Value* set) {
  const Known* known = find_known(family, name);
  const bool is_static = known != nullptr && known->is_static;
  const std::string fallback(known == nullptr ? "" : known->value);
  Value shown = Value::object({{"ParameterName", name}});
  if (set != nullptr || !fallback.empty()) {
    shown.set("ParameterValue", set != nullptr ? set->text_of("value") : fallback);
  }
  shown.set("Description", "");
  shown.set("Source", set != nullptr ? "user" : fallback.empty() ? "engine-default" : "system");
  shown.set("ApplyType", is_static ? "static" : "dynamic");
  shown.set("DataType", known == nullptr ? "string" : known->data_type);
  if (known != nullptr && !known->allowed.empty()) {
    shown.set("AllowedValues", known->allowed);
  }
  shown.set("IsModifiable", true);
  shown.set(
      "ApplyMethod",
      set != nullptr ? set->text_of("method")
                     : std::string(is_static ? "pending-reboot" : "immediate")
  );
  return shown;
}

/// The group to change, or why it may not be changed.
struct Editable {
  Value* group = nullptr;
  std::string name, family;
  Refusal fault;
};

Editable find_editable(const Place& place, const Value& params) {
  Editable editable;
  Reader read(params);
  editable.name = to_lower(read.required("DBParameterGroupName"));
  editable.fault = read.fault();
  if (editable.fault) {
    return editable;
  }
  const auto found = place.store.parameter_groups.find(editable.name);
  if (found != place.store.parameter_groups.end()) {
    editable.group = &found->second;
    editable.family = found->second.get("shown").text_of("DBParameterGroupFamily");
  } else if (family_of_group(place.store, editable.name).empty()) {
    editable.fault = no_such_group(editable.name);
  } else {
    editable.fault = refuse(
        "InvalidDBParameterGroupState",
        fmt::format("Default DBParameterGroup cannot be changed: {}", editable.name)
    );
  }
  return editable;
}

Refusal check_parameter(const std::string& family, const Value& parameter, bool needs_value) {
  const std::string name = to_lower(parameter.text_of("ParameterName"));
  const std::string& method = parameter.text_of("ApplyMethod");
  if (name.empty()) {
    return refuse("InvalidParameterValue", "ParameterName must be given");
  }
  if (needs_value && parameter.find("ParameterValue") == nullptr) {
    return refuse("InvalidParameterValue", "ParameterValue must be given for " + name);
  }
  if (method != "immediate" && method != "pending-reboot") {
    return refuse(
        "InvalidParameterValue", fmt::format("Invalid ApplyMethod for {}: {}", name, method)
    );
  }
  const Known* known = find_known(family, name);
  if (known != nullptr && known->is_static && method == "immediate") {
    return refuse(
        "InvalidParameterCombination", "cannot use immediate apply method for static parameter"
    );
  }
  return std::nullopt;
}

/// Instances that use the group must be rebooted before a static parameter counts.
void mark_users(const Place& place, const std::string& group) {
  for (auto& [id, instance] : place.store.instances) {
    Value* groups = instance.find("shown")->find("DBParameterGroups[DBParameterGroup]");
    for (Value& each : groups->as_list()) {
      if (each.text_of("DBParameterGroupName") == group) {
        each.set("ParameterApplyStatus", "pending-reboot");
      }
    }
  }
}

}  // namespace

std::string family_of_group(const Store& store, const std::string& name) {
  const auto found = store.parameter_groups.find(name);
  if (found != store.parameter_groups.end()) {
    return found->second.get("shown").text_of("DBParameterGroupFamily");
  }
  for (const std::string& family : all_families()) {
    if (name == "default." + family) {
      return family;
    }
  }
  return "";
}

Outcome create_parameter_group(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBParameterGroupName"));
  const std::string family = read.required("DBParameterGroupFamily");
  const std::string description = read.required("Description");
  Tags tags = read_tags(params);
  if (read.fault() || tags.fault) {
    return read.fault() ? *read.fault() : *tags.fault;
  }
  if (!is_identifier(name)) {
    return refuse(
        "InvalidParameterValue",
        "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with "
        "a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a "
        "hyphen or contain two consecutive hyphens."
    );
  }
  if (!contains(all_families(), family)) {
    return refuse(
        "InvalidParameterValue",
        fmt::format("ParameterGroupFamily {} is not a valid parameter group family", family)
    );
  }
  if (place.store.parameter_groups.contains(name)) {
    return refuse(
        "DBParameterGroupAlreadyExists", fmt::format("Parameter group {} already exists", name)
    );
  }
  Value shown = render_group(place.store, name, family, description);
  place.store.parameter_groups[name] =
      Value::object({{"shown", shown}, {"parameters", Object{}}, {"tags", std::move(tags.list)}});
  return Value::object({{"DBParameterGroup", std::move(shown)}});
}

Outcome describe_parameter_groups(const Place& place, const Value& params) {
  const std::string wanted = name_in(params.text_of("DBParameterGroupName"));
  std::map<std::string, Value> groups;
  for (const auto& [name, group] : place.store.parameter_groups) {
    groups.emplace(name, group.get("shown"));
  }
  for (const std::string& family : all_families()) {
    groups.emplace("default." + family, render_default(place.store, family));
  }
  if (!wanted.empty()) {
    std::erase_if(groups, [&](const auto& group) { return group.first != wanted; });
    if (groups.empty()) {
      return no_such_group(wanted);
    }
  }
  return page(params, "DBParameterGroups[DBParameterGroup]", Rows(groups.begin(), groups.end()));
}

Outcome modify_parameter_group(const Place& place, const Value& params) {
  Editable editable = find_editable(place, params);
  if (editable.fault) {
    return *editable.fault;
  }
  const Value& given = params.get("Parameters");
  if (!given.is_list() || given.size() == 0 || given.size() > kMaxParameters) {
    return refuse("InvalidParameterValue", "Between 1 and 20 parameters may be changed at once");
  }
  for (const Value& parameter : given.as_list()) {
    if (Refusal fault = check_parameter(editable.family, parameter, true)) {
      return *fault;
    }
  }
  Value& set = *editable.group->find("parameters");
  for (const Value& parameter : given.as_list()) {
    const std::string& method = parameter.text_of("ApplyMethod");
    set.set(
        to_lower(parameter.text_of("ParameterName")),
        Value::object({{"value", parameter.text_of("ParameterValue")}, {"method", method}})
    );
    if (method == "pending-reboot") {
      mark_users(place, editable.name);
    }
  }
  return Value::object({{"DBParameterGroupName", editable.name}});
}

Outcome reset_parameter_group(const Place& place, const Value& params) {
  Editable editable = find_editable(place, params);
  if (editable.fault) {
    return *editable.fault;
  }
  Reader read(params);
  const bool is_all = read.flag("ResetAllParameters", false);
  const Value& given = params.get("Parameters");
  const std::size_t count = given.is_list() ? given.size() : 0;
  if (read.fault()) {
    return *read.fault();
  }
  if (is_all == (count > 0) || count > kMaxParameters) {
    return refuse(
        "InvalidParameterCombination",
        "Either ResetAllParameters or 1 to 20 parameters must be given"
    );
  }
  if (is_all) {
    editable.group->set("parameters", Object{});
    mark_users(place, editable.name);
    return Value::object({{"DBParameterGroupName", editable.name}});
  }
  for (const Value& parameter : given.as_list()) {
    if (Refusal fault = check_parameter(editable.family, parameter, false)) {
      return *fault;
    }
  }
  for (const Value& parameter : given.as_list()) {
    editable.group->find("parameters")->erase(to_lower(parameter.text_of("ParameterName")));
    if (parameter.text_of("ApplyMethod") == "pending-reboot") {
      mark_users(place, editable.name);
    }
  }
  return Value::object({{"DBParameterGroupName", editable.name}});
}

Outcome delete_parameter_group(const Place& place, const Value& params) {
  Editable editable = find_editable(place, params);
  if (editable.fault) {
    return *editable.fault;
  }
  for (const auto& [id, instance] : place.store.instances) {
    for (const Value& each :
         instance.get("shown").get("DBParameterGroups[DBParameterGroup]").as_list()) {
      if (each.text_of("DBParameterGroupName") == editable.name) {
        return refuse(
            "InvalidDBParameterGroupState",
            fmt::format(
                "One or more database instances are still members of this parameter group {}, so "
                "the group cannot be deleted",
                editable.name
            )
        );
      }
    }
  }
  place.store.parameter_groups.erase(editable.name);
  return Value();
}

Outcome describe_parameters(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBParameterGroupName"));
  const std::string source = read.text("Source");
  if (read.fault()) {
    return *read.fault();
  }
  const std::string family = family_of_group(place.store, name);
  if (family.empty()) {
    return no_such_group(name);
  }
  std::map<std::string, Value> shown;
  for (const Known& known : kKnown) {
    if (known.engines == kind_of(family)) {
      const std::string parameter(known.name);
      shown.emplace(parameter, render_parameter(family, parameter, nullptr));
    }
  }
  const auto group = place.store.parameter_groups.find(name);
  if (group != place.store.parameter_groups.end()) {
    for (const Member& member : group->second.get("parameters").as_object()) {
      shown[member.key] = render_parameter(family, member.key, &member.value);
    }
  }
  if (!source.empty()) {
    std::erase_if(shown, [&](const auto& each) { return each.second.text_of("Source") != source; });
  }
  return page(params, "Parameters[Parameter]", Rows(shown.begin(), shown.end()));
}

}  // namespace plumbline::sim::rds
