#include "controller/lsp/workspace.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "controller/lsp/uri.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStackWord = "stack";

/// No manifest is larger, and whatever else lies about may be.
constexpr std::uintmax_t kMaxListed = 8U << 20;

/// What lint is told, rather than what is linted.
bool is_settings(const fs::path& path) {
  return path.filename() == kSettingsFile ||
         (path.filename() == "lint.yaml" && path.parent_path().filename() == ".plumbline");
}

}  // namespace

Workspace::Workspace(const LanguageHost& host)
    : host_(host), guide_(host.catalog, host.manifest_schema) {
  name_files(host.files);
}

void Workspace::name_files(std::vector<std::string> files) {
  files_ = std::move(files);
  for (std::string& file : files_) {
    file = host_.real_path(file);
  }
}

/// Key of the stack that a file belongs to; nothing for settings.
std::optional<std::string> Workspace::key_for(const std::string& path) const {
  const fs::path file(path);
  const std::string folder = file.parent_path().string();
  const bool is_named_so = is_manifest_name(file.filename().string());
  for (const std::string& named : files_) {
    if (named == path || (named == folder && is_named_so)) {
      return "";
    }
  }
  std::error_code error;
  return is_settings(file)                                ? std::nullopt
         : is_named_so && fs::is_directory(folder, error) ? std::optional(folder)
                                                          : std::optional(path);
}

/// Editors send every YAML file there is. A manifest is what has more of a manifest's words at its
/// margin than others; `stack` alone is enough.
bool Workspace::is_manifest(const Outline& outline) const {
  const std::vector<int> keys = outline.keys_below(OutlineItem::kRoot);
  const Value& words = guide_.schema().get("properties");
  std::size_t known = 0;
  for (const int key : keys) {
    const std::string& word = outline.at(key).text;
    if (word == kStackWord) {
      return true;
    }
    known += words.find(word) != nullptr ? 1U : 0U;
  }
  return known > 0 && 2 * known >= keys.size();
}

/// What else is in the folder belongs to something else, and is not read.
void Workspace::list(Stack& stack) const {
  stack.is_listed = true;
  stack.on_disk.clear();
  std::error_code error;
  for (fs::directory_iterator i(stack.key, error), end; !error && i != end; i.increment(error)) {
    if (!is_manifest_name(i->path().filename().string()) || !i->is_regular_file(error) ||
        i->file_size(error) > kMaxListed) {
      continue;
    }
    std::ifstream stream(i->path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    if (is_manifest(Outline(text))) {
      stack.on_disk.push_back(i->path().string());
    }
  }
}

/// The files that are read for a stack, in the order in which the program reads a folder.
std::vector<std::string> Workspace::members_of(Stack& stack) {
  if (!stack.is_listed) {
    list(stack);
  }
  std::set<std::string> members(stack.on_disk.begin(), stack.on_disk.end());
  for (auto& [uri, file] : open_) {
    if (stack_of(file) == &stack) {
      file.is_member = stack.key.empty() || is_manifest(file.outline);
      if (file.is_member) {
        members.insert(file.path);
      } else {
        members.erase(file.path);
      }
    }
  }
  return stack.key.empty() ? files_ : std::vector<std::string>(members.begin(), members.end());
}

void Workspace::open(const std::string& uri, std::int64_t version, std::string text) {
  OpenFile file;
  file.uri = uri;
  const auto path = path_of_uri(uri);
  file.path = path ? host_.real_path(*path) : uri;
  file.version = version;
  file.document = TextDocument(std::move(text), encoding_);
  file.outline = Outline(file.document.text());
  file.stack = key_for(file.path);
  if (file.stack) {
    Stack& stack = stacks_[*file.stack];
    stack.key = *file.stack;
    stack.is_dirty = true;
  }
  open_.insert_or_assign(uri, std::move(file));
}

OpenFile* Workspace::find(const std::string& uri) {
  const auto found = open_.find(uri);
  return found == open_.end() ? nullptr : &found->second;
}

const OpenFile* Workspace::find_path(std::string_view path) const {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const auto& open) {
    return open.second.path == path;
  });
  return found == open_.end() ? nullptr : &found->second;
}

void Workspace::changed(OpenFile& file, std::int64_t version) {
  file.version = version;
  file.outline = Outline(file.document.text());
  const auto stack = file.stack ? stacks_.find(*file.stack) : stacks_.end();
  if (stack != stacks_.end() && (file.is_member || is_manifest(file.outline))) {
    stack->second.is_dirty = true;
  }
}

void Workspace::close(const std::string& uri) {
  const auto file = open_.find(uri);
  if (file == open_.end()) {
    return;
  }
  const auto stack = file->second.stack ? stacks_.find(*file->second.stack) : stacks_.end();
  open_.erase(file);
  told_.erase(uri);
  if (stack == stacks_.end()) {
    return;
  }
  const bool is_used = std::any_of(open_.begin(), open_.end(), [&](const auto& open) {
    return stack_of(open.second) == &stack->second;
  });
  if (is_used) {
    stack->second.is_dirty = true;
    return;
  }
  for (const auto& [published, diagnostics] : stack->second.published) {
    cleared_.push_back(published);
  }
  stacks_.erase(stack);
  if (stacks_.empty()) {
    closed_.clear();
  }
}

