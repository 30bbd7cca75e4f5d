#include "controller/config/source_zip.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "controller/config/manifest.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// What AWS takes as one upload, and what it unpacks.
constexpr std::size_t kMaxZipped = 50U << 20;
constexpr std::size_t kMaxUnzipped = 250U << 20;
/// 1980-01-01 in DOS form, the earliest time an archive can hold.
constexpr zip_uint16_t kFirstDate = 1 << 5 | 1;

struct Entry {
  std::string name;  ///< Inside the archive.
  std::string content;
  bool is_executable = false;
};

Error refuse(std::string code, std::string message) {
  return {ErrorClass::kIo, std::move(code), std::move(message), "", 0};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// What is judged is what is read: one descriptor, no link followed, nothing that blocks.
Result<Entry> read_entry(const fs::path& path, std::string name) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) {
    return errno == ELOOP
               ? refuse(
                     "SymbolicLink",
                     fmt::format("{} is a symbolic link; put the file itself there.", path.string())
                 )
               : refuse(
                     "CannotRead",
                     fmt::format(
                         "{} cannot be read: {}; check the path and its permissions.",
                         path.string(),
                         std::strerror(errno)
                     )
                 );
  }
  struct stat status = {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return refuse("NotAFile", fmt::format("{} is no regular file; remove it.", path.string()));
  }
  if (static_cast<std::size_t>(status.st_size) > kMaxUnzipped) {
    return refuse(
        "TooLarge",
        fmt::format("{} is larger than {} MiB; remove it.", path.string(), kMaxUnzipped >> 20)
    );
  }
  Entry entry = {
      std::move(name),
      std::string(static_cast<std::size_t>(status.st_size), '\0'),
      (status.st_mode & S_IXUSR) != 0};
  std::size_t have = 0;
  while (have < entry.content.size()) {
    const ssize_t got = read(file.get(), entry.content.data() + have, entry.content.size() - have);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return refuse(
          "CannotRead",
          fmt::format("{} changed or failed while it was read; try again.", path.string())
      );
    }
    have += static_cast<std::size_t>(got);
  }
  return entry;
}

bool is_excluded(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == ".git" || name == "__pycache__" || name == ".DS_Store" ||
         path.extension() == ".pyc";
}

/// Paths of all files below `folder`, relative and sorted.
Result<std::vector<std::string>> list_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator i(folder, error);
  for (const fs::recursive_directory_iterator end; !error && i != end; i.increment(error)) {
    const fs::file_status status = i->symlink_status(error);
    if (error) {
      break;
    }
    if (is_excluded(i->path())) {
      i.disable_recursion_pending();
      continue;
    }
    if (fs::is_symlink(status)) {
      return refuse(
          "SymbolicLink",
          fmt::format("{} is a symbolic link; put the file itself there.", i->path().string())
      );
    }
    if (!fs::is_directory(status)) {
      names.push_back(i->path().lexically_relative(folder).generic_string());
    }
  }
  if (error) {
    return refuse(
        "CannotRead",
        fmt::format(
            "{} cannot be read: {}; check the path and its permissions.",
            folder.string(),
            error.message()
        )
    );
  }
  std::sort(names.begin(), names.end());
  return names;
}

Error zip_failure(zip_error_t& error) {
  Error failure = refuse(
      "ZipFailed", fmt::format("The archive cannot be made: {}.", zip_error_strerror(&error))
  );
  zip_error_fini(&error);
  return failure;
}

bool add_entry(zip_t* archive, const Entry& entry) {
  zip_source_t* const source =
      zip_source_buffer(archive, entry.content.data(), entry.content.size(), 0);
  if (source == nullptr) {
    return false;
  }
  const zip_int64_t added = zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (added < 0) {
    zip_source_free(source);
    return false;
  }
  const auto index = static_cast<zip_uint64_t>(added);
  const zip_uint32_t mode = S_IFREG | (entry.is_executable ? 0755U : 0644U);
  return zip_file_set_dostime(archive, index, 0, kFirstDate, 0) == 0 &&
         zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, mode << 16) == 0 &&
         zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, 9) == 0;
}

/// The finished archive out of its memory.
Result<std::string> take_bytes(zip_source_t* source) {
  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_source_open(source) != 0 || zip_source_stat(source, &status) != 0) {
    return zip_failure(*zip_source_error(source));
  }
  std::string bytes(status.size, '\0');
  const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (got < 0 || static_cast<std::size_t>(got) != bytes.size()) {
    return refuse("ZipFailed", "The archive cannot be read back from memory.");
  }
  return bytes;
}

