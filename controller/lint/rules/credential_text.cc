#include "controller/lint/rules/credential_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "controller/base/text.h"
#include "controller/lint/rules/reading.h"

namespace plumbline {

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

}  // namespace

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

bool is_secret_name(std::string_view name) {
  return snake(name).ends_with("secret");
}

bool looks_like_a_value(std::string_view text) {
  const std::string word = to_lower(text);
  const bool is_name = text.starts_with("arn:") || text.starts_with('/') ||
                       text.starts_with("{{resolve:") || text.starts_with("ssm:") ||
                       text.starts_with("secretsmanager:") || text.starts_with("http");
  return text.size() >= kShortest && !is_name && word != "true" && word != "false" &&
         word != "none" && word != "null";
}

bool holds_a_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    const std::string_view rest = text.substr(scheme + 3);
    const auto colon = rest.find(':');
    const auto at = rest.find('@');
    const bool is_one = at != std::string_view::npos && colon < at && at - colon > 1 &&
                        rest.substr(0, colon).find('/') == std::string_view::npos;
    const std::string_view word = is_one ? rest.substr(colon + 1, at - colon - 1) : "";
    // A port and a path are none: "http://host:4873/@scope".
    const auto other = word.find_first_not_of("0123456789");
    const bool is_port = other != std::string_view::npos && word[other] == '/';
    if (!is_port && is_literal(word)) {
      return true;
    }
  }
  const auto is_value = [&](std::size_t at, std::string_view rest) {
    const bool is_word = at == 0 || !is_letter(text[at - 1]);
    return is_word && is_literal(rest.substr(0, rest.find_first_of(";& ")));
  };
  return any_behind(text, "password=", is_value) || any_behind(text, "pwd=", is_value);
}

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

bool is_access_key(std::string_view text) {
  constexpr std::size_t kLength = 20;
  return text.size() == kLength && (text.starts_with("AKIA") || text.starts_with("ASIA")) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isupper(static_cast<unsigned char>(c)) != 0 ||
                  std::isdigit(static_cast<unsigned char>(c)) != 0;
         });
}

namespace {

/// Where a token's issuer can be told by its beginning, as secret scanners tell it: GitHub, GitLab,
/// Slack, Stripe, npm, PyPI, Google, SendGrid, DigitalOcean and Vault document theirs.
struct TokenForm {
  std::string_view start;
  std::size_t least;  ///< Characters behind the start.
};
constexpr auto kTokenForms = std::to_array<TokenForm>(
    {{"ghp_", 36},        {"gho_", 36},     {"ghu_", 36},     {"ghs_", 36},     {"ghr_", 36},
     {"github_pat_", 60}, {"glpat-", 20},   {"xoxb-", 20},    {"xoxp-", 20},    {"xoxa-", 20},
     {"xoxs-", 20},       {"xapp-", 20},    {"sk_live_", 20}, {"sk_test_", 20}, {"rk_live_", 20},
     {"npm_", 36},        {"pypi-AgE", 40}, {"AIza", 35},     {"SG.", 40},      {"dop_v1_", 60},
     {"hvs.", 24}}
);

bool is_of_token(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// Three parts in base64, of which two are JSON: a signed token.
bool is_json_web_token(std::string_view word) {
  constexpr std::size_t kLeast = 40;
  const auto dot = word.find(".eyJ");
  return word.starts_with("eyJ") && dot != word.npos && word.size() >= kLeast &&
         word.find('.', dot + 1) != word.npos;
}

}  // namespace

bool holds_token(std::string_view text) {
  if (text.find("://hooks.slack.com/services/T") != text.npos) {
    return true;
  }
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_of_token(text[end])) {
      ++end;
    }
    const std::string_view word = text.substr(i, end - i);
    const bool is_known =
        std::any_of(kTokenForms.begin(), kTokenForms.end(), [&](const TokenForm& form) {
          return word.starts_with(form.start) && word.size() >= form.start.size() + form.least;
        });
    if (is_known || is_json_web_token(word)) {
      return true;
    }
    i = end + 1;
  }
  return false;
}

bool looks_random(std::string_view text) {
  constexpr std::size_t kLeast = 32;
  bool has_lower = false, has_upper = false, has_digit = false;
  for (const char c : text) {
    has_lower = has_lower || (c >= 'a' && c <= 'z');
    has_upper = has_upper || (c >= 'A' && c <= 'Z');
    has_digit = has_digit || (c >= '0' && c <= '9');
    if (!is_letter(c) && (c < '0' || c > '9') && c != '+' && c != '/' && c != '=') {
      return false;
    }
  }
  return text.size() >= kLeast && has_lower && has_upper && has_digit;
}

