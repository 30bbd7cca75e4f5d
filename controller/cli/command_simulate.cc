// simulate: an AWS of its own on a loopback port.
#include <atomic>
#include <csignal>

#include <fmt/format.h>

#include "controller/cli/commands.h"
#include "controller/cli/judge.h"
#include "simulator/server.h"

namespace plumbline {

namespace {

// A signal handler can reach nothing but a global; this is the server that is running, if any.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<sim::Server*> running_server{nullptr};

extern "C" void handle_simulator_signal(int /*signal*/) {
  if (sim::Server* server = running_server.load(); server != nullptr) {
    server->stop();
  }
}

/// Lets the well-known key do what the files allow. False, after having said why, when it cannot.
bool restrict_key(Terminal& terminal, const Options& options, sim::Simulator& simulator) {
  std::vector<std::string> documents;
  for (const std::string& path : options.policies) {
    auto text = read_text_file(path);
    if (!text) {
      terminal.err(fmt::format("plumbline: the policy {}\n", text.error().message));
      return false;
    }
    documents.push_back(*std::move(text));
    const std::string why = simulator.restrict(std::string(sim::kWellKnownKey), {documents.back()});
    if (!why.empty()) {
      terminal.err(fmt::format("plumbline: the policy {} is of no use: {}\n", path, why));
      return false;
    }
  }
  if (!documents.empty()) {
    simulator.restrict(std::string(sim::kWellKnownKey), documents);
  }
  return true;
}

Exit run_simulate(Terminal& terminal, const Options& options, Catalog& /*catalog*/) {
  SystemClock clock;
  sim::Options sim;
  sim.seed = options.seed;
  sim.time_scale = options.time_scale;
  sim.faults = options.faults;
  sim.world_file = options.world_file;
  sim::Simulator simulator(clock, sim);
  if (!restrict_key(terminal, options, simulator)) {
    return Exit::kFailed;
  }
  sim::Server server(simulator, options.simulate_listen);
  if (!server.error().empty()) {
    terminal.err(fmt::format("plumbline: {}\n", server.error()));
    return Exit::kFailed;
  }
  terminal.out(fmt::format(
      "Simulated AWS on http://127.0.0.1:{0} (time runs {1} times as fast). In another shell:\n"
      "  export AWS_ENDPOINT_URL=http://127.0.0.1:{0} AWS_REGION=ap-northeast-1\n"
      "  export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE "
      "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
      "  export PLUMBLINE_TIME_SCALE={1}\n",
      server.port(),
      options.time_scale
  ));
  running_server.store(&server);
  struct sigaction action {};
  action.sa_handler = handle_simulator_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  server.run();
  running_server.store(nullptr);
  return Exit::kFine;
}

}  // namespace

CommandSpec simulate_command(Options& options) {
  return {
      .name = "simulate",
      .group = CommandGroup::kAround,
      .summary = "An AWS of its own on a loopback port, for demos and tests",
      .about =
          "Speaks the wire protocols of AWS, with its states, delays, defaults and errors, "
          "and keeps everything in memory or in one file. The AWS CLI and Terraform work "
          "against it, too. With --policy it judges each call as IAM does.",
      .example = "plumbline simulate --listen 127.0.0.1:4566 --time-scale 200",
      .flags =
          {
              {.names = "--listen",
               .value = "HOST:PORT",
               .summary = "Loopback address; port 0 picks a free one (127.0.0.1:4566)",
               .target = &options.simulate_listen},
              {.names = "--time-scale",
               .value = "N",
               .summary = "How many times faster than AWS (1)",
               .target = &options.time_scale,
               .range = {{1, 100000}}},
              {.names = "--faults",
               .value = "LIST",
               .summary = "Such as throttle=0.1,error=0.05,drop=0.01,delay=50ms",
               .target = &options.faults},
              {.names = "--seed",
               .value = "N",
               .summary = "Seed of ids and faults (1)",
               .target = &options.seed},
              {.names = "--world",
               .value = "FILE",
               .summary = "Keep the world in this file",
               .target = &options.world_file},
              {.names = "--policy",
               .value = "FILE",
               .summary = "Let the key do only what this IAM policy allows; may be repeated",
               .target = &options.policies},
          },
      .run = run_simulate};
}

}  // namespace plumbline
