// Rules about credentials that stand where everybody reads them. Values are judged, never shown.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr auto kNames = std::to_array<std::string_view>(
    {"pwd",
     "pass",
     "dbpass",
     "pgpass",
     "passphrase",
     "token",
     "apikey",
     "credential",
     "credentials"}
);
/// Two words at the end of a name; "secret" by itself is often the name of one.
constexpr auto kPairs = std::to_array<std::string_view>(
    {"api_key",
     "private_key",
     "secret_key",
     "access_key",
     "encryption_key",
     "signing_key",
     "client_secret",
     "auth_secret",
     "jwt_secret",
     "session_secret"}
);
constexpr std::size_t kShortest = 4;

/// "dbPassword", "DB-Password" → "db_password".
std::string snake(std::string_view name) {
  std::string words;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool follows_lower = i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    if (is_upper && follows_lower) {
      words += '_';
    }
    words += c == '-' || c == '.' ? '_' : c;
  }
  return to_lower(words);
}

bool is_credential_name(std::string_view name) {
  const std::string words = snake(name);
  const auto cut = words.rfind('_');
  const std::string last = cut == std::string::npos ? words : words.substr(cut + 1);
  // Words that run together: PGPASSWORD, DBPassword.
  return last.ends_with("password") || last.ends_with("passwd") ||
         std::find(kNames.begin(), kNames.end(), last) != kNames.end() ||
         std::any_of(kPairs.begin(), kPairs.end(), [&](std::string_view pair) {
           return words == pair || words.ends_with("_" + std::string(pair));
         });
}

/// Whether one of the places behind `key`, in small letters, fits; it gets where the key starts and
/// what follows it.
template <class Fits>
bool any_behind(std::string_view text, std::string_view key, const Fits& fits) {
  const std::string words = to_lower(text);
  for (auto at = words.find(key); at != words.npos; at = words.find(key, at + key.size())) {
    if (fits(at, text.substr(at + key.size()))) {
      return true;
    }
  }
  return false;
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// "mysql://app:x1y2@db/shop", "Server=db;Password=x1y2", "jdbc:…?password=x1y2": somebody's
/// password is inside, and not one of an input.
bool holds_a_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    const std::string_view rest = text.substr(scheme + 3);
    const auto colon = rest.find(':');
    const auto at = rest.find('@');
    const bool is_one = at != std::string_view::npos && colon < at && at - colon > 1 &&
                        rest.substr(0, colon).find('/') == std::string_view::npos;
    if (is_one && is_literal(rest.substr(colon + 1, at - colon - 1))) {
      return true;
    }
  }
  const auto is_value = [&](std::size_t at, std::string_view rest) {
    const bool is_word = at == 0 || !is_letter(text[at - 1]);
    return is_word && is_literal(rest.substr(0, rest.find_first_of(";& ")));
  };
  return any_behind(text, "password=", is_value) || any_behind(text, "pwd=", is_value);
}

/// "app:x1y2@tcp(db:3306)/shop", as Go's drivers take it.
bool is_data_source(std::string_view text) {
  const auto at = std::min(text.find("@tcp("), text.find("@unix("));
  const auto colon = text.find(':');
  return at != std::string_view::npos && colon < at && at - colon > 1 &&
         is_literal(text.substr(colon + 1, at - colon - 1));
}

bool holds_a_private_key(std::string_view text) {
  return text.find("-----BEGIN ") != std::string_view::npos &&
         text.find("PRIVATE KEY-----") != std::string_view::npos;
}

/// An access key's id, whatever it is called.
bool is_access_key(std::string_view text) {
  constexpr std::size_t kLength = 20;
  return text.size() == kLength && (text.starts_with("AKIA") || text.starts_with("ASIA")) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isupper(static_cast<unsigned char>(c)) != 0 ||
                  std::isdigit(static_cast<unsigned char>(c)) != 0;
         });
}

/// Names, paths and switches are not credentials, whatever they are called.
bool looks_like_a_value(std::string_view text) {
  const std::string word = to_lower(text);
  const bool is_name = text.starts_with("arn:") || text.starts_with('/') ||
                       text.starts_with("{{resolve:") || text.starts_with("ssm:") ||
                       text.starts_with("secretsmanager:") || text.starts_with("http");
  return text.size() >= kShortest && !is_name && word != "true" && word != "false" &&
         word != "none" && word != "null";
}

/// `{"username": "app", "password": "x1y2"}` as one text, with other parts that are inputs.
bool holds_written_password(std::string_view text) {
  const auto key = text.find("\"password\"");
  const auto open = key == text.npos ? key : text.find('"', text.find(':', key));
  const auto close = open == text.npos ? open : text.find('"', open + 1);
  return close != text.npos && close > open + 1 &&
         is_literal(text.substr(open + 1, close - open - 1));
}