bool holds_written_password(std::string_view text) {
  const auto key = text.find("\"password\"");
  const auto open = key == text.npos ? key : text.find('"', text.find(':', key));
  const auto close = open == text.npos ? open : text.find('"', open + 1);
  return close != text.npos && close > open + 1 &&
         is_literal(text.substr(open + 1, close - open - 1));
}

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
  constexpr auto kKeys = std::to_array<std::string_view>(
      {"password:", "password is ", "passwd:", "pwd:", "passphrase:", "passphrase="}
  );
  return std::any_of(kKeys.begin(), kKeys.end(), [&](std::string_view key) {
    return any_behind(text, key, is_value);
  });
}

namespace {

/// What follows a name or a flag in a script.
struct Word {
  std::string_view text;
  std::string_view rest;  ///< Behind it, its closing quote included.
  bool is_quoted = false;
};

/// Up to the closing quote, or to what ends a word; empty for an open quote.
Word read_word(std::string_view text) {
  if (!text.empty() && (text[0] == '"' || text[0] == '\'')) {
    const auto close = text.find(text[0], 1);
    return close == text.npos ? Word{}
                              : Word{text.substr(1, close - 1), text.substr(close + 1), true};
  }
  const std::size_t end = std::min(text.find_first_of(" \t;&|,)}'\"<>"), text.size());
  return {text.substr(0, end), text.substr(end), false};
}

bool has_digit(std::string_view text) {
  return text.find_first_of("0123456789") != text.npos;
}

/// It stands there as it is: nothing that the script has yet to find out, and no code or pattern.
bool is_written_out(const Word& word) {
  constexpr std::string_view kOther = "$`\\<([{%@*.'\"|-";
  const std::string_view text = word.text;
  const bool is_elsewhere = text.starts_with("file:") || text.starts_with("env:");
  const bool is_code = !word.is_quoted && text.find_first_of("([") != text.npos;
  return looks_like_a_value(text) && is_literal(text) && !is_elsewhere && !is_code &&
         kOther.find(text.front()) == kOther.npos && text.find("$(") == text.npos &&
         text.find('`') == text.npos;
}

bool is_comment(std::string_view line) {
  return line.starts_with('#') && !line.starts_with("#!");
}

/// A name and the sign behind it, such as "DB_PASSWORD=" and `"password": `.
struct Assignment {
  std::string_view before, name, after;  ///< The line in front of the name; behind the sign.
  char sign = '=';
  bool is_spaced = false;  ///< There is white space between name and sign.
};

bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// The name is empty where the sign at `at` stands behind none, or compares.
Assignment assignment_at(std::string_view line, std::size_t at) {
  const auto next = at + 1 < line.size() ? line[at + 1] : ' ';
  if (next == line[at] || next == '~' ||
      (line[at] == ':' && std::string_view("/=-?+").find(next) != std::string_view::npos)) {
    return {};
  }
  std::size_t end = at;
  while (end > 0 && line[end - 1] == ' ') {
    --end;
  }
  const bool is_quoted = end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'');
  const std::size_t last = is_quoted ? end - 1 : end;
  std::size_t first = last;
  while (first > 0 && is_of_name(line[first - 1])) {
    --first;
  }
  const bool is_opened = is_quoted && first > 0 && line[first - 1] == line[last];
  const std::size_t before = is_opened ? first - 1 : first;
  return {
      line.substr(0, before),
      line.substr(first, last - first),
      line.substr(at + 1),
      line[at],
      end != at};
}

/// The name stands where something gets it: not in a comparison, a pattern or an expansion.
bool is_assigned(const Assignment& one, const Word& value) {
  // PowerShell's variables have their $ on the left side, too.
  const bool is_powershell = one.before == "$" && one.sign == '=' && value.is_quoted;
  return is_powershell || one.before.empty() ||
         std::string_view("$/{!").find(one.before.back()) == std::string_view::npos ||
         (one.before.back() == '{' && !one.before.ends_with("${"));
}

/// "key: value" of YAML or JSON. In a sentence, words follow a colon, too; with a digit they are no
/// words.
bool is_member(const Assignment& one, const Word& value) {
  const bool is_key = one.before.find_first_not_of(" -{,\"'\\") == std::string_view::npos ||
                      one.before.ends_with(", ") || one.before.ends_with("{ ");
  const std::string_view rest = trim(value.rest);
  const bool is_last = rest.empty() || rest.find_first_not_of("'\",}]") == rest.npos ||
                       rest.starts_with(',') || rest.starts_with('#');
  const bool is_of_system = one.name == "passwd";  // "passwd: files" of nsswitch.conf
  return has_digit(value.text) || (is_key && is_last && !is_of_system);
}

