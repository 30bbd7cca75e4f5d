#include "state/frozen.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/failure.h"

namespace plumbline {

namespace {

constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::uint32_t kLogMagic = 0x377f0682;  ///< One more: the checksums are big-endian.
constexpr std::size_t kVersionsAt = 18;          ///< In the file: who may write, who may read.
constexpr std::size_t kFileHeader = 100;
constexpr std::size_t kSmallestPage = 512, kLargestPage = 65536;
constexpr int kTries = 100;

std::uint32_t word(std::string_view bytes, std::size_t at, std::endian order = std::endian::big) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    const std::size_t from = order == std::endian::big ? i : sizeof value - 1 - i;
    value = value << 8U | static_cast<unsigned char>(bytes[at + from]);
  }
  return value;
}

/// The checksum that runs through a log from its header on.
struct Checksum {
  std::endian order = std::endian::big;
  std::uint32_t first = 0, second = 0;

  void add(std::string_view bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first += word(bytes, at, order) + second;
      second += word(bytes, at + 4, order) + first;
    }
  }
  [[nodiscard]] bool is_at(std::string_view bytes, std::size_t at) const {
    return word(bytes, at) == first && word(bytes, at + 4) == second;
  }
};

/// The pages of a log's whole commits, by number, as views into it.
struct Pages {
  std::size_t page_size = 0;
  std::map<std::uint32_t, std::string_view> newest;
  std::uint32_t count = 0;  ///< Of the whole database after the last commit; 0 = there was none.
  std::size_t read = 0;     ///< Bytes of the log up to the first frame that does not fit.
};

Pages pages_of(std::string_view log) {
  Pages pages;
  if (log.size() < kLogHeader || (word(log, 0) & ~1U) != kLogMagic) {
    return pages;
  }
  Checksum sum;
  sum.order = (word(log, 0) & 1U) != 0 ? std::endian::big : std::endian::little;
  sum.add(log.substr(0, kLogHeader - 8));
  pages.page_size = word(log, 8);
  if (!sum.is_at(log, kLogHeader - 8) || !std::has_single_bit(pages.page_size) ||
      pages.page_size < kSmallestPage || pages.page_size > kLargestPage) {
    return pages;
  }
  pages.read = kLogHeader;
  std::map<std::uint32_t, std::string_view> begun;
  const std::size_t frame_size = kFrameHeader + pages.page_size;
  for (std::size_t at = kLogHeader; at + frame_size <= log.size(); at += frame_size) {
    const std::string_view frame = log.substr(at, frame_size);
    const bool is_of_this_log = frame.substr(8, 8) == log.substr(16, 8);
    sum.add(frame.substr(0, 8));
    sum.add(frame.substr(kFrameHeader));
    if (!is_of_this_log || word(frame, 0) == 0 || !sum.is_at(frame, 16)) {
      break;
    }
    pages.read = at + frame_size;
    begun[word(frame, 0)] = frame.substr(kFrameHeader);
    if (const std::uint32_t count = word(frame, 4); count != 0) {
      pages.count = count;
      for (const auto& [number, page] : begun) {
        pages.newest[number] = page;
      }
      begun.clear();
    }
  }
  return pages;
}

/// What makes a log more than torn; "" when nothing does. Each commit is on the disk before the
/// next one begins, so of what follows a broken frame at most one commit can belong to this log.
std::string_view log_damage(std::string_view log) {
  if (log.size() < kLogHeader) {
    return "";  // It was just being made.
  }
  const Pages pages = pages_of(log);
  if (pages.read == 0) {
    return "its log has no proper beginning";
  }
  int commits = 0;
  const std::size_t frame_size = kFrameHeader + pages.page_size;
  for (std::size_t at = pages.read; at + kFrameHeader <= log.size(); at += frame_size) {
    const bool is_of_this_log = log.substr(at + 8, 8) == log.substr(16, 8);
    commits += is_of_this_log && word(log, at + 4) != 0 ? 1 : 0;
  }
  return commits > 1 ? "its log is broken before its end" : "";
}

Error unreadable(const std::string& path, int reason) {
  return state_error(
      ErrorClass::kIo,
      kDiskError,
      fmt::format(
          "The state {} could not be read ({}). Check the disk and the file's permissions, then "
          "run the command again.",
          path,
          std::strerror(reason)
      )
  );
}

/// At most `limit` bytes of a file; "" when there is none.
Result<std::string> read_file(const std::string& path, std::size_t limit = SIZE_MAX) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return errno == ENOENT ? Result<std::string>(std::string()) : unreadable(path, errno);
  }
  std::string bytes;
  ssize_t got = 1;
  while (got > 0 && bytes.size() < limit) {
    constexpr std::size_t kPart = 1 << 20;
    const std::size_t had = bytes.size();
    bytes.resize(had + std::min(kPart, limit - had));
    got = read(descriptor, bytes.data() + had, bytes.size() - had);
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  const int reason = errno;
  close(descriptor);
  return got < 0 ? Result<std::string>(unreadable(path, reason)) : bytes;
}

/// What changes when a file is written: without a log, nothing else tells.
std::string stamp_of(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) != 0 ? std::string()
                                         : fmt::format(
                                               "{} {} {}.{}",
                                               found.st_ino,
                                               found.st_size,
                                               found.st_mtim.tv_sec,
                                               found.st_mtim.tv_nsec
                                           );
}

}  // namespace

std::string lay_over(std::string file, std::string_view log) {
  const Pages pages = pages_of(log);
  if (pages.count != 0) {
    // No commit makes more pages than it writes; one that says so is SQLite's to refuse.
    file.resize(std::min(pages.count * pages.page_size, file.size() + log.size()));
    for (const auto& [number, page] : pages.newest) {
      if (number * pages.page_size <= file.size()) {
        file.replace((number - 1) * pages.page_size, pages.page_size, page);
      }
    }
  }
  if (file.size() >= kFileHeader) {
    file.replace(kVersionsAt, 2, "\1\1");  // No log: a database in memory cannot have one.
  }
  return file;
}

Status check_log(const std::string& path) {
  PLUMBLINE_TRY(log, read_file(path + "-wal"));
  if (const std::string_view damage = log_damage(log); !damage.empty()) {
    return damaged_state(path, damage);
  }
  return Done{};
}

/// The holder copies pages from the log into the file at any moment. Those are in the log, too, as
/// long as it is the same one, and the log is read after the file; a new log has a new header.
Result<std::string> read_frozen(const std::string& path) {
  const std::string log_path = path + "-wal";
  for (int i = 0; i < kTries; ++i) {
    const std::string stamp = stamp_of(path);
    PLUMBLINE_TRY(before, read_file(log_path, kLogHeader));
    PLUMBLINE_TRY(file, read_file(path));
    PLUMBLINE_TRY(log, read_file(log_path));
    PLUMBLINE_TRY(after, read_file(log_path, kLogHeader));
    const bool is_same_log = before == after && log.substr(0, kLogHeader) == before;
    const bool has_log = before.size() == kLogHeader;
    if (is_same_log && (has_log || stamp == stamp_of(path))) {
      if (const std::string_view damage = log_damage(log); !damage.empty()) {
        return damaged_state(path, damage);
      }
      return lay_over(std::move(file), log);
    }
  }
  return state_error(
      ErrorClass::kConflict,
      kStateBusy,
      fmt::format(
          "The state {} is written faster than it can be read. Run the command again in a moment.",
          path
      )
  );
}

}  // namespace plumbline
