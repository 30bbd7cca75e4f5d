// The command line as a whole: what it takes, and what it says about what it does not take.
#include <gtest/gtest.h>

#include "controller/cli/commands.h"
#include "controller/cli/help.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

TEST(CommandLine, NamesTheCommandThatWasMeant) {
  const Said said = say({"aply", "."});
  EXPECT_EQ(said.status, 64);
  EXPECT_EQ(said.out, "");
  EXPECT_EQ(
      said.err,
      "plumbline: There is no command `plumbline aply`. Did you mean apply? See `plumbline "
      "--help`.\n"
  );
}

TEST(CommandLine, NamesTheFlagThatWasMeant) {
  const Said said = say({"plan", ".", "--detailed-exit-code"});
  EXPECT_EQ(said.status, 64);
  EXPECT_EQ(
      said.err,
      "plumbline: There is no flag --detailed-exit-code of `plumbline plan`. Did you mean "
      "--detailed-exitcode? See `plumbline plan --help`.\n"
  );
}

TEST(CommandLine, NamesTheMistypedFlagAndNotWhatIsMissingBecauseOfIt) {
  EXPECT_NE(say({"lint", "--fromat", "json"}).err.find("--format"), std::string::npos);
}

TEST(CommandLine, SaysWhichArgumentIsMissing) {
  const Said said = say({"apply"});
  EXPECT_EQ(said.status, 64);
  EXPECT_NE(said.err.find("`plumbline apply` needs PATH: manifest"), std::string::npos) << said.err;
}

TEST(CommandLine, SaysWhichValuesAFlagTakes) {
  EXPECT_NE(
      say({"plan", ".", "--format", "jsn"}).err.find("jsn is none of human, json; did you mean"),
      std::string::npos
  );
  EXPECT_NE(
      say({"plan", ".", "--parallelism", "0"}).err.find("0 is not a number from 1 to 64"),
      std::string::npos
  );
  EXPECT_NE(
      say({"plan", ".", "--input", "novalue"}).err.find("novalue is not NAME=VALUE"),
      std::string::npos
  );
}

TEST(CommandLine, SaysWhatAFlagWithoutAValueNeeds) {
  const Said said = say({"plan", "-f"});
  EXPECT_EQ(said.status, 64);
  EXPECT_NE(said.err.find("needs -f, --file PATH: manifest files"), std::string::npos) << said.err;
}

TEST(CommandLine, SaysWhatIsNoNumber) {
  EXPECT_NE(
      say({"simulate", "--seed", "x"}).err.find("--seed: x is not a number."), std::string::npos
  );
  EXPECT_NE(
      say({"plan", ".", "--parallelism", "many"}).err.find("many is not a number."),
      std::string::npos
  );
}

TEST(CommandLine, TakesManifestsByPlaceAndByFlag) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"lint", "nowhere.yaml"},
        std::vector<std::string>{"lint", "-f", "nowhere.yaml"},
        std::vector<std::string>{"lint", "--input", "a=b", "nowhere.yaml"}}) {
    const Said said = say(words);
    EXPECT_EQ(said.status, 1) << said.err;
    EXPECT_NE((said.out + said.err).find("nowhere.yaml"), std::string::npos);
  }
}

TEST(CommandLine, AsksForACommandWhenThereIsNone) {
  const Said said = say({});
  EXPECT_EQ(said.status, 64);
  EXPECT_TRUE(said.err.starts_with("plumbline: which command?")) << said.err;
}

TEST(CommandLine, EveryCommandExplainsItself) {
  Options options;
  const auto commands = all_commands(options);
  for (const CommandSpec& command : commands) {
    SCOPED_TRACE(command.name);
    std::vector<std::string> words;
    for (const std::string_view word : split(command.name, ' ')) {
      words.emplace_back(word);
    }
    words.emplace_back("--help");
    const Said said = say(words);
    EXPECT_EQ(said.status, 0);
    EXPECT_EQ(said.out, help_of(command, commands));
    EXPECT_FALSE(command.summary.empty());
    EXPECT_FALSE(command.summary.ends_with("."));
    EXPECT_TRUE(command.example.starts_with("plumbline " + command.name)) << command.example;
    for (const Flag& flag : command.flags) {
      EXPECT_FALSE(flag.summary.empty()) << flag.names;
      EXPECT_FALSE(flag.summary.ends_with(".")) << flag.names;
      EXPECT_EQ(flag.is_switch(), flag.value.empty()) << flag.names;
    }
  }
}

TEST(CommandLine, ShowsItsVersion) {
  EXPECT_EQ(say({"--version"}).out, "plumbline " PLUMBLINE_VERSION "\n");
}

}  // namespace
}  // namespace plumbline
