#include "tests/support/state/fault_vfs.h"

#include <cstddef>
#include <cstring>
#include <new>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace plumbline {

struct FaultVfs::Inside {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  int operations = 0, break_at = 0;
  DiskFault fault = DiskFault::kFull;

  /// Counts one changing operation; true when it is to fail.
  bool is_broken() { return ++operations >= break_at && break_at != 0; }
};

namespace {

using Inside = FaultVfs::Inside;

/// SQLite allocates szOsFile bytes for it; the real file follows behind.
struct FaultFile {
  sqlite3_file base;
  Inside* inside;
  sqlite3_file* real;
};

constexpr std::size_t kRealAt = (sizeof(FaultFile) + alignof(std::max_align_t) - 1) /
                                alignof(std::max_align_t) * alignof(std::max_align_t);

FaultFile& fault_file(sqlite3_file* file) {
  return *reinterpret_cast<FaultFile*>(file);
}
sqlite3_file* real_of(sqlite3_file* file) {
  return fault_file(file).real;
}

int close_file(sqlite3_file* file) {
  return real_of(file)->pMethods->xClose(real_of(file));
}
int read_file(sqlite3_file* file, void* into, int amount, sqlite3_int64 at) {
  return real_of(file)->pMethods->xRead(real_of(file), into, amount, at);
}

int write_file(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 at) {
  Inside& inside = *fault_file(file).inside;
  const auto write = [&](int length) {
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, length, at);
  };
  if (!inside.is_broken()) {
    return write(amount);
  }
  switch (inside.fault) {
    case DiskFault::kFull:
      write(amount / 2);
      return SQLITE_FULL;
    case DiskFault::kTornWrite:
      write(amount / 2);
      return SQLITE_IOERR_WRITE;
    case DiskFault::kReadOnly:
      return SQLITE_READONLY;
    case DiskFault::kSyncFails:
      return write(amount);
  }
  return SQLITE_IOERR;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Inside& inside = *fault_file(file).inside;
  if (inside.is_broken() && inside.fault != DiskFault::kSyncFails) {
    return inside.fault == DiskFault::kReadOnly ? SQLITE_READONLY : SQLITE_IOERR_TRUNCATE;
  }
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

/// What a test writes needs not survive the machine, so the real file is not synced.
int sync_file(sqlite3_file* file, int /*flags*/) {
  Inside& inside = *fault_file(file).inside;
  return inside.is_broken() && inside.fault != DiskFault::kFull ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xLock(real_of(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
int check_lock(sqlite3_file* file, int* is_reserved) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_reserved);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}
int characteristics(sqlite3_file* file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

// Version 1: no shared memory and no mapping, which the store does not use either.
constexpr sqlite3_io_methods kMethods = {
    1,
    close_file,
    read_file,
    write_file,
    truncate_file,
    sync_file,
    size_of_file,
    lock_file,
    unlock_file,
    check_lock,
    control_file,
    sector_size,
    characteristics,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& inside = *static_cast<Inside*>(vfs->pAppData);
  auto* ours = new (file) FaultFile{};
  ours->inside = &inside;
  ours->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + kRealAt);
  ours->real->pMethods = nullptr;
  const int result = inside.real->xOpen(inside.real, name, ours->real, flags, out_flags);
  ours->base.pMethods = ours->real->pMethods == nullptr ? nullptr : &kMethods;
  return result;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int syncs_folder) {
  auto& inside = *static_cast<Inside*>(vfs->pAppData);
  if (inside.is_broken() && inside.fault == DiskFault::kReadOnly) {
    return SQLITE_IOERR_DELETE;
  }
  return inside.real->xDelete(inside.real, name, syncs_folder);
}

}  // namespace

FaultVfs::FaultVfs() : inside_(std::make_unique<Inside>()) {
  inside_->real = sqlite3_vfs_find(nullptr);
  inside_->vfs = *inside_->real;
  inside_->vfs.zName = "plumbline-faults";
  inside_->vfs.pNext = nullptr;
  inside_->vfs.pAppData = inside_.get();
  inside_->vfs.szOsFile = static_cast<int>(kRealAt) + inside_->real->szOsFile;
  inside_->vfs.xOpen = open_file;
  inside_->vfs.xDelete = delete_file;
  // The rest works on names and time; the real one's functions find their own data again.
  EXPECT_EQ(sqlite3_vfs_register(&inside_->vfs, 1), SQLITE_OK);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_register(inside_->real, 1);
  sqlite3_vfs_unregister(&inside_->vfs);
}

void FaultVfs::break_at(int operation, DiskFault fault) {
  inside_->operations = 0;
  inside_->break_at = operation;
  inside_->fault = fault;
}

int FaultVfs::operations() const {
  return inside_->operations;
}

}  // namespace plumbline
