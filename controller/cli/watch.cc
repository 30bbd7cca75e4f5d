#include "controller/cli/watch.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

constexpr std::size_t kLiveLines = 10;
constexpr Duration kPlainRepeat = std::chrono::seconds(30);

std::string_view event_name(Progress::Kind kind) {
  switch (kind) {
    case Progress::Kind::kStarted:
      return "started";
    case Progress::Kind::kWaiting:
      return "waiting";
    case Progress::Kind::kDone:
      return "done";
    case Progress::Kind::kFailed:
      return "failed";
    case Progress::Kind::kSkipped:
      return "skipped";
    case Progress::Kind::kNote:
      return "note";
  }
  return "?";
}

Value progress_to_json(const Progress& progress) {
  return Value::object({
      {"event", event_name(progress.kind)},
      {"address", progress.address == Address() ? "" : progress.address.to_string()},
      {"what", progress.what},
      {"why", progress.why},
      {"elapsedMs", static_cast<std::int64_t>(progress.elapsed.count())},
  });
}

Value error_to_json(const Error& error) {
  return Value::object({
      {"class", name_of(error.klass)},
      {"code", error.code},
      {"message", error.message},
      {"requestId", error.request_id},
  });
}

Value result_to_json(const RunResult& result) {
  List failures;
  for (const StepFailure& failure : result.failures) {
    failures.push_back(Value::object({
        {"address", failure.address.to_string()},
        {"what", failure.what},
        {"held", failure.is_held},
        {"error", error_to_json(failure.error)},
        {"help", failure.help},
    }));
  }
  List skipped;
  for (const Address& address : result.skipped) {
    skipped.emplace_back(address.to_string());
  }
  return Value::object({
      {"event", "result"},
      {"complete", result.is_complete},
      {"steps", static_cast<std::int64_t>(result.done)},
      {"failures", Value(std::move(failures))},
      {"skipped", Value(std::move(skipped))},
      {"stopped", result.was_stopped},
      {"error", result.failure.message.empty() ? Value() : error_to_json(result.failure)},
      {"reads", static_cast<std::int64_t>(result.counters.reads)},
      {"mutations", static_cast<std::int64_t>(result.counters.mutations)},
      {"commits", static_cast<std::int64_t>(result.counters.commits)},
      {"commitMs", result.counters.commit_time.count()},
      {"outputs", outputs_to_json(result.outputs)},
  });
}

}  // namespace

ConsoleWatcher::ConsoleWatcher(Terminal& terminal, const Options& options, Clock& clock)
    : terminal_(terminal), options_(options), clock_(clock), started_(clock.elapsed()) {}

std::string ConsoleWatcher::stamp() {
  return is_terse_ ? format_iso8601(clock_.now())
                   : fmt::format("{:>6}", format_duration(clock_.elapsed() - started_));
}

void ConsoleWatcher::print_line(const std::string& text) {
  erase_live();
  terminal_.out(printable(text) + "\n");
}

void ConsoleWatcher::on_progress(const Progress& progress) {
  if (is_silent_) {
    return;
  }
  if (options_.format == Format::kJson) {
    terminal_.out(show_json(progress_to_json(progress)) + "\n");
    return;
  }
  const std::string name = progress.address.to_string();
  switch (progress.kind) {
    case Progress::Kind::kStarted: {
      const bool is_first = begun_.try_emplace(progress.address, clock_.elapsed()).second;
      active_[progress.address] = {progress.what, "", begun_[progress.address], clock_.elapsed()};
      if (is_first && !terminal_.is_live() && !options_.is_quiet) {
        print_line(fmt::format("{}  {}: {}", stamp(), name, progress.what));
      }
      break;
    }
    case Progress::Kind::kWaiting: {
      Line& line = active_[progress.address];
      const bool is_news = line.what != progress.what || line.why != progress.why;
      line.what = progress.what;
      line.why = progress.why;
      if (!terminal_.is_live() && (is_news || clock_.elapsed() - line.printed >= kPlainRepeat)) {
        line.printed = clock_.elapsed();
        print_line(fmt::format(
            "{}  {}: {}{}",
            stamp(),
            name,
            progress.what,
            progress.why.empty() ? "" : " (" + progress.why + ")"
        ));
      }
      break;
    }
    case Progress::Kind::kDone:
      active_.erase(progress.address);
      // That a new thing exists, or that a doomed one let go, is half of its story.
      if (progress.what != "exists" && progress.what != "let go") {
        const Duration took = clock_.elapsed() - begun_[progress.address];
        begun_.erase(progress.address);
        print_line(
            fmt::format("{}  {}: {} after {}", stamp(), name, progress.what, format_duration(took))
        );
      }
      break;
    case Progress::Kind::kFailed:
      active_.erase(progress.address);
      print_line(fmt::format("{}  {}: could not {}: {}", stamp(), name, progress.what, progress.why)
      );
      break;
    case Progress::Kind::kSkipped:
    case Progress::Kind::kNote: {
      // Notes about the run as a whole have no address.
      const std::string about = progress.address == Address() ? "" : name + ": ";
      print_line(fmt::format("{}  {}{} {}", stamp(), about, progress.what, progress.why));
      break;
    } break;
  }
}

void ConsoleWatcher::erase_live() {
  if (drawn_ > 0) {
    terminal_.out(fmt::format("\033[{}A\033[J", drawn_));
    drawn_ = 0;
  }
}

