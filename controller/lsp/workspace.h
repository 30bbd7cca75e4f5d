// Workspace: the texts that an editor has open, the stacks they belong to, and what was last said
// about each stack. Owns all of it; asks the host to read and judge. No protocol, no I/O of its
// own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/open_texts.h"
#include "controller/lint/finding_set.h"
#include "controller/lsp/diagnostic_json.h"
#include "controller/lsp/schema_place.h"
#include "controller/lsp/stack_view.h"

namespace plumbline {

/// A stack as it was read last. Ranges of the findings point into manifest and settings.
struct StackReading {
  std::shared_ptr<const Manifest> manifest;
  std::shared_ptr<const SourceSet> settings;
  FindingSet findings;
};

/// What the program around the server lends it.
struct LanguageHost {
  const Catalog& catalog;
  Value manifest_schema;
  std::vector<std::string> files;  ///< The one stack that was named; empty: each folder is one.
  /// Everything that lint says about the files or folder `paths`.
  std::function<StackReading(const std::vector<std::string>& paths, const OpenTexts& open)> read;
  /// What `plumbline explain` prints about a topic; "" when there is nothing.
  std::function<std::string(const std::string& topic)> explain;
  std::function<std::string(const Property&)> describe_type;
  /// One path for every way to write it; the name of the file stays, its folder is resolved.
  std::function<std::string(const std::string& path)> real_path;
};

struct OpenFile {
  std::string uri;
  std::string path;                  ///< The URI when it is no file's.
  std::optional<std::string> stack;  ///< Key of what it belongs to; settings belong to none.
  std::int64_t version = 0;
  TextDocument document;
  Outline outline;         ///< Of the document as it is now.
  bool is_member = false;  ///< It was read with its stack; else nothing is said about it.
};

struct Stack {
  std::string key;  ///< Folder, or file; "" for the one that was named.
  StackReading reading;
  bool is_dirty = true;
  bool is_listed = false;                  ///< `on_disk` is what is there.
  std::vector<std::string> on_disk;        ///< Manifests of the folder, open or not.
  std::map<std::string, Value> published;  ///< Last diagnostics by URI, where there are any.
};

class Workspace {
 public:
  explicit Workspace(const LanguageHost& host);

  void name_files(std::vector<std::string> files);
  /// As the editor said when it began.
  void use(PositionEncoding encoding, bool takes_related) {
    encoding_ = encoding;
    takes_related_ = takes_related;
  }

  void open(const std::string& uri, std::int64_t version, std::string text);
  /// Null when it is not open.
  OpenFile* find(const std::string& uri);
  /// After its document was changed.
  void changed(OpenFile& file, std::int64_t version);
  void close(const std::string& uri);
  /// Files changed on disk, or settings did.
  void changed_on_disk();

  /// Reads what changed and returns the parameters of the diagnostics to publish.
  std::vector<Value> refresh();

  /// Null when it belongs to none. Read as far as refresh() did.
  [[nodiscard]] const Stack* stack_of(const OpenFile& file) const;
  /// The texts of its stack, or itself alone.
  StackView view(const OpenFile& file);
  /// Good until the next change or refresh.
  [[nodiscard]] PlaceWriter place_writer();
  [[nodiscard]] const SchemaGuide& guide() const { return guide_; }
  [[nodiscard]] std::string uri_of(const std::string& path) const;

 private:
  /// A file of a stack that is not open.
  struct ClosedFile {
    TextDocument document;
    Outline outline;
  };

  [[nodiscard]] std::optional<std::string> key_for(const std::string& path) const;
  [[nodiscard]] bool is_manifest(const Outline& outline) const;
  void list(Stack& stack) const;
  std::vector<std::string> members_of(Stack& stack);
  [[nodiscard]] const OpenFile* find_path(std::string_view path) const;
  std::map<std::string, List> diagnostics_of(const Stack& stack);
  void refresh(Stack& stack, std::vector<Value>& out);
  void publish(Stack& stack, std::map<std::string, List> found, std::vector<Value>& out);
  const ClosedFile& closed_file(const SourceFile& file);

  const LanguageHost& host_;
  SchemaGuide guide_;
  std::vector<std::string> files_;
  PositionEncoding encoding_ = PositionEncoding::kUtf16;
  bool takes_related_ = true;
  std::map<std::string, OpenFile> open_;  ///< By URI.
  std::map<std::string, Stack> stacks_;   ///< By key.
  std::map<std::string, ClosedFile> closed_;
  std::vector<std::string> cleared_;          ///< URIs whose diagnostics are to be taken back.
  std::map<std::string, std::int64_t> told_;  ///< Version that was spoken of last, by URI.
};

}  // namespace plumbline
