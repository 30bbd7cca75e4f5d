// Help, the manual page and completions of a table that is made up here, so that they stay as they
// are when the program learns a command.
#include "controller/cli/help.h"

#include "controller/cli/completion.h"
#include "controller/cli/man.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

/// Values of the made-up flags.
struct Given {
  std::vector<std::string> paths;
  std::string address, level, file;
  bool is_quick = false;
};

std::vector<CommandSpec> table(Given& given) {
  const CommandRun run = [](Terminal&, const Options&, Catalog&) { return Exit::kFine; };
  return {
      {.name = "build",
       .group = CommandGroup::kChange,
       .summary = "Build a wall",
       .about = "Stone on stone, until it stands.\nThe mason moves the wall, never the plumb line: "
                "that is what it is for.",
       .example = "plumbline build wall.yaml --level eye",
       .flags =
           {{.names = "PATH,-f,--file",
             .value = "PATH",
             .summary = "Plans, later over earlier",
             .target = &given.paths,
             .is_required = true},
            {.names = "--level",
             .value = "LEVEL",
             .summary = "How high it is looked at, which decides how much of it will be seen by "
                        "those who pass (knee)",
             .target = &given.level,
             .choices = {"knee", "eye"}},
            {.names = "-q,--quick",
             .value = "",
             .summary = "Without mortar",
             .target = &given.is_quick}},
       .run = run},
      {.name = "stone",
       .group = CommandGroup::kState,
       .summary = "Look at stones",
       .about = "",
       .example = "plumbline stone turn walls.a",
       .flags = {},
       .run = {}},
      {.name = "stone turn",
       .group = CommandGroup::kState,
       .summary = "Turn one",
       .about = "",
       .example = "plumbline stone turn walls.a",
       .flags =
           {{.names = "ADDRESS",
             .value = "ADDRESS",
             .summary = "Which",
             .target = &given.address,
             .is_required = true},
            {.names = "-f,--file", .value = "PATH", .summary = "Plan", .target = &given.paths},
            {.names = "--log", .value = "FILE", .summary = "Where to", .target = &given.file}},
       .run = run},
  };
}

TEST(Help, ShowsAllCommandsInTheirGroups) {
  Given given;
  expect_golden("overview.txt", overview(table(given)));
}

TEST(Help, ShowsWhatACommandTakes) {
  Given given;
  const auto commands = table(given);
  expect_golden("help_build.txt", help_of(commands[0], commands));
  expect_golden("help_stone.txt", help_of(commands[1], commands));
}

TEST(Help, BecomesAManualPage) {
  Given given;
  expect_golden("manual.roff", manual_page(table(given), "1.2.3"));
}

TEST(Help, EscapesWhatRoffWouldActOn) {
  Given given;
  auto commands = table(given);
  commands[0].about = ".so secret\n'lines and \\n";
  const std::string page = manual_page(commands, "1");
  expect_has(page, "\n\\&.so secret\n");
  expect_has(page, "\n\\&'lines and \\en\n");
}

TEST(Help, WrapsBetweenWordsAndKeepsParagraphs) {
  EXPECT_EQ(wrap("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrap("averyverylongword x", 8, 0), "averyverylongword\nx\n");
  EXPECT_EQ(wrap("a\n\nb", 9, 1), " a\n\n b\n");
  EXPECT_EQ(indented("a\n\nb", 2), "  a\n\n  b\n");
}

/// Words that are offered after `words`, joined; "files" when paths are.
std::string offered(const std::vector<std::string>& words) {
  Given given;
  CompletionSources sources;
  sources.addresses = [](const std::vector<std::string>& paths) {
    return paths.empty() ? std::vector<std::string>{"walls.a", "walls.b"}
                         : std::vector<std::string>{"walls." + paths.front()};
  };
  sources.topics = [](std::string_view) { return std::vector<std::string>(); };
  sources.sections = [] { return std::vector<std::string>{"walls"}; };
  const auto commands = table(given);
  const Completions found = complete(commands, words, sources);
  std::vector<std::string> names;
  for (const Candidate& candidate : found.words) {
    names.push_back(candidate.word);
  }
  return join(names, " ") + (found.wants_files ? "files" : "");
}

TEST(Completion, OffersCommandsFirst) {
  EXPECT_EQ(offered({""}), "build stone");
  EXPECT_EQ(offered({"st"}), "stone");
  EXPECT_EQ(offered({"stone", ""}), "turn");
  EXPECT_EQ(offered({}), "build stone");
}

TEST(Completion, OffersFlagsBehindADash) {
  EXPECT_EQ(offered({"build", "-"}), "--file --level --quick --help");
  EXPECT_EQ(offered({"build", "a.yaml", "--l"}), "--level");
}

TEST(Completion, OffersWhatAFlagTakes) {
  EXPECT_EQ(offered({"build", "--level", ""}), "knee eye");
  EXPECT_EQ(offered({"build", "--level", "e"}), "eye");
  EXPECT_EQ(offered({"build", "--quick", ""}), "files");
  EXPECT_EQ(offered({"stone", "turn", "--log", ""}), "files");
}

TEST(Completion, OffersArgumentsByTheirPlace) {
  EXPECT_EQ(offered({"build", ""}), "files");
  EXPECT_EQ(offered({"build", "a.yaml", ""}), "files");
  EXPECT_EQ(offered({"stone", "turn", ""}), "walls.a walls.b");
  EXPECT_EQ(offered({"stone", "turn", "walls.a", ""}), "");
}

TEST(Completion, TakesAddressesFromTheManifestOnTheLine) {
  EXPECT_EQ(offered({"stone", "turn", "-f", "plan", ""}), "walls.plan");
}

TEST(Completion, HasAScriptForEachShell) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Said said = say({"completion", shell});
    EXPECT_EQ(said.status, 0);
    expect_has(said.out, "completion candidates --");
  }
  EXPECT_EQ(say({"completion", "tcsh"}).status, 64);
}

TEST(Completion, AnswersTheScripts) {
  const TestFolder folder;
  const std::string manifest =
      folder.write("m.yaml", "stack: s\nvpcs:\n  main: {}\n  other: {}\nsubnets: [half written\n");
  EXPECT_EQ(say({"completion", "candidates", "--", "stat"}).out.substr(0, 7), "status\t");
  EXPECT_EQ(say({"completion", "candidates", "--", "plan", ""}).out, ":files\n");
  EXPECT_EQ(
      say({"completion", "candidates", "--", "explain", "dbProxies.targetGroup.init"}).out,
      "dbProxies.targetGroup.initQuery\t\n"
  );
  const std::string whole = folder.write("w.yaml", "vpcs:\n  main: {}\n  other: {}\n");
  EXPECT_EQ(
      say({"completion", "candidates", "--", "state", "show", "-f", whole, "vpcs.m"}).out,
      "vpcs.main\t\n"
  );
  EXPECT_EQ(say({"completion", "candidates", "--", "state", "show", "-f", manifest, ""}).status, 0);
}

}  // namespace
}  // namespace plumbline
