#include "controller/config/manifest_generate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "controller/config/manifest_scalars.h"
#include "controller/config/yaml_write.h"

namespace plumbline {

namespace {

// RDS takes printable ASCII without / " @ and space, 8 to 41 characters for MySQL and MariaDB, to
// 30 for Oracle, to 128 for PostgreSQL and SQL Server. Letters and digits need no quoting anywhere.
constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kRefused = "/\"@ ";
constexpr std::size_t kPasswordLength = 30;
constexpr std::size_t kHexLength = 32;
constexpr std::int64_t kShortest = 8;
constexpr std::int64_t kLongest = 128;
/// A secret that can be guessed is none.
constexpr double kFewestBits = 64;

struct Reading {
  const Node& node;
  const Reporter& reporter;
  GeneratedInput input;
  bool is_sound = true;

  Diagnostic& fault(
      std::string_view id, const SourceRange& range, std::string detail, const Advice& advice
  ) {
    is_sound = false;
    return reporter.add(id, range, std::move(detail), advice);
  }
};

void read_form(Reading& reading, const Node& written) {
  const std::string text = read_word(written, "generate", reading.reporter);
  using Form = GeneratedInput::Form;
  if (text == "password") {
    reading.input.form = Form::kPassword;
    reading.input.length = kPasswordLength;
    reading.input.alphabet = kLettersAndDigits;
  } else if (text == "hex") {
    reading.input.form = Form::kHex;
    reading.input.length = kHexLength;
  } else if (text == "uuid") {
    reading.input.form = Form::kUuid;
  } else if (written.is_scalar()) {
    const std::vector<std::string> forms = {"password", "hex", "uuid"};
    reading.fault(
        kNotAllowed,
        written.range,
        fmt::format("`generate` does not take {}.", in_ticks(text)),
        suggest(text, forms, fmt::format("use {}", enumerate(forms)))
    );
  } else {
    reading.is_sound = false;
  }
}

/// A whole number of the block; nothing when it is not written.
std::optional<std::int64_t> read_count(Reading& reading, std::string_view word) {
  const Node* written = reading.node.find(word);
  if (written == nullptr || written->is_null()) {
    return std::nullopt;
  }
  const Scalar number = to_int(read_word(*written, word, reading.reporter), written->is_plain);
  if (!written->is_scalar() || !number.fault.empty()) {
    if (written->is_scalar()) {
      reading.reporter.add(kWrongType, written->range, number.fault, number.advice);
    }
    reading.is_sound = false;
    return std::nullopt;
  }
  return number.value.as_int();
}

void read_length(Reading& reading) {
  const auto length = read_count(reading, "length");
  if (!length) {
    return;
  }
  const SourceRange& range = reading.node.find("length")->range;
  if (reading.input.form == GeneratedInput::Form::kUuid) {
    reading.fault(kNotAllowed, range, "A uuid has its length.", "delete `length`");
  } else if (*length < kShortest || *length > kLongest) {
    reading.fault(
        kNotAllowed,
        range,
        fmt::format("`length` takes {} to {}, not {}.", kShortest, kLongest, *length),
        "RDS takes at most 30 characters for Oracle, 41 for MySQL and MariaDB, 128 for others"
    );
  } else {
    reading.input.length = static_cast<std::size_t>(*length);
  }
}

void read_alphabet(Reading& reading) {
  const Node* written = reading.node.find("alphabet");
  if (written == nullptr || written->is_null()) {
    return;
  }
  if (reading.input.form != GeneratedInput::Form::kPassword) {
    reading.fault(
        kNotAllowed, written->range, "Only a password has an alphabet.", "delete `alphabet`"
    );
    return;
  }
  std::string alphabet = read_word(*written, "alphabet", reading.reporter);
  std::sort(alphabet.begin(), alphabet.end());
  alphabet.erase(std::unique(alphabet.begin(), alphabet.end()), alphabet.end());
  const auto is_refused = [](char c) {
    return c < '!' || c > '~' || kRefused.find(c) != std::string_view::npos;
  };
  if (std::any_of(alphabet.begin(), alphabet.end(), is_refused)) {
    Diagnostic& finding = reading.fault(
        kNotAllowed,
        written->range,
        "RDS takes printable ASCII without /, \", @ and space in a password.",
        "leave such characters out of `alphabet`"
    );
    std::string rest = written->text;
    std::erase_if(rest, is_refused);
    if (written->range.begin.line == written->range.end.line && !rest.empty()) {
      finding.edits = {{written->range, yaml_text(rest)}};
    }
    return;
  }
  reading.input.alphabet = std::move(alphabet);
}

void check_strength(Reading& reading) {
  const GeneratedInput& input = reading.input;
  if (!reading.is_sound || input.form == GeneratedInput::Form::kUuid) {
    return;
  }
  const bool is_hex = input.form == GeneratedInput::Form::kHex;
  const double letters = is_hex ? 16 : static_cast<double>(input.alphabet.size());
  const double bits = letters < 2 ? 0 : std::log2(letters) * static_cast<double>(input.length);
  if (bits < kFewestBits) {
    reading.fault(
        kNotAllowed,
        reading.node.range,
        fmt::format(
            "This can be guessed: it has {:.0f} bits; {:.0f} are the least.", bits, kFewestBits
        ),
        "make it longer, or give it more characters to choose from"
    );
  }
}

}  // namespace

std::optional<GeneratedInput> read_generate(
    const std::string& name, const Node& node, const Reporter& reporter
) {
  Reading reading = {node, reporter, {}};
  reading.input.name = name;
  if (node.is_scalar()) {
    read_form(reading, node);
  } else if (check_words(node, "generate", {"type", "length", "alphabet", "version"}, reporter)) {
    static const Node kPassword = {Node::Type::kScalar, true, "password", {}, {}, {}};
    const Node* type = node.find("type");
    read_form(reading, type == nullptr ? kPassword : *type);
    read_length(reading);
    read_alphabet(reading);
    if (const auto version = read_count(reading, "version")) {
      reading.input.version = *version;
      if (*version < 1) {
        reading.fault(
            kNotAllowed,
            node.find("version")->range,
            "`version` counts from 1.",
            "raise it by one for another secret"
        );
      }
    }
  } else {
    reading.is_sound = false;
  }
  check_strength(reading);
  return reading.is_sound ? std::optional(std::move(reading.input)) : std::nullopt;
}

}  // namespace plumbline
