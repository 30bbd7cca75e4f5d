// A check that sees nothing passes everything: here each one is shown what it must see, and what
// it must let be.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/tidy/checks.h"

namespace plumbline::tidy {
namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

/// "path:line what" of every finding.
std::vector<std::string> seen(Findings (*check)(const Tree&), const Texts& texts) {
  std::vector<std::string> found;
  for (const Finding& finding : check(Tree::of(texts))) {
    EXPECT_FALSE(finding.next.empty()) << finding.text();
    found.push_back(finding.path + ":" + std::to_string(finding.line) + " " + finding.what);
  }
  return found;
}

using Lines = std::vector<std::string>;

TEST(Canary, CommentsAndLiteralsAreTakenApart) {
  const File file = make_file(
      "controller/base/x.cc",
      "int a = 1'000;  // one \"thousand\"\n"
      "/* two\n lines */ auto b = \"say \\\"//\\\"\";\n"
      "auto c = R\"x(raw \" // )x\"; char d = '\"'; f(\"e\");\n"
  );
  EXPECT_EQ(file.code[0], "int a = 1'000;                   ");
  EXPECT_EQ(file.code[1], "      ");
  EXPECT_EQ(file.code[2], "          auto b = \"say \\\"//\\\"\";");
  EXPECT_EQ(file.bare[2], "          auto b = \"          \";");
  ASSERT_EQ(file.literals.size(), 3U);
  EXPECT_EQ(file.literals[0].text, "say \\\"//\\\"");
  EXPECT_EQ(file.literals[1].text, "raw \" // ");
  EXPECT_EQ(file.literals[2].text, "e");
  EXPECT_EQ(file.literals[2].line, 4U);
}

TEST(Canary, IncludesUpwardAndSideways) {
  EXPECT_EQ(
      seen(
          check_floors,
          {{"controller/aws/a.cc",
            "#include \"state/store.h\"\n"
            "#include \"controller/base/value.h\"\n"
            "// #include \"controller/cli/cli.h\"\n"
            "#include \"controller/plan/plan.h\"\n"
            "#include \"value.h\"\n"},
           {"controller/lint/rules/r.cc",
            "#include \"controller/lint/lint.h\"\n#include \"controller/plan/plan.h\"\n"},
           {"controller/http/h.cc",
            "#include \"controller/engine/snapshot.h\"\n#include \"controller/engine/engine.h\"\n"},
           {"simulator/services/s.cc",
            "#include \"simulator/world.h\"\n#include \"controller/config/kind.h\"\n"},
           {"controller/new/n.cc", "#include \"controller/base/value.h\"\n"}}
      ),
      (Lines{
          "controller/aws/a.cc:1 includes state/store.h: siblings may not see each other",
          "controller/aws/a.cc:4 includes controller/plan/plan.h: this goes up",
          "controller/aws/a.cc:5 includes value.h: this is not rooted at controller/, state/ or "
          "simulator/",
          "controller/http/h.cc:2 includes controller/engine/engine.h: of the engine, http may see "
          "snapshot.h alone",
          "controller/lint/rules/r.cc:2 includes controller/plan/plan.h: siblings may not see each "
          "other",
          "controller/new/n.cc:1 includes controller/base/value.h: this folder has no floor; give "
          "it "
          "one in tests/support/tidy/floors.cc",
          "simulator/services/s.cc:2 includes controller/config/kind.h: the simulator may know "
          "controller/base alone",
      })
  );
}

TEST(Canary, LibrariesAwayFromHome) {
  EXPECT_EQ(
      seen(
          check_libraries,
          {{"state/db.cc", "#include <sqlite3.h>\n#include <string>\n"},
           {"state/store.cc", "#include <sqlite3.h>\n"},
           {"controller/http/routes.cc", "#include <boost/asio/io_context.hpp>\n"},
           {"controller/aws/sigv4.cc", "#include <boost/json.hpp>\n#include <openssl/sha.h>\n"},
           {"controller/base/x.cc", "#include <spdlog/spdlog.h>\n#include <fmt/format.h>\n"}}
      ),
      (Lines{
          "controller/aws/sigv4.cc:1 includes <boost/json.hpp>: it lives in "
          "controller/base/json.cc",
          "controller/base/x.cc:1 includes <spdlog/spdlog.h>: no home is known for it; name one in "
          "tests/support/tidy/floors.cc",
          "controller/http/routes.cc:1 includes <boost/asio/io_context.hpp>: it lives in "
          "controller/http/server.cc and simulator/server.cc",
          "state/store.cc:1 includes <sqlite3.h>: it lives in state/db.",
      })
  );
}

TEST(Canary, FilesThatNobodyLinksOrCompiles) {
  EXPECT_EQ(
      seen(
          check_build,
          {{"controller/CMakeLists.txt", "plumbline_library(aws controller/aws base)\n"},
           {"controller/aws/a.cc",
            "#include \"controller/aws/a.h\"\n#include \"controller/base/text.h\"\n"
            "#include \"controller/config/kind.h\"\n"},
           {"controller/plan/p.cc", ""},
           {"tests/CMakeLists.txt", "  if(x)\nplumbline_tests(aws unit/aws aws)\n"},
           {"tests/unit/aws/a_test.cc", ""},
           {"tests/unit/aws/a_tests.cc", ""},
           {"tests/unit/plan/p_test.cc", ""},
           {"tests/support/aws/fake.cc", ""}}
      ),
      (Lines{
          "controller/aws/a.cc:3 includes controller/config/kind.h, whose library the folder does "
          "not link",
          "controller/plan/p.cc:1 CMake compiles no file of this folder",
          "tests/unit/aws/a_tests.cc:1 no glob of tests/CMakeLists.txt finds this file",
          "tests/unit/plan/p_test.cc:1 no glob of tests/CMakeLists.txt finds this file",
      })
  );
}

TEST(Canary, KindsActionsAndSectionsInCode) {
  const std::pair<std::string, std::string> schema = {
      "schemas/kinds/db_proxy.yaml",
      "kind: DBProxy\nsection: dbProxies\ncreate: { call: CreateDBProxy, class: unique }\n"
      "  each: { call: TagResource, request: {} }\n"};
  EXPECT_EQ(
      seen(
          check_kinds,
          {schema,
           {"controller/plan/p.cc",
            "// CreateDBProxy makes dbProxies.\n"
            "call(\"CreateDBProxy\");\n"
            "int DBProxyCount = 0;\n"
            "auto k = Kind::DBProxy;\n"
            "if (address.section == \"dbProxies\") {}\n"
            "find(\"dbProxies.app\", \"all dbProxies of it\");\n"},
           {"controller/lint/rules/r.cc", "call(\"CreateDBProxy\", \"dbProxies\");\n"},
           {"controller/aws/credentials.cc", "call(\"TagResource\");\n"},
           {"simulator/services/rds.cc",
            "call(\"CreateDBProxy\");\nopen(\"../schemas/kinds/db_proxy.yaml\");\n"}}
      ),
      (Lines{
          "controller/plan/p.cc:2 names CreateDBProxy, which is data",
          "controller/plan/p.cc:4 names DBProxy, which is data",
          "controller/plan/p.cc:5 names the section \"dbProxies\"",
          "controller/plan/p.cc:6 names the section \"dbProxies\"",
          "simulator/services/rds.cc:2 reads schemas/",
      })
  );
}

TEST(Canary, BannedWords) {
  EXPECT_EQ(
      seen(
          check_bans,
          {{"controller/base/env.cc", "auto now = std::chrono::system_clock::now();\n"},
           {"controller/plan/p.cc",
            "sleep(3); io.sleep(pause); int asleep(int);\n"
            "std::this_thread::yield();\n"
            "auto now = std::chrono::steady_clock::now();\n"
            "std::random_device chance; // system_clock\n"
            "std::getenv(\"HOME\");\n"
            "std::thread t([] {});\n"
            "std::regex r(\"std::thread\");\n"
            "static_assert(1 == 1); assert(true);\n"
            "using namespace std;\n"
            "using namespace std::chrono_literals;\n"
            "// TODO: more\n"},
           {"tests/unit/plan/p_test.cc", "usleep(1); std::thread t; // XXX\n"}}
      ),
      (Lines{
          "controller/plan/p.cc:1 uses sleep(",
          "controller/plan/p.cc:2 uses this_thread",
          "controller/plan/p.cc:3 uses steady_clock",
          "controller/plan/p.cc:4 uses random_device",
          "controller/plan/p.cc:5 uses getenv",
          "controller/plan/p.cc:6 uses std::thread",
          "controller/plan/p.cc:7 uses std::regex",
          "controller/plan/p.cc:8 uses assert(",
          "controller/plan/p.cc:9 uses using namespace",
          "controller/plan/p.cc:11 leaves a TODO",
          "tests/unit/plan/p_test.cc:1 uses usleep(",
          "tests/unit/plan/p_test.cc:1 leaves a XXX",
      })
  );
}

TEST(Canary, PathsOfAMachine) {
  EXPECT_EQ(
      seen(
          check_paths,
          {{"README.md", "see docs/work/plan\nrun /work/main/dev\n"},
           {"schemas/a.yaml", "path: '/tmp/x'\n"}}
      ),
      (Lines{"README.md:2 names /work/", "schemas/a.yaml:1 names /tmp/"})
  );
}

TEST(Canary, TypesOfOneName) {
  EXPECT_EQ(
      seen(
          check_types,
          {{"controller/lint/a.h", "namespace p {\nstruct Place {\n};\nstruct Other;\n"},
           {"controller/plan/b.h", "namespace p {\nstruct Other {\n};\nenum class Place { kA };\n"},
           {"controller/plan/c.cc", "namespace p {\nstruct Place {\n};\n"},
           {"simulator/d.h", "namespace p::sim {\nclass Place final : public Other {\n};\n"}}
      ),
      (Lines{"controller/plan/b.h:4 defines Place, as controller/lint/a.h does"})
  );
}

std::string repeat(std::size_t times, const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += line;
  }
  return text;
}

