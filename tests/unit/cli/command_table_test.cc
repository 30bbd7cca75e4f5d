// What holds for every command and verb of the table, so that a new one has it, too: it explains
// itself, answers a slip of the hand with the right word, describes its JSON, and asks nobody where
// nobody can answer.
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/cli/help.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

using Words = std::vector<std::string>;

class EveryCommand : public ::testing::Test {
 protected:
  /// The command's own words.
  static Words name_of(const CommandSpec& command) {
    Words words;
    for (const std::string_view word : split(command.name, ' ')) {
      words.emplace_back(word);
    }
    return words;
  }

  /// A value that the parser takes, and that leads nowhere.
  std::string value_of(const Flag& flag) const {
    if (!flag.choices.empty()) {
      return flag.choices.front();
    }
    if (flag.is_number()) {
      return "1";
    }
    return flag.value == "ADDRESS" || flag.value == "FROM" || flag.value == "TO" ? "vpcs.main"
           : flag.value == "NAME=VALUE"                                          ? "name=value"
                                        : folder_.file("nothing-" + flag.value);
  }

  /// The command with everything that it cannot do without.
  Words least(const CommandSpec& command) const {
    Words words = name_of(command);
    for (const Flag& flag : command.flags) {
      if (flag.is_required) {
        words.push_back(value_of(flag));
      }
    }
    return words;
  }

  static Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// Refused as wrong usage, in one sentence that holds `part` and says where help is.
  static void expect_refused(const Words& words, const std::string& part) {
    const Said said = say(words);
    EXPECT_EQ(said.status, 64) << join(words, " ") << "\n" << said.out << said.err;
    EXPECT_EQ(said.out, "");
    EXPECT_TRUE(said.err.starts_with("plumbline: ")) << said.err;
    EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
    expect_has(said.err, part);
    expect_has(said.err, "--help`.");
  }

  static std::string long_name(const Flag& flag) {
    for (const std::string_view name : split(flag.names, ',')) {
      if (name.starts_with("--")) {
        return std::string(name);
      }
    }
    return "";
  }

  TestFolder folder_;
  Options options_;
  std::vector<CommandSpec> commands_ = all_commands(options_);
};

TEST_F(EveryCommand, IsExplainedInThreeWays) {
  const std::string manual = say({"man"}).out;
  for (const CommandSpec& command : commands_) {
    SCOPED_TRACE(command.name);
    const std::string text = help_of(command, commands_);
    for (const std::string flag : {"--help", "-h"}) {
      const Said said = say(with(name_of(command), {flag}));
      EXPECT_EQ(said.status, 0) << said.err;
      EXPECT_EQ(said.out, text);
      EXPECT_EQ(said.err, "");
    }
    EXPECT_EQ(say(with({"help"}, name_of(command))).out, text);
    std::string title = command.name;
    if (const auto hyphen = title.find('-'); hyphen != std::string::npos) {
      title.insert(hyphen, "\\");  // As roff has it.
    }
    expect_has(manual, ".SS plumbline " + title);
  }
}

TEST_F(EveryCommand, NamesTheFlagThatWasMeant) {
  for (const CommandSpec& command : commands_) {
    const std::vector<std::string> known = long_flags_of(&command);
    for (const std::string& flag : known) {
      std::string slip = flag;
      std::swap(slip[slip.size() - 2], slip[slip.size() - 1]);
      if (slip != flag && std::find(known.begin(), known.end(), slip) == known.end()) {
        expect_refused(with(name_of(command), {slip}), "Did you mean " + flag + "?");
        expect_refused(with(least(command), {slip + "=1"}), "Did you mean " + flag + "?");
      }
    }
    expect_refused(
        with(least(command), {"-Z"}), "There is no flag -Z of `plumbline " + command.name
    );
  }
}

TEST_F(EveryCommand, NamesTheVerbThatWasMeant) {
  for (const CommandSpec& holder : commands_) {
    if (holder.run) {
      continue;
    }
    expect_refused(name_of(holder), "needs one of");
    for (const std::string& verb : names_below(&holder, commands_)) {
      std::string slip = verb;
      slip.insert(1, 1, verb[0]);
      expect_refused(with(name_of(holder), {slip}), "Did you mean " + verb + "?");
    }
  }
}

