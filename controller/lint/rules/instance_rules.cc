// Rules about databases by themselves: what they are made of, and what is lost with them.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml_edit.h"
#include "controller/lint/rules/engine_facts.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr std::string_view kForbiddenInPasswords = "/@\" ";
constexpr std::int64_t kSafeRetention = 7;

/// Members of a cluster take most settings from it.
bool is_of_cluster(const Resource& database) {
  return engine_of(database).starts_with("aurora");
}

struct Lengths {
  std::size_t least, most;
};
Lengths password_lengths(std::string_view engine) {
  if (engine == "mysql" || engine == "mariadb") {
    return {8, 41};
  }
  if (engine.starts_with("oracle-")) {
    return {8, 30};
  }
  return {8, 128};
}

/// What RDS will say against a password of these characters and this length; "" for nothing.
std::string password_objection(
    std::string_view characters, std::size_t length, const Lengths& lengths
) {
  if (characters.find_first_of(kForbiddenInPasswords) != std::string_view::npos) {
    return "may hold one of / @ \" and space";
  }
  if (length < lengths.least || length > lengths.most) {
    return fmt::format("has {} characters", length);
  }
  return "";
}

const GeneratedInput* generated_input(const LintContext& context, const Value& value) {
  if (!value.is_reference() || value.as_reference().address.section != "inputs") {
    return nullptr;
  }
  const auto& all = context.manifest.generated;
  const auto found = std::find_if(all.begin(), all.end(), [&](const GeneratedInput& input) {
    return input.name == value.as_reference().address.name;
  });
  return found == all.end() ? nullptr : &*found;
}

/// "p@" of "p@${inputs.password}".
std::string text_beside_inputs(std::string rest) {
  for (auto at = rest.find("${"); at != std::string::npos; at = rest.find("${", at)) {
    const auto end = rest.find('}', at);
    rest.erase(at, end == std::string::npos ? std::string::npos : end - at + 1);
  }
  return rest;
}

std::string objection_to_password(const LintContext& context, const Resource& database) {
  const Value& password = database.properties.get("masterUserPassword");
  const Lengths lengths = password_lengths(engine_of(database));
  if (const GeneratedInput* input = generated_input(context, password)) {
    using Form = GeneratedInput::Form;
    return input->form == Form::kUuid
               ? ""
               : password_objection(
                     input->form == Form::kPassword ? input->alphabet : "", input->length, lengths
                 );
  }
  if (!password.is_text() && !password.is_secret()) {
    // Whatever the inputs in it are, what stands beside them is a part of it.
    const Node* written = database.entry->value.find("masterUserPassword");
    return written != nullptr &&
                   text_beside_inputs(written->text).find_first_of(kForbiddenInPasswords) !=
                       std::string::npos
               ? "holds one of / @ \" and space"
               : "";
  }
  return password_objection(password.reveal(), password.reveal().size(), lengths);
}

/// Another length of a generated password, where it is the length that is written wrongly.
std::vector<Edit> mend_length(const LintContext& context, const Resource& database) {
  const GeneratedInput* input =
      generated_input(context, database.properties.get("masterUserPassword"));
  if (input == nullptr || context.manifest.documents.empty()) {
    return {};
  }
  const Node* node = context.manifest.documents.front().get();
  for (const std::string_view key : {"inputs", input->name.c_str(), "generate", "length"}) {
    node = node == nullptr ? nullptr : node->find(key);
  }
  const Lengths lengths = password_lengths(engine_of(database));
  const std::size_t fitting = std::clamp(input->length, lengths.least, lengths.most);
  return node == nullptr || fitting == input->length
             ? std::vector<Edit>()
             : replace_scalar(node->range, node->text, fmt::format("{}", fitting));
}

/// Names an engine keeps for itself.
bool is_reserved_user(std::string_view engine, const std::string& user) {
  const std::string name = to_lower(user);
  const bool is_postgres = engine_family(engine) == "POSTGRESQL";
  const bool is_sqlserver = engine.starts_with("sqlserver-");
  return name == "rdsadmin" || (is_postgres && (name == "admin" || name.starts_with("pg_"))) ||
         (is_sqlserver && name == "sa") || (engine.starts_with("oracle-") && name == "sys");
}

/// CreateDBInstance takes letters, digits and underscores, beginning with a letter: its reference,
/// MasterUsername.
bool is_odd_user(std::string_view user) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !user.empty() &&
         (!is_letter(user[0]) || std::any_of(user.begin(), user.end(), [&](char c) {
           return !is_letter(c) && !(c >= '0' && c <= '9') && c != '_';
         }));
}

/// The longest name of a main user by CreateDBInstance's reference, MasterUsername. Engines may
/// take more.
std::size_t longest_user(std::string_view engine) {
  const std::string_view family = engine_family(engine);
  return family == "MYSQL" ? 16 : family == "POSTGRESQL" ? 63 : family == "SQLSERVER" ? 128 : 30;
}