Result<std::string> zip_entries(const std::vector<Entry>& entries, const std::string& what) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (memory == nullptr) {
    return zip_failure(error);
  }
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> held(memory, zip_source_free);
  zip_t* const archive = zip_open_from_source(memory, ZIP_CREATE | ZIP_TRUNCATE, &error);
  if (archive == nullptr) {
    return zip_failure(error);
  }
  // zip_close gives up the archive's share of the memory; ours stays.
  zip_source_keep(memory);
  const bool is_added = std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return add_entry(archive, entry);
  });
  if (!is_added || zip_close(archive) != 0) {
    const std::string why = zip_strerror(archive);
    zip_discard(archive);
    return refuse("ZipFailed", fmt::format("The archive of {} cannot be made: {}.", what, why));
  }
  PLUMBLINE_TRY(bytes, take_bytes(memory));
  if (bytes.size() > kMaxZipped) {
    return refuse(
        "TooLarge",
        fmt::format(
            "{} is {} MiB as an archive; AWS takes {} MiB at once. Remove what the function does "
            "not need, or upload it to S3.",
            what,
            (bytes.size() + (1U << 20) - 1) >> 20,
            kMaxZipped >> 20
        )
    );
  }
  return bytes;
}

/// The place of the code, which lies in the manifest's folder: who may change a manifest must not
/// be able to send away what else this machine holds.
Result<std::string> path_within(const std::string& folder, const std::string& written) {
  std::error_code error;
  const fs::path path = (fs::path(folder) / written).lexically_normal();
  const fs::path root = fs::weakly_canonical(fs::absolute(folder, error), error);
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  const fs::path relative = real.lexically_relative(root);
  if (error || relative.empty() || *relative.begin() == "..") {
    return refuse(
        "OutsideFolder",
        fmt::format(
            "{} lies outside the manifest's folder; put the code, or a build of it, beside the "
            "manifest.",
            written
        )
    );
  }
  return path.string();
}

}  // namespace

Result<std::string> zip_folder(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return refuse(
        "NoFolder",
        fs::exists(folder, error)
            ? fmt::format("{} is no folder; use `file` for a file.", folder)
            : fmt::format(
                  "There is no folder {}; check the path, which starts at the manifest's folder.",
                  folder
              )
    );
  }
  PLUMBLINE_TRY(names, list_files(folder));
  if (names.empty()) {
    return refuse(
        "EmptyFolder", fmt::format("The folder {} holds no files; build the code first.", folder)
    );
  }
  std::vector<Entry> entries;
  std::size_t total = 0;
  for (const std::string& name : names) {
    PLUMBLINE_TRY(entry, read_entry(fs::path(folder) / name, name));
    total += entry.content.size();
    if (total > kMaxUnzipped) {
      return refuse(
          "TooLarge",
          fmt::format(
              "{} holds more than {} MiB; remove what the function does not need.",
              folder,
              kMaxUnzipped >> 20
          )
      );
    }
    entries.push_back(std::move(entry));
  }
  return zip_entries(entries, folder);
}

Result<std::string> zip_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return refuse("NotAFile", fmt::format("{} is a folder; use `directory` for it.", path));
  }
  PLUMBLINE_TRY(entry, read_entry(path, fs::path(path).filename().string()));
  if (fs::path(path).extension() != ".zip") {
    return zip_entries({std::move(entry)}, path);
  }
  if (!entry.content.starts_with("PK")) {
    return refuse("NotAnArchive", fmt::format("{} is no zip archive; build it again.", path));
  }
  if (entry.content.size() > kMaxZipped) {
    return refuse(
        "TooLarge",
        fmt::format(
            "{} is larger than the {} MiB AWS takes at once; make it smaller, or upload it to S3.",
            path,
            kMaxZipped >> 20
        )
    );
  }
  return std::move(entry.content);
}

Result<Value> read_source(
    const std::string& source, const Value& written, const std::string& folder
) {
  if (source != "zip") {
    return Error{
        ErrorClass::kInvalid,
        "UnknownSource",
        fmt::format("There is no value source `{}`.", source),
        "",
        0};
  }
  const std::string& directory = written.text_of("directory");
  const std::string& file = written.text_of("file");
  if (directory.empty() == file.empty()) {
    return Error{
        ErrorClass::kInvalid,
        "NoSource",
        "Code comes from { directory: PATH } or { file: PATH }; write one of them.",
        "",
        0};
  }
  PLUMBLINE_TRY(path, path_within(folder, directory.empty() ? file : directory));
  PLUMBLINE_TRY(bytes, directory.empty() ? zip_file(path) : zip_folder(path));
  return Value::bytes(std::move(bytes));
}

}  // namespace plumbline
