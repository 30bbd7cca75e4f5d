#include "controller/lint/rules/document_flaws.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/action_facts.h"
#include "controller/lint/rules/conditions.h"
#include "controller/lint/rules/reading.h"

namespace plumbline {

namespace {

constexpr auto kStatementKeys = std::to_array<std::string_view>(
    {"Sid",
     "Effect",
     "Principal",
     "NotPrincipal",
     "Action",
     "NotAction",
     "Resource",
     "NotResource",
     "Condition"}
);
constexpr auto kDocumentKeys = std::to_array<std::string_view>({"Version", "Id", "Statement"});
constexpr std::size_t kPartsOfArn = 6;
constexpr auto kPrincipalKeys =
    std::to_array<std::string_view>({"AWS", "Service", "Federated", "CanonicalUser"});

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_action(std::string_view text) {
  const auto colon = text.find(':');
  const auto are_all = [](std::string_view part, std::string_view more) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [&](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.find(c) != more.npos;
    });
  };
  return text == "*" || (colon != std::string_view::npos && are_all(text.substr(0, colon), "-*?") &&
                         are_all(text.substr(colon + 1), "*?"));
}

/// Calls `visit` with one value, or each of a list, and with its place below `path`.
template <class Visit>
void for_each_placed(const Value& value, const std::string& path, const Visit& visit) {
  if (!value.is_list()) {
    visit(value, path);
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    visit(value.as_list()[i], fmt::format("{}.{}", path, i));
  }
}

/// It is what it is: nothing that AWS or an input has yet to say.
bool is_settled(const Value& value) {
  return !value.is_reference() && !value.is_concat() && !value.is_unknown() && !value.is_secret();
}

/// A text, or a list of them, as far as that is known.
bool may_be_texts(const Value& value) {
  const auto may_be_text = [](const Value& item) { return item.is_text() || !is_settled(item); };
  return value.is_list() ? std::all_of(value.as_list().begin(), value.as_list().end(), may_be_text)
                         : may_be_text(value);
}

