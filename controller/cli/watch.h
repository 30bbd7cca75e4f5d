// ConsoleWatcher: shows a run to whoever runs the command: live lines on a terminal, plain lines
// elsewhere, one JSON event a line with --format json. Also answers the approval question.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/cli/options.h"
#include "controller/cli/terminal.h"
#include "controller/engine/loop.h"

namespace plumbline {

class ConsoleWatcher final : public Watcher {
 public:
  ConsoleWatcher(Terminal& terminal, const Options& options, Clock& clock);

  void on_progress(const Progress& progress) override;
  void on_plan(const Plan& plan) override;
  bool approve(const Plan& plan) override;
  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override;
  void on_run_ended(const RunResult& result) override;
  void on_tick() override;

  /// Last words of the last run; valid after the loop has ended.
  [[nodiscard]] const RunResult& result() const { return result_; }
  [[nodiscard]] const Plan* plan() const { return result_.plan.get(); }
  /// The controller prints a line per run and only what changed.
  void set_terse(bool is_terse) { is_terse_ = is_terse; }
  /// Nothing is shown; result() tells.
  void set_silent(bool is_silent) { is_silent_ = is_silent; }
  /// Asked before anybody else whether a plan may be carried out; says itself why not.
  std::function<bool(const Plan&)> gate;
  /// Called with every snapshot, on the loop's thread; and on every tick.
  std::function<void(std::shared_ptr<const Snapshot>)> snapshot_hook;
  std::function<void()> tick_hook;

 private:
  struct Line {
    std::string what, why;
    Duration since{0}, printed{0};
  };
  void erase_live();
  void draw_live();
  void print_line(const std::string& text);
  [[nodiscard]] std::string stamp();

  Terminal& terminal_;
  const Options& options_;
  Clock& clock_;
  Duration started_;
  std::map<Address, Line> active_;
  std::map<Address, Duration> begun_;  ///< When the first step of a resource began.
  std::size_t drawn_ = 0;
  bool is_terse_ = false;
  bool is_silent_ = false;
  RunResult result_;
  std::string last_summary_;
};

/// The end of a run in words: what failed, where it is declared, why, and what to do next.
std::string describe_result(const RunResult& result, const Manifest& manifest, Colour colour);
Exit exit_of(const RunResult& result);

}  // namespace plumbline
