#include "controller/cli/plan_store.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "state/place.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 512;  ///< Enough to tell a plan from a manifest.
constexpr std::uintmax_t kLargest = 256U << 20U;

Error io_error(const std::string& path, std::string_view what) {
  return {
      ErrorClass::kIo,
      "PlanFile",
      fmt::format("The plan file {} {}: {}.", path, what, std::strerror(errno)),
      "",
      0};
}

/// The first `limit` bytes; nothing when there is no such regular file.
std::optional<std::string> read_file(const std::string& path, std::uintmax_t limit) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return std::nullopt;
  }
  std::ifstream file(path, std::ios::binary);
  const std::uintmax_t size = std::min<std::uintmax_t>(fs::file_size(path, error), limit);
  std::string text(error ? 0 : size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool holds_plan(const std::string& path) {
  const auto head = read_file(path, kHead);
  return head && is_plan_file(*head);
}

}  // namespace

Status check_plan_place(const std::string& path) {
  std::error_code error;
  const bool is_there = fs::exists(fs::symlink_status(path, error));
  const auto text = read_file(path, kHead);
  const bool is_empty = text && text->empty();
  if (is_there && !is_empty && !holds_plan(path)) {
    return Error{
        ErrorClass::kInvalid,
        "PlanFile",
        fmt::format("{} exists and is no plan file; name another file with --out", path),
        "",
        0};
  }
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) {
    return Error{
        ErrorClass::kInvalid,
        "PlanFile",
        fmt::format("there is no folder {} for --out {}", folder.string(), path),
        "",
        0};
  }
  return Done{};
}

Status save_plan_file(const std::string& path, const std::string& text) {
  const std::string beside = fmt::format("{}.{}", path, getpid());
  std::error_code ignored;
  fs::remove(beside, ignored);
  if (Status made = create_private_file(beside); !made) {
    return made;
  }
  std::ofstream file(beside, std::ios::binary);
  file << text << std::flush;
  const bool is_written = file.good();
  file.close();
  if (!is_written || std::rename(beside.c_str(), path.c_str()) != 0) {
    const Error error = io_error(path, "could not be written");
    fs::remove(beside, ignored);
    return error;
  }
  return sync_file_and_folder(path);
}

Result<std::optional<FoundPlan>> find_plan_file(const std::vector<std::string>& paths) {
  std::string path;
  FoundPlan found;
  for (const std::string& each : paths) {
    if (!holds_plan(each)) {
      found.others.push_back(each);
    } else if (path.empty()) {
      path = each;
    } else {
      return Error{
          ErrorClass::kInvalid,
          "PlanFile",
          fmt::format("{} and {} are both saved plans; apply one after the other", path, each),
          "",
          0};
    }
  }
  if (path.empty()) {
    return std::optional<FoundPlan>();
  }
  const auto text = read_file(path, kLargest);
  if (!text) {
    return io_error(path, "could not be read");
  }
  PLUMBLINE_TRY(plan, read_plan(path, *text));
  found.plan = std::move(plan);
  return std::optional(std::move(found));
}

}  // namespace plumbline