void check_user(const Reporting& reporting, const Resource& database) {
  const std::string address = database.address.to_string();
  const std::string engine = engine_of(database);
  const std::string& user = database.properties.text_of("masterUsername");
  const auto report = [&](std::string_view summary, std::string detail) -> Diagnostic& {
    Diagnostic& finding =
        reporting.at({database, "masterUsername"}, "", "choose another masterUsername");
    finding.summary = summary;
    finding.detail = std::move(detail);  // The rule's why is about passwords.
    return finding;
  };
  if (is_reserved_user(engine, user)) {
    report(
        "the main user's name is reserved",
        fmt::format(
            "`{}` calls its main user {}, a name {} reserves. RDS refuses it with "
            "InvalidParameterValue.",
            address,
            user,
            engine
        )
    );
  } else if (is_odd_user(user)) {
    report(
        "the main user's name is not taken",
        fmt::format(
            "`{}` calls its main user {}. RDS takes letters, digits and _, a letter first, and "
            "answers InvalidParameterValue.",
            address,
            user
        )
    );
  } else if (const std::size_t most = longest_user(engine); !engine.empty() && user.size() > most) {
    report(
        "the main user's name is long",
        fmt::format(
            "`{}` calls its main user {}, of {} characters; {} takes {} by RDS's reference.",
            address,
            user,
            user.size(),
            engine,
            most
        )
    )
        .severity = Severity::kWarning;
  }
}

}  // namespace

void db005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    const std::string objection = objection_to_password(context, *database);
    if (objection.empty()) {
      continue;
    }
    const Lengths lengths = password_lengths(engine_of(*database));
    Diagnostic& finding = reporting.at(
        {*database, "masterUserPassword"},
        fmt::format("The password of `{}` {}.", database->address.to_string(), objection),
        fmt::format(
            "take a password of {} to {} printable characters without / @ \" and space",
            lengths.least,
            lengths.most
        )
    );
    finding.edits = mend_length(context, *database);
  }
}

void db006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    // A snapshot decides for what is made from it; a kmsKey without encryption is DB007.
    if (is_surely_false(*database, "storageEncrypted") && !is_of_cluster(*database) &&
        !is_written(*database, "dbSnapshotIdentifier") && !is_written(*database, "kmsKey")) {
      reporting.about_choice(
          {*database, "storageEncrypted"},
          fmt::format("The storage of `{}` is in the clear.", database->address.to_string()),
          "set storageEncrypted: true"
      );
    }
  }
}

void db007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    if (is_surely_false(*database, "storageEncrypted") && is_written(*database, "kmsKey") &&
        !is_of_cluster(*database) && !is_written(*database, "dbSnapshotIdentifier")) {
      reporting.at(
          {*database, "kmsKey"},
          fmt::format(
              "`{}` names a key and does not say storageEncrypted.", database->address.to_string()
          ),
          "set storageEncrypted: true"
      );
    }
  }
}

void db008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    if (is_surely_true(*database, "publiclyAccessible")) {
      reporting.about_choice(
          {*database, "publiclyAccessible"},
          fmt::format("`{}` gets a public address.", database->address.to_string()),
          "set publiclyAccessible: false"
      );
      continue;
    }
    const bool is_left_to_aws =
        !is_written(*database, "publiclyAccessible") && !is_written(*database, "dbSubnetGroup");
    if (is_left_to_aws && !is_of_cluster(*database)) {
      reporting.about_choice(
          {*database, ""},
          fmt::format(
              "`{}` names no dbSubnetGroup and does not say publiclyAccessible: in a default "
              "network with an internet gateway it gets a public address.",
              database->address.to_string()
          ),
          "set publiclyAccessible: false"
      );
    }
  }
}

void db009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    const std::string address = database->address.to_string();
    if (open_text(context, database->entry->value.find("masterUserPassword")) != nullptr) {
      reporting.about_credential(
          {*database, "masterUserPassword"},
          fmt::format("The password of `{}` stands in the manifest.", address),
          "set manageMasterUserPassword: true, or take the password from a sensitive input"
      );
    }
    check_user(reporting, *database);
  }
}

void db012(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* database : created(context, "dbInstances")) {
    if (is_of_cluster(*database)) {
      continue;
    }
    struct Lack {
      std::string_view property, what, cure;
    };
    std::vector<Lack> lacks;
    if (is_surely_false(*database, "multiAz")) {
      lacks.push_back({"multiAz", "no standby in another zone", "multiAz: true"});
    }
    const Value& retention = database->properties.get("backupRetentionPeriod");
    const bool is_short = retention.is_int() ? retention.as_int() < kSafeRetention
                                             : !is_written(*database, "backupRetentionPeriod");
    if (is_short) {
      lacks.push_back(
          {"backupRetentionPeriod",
           retention.is_int() && retention.as_int() == 0 ? "no backups"
                                                         : "backups of less than a week",
           "backupRetentionPeriod: 7"}
      );
    }
    if (is_surely_false(*database, "deletionProtection")) {
      lacks.push_back({"deletionProtection", "no deletion protection", "deletionProtection: true"});
    }
    if (is_surely_true(*database, "skipFinalSnapshot")) {
      lacks.push_back({"skipFinalSnapshot", "no last snapshot", "skipFinalSnapshot: false"});
    }
    if (lacks.empty()) {
      continue;
    }
    std::vector<std::string> what;
    std::vector<std::string> cures;
    std::string_view place;
    for (const Lack& lack : lacks) {
      what.emplace_back(lack.what);
      cures.emplace_back(lack.cure);
      place = place.empty() && is_written(*database, lack.property) ? lack.property : place;
    }
    reporting.at(
        {*database, place},
        fmt::format("`{}` has {}.", database->address.to_string(), join(what, ", ")),
        "set " + join(cures, ", ")
    );
  }
}

}  // namespace plumbline::checks
