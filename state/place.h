// Place: the folder and the files around a state (modes, owner, kind of disk, free space, ballast,
// backups' names). Owned by nobody: free functions, and Disk, the seam that tests fake. Must not
// know what is in the state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"

namespace plumbline {

/// What the operating system says about a disk; faked by tests.
class Disk {
 public:
  virtual ~Disk() = default;
  /// Bytes that an ordinary user may still write to the disk of `folder`.
  virtual Result<std::uint64_t> free_bytes(const std::string& folder) = 0;
  /// "NFS" or the like, "" for a local disk.
  virtual Result<std::string> network_filesystem(const std::string& folder) = 0;
  /// Deletes `file` to make room for the last batch.
  virtual void release(const std::string& file) = 0;
};
std::unique_ptr<Disk> make_system_disk();
/// The name of a file system that other machines may write to, by its number in statfs(2); "" for
/// all others.
std::string_view network_disk(std::uint32_t magic);

/// The folder of a path as the operating system takes it: "." for a bare name.
std::string folder_of(const std::string& path);

/// Creates the state's folder (0700), or refuses one that others can read or write.
Status prepare_folder(const std::string& state_path);
/// Refuses a network disk, and for writers one with less than 64 MiB free.
Status check_disk(const std::string& state_path, Disk& disk, bool for_writing);
/// Refuses when the state file is missing or empty but its log or its backups are there.
Status check_not_lost(const std::string& state_path);
/// Refuses a state file that is not ours alone.
Status check_file(const std::string& state_path);
/// Creates the state file (0600, empty), or checks the one that is there.
Status prepare_file(const std::string& state_path);
bool is_missing(const std::string& path);
std::uint64_t size_of(const std::string& path);  ///< 0 when missing.

/// Creates `path` empty with mode 0600; it must not exist.
Status create_private_file(const std::string& path);
/// Makes the content of `file` and then the names in its folder durable.
Status sync_file_and_folder(const std::string& file);

/// 4 MiB that are deleted when the disk is full, so that the last outcomes can be written.
std::string ballast_path(const std::string& state_path);
Status make_ballast(const std::string& state_path);

struct BackupFile {
  std::uint64_t serial = 0;
  std::string path;
};
/// Highest serial first.
std::vector<BackupFile> backups_of(const std::string& state_path);
std::string backup_path(const std::string& state_path, std::uint64_t serial);

}  // namespace plumbline
