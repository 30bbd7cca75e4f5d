#include "controller/cli/mending.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/base/text.h"
#include "controller/cli/judge.h"
#include "controller/config/open_texts.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

Error io_error(const std::string& path, std::string_view what) {
  return Error{ErrorClass::kIo, "Unwritable", fmt::format("{} {}", path, what), "", 0};
}

/// A file beside another one, removed unless it took its place.
class FreshFile {
 public:
  explicit FreshFile(const fs::path& beside)
      : name_((beside.parent_path() / ("." + beside.filename().string() + ".XXXXXX")).string()),
        descriptor_(mkostemp(name_.data(), O_CLOEXEC)) {}
  ~FreshFile() {
    if (descriptor_ >= 0) {
      close(descriptor_);
      if (!is_kept_) {
        unlink(name_.c_str());
      }
    }
  }
  FreshFile(const FreshFile&) = delete;
  FreshFile& operator=(const FreshFile&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  /// Mode, and owner as far as that is allowed, are those of `model`.
  bool write_like(const struct stat& model, std::string_view text) {
    const bool has_owner = fchown(descriptor_, model.st_uid, model.st_gid) == 0;
    // Bits that say who runs it must not pass to another owner.
    const mode_t mode = model.st_mode & (has_owner ? 07777U : 0777U);
    while (!text.empty()) {
      const ssize_t written = write(descriptor_, text.data(), text.size());
      if (written < 0 && errno != EINTR) {
        return false;
      }
      text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return fchmod(descriptor_, mode) == 0 && fsync(descriptor_) == 0;
  }

  bool replace(const fs::path& target) {
    is_kept_ = rename(name_.c_str(), target.c_str()) == 0;
    return is_kept_;
  }

 private:
  std::string name_;
  int descriptor_;
  bool is_kept_ = false;
};

void sync_folder(const fs::path& folder) {
  // The new text is whole either way; what may be lost with the power is that it is there.
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
}

/// What lint would say of a manifest that was read, were these the texts of its files, by name.
Loaded lint_changed(
    const Catalog& catalog,
    const Options& options,
    const Manifest& read,
    const std::map<std::string, std::string>& changed
) {
  OpenTexts texts(changed.begin(), changed.end());
  for (const SourceFile& file : read.sources.files()) {
    texts.emplace(file.name, file.text);
  }
  return load_and_lint(catalog, options, manifest_options(options, true), texts);
}

/// Files that are named once: of one with two names nobody knows which text is meant.
std::set<std::string> changeable_files(const Manifest& manifest) {
  std::map<std::string, std::vector<std::string>> names;
  for (const SourceFile& file : manifest.sources.files()) {
    std::error_code error;
    names[fs::canonical(file.name, error).string()].push_back(file.name);
  }
  std::set<std::string> files;
  for (const auto& [path, same] : names) {
    if (same.size() == 1 && !path.empty()) {
      files.insert(same.front());
    }
  }
  return files;
}

/// On one line, as a terminal can show it.
std::string in_short(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\n' || c == '\r';
    if (!is_space || (!out.empty() && out.back() != ' ')) {
      out += is_space ? ' ' : c;
    }
  }
  while (out.ends_with(' ')) {
    out.pop_back();
  }
  return printable(out);
}

}  // namespace

Status replace_file(const std::string& path, std::string_view text) {
  std::error_code error;
  const fs::path target = fs::canonical(path, error);
  struct stat model = {};
  if (error || stat(target.c_str(), &model) != 0) {
    return io_error(path, "is gone");
  }
  if (!S_ISREG(model.st_mode) || access(target.c_str(), W_OK) != 0) {
    return io_error(path, "may not be written");
  }
  FreshFile fresh(target);
  if (!fresh.is_open() || !fresh.write_like(model, text) || !fresh.replace(target)) {
    return io_error(path, fmt::format("cannot be written: {}", std::strerror(errno)));
  }
  sync_folder(target.parent_path());
  return Done{};
}

Result<MendOutcome> mend_files(const Catalog& catalog, const Options& options, Loaded loaded) {
  if (loaded.manifest == nullptr) {
    return MendOutcome{};
  }
  const std::shared_ptr<const Manifest> read = loaded.manifest;
  const std::set<std::string> changeable = changeable_files(*read);
  const MendMeans means = {
      [&](const std::map<std::string, std::string>& changed) {
        Loaded again = lint_changed(catalog, options, *read, changed);
        return Judgement{std::move(again.manifest), std::move(again.findings)};
      },
      [&](const std::string& file) { return changeable.contains(file); }};
  MendOutcome outcome = mend_all({read, std::move(loaded.findings)}, means);
  for (const SourceFile& file : read->sources.files()) {
    const auto now = read_text_file(file.name);
    if (outcome.texts.contains(file.name) && (!now || *now != file.text)) {
      return io_error(file.name, "was changed meanwhile; nothing is mended");
    }
  }
  std::string written;
  for (const auto& [name, text] : outcome.texts) {
    if (const Status done = replace_file(name, text); !done) {
      Error failure = done.error();
      failure.message += written.empty() ? "; nothing is mended" : "; mended:" + written;
      return failure;
    }
    written += " " + name;
  }
  return outcome;
}

std::string render_mending(const MendOutcome& outcome) {
  std::string text;
  for (const MadeEdit& edit : outcome.edits) {
    const std::string after = in_short(edit.after);
    text += fmt::format(
        "{}:{}: {} {}\n",
        edit.file,
        edit.place.line,
        edit.id,
        edit.before.empty() ? "+ " + after : in_short(edit.before) + " → " + after
    );
  }
  return text;
}

}  // namespace plumbline
