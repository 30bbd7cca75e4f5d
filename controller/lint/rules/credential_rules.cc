// Rules about credentials that stand where everybody reads them. Values are judged, never shown.
#include <functional>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/credential_text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr std::size_t kShortest = 4;

/// What stands in the manifest under a name, as far as it is a credential.
bool is_leak(const LintContext& context, std::string_view name, const Node& value) {
  if (!value.is_scalar()) {
    return false;
  }
  if (holds_a_password(value.text) || is_data_source(value.text) || is_access_key(value.text) ||
      holds_a_private_key(value.text) || holds_written_password(value.text) ||
      holds_token(value.text)) {
    return true;
  }
  const Node* text = open_text(context, &value);
  return text != nullptr && ((is_credential_name(name) && looks_like_a_value(text->text)) ||
                             (is_secret_name(name) && looks_random(text->text)));
}

/// Calls `visit` with every member of a map, those of maps inside included, and with its place.
void for_each_member(
    const Node& map,
    const std::string& path,
    const std::function<void(const NodeEntry&, const std::string&)>& visit
) {
  for (const NodeEntry& entry : map.entries) {
    const std::string place = fmt::format("{}.{}", path, entry.key);
    visit(entry, place);
    for_each_member(entry.value, place, visit);
  }
}

/// The whole value of a secret, or one of its members.
void check_secret(const Reporting& reporting, const Resource& secret, const Node& content) {
  const auto report = [&](const std::string& path) {
    reporting.about_credential(
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
  for_each_member(content, "secretString", [&](const NodeEntry& entry, const std::string& path) {
    const Node* text = open_text(context, &entry.value);
    const bool is_named =
        text != nullptr && is_credential_name(entry.key) && text->text.size() >= kShortest;
    if (is_named || (entry.value.is_scalar() && holds_a_password(entry.value.text))) {
      report(path);
    }
  });
}

/// Tags and descriptions are read by everybody who may look at all.
void check_labels(const Reporting& reporting, const Resource& resource) {
  const auto report = [&](const std::string& path) {
    Diagnostic& finding = reporting.about_credential(
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
      (holds_a_password(description->text) || says_a_password(description->text) ||
       holds_token(description->text))) {
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
      Diagnostic& finding = reporting.at(
          tag.value.range,
          fmt::format("The tag {}, which everything gets, holds a credential.", tag.key),
          "delete it, and change the credential"
      );
      finding.summary = "a credential stands where everybody reads it";
      finding.hidden = {tag.value.range};
    }
  }
}

/// The line of the file that a block's line was written on; the whole block when that is not sure.
SourceRange line_in(const SourceRange& block, std::string_view line) {
  SourceRange found = block;
  std::size_t count = 0;
  for (std::uint32_t number = block.begin.line; number <= block.end.line; ++number) {
    const std::string_view written = line_text(*block.file, number);
    const auto at = written.find(line);
    if (at == written.npos) {
      continue;
    }
    ++count;
    const auto column = static_cast<std::uint32_t>(1 + code_points(written.substr(0, at)));
    const auto width = static_cast<std::uint32_t>(code_points(line));
    found.begin = {number, column};
    found.end = {number, column + width};
  }
  return count == 1 ? found : block;
}

/// A script is kept with the instance, for everybody who may look at it or is on it.
void check_script(const Reporting& reporting, const Resource& resource) {
  constexpr std::string_view kScript = "userData";
  const Node* node = resource.entry->value.find(kScript);
  if (node == nullptr || !node->is_scalar()) {
    return;
  }
  // Of a text that is an input and nothing else, the default is what stands here.
  const Node* open = open_text(reporting.context(), node);
  const Node& written = open == nullptr ? *node : *open;
  const std::vector<std::string_view> lines = split(written.text, '\n');
  for (const std::size_t index : credential_lines(written.text)) {
    Diagnostic& finding = reporting.about_credential(
        {resource, kScript},
        fmt::format(
            "{} of `{}` holds a credential as it is.", kScript, resource.address.to_string()
        ),
        "let the script read a secret when it runs, with the rights of the instance's role"
    );
    finding.summary = "a credential stands in a script";
    if (written.range.is_known()) {
      finding.range = line_in(written.range, trim(lines[index]));
      finding.hidden = {finding.range};
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
        reporting.about_credential(
            {*function, "environment." + entry.key},
            fmt::format(
                "{} of `{}` holds a credential as it is.", entry.key, function->address.to_string()
            ),
            "name a secret that the function reads, or let it log in with IAM"
        );
      }
    }
  }
  for (const Resource& resource : context.manifest.resources) {
    if (!resource.existing) {
      check_script(reporting, resource);
    }
  }
}

}  // namespace plumbline::checks