TEST_F(EveryCommand, SaysWhatIsMissing) {
  for (const CommandSpec& command : commands_) {
    SCOPED_TRACE(command.name);
    for (const Flag& flag : command.flags) {
      const std::string& name = long_name(flag);
      if (flag.is_required) {
        expect_refused(name_of(command), "`plumbline " + command.name + "` needs ");
      }
      if (!name.empty() && !flag.is_switch()) {
        expect_refused(with(least(command), {name}), name + " " + flag.value);
      }
    }
  }
}

TEST_F(EveryCommand, SaysWhichValuesAFlagTakes) {
  for (const CommandSpec& command : commands_) {
    SCOPED_TRACE(command.name);
    for (const Flag& flag : command.flags) {
      const std::string name = long_name(flag);
      if (!flag.choices.empty() && !name.empty()) {
        const std::string& choice = flag.choices.back();
        expect_refused(with(least(command), {name, choice + "x"}), "did you mean " + choice + "?");
      }
      if (flag.is_number()) {
        expect_refused(with(least(command), {name, "many"}), "many is not a number");
      }
      if (flag.range) {
        expect_refused(with(least(command), {name, "-1"}), "-1 is not a number from");
      }
    }
  }
}

TEST_F(EveryCommand, TakesNoWordTooMany) {
  for (const CommandSpec& command : commands_) {
    const bool takes_many =
        std::any_of(command.flags.begin(), command.flags.end(), [](const Flag& flag) {
          return is_by_place(flag) && flag.is_list();
        });
    if (!command.run || takes_many) {
      continue;
    }
    Words words = name_of(command);
    for (const Flag& flag : command.flags) {
      if (is_by_place(flag)) {
        words.push_back(value_of(flag));
      }
    }
    expect_refused(with(words, {"surplus"}), "\"surplus\" is one too many");
  }
}

TEST_F(EveryCommand, DescribesItsJson) {
  std::ifstream stream(PLUMBLINE_SOURCE_DIR "/schemas/output.schema.json");
  const auto schema = parse_json(std::string((std::istreambuf_iterator<char>(stream)), {}));
  ASSERT_TRUE(schema);
  std::string described;
  for (const Member& shape : schema->get("$defs").as_object()) {
    described += shape.value.text_of("description") + "\n";
  }
  for (const CommandSpec& command : commands_) {
    for (const Flag& flag : command.flags) {
      const bool has_json =
          std::find(flag.choices.begin(), flag.choices.end(), "json") != flag.choices.end();
      if (has_json) {
        EXPECT_EQ(long_name(flag), "--format") << command.name;
        expect_has(described, "plumbline " + command.name);
      }
    }
  }
}

/// Nothing here listens, and no file is there: each command ends by itself, and says why.
TEST_F(EveryCommand, EndsWithoutATerminalAndWithoutColours) {
  // They serve until they are stopped, or nobody speaks to them: that is what they are for.
  const std::set<std::string> served = {"simulate", "lsp"};
  for (const CommandSpec& command : commands_) {
    if (!command.run || served.count(command.name) > 0) {
      continue;
    }
    SCOPED_TRACE(command.name);
    Words words = least(command);
    for (const Flag& flag : command.flags) {
      if (long_name(flag) == "--state" || long_name(flag) == "--file") {
        words = with(words, {long_name(flag), folder_.file("none/manifest")});
      }
    }
    const Said said = say(words);
    EXPECT_EQ((said.out + said.err).find('\033'), std::string::npos) << said.out << said.err;
    if (said.status == 0) {
      EXPECT_FALSE(said.out.empty());
    } else {
      EXPECT_FALSE((said.out + said.err).empty());
      // What can be given in more than one way the table does not require: the command asks for it.
      const bool asks = said.err.find("See `plumbline " + command.name) != std::string::npos;
      EXPECT_TRUE(said.status != 64 || asks) << said.err;
    }
  }
}

}  // namespace
}  // namespace plumbline
