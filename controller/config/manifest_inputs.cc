#include "controller/config/manifest_inputs.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_generate.h"
#include "controller/config/manifest_scalars.h"
#include "controller/config/manifest_values.h"

namespace plumbline {

namespace {

constexpr std::size_t kMaxInputFile = 64U << 10;

const std::vector<std::string>& input_words() {
  static const std::vector<std::string> kWords = {
      "env", "file", "default", "sensitive", "type", "generate"};
  return kWords;
}

/// One declaration as it is read.
struct Declaration {
  const std::string& name;
  const Node& node;
  const Reporter& reporter;
  std::string env = {}, file = {}, type = "string";
  const Node* fallback = nullptr;
  bool is_sensitive = false;
  bool has_bad_default = false;  ///< Reported; no second finding says that there is no value.
  std::string why_missing = {};  ///< What was tried, for the finding.
};

std::string word_of(const Declaration& input, std::string_view word) {
  const Node* node = input.node.find(word);
  return node == nullptr || node->is_null() ? "" : read_word(*node, word, input.reporter);
}

void read_declaration(Declaration& input) {
  if (input.node.is_null() || !check_words(input.node, input.name, input_words(), input.reporter)) {
    return;
  }
  input.env = word_of(input, "env");
  input.file = word_of(input, "file");
  if (const Node* sensitive = input.node.find("sensitive")) {
    input.is_sensitive = read_flag(*sensitive, "sensitive", input.reporter);
  }
  const Node* fallback = input.node.find("default");
  if (fallback != nullptr && !fallback->is_null()) {
    word_of(input, "default");
    input.fallback = fallback->is_scalar() ? fallback : nullptr;
    input.has_bad_default = input.fallback == nullptr;
  }
  if (const Node* type = input.node.find("type")) {
    const std::vector<std::string> types = {"string", "int", "bool"};
    input.type = word_of(input, "type");
    if (std::find(types.begin(), types.end(), input.type) == types.end()) {
      input.reporter.add(
          kNotAllowed,
          type->range,
          fmt::format("`type` does not take {}.", in_ticks(input.type)),
          suggest(input.type, types, fmt::format("use {}", enumerate(types)))
      );
      input.type = "string";
    }
  }
  if (input.is_sensitive && input.fallback != nullptr) {
    Diagnostic& finding = input.reporter.add(
        kSecretInText,
        input.fallback->range,
        fmt::format("The sensitive input `{}` has its value in the manifest.", input.name),
        "take it from `env` or `file` and delete the default"
    );
    finding.hidden = {finding.range};
  }
}

std::optional<std::string> read_input_file(const LoadContext& context, Declaration& input) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(context.manifest.folder) / input.file;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    input.why_missing += fmt::format("; there is no file {}", path.string());
    return std::nullopt;
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(kMaxInputFile + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad() || text.size() > kMaxInputFile) {
    input.why_missing += fmt::format("; the file {} cannot be read or is too large", path.string());
    return std::nullopt;
  }
  if (!is_valid_utf8(text) || text.find('\0') != std::string::npos) {
    input.why_missing += fmt::format("; the file {} is no text in UTF-8", path.string());
    return std::nullopt;
  }
  // Editors and `echo` end a file with a line end that is no part of the value.
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  if (text.ends_with('\r')) {
    text.pop_back();
  }
  return text;
}

std::optional<std::string> find_value(const LoadContext& context, Declaration& input) {
  const ManifestOptions& options = context.options;
  if (const auto flag = options.input_values.find(input.name); flag != options.input_values.end()) {
    return flag->second;
  }
  if (!input.env.empty()) {
    const auto found = options.environment.find(input.env);
    if (found != options.environment.end() && !found->second.empty()) {
      return found->second;
    }
    input.why_missing = fmt::format(
        "; the environment variable {} is {}",
        input.env,
        found == options.environment.end() ? "not set" : "empty"
    );
  }
  if (!input.file.empty()) {
    if (auto text = read_input_file(context, input)) {
      return text;
    }
  }
  return input.fallback == nullptr ? std::nullopt : std::optional(input.fallback->text);
}

Value missing_value(const LoadContext& context, const Declaration& input, const NodeEntry& entry) {
  if (!context.options.allows_missing_inputs && !input.has_bad_default) {
    const std::string flag = fmt::format("pass --input {}=VALUE", input.name);
    input.reporter.add(
        kInputMissing,
        entry.key_range,
        fmt::format("The input `{}` has no value{}.", input.name, input.why_missing),
        input.env.empty() ? flag : fmt::format("export {}=VALUE, or {}", input.env, flag)
    );
  }
  return Value::unknown("inputs." + input.name);
}

Value typed_value(const Declaration& input, const std::string& text, const NodeEntry& entry) {
  if (input.is_sensitive) {
    return Value::secret(text);
  }
  if (input.type == "string") {
    return Value(text);
  }
  const Scalar scalar = input.type == "int" ? to_int(text, true) : to_bool(text, true);
  if (!scalar.fault.empty()) {
    input.reporter.add(
        kWrongType,
        entry.key_range,
        fmt::format("The input `{}` is of type {}. {}", input.name, input.type, scalar.fault),
        scalar.advice.help
    );
  }
  return scalar.value;
}

/// A generated secret has no other source, and nobody may see it: what it is comes of the state's
/// key alone, so that it is the same in every run.
void check_generated(const LoadContext& context, const NodeEntry& entry, const Reporter& reporter) {
  for (const std::string_view word : {"env", "file", "default", "type"}) {
    if (const NodeEntry* other = entry.value.find_entry(word); other != nullptr) {
      reporter.add(
          kContradiction,
          other->key_range,
          fmt::format(
              "The input `{}` is generated; `{}` would be a second source.", entry.key, word
          ),
          fmt::format("delete `{}`, or `generate`", word)
      );
    }
  }
  const Node* sensitive = entry.value.find("sensitive");
  if (sensitive != nullptr && !read_flag(*sensitive, "sensitive", reporter)) {
    reporter.add(
        kContradiction,
        sensitive->range,
        "What is generated is always sensitive.",
        "delete `sensitive`"
    );
  }
  if (context.options.input_values.contains(entry.key)) {
    reporter.add(
        kContradiction,
        entry.key_range,
        fmt::format("--input gives `{}` a value, but it is generated.", entry.key),
        "drop the flag; for a secret of your own write { env: NAME, sensitive: true }"
    );
  }
}

/// False when the entry generates nothing.
bool read_generated(LoadContext& context, const NodeEntry& entry, const Reporter& reporter) {
  const Node* generate = entry.value.is_map() ? entry.value.find("generate") : nullptr;
  if (generate == nullptr || generate->is_null()) {
    return false;
  }
  check_words(entry.value, entry.key, input_words(), reporter);
  check_generated(context, entry, reporter);
  Input& input = context.inputs[entry.key];
  input.entry = &entry;
  context.manifest.sensitive_inputs.push_back(entry.key);
  if (auto generated = read_generate(entry.key, *generate, reporter)) {
    context.manifest.generated.push_back(*std::move(generated));
    input.value = Value::reference({{"inputs", entry.key}, "", false});
  }
  return true;
}

void read_input(LoadContext& context, const NodeEntry& entry) {
  const Reporter reporter(context.diagnostics, "inputs." + entry.key);
  if (!is_resource_name(entry.key)) {
    reporter.add(
        kBadName,
        entry.key_range,
        fmt::format("{} cannot name an input.", in_ticks(entry.key)),
        "start with a letter and go on with letters, digits, - and _"
    );
    return;
  }
  if (read_generated(context, entry, reporter)) {
    return;
  }
  Declaration declaration = {entry.key, entry.value, reporter};
  read_declaration(declaration);
  const std::optional<std::string> text = find_value(context, declaration);
  Input& input = context.inputs[entry.key];
  input.entry = &entry;
  input.value =
      text ? typed_value(declaration, *text, entry) : missing_value(context, declaration, entry);
  if (declaration.is_sensitive) {
    context.manifest.sensitive_inputs.push_back(entry.key);
  }
}

}  // namespace

