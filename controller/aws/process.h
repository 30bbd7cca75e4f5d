// ProcessRunner: runs a program beside the loop and hands back what it printed. Knows neither what
// the program is nor what its words mean. Nothing here waits: poll() takes what is there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/env.h"
#include "controller/base/result.h"

namespace plumbline {

struct ProcessLimits {
  Duration time = std::chrono::seconds(60);
  std::size_t output_bytes = 64U << 10;
};

struct ProcessOutput {
  int exit_status = 0;  ///< 128 + signal when it was killed.
  std::string text;     ///< Of its standard output.
};

struct ProcessDone {
  std::uint64_t id = 0;
  /// kIo: it could not be started, took too long, or printed too much (and was killed).
  Result<ProcessOutput> output;
};

class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// Starts argv[0], looked up in PATH; no shell. Its input is empty, its errors go where ours go.
  /// What comes of it comes out of a later poll().
  virtual void start(
      std::uint64_t id,
      const std::vector<std::string>& argv,
      const ProcessLimits& limits,
      Duration elapsed
  ) = 0;
  virtual std::vector<ProcessDone> poll(Duration elapsed) = 0;
};

/// `environment` is "NAME=VALUE" for each variable the programs get. What still runs is killed when
/// the runner goes.
std::unique_ptr<ProcessRunner> make_process_runner(std::vector<std::string> environment);

}  // namespace plumbline
