// Rules about what RDS offers and what its engines are told by parameter groups.
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/engine_facts.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Where a database gets its parameters from.
struct Parameters {
  const Resource* group = nullptr;  ///< Declared and made here.
  std::string family;               ///< "mysql8.0"; "" when not known.
  bool is_default = false;          ///< AWS's own group, in which nothing is set.
};

Parameters parameters_of(const LintContext& context, const Resource& database) {
  const Value& written = database.properties.get("dbParameterGroup");
  Parameters parameters;
  if (const Resource* group = context.facts->topology.target(written)) {
    if (!group->existing && group->address.section == "dbParameterGroups") {
      parameters.group = group;
      parameters.family = group->properties.text_of("dbParameterGroupFamily");
    }
  } else if (written.is_text() && written.as_text().starts_with("default.")) {
    parameters.is_default = true;
    parameters.family = written.as_text().substr(std::string_view("default.").size());
  } else if (!is_written(database, "dbParameterGroup")) {
    parameters.is_default = true;
  }
  return parameters;
}

bool is_on(const std::string& text) {
  const std::string word = to_lower(text);
  return word == "1" || word == "on" || word == "true";
}

/// What the engine does when nothing is set, of the version that is written or the family's.
VersionFacts facts_of(const Resource& database, const Parameters& parameters) {
  const std::string engine = engine_of(database);
  const std::string& version = database.properties.text_of("engineVersion");
  return version_facts(engine, version.empty() ? parse_family(parameters.family).version : version);
}

void report_tls(
    const Reporting& reporting, const Spot& spot, const Resource& database, bool is_set_off
) {
  const std::string_view parameter = tls_parameter(engine_of(database));
  Diagnostic& finding = reporting.at(
      spot,
      is_set_off ? fmt::format("{} is off for `{}`.", parameter, database.address.to_string())
                 : fmt::format(
                       "`{}` leaves {} to its default, which is off.",
                       database.address.to_string(),
                       parameter
                   ),
      fmt::format("set {}: '1' in the parameters of a DBParameterGroup of its own", parameter)
  );
  if (&spot.resource != &database) {
    finding.evidence.push_back(
        reporting.evidence({database, "dbParameterGroup"}, "the database takes the group")
    );
  }
}

void check_family(
    const Reporting& reporting, const Resource& database, const Parameters& parameters
) {
  const std::string& name = parameters.family;
  const std::string engine = engine_of(database);
  if (name.empty() || engine.empty()) {
    return;
  }
  const ParameterFamily family = parse_family(name);
  const VersionFacts facts = version_facts(engine, database.properties.text_of("engineVersion"));
  if (!is_engine(engine) || facts.is_offered == Answer::kNo) {
    return;  // DB001
  }
  const bool is_of_engine = family.engine == engine || engine.starts_with("custom-");
  const bool is_of_version = facts.major.empty() || facts.major == family.version;
  if (is_of_engine && is_of_version) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {database, "dbParameterGroup"},
      fmt::format(
          "`{}` is {}{}, but `{}` is for {}.",
          database.address.to_string(),
          engine,
          facts.major.empty() ? "" : " " + facts.major,
          parameters.group == nullptr ? "default." + name : parameters.group->address.to_string(),
          name
      ),
      facts.major.empty() ? fmt::format("take a group whose family is of {}", engine)
                          : fmt::format("take a group of the family {}{}", engine, facts.major)
  );
  if (parameters.group != nullptr) {
    finding.evidence.push_back(
        reporting.evidence({*parameters.group, "dbParameterGroupFamily"}, "the family of the group")
    );
  }
}