void ConsoleWatcher::draw_live() {
  std::string text;
  std::size_t lines = 0;
  for (const auto& [address, line] : active_) {
    if (lines == kLiveLines) {
      text += fmt::format("        … and {} more\n", active_.size() - kLiveLines);
      ++lines;
      break;
    }
    std::string row = fmt::format(
        "  {:>6}  {}: {}{}",
        format_duration(clock_.elapsed() - line.since),
        address.to_string(),
        line.what,
        line.why.empty() ? "" : " (" + line.why + ")"
    );
    if (row.size() > 110) {
      row.resize(110);  // One screen line each, so that erasing counts right.
    }
    text += printable(row) + "\n";
    ++lines;
  }
  terminal_.out(text);
  drawn_ = lines;
}

void ConsoleWatcher::on_tick() {
  if (terminal_.is_live() && options_.format == Format::kHuman && !is_terse_ && !is_silent_) {
    erase_live();
    draw_live();
  }
  if (tick_hook) {
    tick_hook();
  }
}

void ConsoleWatcher::on_plan(const Plan& plan) {
  if (is_silent_) {
    return;
  }
  if (options_.format == Format::kJson) {
    Value event = plan_to_json(plan);
    event.set("event", "plan");
    terminal_.out(show_json(event) + "\n");
    return;
  }
  if (!is_terse_) {
    terminal_.out(render_plan(plan, terminal_.colour()));
    if (!plan.problems.empty()) {
      terminal_.err("\n" + render_human(plan.problems, terminal_.colour()));
    }
    return;
  }
  const std::string summary = summarise(plan);
  if (plan.has_changes() || summary != last_summary_) {
    print_line(fmt::format("{}  plan: {}", stamp(), summary));
    if (plan.has_changes()) {
      terminal_.out(render_plan(plan, terminal_.colour()));
    }
    if (summary != last_summary_ && !plan.problems.empty()) {
      terminal_.err(render_human(plan.problems, terminal_.colour()));
    }
  }
  last_summary_ = summary;
}

bool ConsoleWatcher::approve(const Plan& plan) {
  if (gate && !gate(plan)) {
    return false;
  }
  if (options_.says_yes) {
    return true;
  }
  if (!terminal_.can_ask()) {
    terminal_.err("plumbline: nobody can be asked here; say --yes to go on without a question\n");
    return false;
  }
  return terminal_.ask(
      fmt::format("\nCarry this out ({})? Only \"yes\" is taken as yes: ", summarise(plan))
  );
}

void ConsoleWatcher::on_snapshot(std::shared_ptr<const Snapshot> snapshot) {
  if (snapshot_hook) {
    snapshot_hook(std::move(snapshot));
  }
}

void ConsoleWatcher::on_run_ended(const RunResult& result) {
  erase_live();
  active_.clear();
  result_ = result;
  if (is_silent_) {
    return;
  }
  if (options_.format == Format::kJson) {
    terminal_.out(show_json(result_to_json(result)) + "\n");
  } else if (is_terse_) {
    if (!result.failure.message.empty()) {
      print_line(fmt::format("{}  run failed: {}", stamp(), result.failure.to_string()));
    }
    for (const StepFailure& failure : result.failures) {
      if (!failure.help.empty()) {
        print_line(fmt::format("{}  {}: {}", stamp(), failure.address.to_string(), failure.help));
      }
    }
  }
}

std::string describe_result(const RunResult& result, const Manifest& manifest, Colour colour) {
  Diagnostics problems;
  const auto add =
      [&](std::string summary, std::string detail, std::string help, const Address& address) {
        Diagnostic d;
        d.summary = std::move(summary);
        d.detail = std::move(detail);
        d.help = std::move(help);
        d.address = address.section.empty() ? "" : address.to_string();
        if (const Resource* resource = manifest.find(address); resource != nullptr) {
          d.range = manifest.range_of(*resource, "");
        }
        problems.add(std::move(d));
      };
  if (!result.store_failure.message.empty()) {
    add("the state could not be written",
        result.store_failure.to_string(),
        "Nothing more was sent. Mend the cause and run the command again: it looks at what really "
        "exists first.",
        {});
  }
  if (!result.failure.message.empty()) {
    add("the run could not start",
        result.failure.to_string(),
        "Check credentials, region and endpoint; nothing was changed.",
        {});
  }
  for (const StepFailure& failure : result.failures) {
    add(fmt::format("could not {}", failure.what),
        failure.error.to_string() + ".",
        !failure.help.empty() ? failure.help
        : failure.is_held     ? "This needs a decision; see above."
                              : "Mend the cause and apply again; what was done stays done.",
        failure.address);
  }
  std::string text = render_human(problems, colour);
  if (!result.skipped.empty()) {
    text += fmt::format(
        "\nNot attempted, because something they need failed: {}",
        result.skipped.front().to_string()
    );
    for (std::size_t i = 1; i < result.skipped.size(); ++i) {
      text += ", " + result.skipped[i].to_string();
    }
    text += ".\n";
  }
  return text;
}

Exit exit_of(const RunResult& result) {
  if (!result.store_failure.message.empty()) {
    return Exit::kState;
  }
  // Whatever forbids a plan waits for a human: a hold, a guard, a saved plan that is stale.
  const bool is_held = result.plan != nullptr && result.plan->problems.has_errors();
  if (is_held) {
    return Exit::kHeld;
  }
  for (const StepFailure& failure : result.failures) {
    if (failure.is_held) {
      return Exit::kHeld;
    }
  }
  return result.is_complete ? Exit::kFine : Exit::kFailed;
}

}  // namespace plumbline
