#include "simulator/world_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "controller/base/json.h"

namespace plumbline::sim {
namespace {

Error io_error(const std::string& what, const std::string& path) {
  return {
      ErrorClass::kIo, "WorldFile", what + " " + path + ": " + std::strerror(errno) + ".", "", 0};
}

bool write_all(int file, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    written += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

Result<Value> read_world(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Value();
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    return io_error("Cannot read", path);
  }
  return parse_json(text.str());
}

Status write_world(const std::string& path, const Value& world) {
  const std::string next = path + ".next";
  const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    return io_error("Cannot write", next);
  }
  const bool is_written = write_all(file, wire_json(world));
  if (::close(file) != 0 || !is_written || std::rename(next.c_str(), path.c_str()) != 0) {
    return io_error("Cannot write", path);
  }
  return Done{};
}

}  // namespace plumbline::sim
