// Loop: carries the engine's commands out, in their order, on one thread: signs, commits, sends,
// waits, and feeds what happened back. Calls wait here until their credentials are there. Intents
// and outcomes of one round share one commit.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/aws/aws_time.h"
#include "controller/aws/signing.h"
#include "controller/aws/transport.h"
#include "controller/base/sync.h"
#include "controller/engine/engine.h"

namespace plumbline {

/// Who watches. Called on the loop's thread.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void on_progress(const Progress& progress) = 0;
  virtual void on_plan(const Plan& plan) = 0;
  /// May block: nothing else is going on.
  virtual bool approve(const Plan& plan) = 0;
  virtual void on_snapshot(std::shared_ptr<const Snapshot> snapshot) = 0;
  virtual void on_run_ended(const RunResult& result) = 0;
  /// A few times a second, for live displays and file watching.
  virtual void on_tick() = 0;
};

class Loop {
 public:
  struct Seams {
    Clock& clock;
    Transport& transport;
    Store* store;  ///< Null: plan without a state; commits are then a programmer error.
    SigningDesk& desk;
  };
  Loop(Engine& engine, Seams seams, Watcher& watcher);

  /// Returns when the engine has ended.
  void run();
  /// Thread-safe.
  void post(Event event);
  /// Async-signal-safe.
  void request_stop();

 private:
  struct InFlight {
    Call call;
    SignedCall sent;
  };

  Timestamp now();
  void feed(Event event);
  void take(std::vector<Command> commands);
  void carry_out();
  void prepare(SendCall call, std::vector<std::pair<SendCall, SignedCall>>& ready);
  void tend_credentials();
  void commit_round(
      std::vector<Commit>& commits, std::vector<std::pair<SendCall, SignedCall>>& ready
  );
  void send(SendCall command, SignedCall prepared);
  void wait();
  void fire_timers();

  Engine& engine_;
  Seams seams_;
  Watcher& watcher_;
  AwsTime aws_time_;
  std::vector<Command> pending_;
  std::vector<SendCall> parked_;  ///< Until there are credentials to sign them with.
  std::vector<Event> happened_;
  std::multimap<Duration, std::uint64_t> timers_;
  std::unordered_map<std::uint64_t, InFlight> in_flight_;
  Sync<std::vector<Event>> mailbox_;
  std::atomic<bool> is_stop_requested_{false};
  bool is_stopping_ = false;
};

}  // namespace plumbline