void check_static(const Reporting& reporting, const Resource& group) {
  const std::string& family = group.properties.text_of("dbParameterGroupFamily");
  const Value& set = group.properties.get("parameters");
  const Value& pending = group.properties.get("pendingReboot");
  if (!pending.is_null() && !pending.is_known()) {
    return;
  }
  for (std::size_t i = 0; set.is_object() && i < set.size(); ++i) {
    const std::string& name = set.as_object()[i].key;
    bool is_pending = false;
    for_each_text(pending, [&](const std::string& item) {
      is_pending = is_pending || to_lower(item) == to_lower(name);
    });
    if (!is_pending && is_static_parameter(family, to_lower(name))) {
      reporting.at(
          {group, "parameters." + name},
          fmt::format(
              "{} of {} takes effect at a reboot alone, and `{}` sets it at once.",
              name,
              family,
              group.address.to_string()
          ),
          fmt::format("add {} to pendingReboot", name)
      );
    }
  }
}

}  // namespace

void db001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    const std::string engine = engine_of(*database);
    const std::string address = database->address.to_string();
    if (engine.empty()) {
      continue;
    }
    if (!is_engine(engine)) {
      const std::string& written = database->properties.text_of("engine");
      const auto meant = nearest_engine(engine);
      reporting.at(
          {*database, "engine"},
          fmt::format("`{}` asks for the engine {}, which RDS does not have.", address, written),
          meant ? Advice(fmt::format("write engine: {}", *meant), written, *meant)
                : Advice("write an engine such as mysql")
      );
      continue;
    }
    // A snapshot of an old version may still be restored.
    const std::string& version = database->properties.text_of("engineVersion");
    const VersionFacts facts = version_facts(engine, version);
    if (facts.is_offered == Answer::kNo && !is_written(*database, "dbSnapshotIdentifier")) {
      reporting.at(
          {*database, "engineVersion"},
          fmt::format(
              "`{}` asks for {} {}; as of {} the oldest that RDS makes is {}.",
              address,
              engine,
              version,
              kEngineFactsDate,
              facts.oldest
          ),
          fmt::format(
              "write a newer engineVersion, such as '{}'",
              facts.oldest.starts_with(facts.major + ".") ? facts.major : facts.oldest
          )
      );
    }
  }
}

void db002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    const std::string& name = database->properties.text_of("dbInstanceClass");
    const std::string objection =
        class_objection(engine_of(*database), database->properties.text_of("engineVersion"), name);
    // What is taken over is what it is.
    if (!objection.empty() && database->import_id.empty()) {
      reporting.at(
          {*database, "dbInstanceClass"},
          fmt::format("`{}` asks for {}, but {}.", database->address.to_string(), name, objection),
          "choose another dbInstanceClass"
      );
    }
  }
}

void db010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    const std::string_view parameter = tls_parameter(engine_of(*database));
    const Parameters parameters = parameters_of(context, *database);
    if (parameter.empty() || (parameters.group == nullptr && !parameters.is_default)) {
      continue;
    }
    if (parameters.group != nullptr) {
      const Value& all = parameters.group->properties.get("parameters");
      const Value& setting = all.get(parameter);
      if (setting.is_text() && !is_on(setting.as_text())) {
        const std::string path = fmt::format("parameters.{}", parameter);
        report_tls(reporting, {*parameters.group, path}, *database, true);
      }
      if (!setting.is_null() || (!all.is_object() && is_written(*parameters.group, "parameters"))) {
        continue;
      }
    }
    // "Using SSL with a Microsoft SQL Server DB instance", RDS user guide: rds.force_ssl is off by
    // default, of every version.
    const bool is_left_open = engine_of(*database).starts_with("sqlserver-") ||
                              facts_of(*database, parameters).requires_tls == Answer::kNo;
    if (is_left_open) {
      const Spot spot = parameters.group != nullptr ? Spot{*parameters.group, "parameters"}
                                                    : Spot{*database, "dbParameterGroup"};
      report_tls(reporting, spot, *database, false);
    }
  }
}

void db011(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    check_family(reporting, *database, parameters_of(context, *database));
  }
  for (const Resource* group : created(context, "dbParameterGroups")) {
    check_static(reporting, *group);
  }
}

}  // namespace plumbline::checks