/// DB_PASSWORD=x1y2, --password=x1y2, password = x1y2, "password": "x1y2", $Password = "x1y2"
bool assigns_credential(std::string_view line) {
  for (auto at = line.find_first_of("=:"); at != line.npos; at = line.find_first_of("=:", at + 1)) {
    const Assignment one = assignment_at(line, at);
    if (one.name.empty() || !is_credential_name(one.name)) {
      continue;
    }
    const std::size_t start = one.after.find_first_not_of(' ');
    const bool is_far = start != 0 && one.sign == '=' && !one.is_spaced;  // "PASSWORD= psql"
    const Word value =
        start == one.after.npos || is_far ? Word{} : read_word(one.after.substr(start));
    if (!is_written_out(value) || !is_assigned(one, value)) {
      continue;
    }
    const bool is_statement = one.is_spaced && one.sign == '=';  // Of a program, or of a setting.
    const bool may_be_code = is_statement && !value.is_quoted &&
                             value.text.find('.') != value.text.npos && !has_digit(value.text);
    if (one.sign == ':' ? is_member(one, value) : !may_be_code) {
      return true;
    }
  }
  return false;
}

/// The words of a command line; a quoted part is part of its word.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t start = 0;
  char quote = 0;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    const char c = i < line.size() ? line[i] : ' ';
    if (quote != 0) {
      quote = c == quote ? char{0} : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    }
    const bool is_end = i == line.size() || (quote == 0 && (c == ' ' || c == '\t'));
    if (is_end) {
      if (i > start) {
        words.push_back(line.substr(start, i - start));
      }
      start = i + 1;
    }
  }
  return words;
}

/// A command after which "-pPASSWORD" is a password: `mysql` and its kin.
bool is_mysql(std::string_view word) {
  const std::string_view name = word.substr(word.rfind('/') + 1);
  return name.starts_with("mysql") || name.starts_with("mariadb");
}

bool begins_command(std::string_view word) {
  constexpr auto kBefore = std::to_array<std::string_view>(
      {"|", "||", "&&", ";", "!", "sudo", "then", "do", "else", "exec", "until", "while", "if"}
  );
  return std::find(kBefore.begin(), kBefore.end(), word) != kBefore.end() ||
         word.find('=') != word.npos || word.ends_with(';');
}

/// mysql -px1y2, sshpass -p x1y2, --password x1y2, echo app:x1y2 | chpasswd
bool passes_credential(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  bool is_first = true, is_of_mysql = false;
  const bool sets_passwords = line.find("chpasswd") != line.npos;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const Word next = i + 1 < words.size() ? read_word(words[i + 1]) : Word{};
    const bool is_flag = (word.starts_with("--") && is_credential_name(word)) ||
                         (word == "-p" && i > 0 && words[i - 1].ends_with("sshpass"));
    const bool is_short = is_of_mysql && word.starts_with("-p") && !word.starts_with("--");
    const std::string_view bare = read_word(word).text;
    const auto colon = sets_passwords ? bare.find(':') : bare.npos;
    if ((is_flag && is_written_out(next)) ||
        (is_short && is_written_out(read_word(word.substr(2)))) ||
        (colon != bare.npos && is_written_out({bare.substr(colon + 1), "", true}))) {
      return true;
    }
    is_of_mysql = (is_of_mysql && !begins_command(word)) || (is_first && is_mysql(word));
    is_first = begins_command(word);
  }
  return false;
}

/// CREATE USER … IDENTIFIED BY 'x1y2', ALTER ROLE … PASSWORD 'x1y2'
bool makes_login(std::string_view line) {
  const auto is_quoted = [](std::size_t, std::string_view rest) {
    const Word word = read_word(trim(rest));
    return word.is_quoted && is_written_out(word);
  };
  const std::string words = to_lower(line);
  const bool is_user = words.find("user ") != words.npos || words.find("role ") != words.npos ||
                       words.find("grant ") != words.npos;
  return (words.find("identified ") != words.npos && any_behind(line, " by ", is_quoted)) ||
         (is_user && any_behind(line, " password ", is_quoted));
}

/// postgres://app:x1y2@db/shop, an access key, a private key
bool holds_known_form(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  const bool has_source = std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return word.find('$') == word.npos && is_data_source(word);
  });
  if (has_source || holds_a_private_key(line) || holds_token(line)) {
    return true;
  }
  std::string parts(line);
  std::replace_if(
      parts.begin(),
      parts.end(),
      [](char c) { return std::string_view("\"'=,()").find(c) != std::string_view::npos; },
      ' '
  );
  for (const std::string_view part : split(parts, ' ')) {
    const auto scheme = part.find("://");
    const auto at = scheme == part.npos ? scheme : part.find('@', scheme);
    const std::string_view login = at == part.npos ? "" : part.substr(scheme, at - scheme);
    const bool is_open = !login.empty() && login.find_first_of("$`<{") == login.npos;
    if (is_access_key(part) || (is_open && holds_a_password(part))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::size_t> credential_lines(std::string_view script) {
  std::vector<std::size_t> found;
  const std::vector<std::string_view> lines = split(script, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trim(lines[i]);
    // Comments are sentences; but what was commented out is still to be read.
    const bool is_found = assigns_credential(line) ||
                          (!is_comment(line) && (passes_credential(line) || makes_login(line) ||
                                                 holds_known_form(line)));
    if (is_found) {
      found.push_back(i);
    }
  }
  return found;
}

}  // namespace plumbline
