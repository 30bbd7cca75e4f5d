#include "state/lock.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/base/text.h"
#include "state/failure.h"

namespace plumbline {

namespace {

constexpr mode_t kPrivateFile = 0600;
constexpr std::size_t kMaxContent = 4096;

std::string lock_path(const std::string& state_path) {
  return state_path + ".lock";
}

struct flock whole_file() {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

Error lock_error(const std::string& path, std::string_view doing, int reason) {
  return state_error(
      ErrorClass::kIo,
      "StateLock",
      fmt::format(
          "The lock file {} could not be {} ({}). Check that you own it and its folder, then run "
          "the command again.",
          path,
          doing,
          std::strerror(reason)
      )
  );
}

Error held_error(const std::string& state_path) {
  const LockHolder holder = read_lock(state_path);
  // The holder writes its name after taking the lock; between the two it is nameless.
  const std::string who = holder.text.empty() ? "another process" : holder.text;
  const std::string where =
      holder.address.empty() ? "" : fmt::format(" and answers at {}", holder.address);
  return state_error(
      ErrorClass::kConflict,
      "StateHeld",
      fmt::format(
          "The state {} is held by {}{}. Nothing was changed. Wait until it has finished, or stop "
          "it, and run the command again.",
          state_path,
          who,
          where
      )
  );
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = ' ';
    }
  }
  return text;
}

std::string compose(const LockHolder& holder) {
  return fmt::format(
      "holder: {}\nprocess: {}\naddress: {}\n",
      one_line(holder.text),
      one_line(holder.process),
      one_line(holder.address)
  );
}

LockHolder read_content(int descriptor) {
  std::string content(kMaxContent, '\0');
  const ssize_t size = pread(descriptor, content.data(), content.size(), 0);
  content.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  LockHolder holder;
  for (const std::string_view line : split(content, '\n')) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string value(line.substr(colon + 2));
    const std::string_view key = line.substr(0, colon);
    if (key == "holder") {
      holder.text = value;
    } else if (key == "process") {
      holder.process = value;
    } else if (key == "address") {
      holder.address = value;
    }
  }
  return holder;
}

bool write_content(int descriptor, const LockHolder& holder) {
  const std::string content = compose(holder);
  // Writing before cutting keeps a reader from finding an empty file while the lock is held.
  return pwrite(descriptor, content.data(), content.size(), 0) ==
             static_cast<ssize_t>(content.size()) &&
         ftruncate(descriptor, static_cast<off_t>(content.size())) == 0;
}

/// Whether `descriptor` is still the file that others find under `path`.
bool is_current(int descriptor, const std::string& path) {
  struct stat ours {};
  struct stat named {};
  return fstat(descriptor, &ours) == 0 && lstat(path.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

}  // namespace

Result<Lock> Lock::acquire(const std::string& state_path, const std::string& holder) {
  const std::string path = lock_path(state_path);
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    const int descriptor =
        open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFile);
    if (descriptor < 0) {
      return lock_error(path, "opened", errno);
    }
    Lock lock(descriptor);
    struct flock range = whole_file();
    if (fcntl(descriptor, F_OFD_SETLK, &range) != 0) {
      const int reason = errno;
      lock.descriptor_ = -1;  // Not ours: it must not be emptied.
      close(descriptor);
      if (reason == EAGAIN || reason == EACCES) {
        return held_error(state_path);
      }
      return lock_error(path, "locked", reason);
    }
    if (!is_current(descriptor, path)) {
      continue;  // Somebody removed the file between opening and locking.
    }
    if (!write_content(descriptor, {holder, std::to_string(getpid()), ""})) {
      return lock_error(path, "written", errno);
    }
    return lock;
  }
  return lock_error(path, "kept in place", EAGAIN);
}

Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Lock::~Lock() {
  if (descriptor_ >= 0) {
    // Should this fail, the text is stale but read_lock() sees that nobody holds the lock.
    static_cast<void>(!ftruncate(descriptor_, 0));
    close(descriptor_);
  }
}

LockHolder read_lock(const std::string& state_path) {
  const int descriptor =
      open(lock_path(state_path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    return {};
  }
  struct flock range = whole_file();
  const bool is_held = fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  const LockHolder holder = is_held ? read_content(descriptor) : LockHolder{};
  close(descriptor);
  return holder;
}

std::string read_lock_holder(const std::string& state_path) {
  return read_lock(state_path).text;
}

Status publish_lock_address(const std::string& state_path, const std::string& address) {
  LockHolder holder = read_lock(state_path);
  if (holder.process != std::to_string(getpid())) {
    return state_error(
        ErrorClass::kConflict,
        "StateHeld",
        fmt::format(
            "The address {} was not written beside the state {}, because this process does not "
            "hold it. Open the state first.",
            address,
            state_path
        )
    );
  }
  holder.address = address;
  const std::string path = lock_path(state_path);
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return lock_error(path, "opened", errno);
  }
  const bool is_written = write_content(descriptor, holder);
  const int reason = errno;
  close(descriptor);
  if (!is_written) {
    return lock_error(path, "written", reason);
  }
  return Done{};
}

}  // namespace plumbline