void read_inputs(LoadContext& context, const Node* node) {
  const Reporter reporter(context.diagnostics, "");
  if (node != nullptr && !node->is_null() && !node->is_map()) {
    reporter.add(
        kWrongType,
        node->range,
        fmt::format("`inputs` takes a map, not {}.", describe(*node)),
        "write NAME: { env: VARIABLE }"
    );
  } else if (node != nullptr) {
    for (const NodeEntry& entry : node->entries) {
      read_input(context, entry);
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, input] : context.inputs) {
    names.push_back(name);
  }
  for (const auto& [name, value] : context.options.input_values) {
    if (!context.inputs.contains(name)) {
      reporter.add(
          kUnknownWord,
          {},
          fmt::format("--input names {}, which no manifest declares.", in_ticks(name)),
          suggest(name, names, "declare it under `inputs:`, or drop the flag")
      );
    }
  }
}

void report_unused_inputs(const LoadContext& context) {
  for (const auto& [name, input] : context.inputs) {
    if (!input.is_used) {
      const Reporter reporter(context.diagnostics, "inputs." + name);
      reporter.add(
          kInputUnused,
          input.entry->key_range,
          fmt::format("Nothing uses ${{inputs.{}}}.", name),
          "use it or delete it"
      );
    }
  }
}

}  // namespace plumbline
