// Rules about what is inside secrets. Values are compared, never shown.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml_edit.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// A secret that a proxy logs in with, and how the proxy names it.
struct Login {
  const Resource& proxy;
  const Resource& secret;
  std::string path;
};

std::vector<Login> logins_of(const Topology& topology, const Resource& proxy) {
  std::vector<Login> logins;
  const Value& auth = proxy.properties.get("auth");
  for (std::size_t i = 0; auth.is_list() && i < auth.size(); ++i) {
    const Resource* secret = topology.target(auth.as_list()[i].get("secret"));
    // A database's own secret is made with it and fits.
    if (secret != nullptr && !secret->existing && secret->address.section == "secrets") {
      logins.push_back({proxy, *secret, fmt::format("auth.{}.secret", i)});
    }
  }
  return logins;
}

/// The value as a secret, so that it equals itself however it was written; nothing when not known.
std::optional<Value> comparable(const Value& value) {
  if (value.is_secret()) {
    return value;
  }
  return value.is_text() ? std::optional(Value::secret(value.as_text())) : std::nullopt;
}

bool are_known_and(bool are_equal, const Value& a, const Value& b) {
  const auto left = comparable(a);
  const auto right = comparable(b);
  return left && right && (*left == *right) == are_equal;
}

const Value& member(const Resource& secret, std::string_view key) {
  return secret.properties.get("secretString").get(key);
}

/// "username and password", as far as they lack, or are no texts.
std::string missing_keys(const Value& content) {
  std::string missing;
  for (const std::string_view key : {"username", "password"}) {
    const Value& value = content.get(key);
    const bool is_other = value.is_int() || value.is_bool() || value.is_double() ||
                          value.is_list() || value.is_object();
    const bool is_empty = (value.is_text() || value.is_secret()) && value.reveal().empty();
    if (value.is_null() || is_other || is_empty) {
      missing += missing.empty() ? fmt::format("`{}`", key) : fmt::format(" and `{}`", key);
    }
  }
  return missing;
}

/// Keys that people write for what RDS Proxy calls `username` and `password`.
constexpr auto kOtherKeys = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"user", "username"},
    {"user_name", "username"},
    {"user-name", "username"},
    {"username", "username"},
    {"login", "username"},
    {"pass", "password"},
    {"passwd", "password"},
    {"password", "password"},
    {"pwd", "password"},
});

/// Every key that lacks takes the place of the one that was written for it; nothing when there is
/// none, or more than one.
std::vector<Edit> rename_keys(const Resource& secret) {
  const Node* content = secret.entry->value.find("secretString");
  std::vector<Edit> edits;
  for (const std::string_view wanted : {"username", "password"}) {
    if (content == nullptr || !content->is_map() || content->find(wanted) != nullptr) {
      continue;
    }
    std::vector<Edit> found;
    for (const NodeEntry& entry : content->entries) {
      const bool is_meant = std::any_of(kOtherKeys.begin(), kOtherKeys.end(), [&](const auto& row) {
        return row.first == to_lower(entry.key) && row.second == wanted;
      });
      const auto edit =
          is_meant ? replace_word(entry.key_range, entry.key, wanted) : std::vector<Edit>();
      found.insert(found.end(), edit.begin(), edit.end());
    }
    if (found.size() != 1) {
      return {};
    }
    edits.push_back(std::move(found.front()));
  }
  return edits;
}

/// "inputs.password" of a value that nothing but an input gives, later; "" of others.
std::string input_of(const Value& value) {
  if (value.is_reference()) {
    return value.as_reference().address.section == "inputs" ? value.as_reference().to_string() : "";
  }
  const bool is_input = value.is_unknown() && value.unknown_origin().starts_with("inputs.");
  return is_input ? value.unknown_origin() : "";
}

/// A password, hex digits or a UUID that nobody wrote.
bool is_generated(const LintContext& context, const Value& value) {
  const auto& all = context.manifest.generated;
  const std::string name = input_of(value);
  return std::any_of(all.begin(), all.end(), [&](const GeneratedInput& input) {
    return name == "inputs." + input.name;
  });
}

/// Two inputs: whoever runs this would have to keep them equal by hand, and what is generated is
/// never the same, nor what somebody chose.
bool have_two_sources(const LintContext& context, const Value& a, const Value& b) {
  if ((is_generated(context, a) && comparable(b)) || (is_generated(context, b) && comparable(a))) {
    return true;
  }
  const std::string left = input_of(a);
  const std::string right = input_of(b);
  return !left.empty() && !right.empty() && left != right;
}

