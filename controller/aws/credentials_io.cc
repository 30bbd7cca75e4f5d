#include "controller/aws/credentials_io.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "controller/base/check.h"

namespace plumbline {

namespace {

constexpr std::size_t kFileBytesMax = 64U << 10;

Error file_error(ErrorClass klass, const std::string& path, std::string_view why) {
  return {klass, "FileUnreadable", fmt::format("{} cannot be read: {}", path, why), "", 0};
}

class HomeFiles final : public CredentialFiles {
 public:
  explicit HomeFiles(std::string home) : home_(std::move(home)) {}

  Result<std::string> read(const std::string& path) override {
    const std::string where = below_home(path);
    std::error_code fault;
    const auto status = std::filesystem::status(where, fault);
    if (status.type() == std::filesystem::file_type::not_found) {
      return file_error(ErrorClass::kNotFound, path, "there is no such file");
    }
    // A pipe or a device could keep the whole program waiting.
    if (status.type() != std::filesystem::file_type::regular) {
      return file_error(ErrorClass::kIo, path, "it is no regular file");
    }
    std::ifstream stream(where, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.is_open() || stream.bad()) {
      return file_error(ErrorClass::kIo, path, "check its permissions");
    }
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kFileBytesMax) {
      return file_error(ErrorClass::kIo, path, "it is longer than 64 KiB");
    }
    return text;
  }

  Status replace(const std::string& path, const std::string& text) override {
    const std::string where = below_home(path);
    const std::string fresh = fmt::format("{}.{}", where, getpid());
    const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
      return file_error(ErrorClass::kIo, path, "it cannot be replaced");
    }
    const bool is_written =
        write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool is_closed = close(file) == 0;
    if (!is_written || !is_closed || std::rename(fresh.c_str(), where.c_str()) != 0) {
      unlink(fresh.c_str());
      return file_error(ErrorClass::kIo, path, "it cannot be replaced");
    }
    return Done{};
  }

 private:
  [[nodiscard]] std::string below_home(const std::string& path) const {
    return path.starts_with("~/") ? home_ + path.substr(1) : path;
  }

  std::string home_;
};

}  // namespace

std::unique_ptr<CredentialFiles> make_credential_files(std::string home) {
  return std::make_unique<HomeFiles>(std::move(home));
}

void CredentialIo::Exchange::await_suspend(std::coroutine_handle<> handle) {
  waiter = handle;
  outgoing.id = ++io.last_id_;
  io.exchanges_[outgoing.id] = this;
  io.requests_.push_back(std::move(outgoing));
}

void CredentialIo::Run::await_suspend(std::coroutine_handle<> handle) {
  waiter = handle;
  const std::uint64_t id = ++io.last_id_;
  io.runs_[id] = this;
  io.processes_.start(id, argv, ProcessLimits(), io.elapsed_);
}

void CredentialIo::Pause::await_suspend(std::coroutine_handle<> handle) const {
  io.pauses_.emplace(io.elapsed_ + after, handle);
}

void CredentialIo::on(Completion completion) {
  const auto found = exchanges_.find(completion.id);
  PLUMBLINE_CHECK(found != exchanges_.end());
  Exchange* exchange = found->second;
  exchanges_.erase(found);
  exchange->response = std::move(completion.response);
  exchange->waiter.resume();
}

void CredentialIo::tend() {
  while (!pauses_.empty() && pauses_.begin()->first <= elapsed_) {
    const std::coroutine_handle<> waiter = pauses_.begin()->second;
    pauses_.erase(pauses_.begin());
    waiter.resume();
  }
  if (runs_.empty()) {
    return;
  }
  for (ProcessDone& done : processes_.poll(elapsed_)) {
    const auto found = runs_.find(done.id);
    PLUMBLINE_CHECK(found != runs_.end());
    Run* run = found->second;
    runs_.erase(found);
    run->output = std::move(done.output);
    run->waiter.resume();
  }
}

}  // namespace plumbline