/// "the password is: x1y2"
bool says_a_password(std::string_view text) {
  const auto is_value = [](std::size_t, std::string_view rest) {
    const auto start = rest.find_first_not_of(' ');
    const std::string_view word =
        start == rest.npos ? "" : rest.substr(start, rest.find_first_of(" ,;", start) - start);
    // A word alone is no password: there is a digit in one.
    const bool has_digit = std::any_of(word.begin(), word.end(), [](char c) {
      return std::isdigit(static_cast<unsigned char>(c)) != 0;
    });
    return word.size() >= kShortest && has_digit;
  };
  constexpr auto kKeys =
      std::to_array<std::string_view>({"password:", "password is ", "passwd:", "pwd:"});
  return std::any_of(kKeys.begin(), kKeys.end(), [&](std::string_view key) {
    return any_behind(text, key, is_value);
  });
}

/// What stands in the manifest under a name, as far as it is a credential.
bool is_leak(const LintContext& context, std::string_view name, const Node& value) {
  if (!value.is_scalar()) {
    return false;
  }
  if (holds_a_password(value.text) || is_data_source(value.text) || is_access_key(value.text) ||
      holds_a_private_key(value.text)) {
    return true;
  }
  const Node* text = open_text(context, &value);
  return text != nullptr && is_credential_name(name) && looks_like_a_value(text->text);
}

/// The whole value of a secret, or one of its members.
void check_secret(const Reporting& reporting, const Resource& secret, const Node& content) {
  const auto report = [&](const std::string& path) {
    reporting.about_choice(
        {secret, path},
        fmt::format("The value of `{}` stands in the manifest.", secret.address.to_string()),
        "take it from an input: `{ env: …, sensitive: true }` or `generate:`"
    );
  };
  const LintContext& context = reporting.context();
  const bool is_open = open_text(context, &content) != nullptr && !content.text.empty();
  if (is_open || (content.is_scalar() && holds_written_password(content.text))) {
    report("secretString");
  }
  for (const NodeEntry& entry : content.entries) {
    const Node* text = open_text(context, &entry.value);
    const bool is_named =
        text != nullptr && is_credential_name(entry.key) && text->text.size() >= kShortest;
    if (is_named || (entry.value.is_scalar() && holds_a_password(entry.value.text))) {
      report("secretString." + entry.key);
    }
  }
}

/// Tags and descriptions are read by everybody who may look at all.
void check_labels(const Reporting& reporting, const Resource& resource) {
  const auto report = [&](const std::string& path) {
    Diagnostic& finding = reporting.about_choice(
        {resource, path},
        fmt::format("`{}` holds a credential in its {}.", resource.address.to_string(), path),
        "delete it, and change the credential"
    );
    finding.summary = "a credential stands where everybody reads it";
  };
  const Node* tags = resource.entry->value.find("tags");
  for (std::size_t i = 0; tags != nullptr && i < tags->entries.size(); ++i) {
    if (is_leak(reporting.context(), tags->entries[i].key, tags->entries[i].value)) {
      report("tags." + tags->entries[i].key);
    }
  }
  const Node* description = resource.entry->value.find("description");
  if (description != nullptr && description->is_scalar() &&
      (holds_a_password(description->text) || says_a_password(description->text))) {
    report("description");
  }
}

/// What everything is tagged with.
void check_stack_tags(const Reporting& reporting) {
  const auto& documents = reporting.context().manifest.documents;
  const Node* tags = documents.empty() ? nullptr : documents.front()->find("tags");
  for (std::size_t i = 0; tags != nullptr && i < tags->entries.size(); ++i) {
    const NodeEntry& tag = tags->entries[i];
    if (is_leak(reporting.context(), tag.key, tag.value)) {
      reporting
          .at(tag.value.range,
              fmt::format("The tag {}, which everything gets, holds a credential.", tag.key),
              "delete it, and change the credential")
          .summary = "a credential stands where everybody reads it";
    }
  }
}

}  // namespace

void sk003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* secret : created(context, "secrets")) {
    if (const Node* content = secret->entry->value.find("secretString")) {
      check_secret(reporting, *secret, *content);
    }
  }
  check_stack_tags(reporting);
  for (const Resource& resource : context.manifest.resources) {
    if (!resource.existing) {
      check_labels(reporting, resource);
    }
  }
}

void sk005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* function : created(context, "functions")) {
    const Node* environment = function->entry->value.find("environment");
    for (std::size_t i = 0; environment != nullptr && i < environment->entries.size(); ++i) {
      const NodeEntry& entry = environment->entries[i];
      if (is_leak(context, entry.key, entry.value)) {
        reporting.about_choice(
            {*function, "environment." + entry.key},
            fmt::format(
                "{} of `{}` holds a credential as it is.", entry.key, function->address.to_string()
            ),
            "name a secret that the function reads, or let it log in with IAM"
        );
      }
    }
  }
}

}  // namespace plumbline::checks
