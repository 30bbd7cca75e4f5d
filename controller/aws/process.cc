#include "controller/aws/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace plumbline {

namespace {

Error refused(const char* code, std::string message) {
  return {ErrorClass::kIo, code, std::move(message), "", 0};
}

struct Running {
  std::uint64_t id = 0;
  std::string name;
  pid_t pid = 0;
  int output = -1;
  ProcessLimits limits;
  Duration until{0};
  std::string text;
};

/// What posix_spawn wants to know, freed when it goes.
struct SpawnPlan {
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

class SystemProcessRunner final : public ProcessRunner {
 public:
  explicit SystemProcessRunner(std::vector<std::string> environment)
      : environment_(std::move(environment)) {}

  ~SystemProcessRunner() override {
    for (Running& running : running_) {
      end(running);
    }
  }
  SystemProcessRunner(const SystemProcessRunner&) = delete;
  SystemProcessRunner& operator=(const SystemProcessRunner&) = delete;

  void start(
      std::uint64_t id,
      const std::vector<std::string>& argv,
      const ProcessLimits& limits,
      Duration elapsed
  ) override {
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
      done_.push_back({id, refused("ProcessNotStarted", std::strerror(errno))});
      return;
    }
    Running running;
    running.id = id;
    running.name = argv.front();
    running.output = pipe[0];
    running.limits = limits;
    running.until = elapsed + limits.time;
    const int fault = spawn(argv, pipe[1], running.pid);
    close(pipe[1]);
    if (fault != 0) {
      close(pipe[0]);
      done_.push_back(
          {id,
           refused(
               "ProcessNotStarted",
               fmt::format("{} cannot be run: {}", argv.front(), std::strerror(fault))
           )}
      );
      return;
    }
    fcntl(running.output, F_SETFL, O_NONBLOCK);
    running_.push_back(std::move(running));
  }

  std::vector<ProcessDone> poll(Duration elapsed) override {
    std::erase_if(running_, [&](Running& running) { return look_at(running, elapsed); });
    return std::exchange(done_, {});
  }

 private:
  int spawn(std::vector<std::string> argv, int output, pid_t& pid) {
    SpawnPlan plan;
    posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&plan.actions, output, STDOUT_FILENO);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&plan.attributes, &none);
    // A group of its own: what it starts in turn can be ended with it.
    posix_spawnattr_setpgroup(&plan.attributes, 0);
    posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    const std::vector<char*> words = pointers_to(argv);
    const std::vector<char*> variables = pointers_to(environment_);
    return posix_spawnp(
        &pid, words.front(), &plan.actions, &plan.attributes, words.data(), variables.data()
    );
  }

  /// True when it is over, one way or the other.
  bool look_at(Running& running, Duration elapsed) {
    int status = 0;
    const bool has_ended = waitpid(running.pid, &status, WNOHANG) == running.pid;
    read_output(running);
    if (running.text.size() > running.limits.output_bytes) {
      give_up(running, has_ended, "ProcessTooLong", "printed more than it may");
      return true;
    }
    if (has_ended) {
      close(running.output);
      const int exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      done_.push_back({running.id, ProcessOutput{exit_status, std::move(running.text)}});
      return true;
    }
    if (elapsed >= running.until) {
      give_up(running, has_ended, "ProcessTimeout", "did not end in time");
      return true;
    }
    return false;
  }

  static void read_output(Running& running) {
    std::array<char, 4096> buffer{};
    while (running.text.size() <= running.limits.output_bytes) {
      const ssize_t count = read(running.output, buffer.data(), buffer.size());
      if (count <= 0) {
        break;
      }
      running.text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    explicit_bzero(buffer.data(), buffer.size());
  }

  void give_up(Running& running, bool has_ended, const char* code, const char* why) {
    if (has_ended) {
      close(running.output);
    } else {
      end(running);
    }
    done_.push_back({running.id, refused(code, fmt::format("{} {}", running.name, why))});
  }

  static void end(Running& running) {
    kill(-running.pid, SIGKILL);
    waitpid(running.pid, nullptr, 0);
    close(running.output);
  }

  std::vector<std::string> environment_;
  std::vector<Running> running_;
  std::vector<ProcessDone> done_;
};

}  // namespace

std::unique_ptr<ProcessRunner> make_process_runner(std::vector<std::string> environment) {
  return std::make_unique<SystemProcessRunner>(std::move(environment));
}

}  // namespace plumbline
