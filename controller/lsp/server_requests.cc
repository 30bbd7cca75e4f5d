// What the server answers about a document, and how documents come to be.
#include <algorithm>

#include <fmt/format.h>

#include "controller/lsp/actions.h"
#include "controller/lsp/completion.h"
#include "controller/lsp/hover.h"
#include "controller/lsp/protocol.h"
#include "controller/lsp/server.h"
#include "controller/lsp/symbols.h"

namespace plumbline {

namespace {

constexpr int kSnippetFormat = 2;
constexpr int kAdjustIndentation = 2;

/// The protocol's number.
int kind_of(CompletionSort sort) {
  switch (sort) {
    case CompletionSort::kWord:
      return 14;
    case CompletionSort::kSection:
      return 9;
    case CompletionSort::kProperty:
      return 10;
    case CompletionSort::kValue:
      return 20;
    case CompletionSort::kReference:
      return 18;
    case CompletionSort::kSnippet:
      return 15;
  }
  return 1;
}

Value completion_json(const CompletionItem& item, std::size_t order, const TextDocument& document) {
  Value json = Value::object(
      {{"label", item.label},
       {"kind", kind_of(item.sort)},
       {"sortText", fmt::format("{:05}", order)},
       {"textEdit",
        Value::object(
            {{"range", to_json(document.range_of(item.replaced))}, {"newText", item.insert}}
        )}}
  );
  if (!item.detail.empty()) {
    json.set("detail", item.detail);
  }
  if (!item.documentation.empty()) {
    json.set("documentation", item.documentation);
  }
  if (item.is_snippet) {
    json.set("insertTextFormat", kSnippetFormat);
    json.set("insertTextMode", kAdjustIndentation);
  }
  return json;
}

Error not_open(const std::string& uri) {
  return invalid_params(fmt::format("{} is not open.", uri.empty() ? "The document" : uri));
}

bool overlap(const LspRange& a, const LspRange& b) {
  return a.start <= b.end && b.start <= a.end;
}

}  // namespace

Result<OpenFile*> LanguageServer::file_of(const Value& params) {
  const std::string& uri = params.get("textDocument").text_of("uri");
  OpenFile* file = workspace_.find(uri);
  if (file == nullptr) {
    return not_open(uri);
  }
  return file;
}

Result<LanguageServer::Target> LanguageServer::target_of(const Value& params) {
  PLUMBLINE_TRY(file, file_of(params));
  const auto position = read_position(params.get("position"));
  if (!position) {
    return invalid_params("`position` is no position.");
  }
  return Target{file, file->document.offset_at(*position)};
}

StackText LanguageServer::text_of(const OpenFile& file) const {
  return {file.path, &file.document, &file.outline};
}

Value LanguageServer::to_json(const std::vector<Location>& locations) const {
  List list;
  for (const Location& location : locations) {
    list.push_back(Value::object(
        {{"uri", workspace_.uri_of(location.path)}, {"range", plumbline::to_json(location.range)}}
    ));
  }
  return Value(std::move(list));
}

Result<Value> LanguageServer::complete(const Value& params) {
  PLUMBLINE_TRY(target, target_of(params));
  const CompletionStyle style{client_.takes_snippets, host_.describe_type};
  const StackView view = workspace_.view(*target.file);
  List list;
  for (const CompletionItem& item :
       plumbline::complete(view, text_of(*target.file), target.offset, style)) {
    list.push_back(completion_json(item, list.size(), target.file->document));
  }
  return Value::object({{"isIncomplete", false}, {"items", Value(std::move(list))}});
}

Result<Value> LanguageServer::hover(const Value& params) {
  PLUMBLINE_TRY(target, target_of(params));
  const StackView view = workspace_.view(*target.file);
  const auto said = plumbline::hover(view, text_of(*target.file), target.offset, host_.explain);
  if (!said) {
    return Value();
  }
  const bool is_marked = client_.takes_markdown;
  return Value::object(
      {{"contents",
        Value::object(
            {{"kind", is_marked ? "markdown" : "plaintext"},
             {"value", is_marked ? "```text\n" + said->text + "```\n" : said->text}}
        )},
       {"range", plumbline::to_json(target.file->document.range_of(said->span))}}
  );
}

Result<Value> LanguageServer::define(const Value& params) {
  PLUMBLINE_TRY(target, target_of(params));
  const StackView view = workspace_.view(*target.file);
  const auto address = view.address_at(text_of(*target.file), target.offset);
  return address ? to_json(view.declarations(*address)) : Value();
}

Result<Value> LanguageServer::refer(const Value& params) {
  PLUMBLINE_TRY(target, target_of(params));
  const StackView view = workspace_.view(*target.file);
  const auto address = view.address_at(text_of(*target.file), target.offset);
  if (!address) {
    return Value();
  }
  std::vector<Location> found = view.mentions(*address);
  if (params.get_path("context.includeDeclaration") == Value(true)) {
    const std::vector<Location> declared = view.declarations(*address);
    found.insert(found.end(), declared.begin(), declared.end());
  }
  std::sort(found.begin(), found.end());
  return to_json(found);
}

Result<Value> LanguageServer::list_symbols(const Value& params) {
  PLUMBLINE_TRY(file, file_of(params));
  return document_symbols(workspace_.guide(), text_of(*file), file->uri, client_.takes_tree);
}

Value LanguageServer::edit_json(const OpenFile& file, const std::vector<TextEdit>& edits) const {
  List list;
  for (const TextEdit& edit : edits) {
    list.push_back(Value::object(
        {{"range", plumbline::to_json(file.document.range_of(edit.span))}, {"newText", edit.text}}
    ));
  }
  if (!client_.takes_versioned_edits) {
    return Value::object({{"changes", Value::object({{file.uri, Value(std::move(list))}})}});
  }
  return Value::object(
      {{"documentChanges",
        Value::list({Value::object(
            {{"textDocument", Value::object({{"uri", file.uri}, {"version", file.version}})},
             {"edits", Value(std::move(list))}}
        )})}}
  );
}

Result<Value> LanguageServer::list_actions(const Value& params) {
  PLUMBLINE_TRY(file, file_of(params));
  const auto range = read_range(params.get("range"));
  if (!range) {
    return invalid_params("`range` is no range.");
  }
  const Value& only = params.get_path("context.only");
  const bool is_wanted =
      !only.is_list() || only.size() == 0 ||
      std::any_of(only.as_list().begin(), only.as_list().end(), [](const Value& kind) {
        return kind == Value("quickfix") || kind == Value("");
      });
  List list;
  settle();  // Findings of an older text have other places.
  const Stack* stack = workspace_.stack_of(*file);
  if (!client_.takes_actions || !is_wanted || stack == nullptr) {
    return Value(std::move(list));
  }
  const PlaceWriter writer = workspace_.place_writer();
  for (const Finding& finding : stack->reading.findings.all()) {
    const SourceRange& place = finding.diagnostic.range;
    if (finding.standing != Standing::kOpen || !place.is_known() ||
        place.file->name != file->path || !overlap(*range, writer.range(place))) {
      continue;
    }
    for (const CodeAction& action : actions_for(finding, file->document, file->outline)) {
      Value json = Value::object(
          {{"title", action.title},
           {"kind", "quickfix"},
           {"diagnostics", Value::list({diagnostic_to_json(finding.diagnostic, writer)})},
           {"edit", edit_json(*file, action.edits)}}
      );
      if (action.is_preferred) {
        json.set("isPreferred", true);
      }
      list.push_back(std::move(json));
    }
  }
  return Value(std::move(list));
}

Status LanguageServer::did_open(const Value& params) {
  const Value& given = params.get("textDocument");
  const Value& version = given.get("version");
  if (!given.get("text").is_text() || given.text_of("uri").empty()) {
    return invalid_params("`textDocument` holds no document.");
  }
  workspace_.open(
      given.text_of("uri"), version.is_int() ? version.as_int() : 0, given.text_of("text")
  );
  return Done{};
}

Status LanguageServer::did_change(const Value& params) {
  PLUMBLINE_TRY(file, file_of(params));
  const Value& changes = params.get("contentChanges");
  if (!changes.is_list()) {
    return invalid_params("`contentChanges` is no list.");
  }
  Status taken = Done{};
  for (const Value& change : changes.as_list()) {
    const auto range = read_range(change.get("range"));
    if (!change.get("text").is_text() || (!range && !change.get("range").is_null())) {
      taken = invalid_params("a change is none; the document may differ from here on.");
    } else if (!range) {
      file->document.replace_all(change.text_of("text"));
    } else {
      file->document.replace(
          {file->document.offset_at(range->start), file->document.offset_at(range->end)},
          change.text_of("text")
      );
    }
  }
  const Value& version = params.get("textDocument").get("version");
  workspace_.changed(*file, version.is_int() ? version.as_int() : file->version + 1);
  return taken;
}

Status LanguageServer::did_save(const Value& /*params*/) {
  workspace_.changed_on_disk();
  return Done{};
}

Status LanguageServer::did_close(const Value& params) {
  PLUMBLINE_TRY(file, file_of(params));
  workspace_.close(std::string(file->uri));
  return Done{};
}

Status LanguageServer::did_change_on_disk(const Value& /*params*/) {
  workspace_.changed_on_disk();
  return Done{};
}

}  // namespace plumbline