void Workspace::changed_on_disk() {
  for (auto& [key, stack] : stacks_) {
    stack.is_dirty = true;
    stack.is_listed = false;
  }
}

std::vector<Value> Workspace::refresh() {
  std::vector<Value> out;
  for (const std::string& uri : std::exchange(cleared_, {})) {
    out.push_back(Value::object({{"uri", uri}, {"diagnostics", List{}}}));
  }
  for (auto& [key, stack] : stacks_) {
    if (std::exchange(stack.is_dirty, false)) {
      refresh(stack, out);
    }
  }
  return out;
}

void Workspace::refresh(Stack& stack, std::vector<Value>& out) {
  const std::vector<std::string> paths = members_of(stack);
  if (paths.empty()) {
    stack.reading = {};
    publish(stack, {}, out);
    return;
  }
  OpenTexts texts;
  for (const auto& [uri, file] : open_) {
    if (stack_of(file) == &stack) {
      texts.emplace(file.path, file.document.text());
    }
  }
  stack.reading = host_.read(paths, texts);
  publish(stack, diagnostics_of(stack), out);
}

const Workspace::ClosedFile& Workspace::closed_file(const SourceFile& file) {
  ClosedFile& closed = closed_[file.name];
  if (closed.document.text() != file.text || closed.document.encoding() != encoding_) {
    closed.document = TextDocument(file.text, encoding_);
    closed.outline = Outline(closed.document.text());
  }
  return closed;
}

PlaceWriter Workspace::place_writer() {
  // Texts are compared once for a whole publication, not for every finding.
  auto documents = std::make_shared<std::map<const SourceFile*, const TextDocument*>>();
  PlaceWriter writer;
  writer.takes_related = takes_related_;
  writer.uri = [this](const SourceFile& file) { return uri_of(file.name); };
  writer.range = [this, documents](const SourceRange& range) {
    const TextDocument*& document = (*documents)[range.file];
    if (document == nullptr) {
      const OpenFile* open = find_path(range.file->name);
      document = open != nullptr && open->document.text() == range.file->text
                     ? &open->document
                     : &closed_file(*range.file).document;
    }
    return document->range_of(document->span_of(range));
  };
  return writer;
}

std::map<std::string, List> Workspace::diagnostics_of(const Stack& stack) {
  // What has no place is shown where somebody looks.
  std::string somewhere;
  for (const auto& [uri, file] : open_) {
    if (somewhere.empty() && stack_of(file) == &stack) {
      somewhere = uri;
    }
  }
  const PlaceWriter writer = place_writer();
  std::map<std::string, List> found;
  for (const Finding& finding : stack.reading.findings.all()) {
    if (finding.standing == Standing::kOpen) {
      const SourceRange& range = finding.diagnostic.range;
      const std::string uri = range.is_known() ? writer.uri(*range.file) : somewhere;
      found[uri].push_back(diagnostic_to_json(finding.diagnostic, writer));
    }
  }
  return found;
}

void Workspace::publish(Stack& stack, std::map<std::string, List> found, std::vector<Value>& out) {
  for (const auto& [uri, diagnostics] : stack.published) {
    found[uri];  // Nothing found any more is news, too.
  }
  for (const auto& [uri, file] : open_) {
    if (file.is_member && stack_of(file) == &stack) {
      found[uri];
    }
  }
  std::map<std::string, Value> published;
  for (auto& [uri, list] : found) {
    const bool is_empty = list.empty();
    Value params = Value::object({{"uri", uri}, {"diagnostics", Value(std::move(list))}});
    const Value& diagnostics = params.get("diagnostics");
    const auto before = stack.published.find(uri);
    bool is_news = before == stack.published.end() ? !is_empty : before->second != diagnostics;
    if (!is_empty) {
      published.emplace(uri, diagnostics);
    }
    if (const OpenFile* file = find(uri)) {
      const auto told = told_.find(uri);
      is_news = is_news || told == told_.end() || told->second != file->version;
      told_[uri] = file->version;
      params.set("version", file->version);
    }
    if (is_news) {
      out.push_back(std::move(params));
    }
  }
  stack.published = std::move(published);
}

const Stack* Workspace::stack_of(const OpenFile& file) const {
  const auto found = file.stack ? stacks_.find(*file.stack) : stacks_.end();
  return found == stacks_.end() ? nullptr : &found->second;
}

StackView Workspace::view(const OpenFile& file) {
  std::vector<StackText> texts;
  std::set<std::string_view> seen;
  const Stack* stack = stack_of(file);
  const Manifest* manifest = stack == nullptr ? nullptr : stack->reading.manifest.get();
  if (manifest != nullptr) {
    for (const SourceFile& source : manifest->sources.files()) {
      if (find_path(source.name) == nullptr && seen.insert(source.name).second) {
        const ClosedFile& closed = closed_file(source);
        texts.push_back({source.name, &closed.document, &closed.outline});
      }
    }
  }
  for (const auto& [uri, open] : open_) {
    if (&open == &file || (stack != nullptr && stack_of(open) == stack)) {
      texts.push_back({open.path, &open.document, &open.outline});
    }
  }
  return {guide_, std::move(texts), manifest};
}

std::string Workspace::uri_of(const std::string& path) const {
  if (const OpenFile* file = find_path(path)) {
    return file->uri;
  }
  return path.starts_with('/') ? uri_of_path(path) : path;
}

}  // namespace plumbline