TEST(Canary, LongFilesLinesAndFunctions) {
  EXPECT_EQ(
      seen(
          check_shape,
          {{"controller/base/long.cc", repeat(501, "int a;\n")},
           {"controller/base/long.h", "// A header.\n" + repeat(200, "int a();\n")},
           {"controller/base/short.cc",
            repeat(500, "int a;\n") + std::string(101, 'a').substr(101)},
           {"controller/base/silent.h", "#pragma once\n"},
           {"controller/base/wide.cc",
            "auto a = \"" + repeat(88, "é") + "\";\nauto b = \"" + repeat(88, "é") + "\";\n" +
                "auto c = \"" + std::string(89, 'c') + "\";\n" + "auto d = R\"(\n" +
                std::string(101, 'd') + "\n)\";\n"}}
      ),
      (Lines{
          "controller/base/long.cc:501 the file has 501 lines",
          "controller/base/long.h:201 the file has 201 lines",
          "controller/base/silent.h:1 the header does not open with a comment",
          "controller/base/wide.cc:3 the line has 101 columns",
      })
  );
}

TEST(Canary, LongFunctionsWhereverTheyStand) {
  const std::string lines = repeat(70, "  work();\n");
  EXPECT_EQ(
      seen(
          check_shape,
          {{"controller/base/f.cc",
            "namespace a {\n"
            "constexpr auto kTable = to_array<Row>({\n" +
                repeat(80, "    {1, \"{\", [](int) { return 1; }},\n") +
                "});\n"
                "struct S {\n  int x = 1;\n  void inner(int a = f({1, 2})) const {\n" +
                lines +
                "  }\n};\n"
                "template <class T = int>\nbool operator==(const T& a, const T& b) {\n" +
                lines +
                "}\n"
                "int fits() {\n" +
                repeat(68, "  if (a) { b(); }\n") +
                "}\n"
                "S::S(int a) : x_(a) {\n" +
                lines +
                "}\n"
                "}\n"}}
      ),
      (Lines{
          "controller/base/f.cc:86 inner has 72 lines",
          "controller/base/f.cc:159 operator== has 73 lines",
          "controller/base/f.cc:302 S::S has 72 lines",
      })
  );
}

TEST(Canary, FunctionsOfManyParameters) {
  EXPECT_EQ(
      seen(
          check_shape,
          {{"controller/base/f.cc",
            "void many(int a, map<int, int> b, int c, f<void(int, int)> d, int e = g(1, 2), int f) "
            "{}\n"
            "void five(int a, map<int, int> b, int c, f<void(int, int)> d, int e = g(1, 2)) {}\n"
            "void none() {}\n"}}
      ),
      (Lines{"controller/base/f.cc:1 many takes 6 parameters"})
  );
}

TEST(Canary, RulesWithoutAFixture) {
  EXPECT_EQ(
      seen(
          check_fixtures,
          {{"controller/lint/lint.cc", "    {\"SG001\",\n     \"DB008\"},\n    {\"SG002\",\n"},
           {"tests/golden/lint/SG001/manifest.yaml", ""}}
      ),
      (Lines{"controller/lint/lint.cc:3 no fixture shows SG002"})
  );
}

}  // namespace
}  // namespace plumbline::tidy
