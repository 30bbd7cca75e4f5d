// Rules about credentials that stand where everybody reads them. Values are judged, never shown.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr auto kNames = std::to_array<std::string_view>(
    {"password", "passwd", "pwd", "passphrase", "token", "apikey", "credential", "credentials"}
);
/// Two words at the end of a name; "secret" by itself is often the name of one.
constexpr auto kPairs = std::to_array<std::string_view>(
    {"api_key", "private_key", "secret_key", "access_key", "client_secret", "auth_secret"}
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
  return std::find(kNames.begin(), kNames.end(), last) != kNames.end() ||
         std::any_of(kPairs.begin(), kPairs.end(), [&](std::string_view pair) {
           return words == pair || words.ends_with("_" + std::string(pair));
         });
}

/// "mysql://app:x1y2@db/shop": somebody's password is inside.
bool is_url_with_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) {
    return false;
  }
  const std::string_view rest = text.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  return at != std::string_view::npos && colon < at && at - colon > 1;
}

/// Names, paths and switches are not credentials, whatever they are called.
bool looks_like_a_value(std::string_view text) {
  const std::string word = to_lower(text);
  const bool is_name = text.starts_with("arn:") || text.starts_with('/') ||
                       text.starts_with("{{resolve:") || text.starts_with("ssm:");
  return text.size() >= kShortest && !is_name && word != "true" && word != "false" &&
         word != "none" && word != "null";
}

/// A text that stands in the manifest, whole or but for a reference, and is not a reference.
const std::string* written_text(const Node& node) {
  return node.is_scalar() ? &node.text : nullptr;
}

bool is_literal(const std::string& text) {
  return text.find("${") == std::string::npos;
}

}  // namespace

void sk003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const auto report = [&](const Resource& secret, const std::string& path) {
    reporting.at(
        {secret, path},
        fmt::format("The value of `{}` stands in the manifest.", secret.address.to_string()),
        "take it from an input: `{ env: …, sensitive: true }` or `generate:`"
    );
  };
  for (const Resource* secret : created(context, "secrets")) {
    const Node* content = secret->entry->value.find("secretString");
    if (content == nullptr) {
      continue;
    }
    const std::string* whole = written_text(*content);
    if (whole != nullptr && is_literal(*whole) && !whole->empty()) {
      report(*secret, "secretString");
    }
    for (const NodeEntry& entry : content->entries) {
      const std::string* text = written_text(entry.value);
      if (text != nullptr && !text->empty() && is_literal(*text) &&
          (is_credential_name(entry.key) || is_url_with_password(*text))) {
        report(*secret, "secretString." + entry.key);
      }
    }
  }
}

void sk005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* function : created(context, "functions")) {
    const Node* environment = function->entry->value.find("environment");
    if (environment == nullptr) {
      continue;
    }
    for (const NodeEntry& entry : environment->entries) {
      const std::string* text = written_text(entry.value);
      if (text == nullptr || !is_literal(*text)) {
        continue;
      }
      const bool is_credential = is_credential_name(entry.key) && looks_like_a_value(*text);
      if (is_credential || is_url_with_password(*text)) {
        reporting.at(
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
