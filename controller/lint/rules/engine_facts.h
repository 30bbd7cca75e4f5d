// Engine facts: what RDS offers, as far as it rarely changes: engines, major versions with the
// oldest patch that is still created, sizes of instance classes, parameters that need a reboot.
// A fact that is missing here makes a rule silent; what is newer than the facts is not known.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/lint/rules/topology.h"

namespace plumbline {

/// When these facts were last held against what RDS offers.
inline constexpr std::string_view kEngineFactsDate = "2026-08";

/// Known by this name; of "postgresql" the name that is meant.
bool is_engine(std::string_view engine);
std::optional<std::string> nearest_engine(std::string_view engine);

/// The leading numbers of "8.0.35" or "5.7.44-rds.20240408".
std::vector<int> version_numbers(std::string_view version);

/// What is known about a version, which may be a prefix such as "8.0" or "16".
struct VersionFacts {
  std::string major;  ///< "8.0", "16"; "" when the text is no version.
  Answer is_offered = Answer::kUnknown;
  std::string oldest;  ///< The oldest patch, or major version, that is still created.
  Answer requires_tls = Answer::kUnknown;  ///< Without a parameter that says so.
};
VersionFacts version_facts(std::string_view engine, std::string_view version);

/// The oldest version a proxy takes, when this one surely is older; "" when it may be taken.
std::string oldest_behind_proxy(std::string_view engine, std::string_view version);

/// "db.t3.huge" of mysql: why it cannot be had, as the end of a sentence; "" when it may be.
std::string class_objection(
    std::string_view engine, std::string_view version, std::string_view instance_class
);

/// How many clients a database lets in at once unless a parameter says otherwise, at most: RDS
/// works it out from what memory the system leaves. 0 when it is not known.
int usual_connections(std::string_view engine, std::string_view instance_class);

/// The parameter that makes an engine refuse connections without TLS; "" when there is none.
std::string_view tls_parameter(std::string_view engine);
/// Whether a parameter is known to take effect at a reboot alone.
bool is_static_parameter(std::string_view family, std::string_view parameter);

/// The engine of a parameter group's family ("mysql8.0" → mysql, "sqlserver-ee-15.0" →
/// sqlserver-ee) and the version behind it.
struct ParameterFamily {
  std::string engine, version;
};
ParameterFamily parse_family(std::string_view family);

}  // namespace plumbline
