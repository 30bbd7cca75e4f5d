// Real programs of the system, read without waiting for them: the test's clock is the number of
// looks.
#include "controller/aws/process.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace plumbline {
namespace {

class ProcessRunnerTest : public ::testing::Test {
 protected:
  /// What comes of `argv`; `step` passes with each look.
  ProcessDone run(
      const std::vector<std::string>& argv, Duration step = Duration(0), ProcessLimits limits = {}
  ) {
    runner_->start(7, argv, limits, Duration(0));
    Duration elapsed{0};
    for (int look = 0; look < 10'000; ++look) {
      std::vector<ProcessDone> done = runner_->poll(elapsed);
      if (!done.empty()) {
        EXPECT_EQ(done.front().id, 7U);
        return std::move(done.front());
      }
      elapsed += step;
      poll(nullptr, 0, 1);  // Lets the program run.
    }
    ADD_FAILURE() << "it does not end";
    return {0, ProcessOutput()};
  }

  std::unique_ptr<ProcessRunner> runner_ =
      make_process_runner({"PATH=/usr/bin:/bin", "GREETING=hello"});
};

TEST_F(ProcessRunnerTest, HandsBackOutputAndStatus) {
  const ProcessDone done = run({"sh", "-c", "printf \"$GREETING\"; exit 3"});
  ASSERT_TRUE(done.output) << done.output.error().message;
  EXPECT_EQ(done.output.value().text, "hello");
  EXPECT_EQ(done.output.value().exit_status, 3);
}

TEST_F(ProcessRunnerTest, UsesNoShell) {
  const ProcessDone done = run({"echo", "$GREETING;", "`id`"});
  ASSERT_TRUE(done.output);
  EXPECT_EQ(done.output.value().text, "$GREETING; `id`\n");
}

TEST_F(ProcessRunnerTest, GivesAnEmptyInput) {
  const ProcessDone done = run({"cat"});
  ASSERT_TRUE(done.output);
  EXPECT_EQ(done.output.value().text, "");
}

TEST_F(ProcessRunnerTest, SaysWhatCannotBeRun) {
  const ProcessDone done = run({"no-such-program-anywhere"});
  ASSERT_FALSE(done.output);
  EXPECT_EQ(done.output.error().code, "ProcessNotStarted");
}

TEST_F(ProcessRunnerTest, KillsWhatPrintsTooMuch) {
  const ProcessDone done = run({"cat", "/dev/zero"}, Duration(0), {std::chrono::seconds(60), 1000});
  ASSERT_FALSE(done.output);
  EXPECT_EQ(done.output.error().code, "ProcessTooLong");
}

TEST_F(ProcessRunnerTest, KillsWhatTakesTooLong) {
  const ProcessDone done = run({"tail", "-f", "/dev/null"}, std::chrono::seconds(1));
  ASSERT_FALSE(done.output);
  EXPECT_EQ(done.output.error().code, "ProcessTimeout");
}

TEST_F(ProcessRunnerTest, EndsWhatStillRunsWhenItGoes) {
  runner_->start(1, {"tail", "-f", "/dev/null"}, {}, Duration(0));
  EXPECT_TRUE(runner_->poll(Duration(0)).empty());
  runner_.reset();  // Would wait for ever for a program that nobody killed.
}

}  // namespace
}  // namespace plumbline
