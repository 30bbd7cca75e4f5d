// Runs a command several times and prints the medians: wall milliseconds, own CPU milliseconds
// (user and system), peak resident MiB, and the last exit status. What the command prints is
// dropped. A small program of its own because a child's peak begins with its parent's.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char** environ;  // NOLINT: POSIX's name.

namespace {

struct Run {
  double wall_ms = 0, cpu_ms = 0, rss_mib = 0;
  int status = 0;
};

double ms_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

bool run_once(char** command, Run& run) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawnp(&child, *command, &actions, nullptr, command, environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage usage{};
  if (failed != 0 || wait4(child, &status, 0, &usage) != child) {
    return false;
  }
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begin;
  run.wall_ms = wall.count();
  run.cpu_ms = ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
  run.rss_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

double median(const std::vector<Run>& runs, double Run::*member) {
  std::vector<double> values;
  values.reserve(runs.size());
  for (const Run& run : runs) {
    values.push_back(run.*member);
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view number = argc > 2 ? argv[1] : "";
  int count = 0;
  std::from_chars(number.data(), number.data() + number.size(), count);
  if (count < 1) {
    fmt::print(stderr, "usage: bench_meter RUNS COMMAND [ARGUMENT...]\n");
    return 64;
  }
  std::vector<Run> runs(static_cast<std::size_t>(count));
  for (Run& run : runs) {
    if (!run_once(argv + 2, run)) {
      fmt::print(stderr, "bench_meter: cannot run {}\n", argv[2]);
      return 1;
    }
  }
  fmt::print(
      "{:.2f} {:.2f} {:.1f} {}\n",
      median(runs, &Run::wall_ms),
      median(runs, &Run::cpu_ms),
      median(runs, &Run::rss_mib),
      runs.back().status
  );
  return 0;
}