std::optional<Flaw> flaw_of_forms(
    const Value& statement, const std::string& path, PolicyKind kind
) {
  for (const std::string_view word : {"Action", "NotAction", "Resource", "NotResource"}) {
    if (const Value& value = statement.get(word); !value.is_null() && !may_be_texts(value)) {
      return Flaw{
          fmt::format("{}.{}", path, word),
          fmt::format("has in {} what is neither a text nor a list of texts", word),
          "write a text or a list of texts"};
    }
  }
  const std::string& sid = statement.text_of("Sid");
  const bool is_plain = std::all_of(sid.begin(), sid.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
  if (kind != PolicyKind::kOwn && !is_plain) {
    return Flaw{
        path + ".Sid",
        "has a Sid with more than letters and digits",
        "write it in letters and digits alone"};
  }
  const Value& effect = statement.get("Effect");
  if (!effect.is_text() && is_settled(effect)) {
    return Flaw{
        path + ".Effect", "has a statement that neither allows nor denies", "write Effect: Allow"};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of_action(const std::string& action, const std::string& path) {
  if (!is_action(action)) {
    std::string closed = action;
    std::erase(closed, ' ');
    const bool is_spaced = is_action(closed);
    return Flaw{
        path,
        fmt::format("names the action \"{}\", which is not of the form service:Action", action),
        is_spaced ? fmt::format("write {}", closed)
                  : "write an action such as secretsmanager:GetSecretValue",
        action,
        is_spaced ? closed : ""};
  }
  if (const auto meant = action_meant_by(action)) {
    return Flaw{
        path,
        fmt::format("names {}, and there is no such action", action),
        meant->empty() ? "write an action of the service" : fmt::format("write {}", *meant),
        action,
        *meant};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of_words(const Value& statement, const std::string& path) {
  for (const Member& member : statement.as_object()) {
    if (!is_among(kStatementKeys, member.key)) {
      return Flaw{
          path + "." + member.key,
          fmt::format("has {} in a statement, which is no word of it", member.key),
          "delete it; the words are Effect, Action, Resource, Principal, Condition and the like"};
    }
  }
  const Value& effect = statement.get("Effect");
  if (effect.is_null() ||
      (effect.is_text() && effect.as_text() != "Allow" && effect.as_text() != "Deny")) {
    return Flaw{
        path + ".Effect", "has a statement that neither allows nor denies", "write Effect: Allow"};
  }
  std::optional<Flaw> flaw;
  for (const std::string_view word : {"Action", "NotAction"}) {
    for_each_placed(
        statement.get(word),
        fmt::format("{}.{}", path, word),
        [&](const Value& action, const std::string& place) {
          if (!flaw && action.is_text()) {
            flaw = flaw_of_action(action.as_text(), place);
          }
        }
    );
  }
  return flaw;
}

std::optional<Flaw> flaw_of_principal(
    const Value& statement, const std::string& path, PolicyKind kind
) {
  // From "NotPrincipal" in the reference of policy elements.
  if (statement.find("NotPrincipal") != nullptr &&
      (kind == PolicyKind::kTrust || statement.text_of("Effect") == "Allow")) {
    return Flaw{
        path + ".NotPrincipal",
        kind == PolicyKind::kTrust ? "has NotPrincipal in a trust policy"
                                   : "allows something by NotPrincipal, which only denies",
        "write Principal"};
  }
  const Value& principal = statement.get("Principal");
  for (std::size_t i = 0; principal.is_object() && i < principal.size(); ++i) {
    const std::string& key = principal.as_object()[i].key;
    if (!is_among(kPrincipalKeys, key)) {
      return Flaw{
          fmt::format("{}.Principal.{}", path, key),
          fmt::format("has a Principal of the kind {}", key),
          "write AWS, Service or Federated"};
    }
  }
  std::optional<Flaw> flaw;
  for_each_text(principal.get("Service"), [&](const std::string& service) {
    if (service.find('.') == std::string::npos && service != "*") {
      flaw = Flaw{
          path + ".Principal.Service",
          fmt::format("trusts the service \"{}\", which is no host of a service", service),
          fmt::format("write {}.amazonaws.com", service)};
    }
  });
  for_each_text(principal.get("AWS"), [&](const std::string& text) {
    constexpr std::size_t kAccountDigits = 12;
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    if (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn")) {
      flaw = Flaw{
          path + ".Principal.AWS",
          fmt::format("names the service {} as if it were an account", text),
          "write { Service: … }"};
    } else if (is_number && text.size() != kAccountDigits) {
      flaw = Flaw{
          path + ".Principal.AWS",
          fmt::format("trusts the account \"{}\", and accounts have twelve digits", text),
          "write all twelve, in quotes"};
    }
  });
  if (flaw) {
    return flaw;
  }
  if (principal.is_text() && principal.as_text() != "*") {
    return Flaw{
        path + ".Principal",
        "has a Principal that is a text",
        "write { AWS: … } or { Service: … }"};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of_condition(const Value& statement, const std::string& path) {
  const Value& condition = statement.get("Condition");
  if (!condition.is_null() && !condition.is_object() && is_settled(condition)) {
    return Flaw{
        path + ".Condition",
        "has a Condition that is no map",
        "write { OPERATOR: { KEY: VALUE } }"};
  }
  for (std::size_t i = 0; condition.is_object() && i < condition.size(); ++i) {
    const std::string& word = condition.as_object()[i].key;
    if (!is_condition_operator(word)) {
      return Flaw{
          fmt::format("{}.Condition.{}", path, word),
          fmt::format("has the condition operator {}, which IAM does not have", word),
          "write an operator such as StringEquals"};
    }
    const Value& keys = condition.as_object()[i].value;
    if (!keys.is_object() && is_settled(keys)) {
      return Flaw{
          fmt::format("{}.Condition.{}", path, word),
          fmt::format("has {} without a key to compare", word),
          fmt::format("write {}: {{ KEY: VALUE }}", word)};
    }
  }
  return std::nullopt;
}

/// A text, or what one with references begins with when that is enough to tell an ARN; "" else.
std::string beginning_of(const Value& item) {
  constexpr std::size_t kEnough = 4;  // "arn:"
  if (item.is_text()) {
    return item.as_text();
  }
  const Value* first =
      item.is_concat() && !item.as_concat().empty() ? &item.as_concat()[0] : nullptr;
  const bool is_long = first != nullptr && first->is_text() && first->as_text().size() >= kEnough;
  return is_long ? first->as_text() : "";
}

std::optional<Flaw> flaw_of_resource(const Value& statement, const std::string& path) {
  std::optional<Flaw> flaw;
  for (const std::string_view word : {"Resource", "NotResource"}) {
    for_each_placed(
        statement.get(word),
        fmt::format("{}.{}", path, word),
        [&](const Value& item, const std::string& place) {
          const std::string text = beginning_of(item);
          if (text.empty() || flaw) {
            return;
          }
          if (text != "*" && !text.starts_with("arn:") && !text.starts_with("*:")) {
            flaw = Flaw{
                place,
                fmt::format("names the resource \"{}\", which is neither an ARN nor *", text),
                "write the resource's ARN"};
          } else if (item.is_text() && text.find('*') == std::string::npos && text != "*" &&
                     split(text, ':').size() < kPartsOfArn) {
            flaw = Flaw{
                place,
                fmt::format("names the resource \"{}\", whose ARN is cut short", text),
                "write arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME"};
          }
        }
    );
  }
  return flaw;
}

/// IAM takes no other actions in a trust policy than those of STS.
bool may_assume(const Value& statement) {
  bool may = true;
  for_each_text(statement.get("Action"), [&](const std::string& action) {
    may = may && (action == "*" || to_lower(action).starts_with("sts:"));
  });
  return may;
}

std::optional<Flaw> flaw_of_parts(
    const Value& statement, const std::string& path, PolicyKind kind
) {
  const auto has = [&](std::string_view word) { return statement.find(word) != nullptr; };
  if (has("Action") == has("NotAction")) {
    return Flaw{path, "has a statement without one of Action and NotAction", "write Action"};
  }
  const bool has_principal = has("Principal") || has("NotPrincipal");
  const bool has_resource = has("Resource") || has("NotResource");
  if (kind == PolicyKind::kTrust && (!has_principal || has_resource)) {
    return Flaw{
        path,
        has_resource ? "has a Resource in a trust policy" : "trusts nobody by name",
        has_resource ? "delete Resource" : "write Principal"};
  }
  if (kind == PolicyKind::kTrust && !may_assume(statement)) {
    return Flaw{
        path + ".Action",
        "trusts somebody with another action than those of STS",
        "write sts:AssumeRole"};
  }
  if (kind == PolicyKind::kIdentity && has_principal) {
    return Flaw{path, "has a Principal in a policy of a role", "delete Principal"};
  }
  if (kind == PolicyKind::kOwn && !has_principal) {
    return Flaw{path, "has a statement without Principal", "write Principal"};
  }
  if (kind != PolicyKind::kTrust && has("Resource") == has("NotResource")) {
    return Flaw{path, "has a statement without one of Resource and NotResource", "write Resource"};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of_statement(
    const Value& statement, const std::string& path, PolicyKind kind
) {
  if (!statement.is_object()) {
    return is_settled(statement) ? std::optional(Flaw{
                                       path,
                                       "has a statement that is no map",
                                       "write { Effect: …, Action: …, Resource: … }"})
                                 : std::nullopt;
  }
  auto flaw = flaw_of_parts(statement, path, kind);
  flaw = flaw ? flaw : flaw_of_forms(statement, path, kind);
  flaw = flaw ? flaw : flaw_of_words(statement, path);
  flaw = flaw ? flaw : flaw_of_principal(statement, path, kind);
  flaw = flaw ? flaw : flaw_of_condition(statement, path);
  return flaw || kind == PolicyKind::kOwn ? flaw : flaw_of_resource(statement, path);
}

/// IAM wants the names of statements to differ.
std::optional<Flaw> flaw_of_sids(const Value& statements, const std::string& path) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const std::string& sid = statements.as_list()[i].text_of("Sid");
    if (!sid.empty() && !seen.insert(sid).second) {
      return Flaw{
          fmt::format("{}.Statement.{}.Sid", path, i),
          fmt::format("has two statements called {}", sid),
          "give each a Sid of its own, or none"};
    }
  }
  return std::nullopt;
}

/// A policy variable, which is one since the version of 2012 alone, somewhere in the value.
bool has_variable(const Value& value) {
  if (value.is_text()) {
    return value.as_text().find("${aws:") != std::string::npos;
  }
  if (value.is_list() || value.is_concat()) {
    const List& items = value.is_list() ? value.as_list() : value.as_concat();
    return std::any_of(items.begin(), items.end(), has_variable);
  }
  return value.is_object() &&
         std::any_of(value.as_object().begin(), value.as_object().end(), [](const Member& member) {
           return has_variable(member.value);
         });
}

std::optional<Flaw> flaw_of_version(const Value& document, const std::string& path) {
  const Value& version = document.get("Version");
  if (version.is_text() && version.as_text() != "2012-10-17" && version.as_text() != "2008-10-17") {
    return Flaw{
        path + ".Version", "is of a version that IAM does not have", "write Version: 2012-10-17"};
  }
  const bool is_old = version.is_null() || version == Value("2008-10-17");
  if (is_old && has_variable(document.get("Statement"))) {
    return Flaw{
        version.is_null() ? path : path + ".Version",
        "uses policy variables, which are plain text in its version",
        "write Version: 2012-10-17"};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of_document_words(const Value& document, const std::string& path) {
  for (const Member& member : document.as_object()) {
    if (!is_among(kDocumentKeys, member.key)) {
      return Flaw{
          path + "." + member.key,
          fmt::format("has {} beside its statements, which is no word of a policy", member.key),
          "delete it; the words are Version, Id and Statement"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Flaw> flaw_of(const Value& document, const std::string& path, PolicyKind kind) {
  if (!document.is_object()) {
    // A text is read elsewhere, and what is not known yet is not judged.
    return document.is_null() || document.is_text() || !is_settled(document)
               ? std::nullopt
               : std::optional(Flaw{
                     path, "is no document", "write { Version: 2012-10-17, Statement: [ … ] }"});
  }
  if (auto flaw = flaw_of_version(document, path)) {
    return flaw;
  }
  if (auto flaw = flaw_of_document_words(document, path)) {
    return flaw;
  }
  const Value& statements = document.get("Statement");
  if (statements.is_null() || (statements.is_list() && statements.size() == 0)) {
    return Flaw{path, "has no Statement", "write Statement"};
  }
  if (!statements.is_list()) {
    return flaw_of_statement(statements, path + ".Statement", kind);
  }
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const std::string place = fmt::format("{}.Statement.{}", path, i);
    if (auto flaw = flaw_of_statement(statements.as_list()[i], place, kind)) {
      return flaw;
    }
  }
  return flaw_of_sids(statements, path);
}

}  // namespace plumbline
