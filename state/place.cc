#include "state/place.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "state/failure.h"

namespace plumbline {

namespace {

constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kOthersReadOrWrite = 0066;
constexpr std::uint64_t kMiB = std::uint64_t{1024} * 1024;
constexpr std::uint64_t kLeastFree = 64 * kMiB;
constexpr std::uint64_t kBallast = 4 * kMiB;

Error io_error(std::string_view what, const std::string& path, int reason) {
  return state_error(
      ErrorClass::kIo,
      "StateFile",
      fmt::format(
          "{} {} ({}). Check the path and its permissions, or name another state with --state.",
          what,
          path,
          std::strerror(reason)
      )
  );
}

Error refusal(std::string message) {
  return state_error(ErrorClass::kIo, "StatePermissions", std::move(message));
}

struct NetworkDisk {
  std::uint32_t magic;
  std::string_view name;
};
// From linux/magic.h and statfs(2); the headers do not have all of them in every version.
constexpr NetworkDisk kNetworkDisks[] = {
    {0x6969, "NFS"},
    {0x517b, "SMB"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},
    {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},
    {0x73757245, "Coda"},
    {0x564c, "NCP"},
    {0x00c36400, "CephFS"},
    {0x0bd00bd0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
};

class SystemDisk final : public Disk {
 public:
  Result<std::uint64_t> free_bytes(const std::string& folder) override {
    struct statvfs found {};
    if (statvfs(folder.c_str(), &found) != 0) {
      return io_error("Could not ask for the free space of", folder, errno);
    }
    return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
  }

  Result<std::string> network_filesystem(const std::string& folder) override {
    struct statfs found {};
    if (statfs(folder.c_str(), &found) != 0) {
      return io_error("Could not ask for the file system of", folder, errno);
    }
    return std::string(network_disk(static_cast<std::uint32_t>(found.f_type)));
  }

  void release(const std::string& file) override { unlink(file.c_str()); }
};

Status make_folders(const std::string& folder) {
  for (std::size_t end = folder.find('/', 1); end != 0; end = folder.find('/', end + 1)) {
    const std::string part = folder.substr(0, end);
    if (mkdir(part.c_str(), kPrivateFolder) != 0 && errno != EEXIST) {
      return io_error("Could not create the folder", part, errno);
    }
    if (end == std::string::npos) {
      break;
    }
  }
  return Done{};
}

Status check_owner(const std::string& path, std::string_view what, const struct stat& found) {
  if (found.st_uid != geteuid()) {
    return refusal(fmt::format(
        "The {} {} belongs to user {}, not to you (user {}). Run the command as its owner, or name "
        "another state with --state.",
        what,
        path,
        found.st_uid,
        geteuid()
    ));
  }
  return Done{};
}

}  // namespace

std::string_view network_disk(std::uint32_t magic) {
  for (const NetworkDisk& disk : kNetworkDisks) {
    if (magic == disk.magic) {
      return disk.name;
    }
  }
  return "";
}

std::unique_ptr<Disk> make_system_disk() {
  return std::make_unique<SystemDisk>();
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_missing(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) != 0 && errno == ENOENT;
}

std::uint64_t size_of(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

Status prepare_folder(const std::string& state_path) {
  const std::string folder = folder_of(state_path);
  struct stat found {};
  if (stat(folder.c_str(), &found) != 0) {
    if (errno != ENOENT) {
      return io_error("Could not look at the folder", folder, errno);
    }
    PLUMBLINE_DO(make_folders(folder));
    if (stat(folder.c_str(), &found) != 0) {
      return io_error("Could not look at the folder", folder, errno);
    }
  }
  if (!S_ISDIR(found.st_mode)) {
    return io_error("There can be no state below", folder, ENOTDIR);
  }
  if ((found.st_mode & kOthersReadOrWrite) != 0) {
    return refusal(fmt::format(
        "Others can read or write the folder {} of the state {} (mode {:04o}). Run `chmod 700 {}`, "
        "or put the state into a folder of its own with --state.",
        folder,
        state_path,
        found.st_mode & 07777U,
        folder
    ));
  }
  return check_owner(folder, "folder", found);
}

Status check_disk(const std::string& state_path, Disk& disk, bool for_writing) {
  const std::string folder = folder_of(state_path);
  PLUMBLINE_TRY(network, disk.network_filesystem(folder));
  if (!network.empty()) {
    return state_error(
        ErrorClass::kIo,
        "StateDisk",
        fmt::format(
            "The state {} would be on {}, where locks and writes cannot be relied on. Put it on a "
            "local disk with --state.",
            state_path,
            network
        )
    );
  }
  if (!for_writing) {
    return Done{};
  }
  PLUMBLINE_TRY(bytes, disk.free_bytes(folder));
  if (bytes < kLeastFree) {
    return state_error(
        ErrorClass::kIo,
        kDiskFull,
        fmt::format(
            "The disk of the state {} has {} MiB free; changes are started with at least {} MiB, "
            "so that every result can be recorded. Free some space and run the command again.",
            state_path,
            bytes / kMiB,
            kLeastFree / kMiB
        )
    );
  }
  return Done{};
}

Status check_not_lost(const std::string& state_path) {
  if (size_of(state_path) > 0) {
    return Done{};
  }
  const std::string_view what = is_missing(state_path) ? "is missing" : "is empty";
  const auto backups = backups_of(state_path);
  if (!backups.empty()) {
    return state_error(
        ErrorClass::kCorrupt,
        "StateLost",
        fmt::format(
            "The state {0} {1} although {2} is there. Copy that backup to {0} after removing "
            "{0}-wal, or have a new one made that knows what was made since, too: `plumbline state "
            "rebuild --key-from {2}`; or move the backups away to begin a new state.",
            state_path,
            what,
            backups.front().path
        )
    );
  }
  if (size_of(state_path + "-wal") > 0) {
    return state_error(
        ErrorClass::kCorrupt,
        "StateLost",
        fmt::format(
            "The state {0} {1} although its log {0}-wal is there. Put the file back from where it "
            "went, or remove the log to begin a new state.",
            state_path,
            what
        )
    );
  }
  return Done{};
}

Status prepare_file(const std::string& state_path) {
  if (is_missing(state_path)) {
    PLUMBLINE_DO(create_private_file(state_path));
    return sync_file_and_folder(state_path);
  }
  return check_file(state_path);
}

Status check_file(const std::string& state_path) {
  struct stat found {};
  if (lstat(state_path.c_str(), &found) != 0) {
    return io_error("Could not look at the state", state_path, errno);
  }
  if (!S_ISREG(found.st_mode)) {
    return refusal(fmt::format(
        "The state {} is {}. Name the file itself with --state.",
        state_path,
        S_ISLNK(found.st_mode) ? "a symbolic link" : "not a regular file"
    ));
  }
  if ((found.st_mode & kOthersReadOrWrite) != 0) {
    return refusal(fmt::format(
        "Others can read or write the state {} (mode {:04o}). Make sure that nobody changed it, "
        "then run `chmod 600 {}`.",
        state_path,
        found.st_mode & 07777U,
        state_path
    ));
  }
  return check_owner(state_path, "state", found);
}

Status create_private_file(const std::string& path) {
  const int descriptor =
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPrivateFile);
  if (descriptor < 0) {
    return io_error("Could not create", path, errno);
  }
  close(descriptor);
  return Done{};
}

Status sync_file_and_folder(const std::string& file) {
  for (const std::string& path : {file, folder_of(file)}) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      return io_error("Could not open", path, errno);
    }
    const int result = fsync(descriptor);
    const int reason = errno;
    close(descriptor);
    if (result != 0) {
      return io_error("Could not write to the disk", path, reason);
    }
  }
  return Done{};
}