/// Of a database that exists already neither user nor password is known.
void check_password(const Reporting& reporting, const Login& login, const Resource& database) {
  const Value& master = database.properties.get("masterUsername");
  const Value& password = database.properties.get("masterUserPassword");
  const Value& held = member(login.secret, "password");
  // RDS makes a password of its own then, which nobody knows before.
  const Value& managed = database.properties.get("manageMasterUserPassword");
  const bool is_made_by_rds =
      managed.is_bool() && managed.as_bool() && password.is_null() && !held.is_null();
  if (database.existing || !are_known_and(true, member(login.secret, "username"), master) ||
      (!is_made_by_rds && !are_known_and(false, held, password) &&
       !have_two_sources(reporting.context(), held, password))) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {login.secret, "secretString.password"},
      fmt::format(
          "`{}` holds the main user of `{}` with another password than the database gets.",
          login.secret.address.to_string(),
          database.address.to_string()
      ),
      "take both passwords from one input"
  );
  finding.evidence.push_back(reporting.evidence(
      {database, is_made_by_rds ? "manageMasterUserPassword" : "masterUserPassword"},
      "the database's password"
  ));
  finding.evidence.push_back(
      reporting.evidence({login.proxy, login.path}, "the proxy logs in with the secret")
  );
}

void check_repetition(const Reporting& reporting, const std::vector<Login>& logins) {
  for (std::size_t i = 1; i < logins.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Login& one = logins[j];
      const Login& other = logins[i];
      if (&one.secret == &other.secret ||
          !are_known_and(true, member(one.secret, "username"), member(other.secret, "username"))) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {other.proxy, other.path},
          fmt::format(
              "`{}` and `{}` hold the same user name.",
              one.secret.address.to_string(),
              other.secret.address.to_string()
          ),
          "keep one of them"
      );
      finding.evidence.push_back(reporting.evidence({one.proxy, one.path}, "the other secret"));
      break;
    }
  }
}

}  // namespace

void sk001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::set<const Resource*> seen;
  for (const Resource* proxy : context.facts->topology.section("dbProxies")) {
    for (const Login& login : logins_of(context.facts->topology, *proxy)) {
      const Value& content = login.secret.properties.get("secretString");
      // A text that is no document is not read at all.
      const Node* written = login.secret.entry->value.find("secretString");
      const bool is_no_document =
          content.is_null() && written != nullptr && written->is_scalar() && !written->text.empty();
      const bool is_known = content.is_object() || content.is_list() || content.is_text() ||
                            content.is_int() || is_no_document || is_generated(context, content);
      if (!is_known || !seen.insert(&login.secret).second) {
        continue;
      }
      const std::string missing = missing_keys(content);
      if (missing.empty()) {
        continue;
      }
      // Where there is such a key, its value is wrong.
      const bool is_there = missing == "`username`"
                                ? content.find("username") != nullptr
                                : missing == "`password`" && content.find("password") != nullptr;
      const std::string member = is_there ? "." + missing.substr(1, missing.size() - 2) : "";
      Diagnostic& finding = reporting.at(
          {login.secret, "secretString" + member},
          fmt::format(
              "`{}`, with which `{}` logs in, lacks {} as a text.",
              login.secret.address.to_string(),
              proxy->address.to_string(),
              missing
          ),
          fmt::format("add {} to secretString", missing)
      );
      finding.edits = rename_keys(login.secret);
      finding.evidence.push_back(
          reporting.evidence({*proxy, login.path}, "the proxy logs in with it")
      );
    }
  }
}

void sk002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Resource* proxy : topology.section("dbProxies")) {
    const std::vector<Login> logins = logins_of(topology, *proxy);
    check_repetition(reporting, logins);
    for (const Resource* database : targets_of(context, *proxy)) {
      for (const Login& login : logins) {
        check_password(reporting, login, *database);
      }
    }
  }
}

void sk012(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Resource* proxy : topology.section("dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      for (const Login& login : logins_of(topology, *proxy)) {
        const Value& master = database->properties.get("masterUsername");
        if (database->existing || !are_known_and(false, member(login.secret, "username"), master)) {
          continue;
        }
        Diagnostic& finding = reporting.at(
            {login.secret, "secretString.username"},
            fmt::format(
                "`{}` holds another user than `masterUsername` of `{}`.",
                login.secret.address.to_string(),
                database->address.to_string()
            ),
            "create that user in the database, or write the main user's name"
        );
        finding.evidence.push_back(
            reporting.evidence({*database, "masterUsername"}, "the database's main user")
        );
      }
    }
  }
}

}  // namespace plumbline::checks