std::string ballast_path(const std::string& state_path) {
  return state_path + ".ballast";
}

Status make_ballast(const std::string& state_path) {
  const std::string path = ballast_path(state_path);
  if (size_of(path) == kBallast) {
    return Done{};
  }
  const int descriptor =
      open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFile);
  if (descriptor < 0) {
    return io_error("Could not create", path, errno);
  }
  const int reason = posix_fallocate(descriptor, 0, static_cast<off_t>(kBallast));
  close(descriptor);
  if (reason != 0) {
    return io_error("Could not reserve 4 MiB for the last results in", path, reason);
  }
  return Done{};
}

std::string backup_path(const std::string& state_path, std::uint64_t serial) {
  return fmt::format("{}.backup-{}", state_path, serial);
}

std::vector<BackupFile> backups_of(const std::string& state_path) {
  const std::string folder = folder_of(state_path);
  const auto slash = state_path.rfind('/');
  const std::string prefix =
      (slash == std::string::npos ? state_path : state_path.substr(slash + 1)) + ".backup-";
  std::vector<BackupFile> backups;
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder, ignored), end; entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) {
      continue;
    }
    std::uint64_t serial = 0;
    const char* first = name.data() + prefix.size();
    const char* last = name.data() + name.size();
    const auto read = std::from_chars(first, last, serial);
    if (read.ec == std::errc() && read.ptr == last) {
      backups.push_back({serial, backup_path(state_path, serial)});
    }
  }
  std::ranges::sort(backups, std::greater<>(), &BackupFile::serial);
  return backups;
}

}  // namespace plumbline
