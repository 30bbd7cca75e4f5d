// The server by itself: messages in, messages out, and files in a folder of its own.
#include "controller/lsp/server.h"

#include <filesystem>

#include "controller/config/graph.h"
#include "controller/lint/lint.h"
#include "controller/lsp/uri.h"
#include "tests/support/lsp/edited.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

const char* const kGood =
    "stack: s\nregion: eu-west-3\nvpcs:\n  main: { cidrBlock: 10.0.0.0/16 }\n"
    "subnets:\n  a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a }\n";

class Server : public ::testing::Test {
 protected:
  Server()
      : folder_(
            fs::canonical(fs::path(::testing::TempDir())) /
            (std::string("plumbline-lsp-") +
             ::testing::UnitTest::GetInstance()->current_test_info()->name())
        ),
        host_{test_guide().catalog(), test_guide().schema(), {}, {}, {}, {}, {}} {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    host_.read = [this](const std::vector<std::string>& paths, const OpenTexts& open) {
      ++reads_;
      ManifestOptions options;
      options.paths = paths;
      options.allows_missing_inputs = true;
      Diagnostics read;
      StackReading reading;
      reading.manifest = load_manifest(host_.catalog, options, open, read);
      const Graph graph = make_graph(*reading.manifest, read);
      const Diagnostics linted = run_lint({*reading.manifest, graph, host_.catalog});
      reading.findings = FindingSet(read, linted, reading.manifest.get(), "2026-11-26");
      reading.findings.apply_comments();
      return reading;
    };
    host_.explain = [](const std::string& topic) { return "about " + topic + "\n"; };
    host_.describe_type = [](const Property&) { return std::string("a type"); };
    host_.real_path = [](const std::string& path) { return path; };
    server_ = std::make_unique<LanguageServer>(host_);
  }
  ~Server() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return uri_of_path((folder_ / name).string());
  }
  [[nodiscard]] std::string uri(const std::string& name) const {
    return uri_of_path((folder_ / name).string());
  }

  std::vector<Value> tell(const std::string& body) {
    server_->receive(body);
    return server_->take_out();
  }
  /// What is answered to a request.
  Value ask(const std::string& method, Value params) {
    const std::vector<Value> out = tell(show_json(Value::object(
        {{"jsonrpc", "2.0"}, {"id", ++id_}, {"method", method}, {"params", std::move(params)}}
    )));
    for (const Value& message : out) {
      if (message.get("id") == Value(id_)) {
        return message.find("error") != nullptr ? message.get("error") : message.get("result");
      }
      published_[message.get("params").text_of("uri")] = message.get("params");
    }
    ADD_FAILURE() << method << " has no answer";
    return {};
  }
  void notify(const std::string& method, Value params) {
    tell(show_json(
        Value::object({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}})
    ));
  }
  Value start(Value capabilities = Value::object({})) {
    Value answer = ask("initialize", Value::object({{"capabilities", std::move(capabilities)}}));
    notify("initialized", Value::object({}));
    return answer;
  }
  void open(const std::string& uri, const std::string& text) {
    notify(
        "textDocument/didOpen",
        Value::object(
            {{"textDocument", Value::object({{"uri", uri}, {"version", 1}, {"text", text}})}}
        )
    );
  }
  void change(const std::string& uri, int version, List changes) {
    notify(
        "textDocument/didChange",
        Value::object(
            {{"textDocument", Value::object({{"uri", uri}, {"version", version}})},
             {"contentChanges", Value(std::move(changes))}}
        )
    );
  }
  static Value position(int line, int character) {
    return Value::object({{"line", line}, {"character", character}});
  }
  static Value at(const std::string& uri, int line, int character) {
    return Value::object(
        {{"textDocument", Value::object({{"uri", uri}})}, {"position", position(line, character)}}
    );
  }
  /// Reads what changed and returns the URIs that something was said about.
  std::vector<std::string> settle() {
    std::vector<std::string> uris;
    server_->settle();
    for (const Value& message : server_->take_out()) {
      uris.push_back(message.get("params").text_of("uri"));
      published_[uris.back()] = message.get("params");
    }
    return uris;
  }
  /// Codes of what is published now.
  std::vector<std::string> codes(const std::string& uri) {
    std::vector<std::string> codes;
    for (const Value& one : published_[uri].get("diagnostics").as_list()) {
      codes.push_back(one.text_of("code"));
    }
    return codes;
  }

  fs::path folder_;
  LanguageHost host_;
  std::unique_ptr<LanguageServer> server_;
  std::map<std::string, Value> published_;
  int id_ = 0;
  int reads_ = 0;
};

using Codes = std::vector<std::string>;

TEST_F(Server, AnswersWhatIsNoMessageAndGoesOn) {
  const auto code_of = [&](const std::string& body) {
    const std::vector<Value> out = tell(body);
    return out.size() == 1 ? out[0].get("error").get("code") : Value();
  };
  EXPECT_EQ(code_of("{"), Value(-32700));
  EXPECT_EQ(code_of(""), Value(-32700));
  EXPECT_EQ(code_of(std::string(1000, '[')), Value(-32700));
  EXPECT_EQ(code_of("[]"), Value(-32600));
  EXPECT_EQ(code_of("3"), Value(-32600));
  EXPECT_EQ(code_of(R"({"id":1})"), Value(-32600));
  EXPECT_EQ(code_of(R"({"id":{},"method":"x"})"), Value(-32600));
  EXPECT_EQ(code_of(R"({"id":1,"method":"textDocument/hover"})"), Value(-32002));
  EXPECT_TRUE(tell(R"({"method":"textDocument/didOpen","params":7})").empty());
  start();
  EXPECT_EQ(code_of(R"({"id":"a","method":"textDocument/hover"})"), Value(-32602));
  EXPECT_EQ(code_of(R"({"id":"a","method":"workspace/symbol","params":{}})"), Value(-32601));
  EXPECT_EQ(code_of(R"({"id":"a","method":"initialize","params":{}})"), Value(-32600));
  EXPECT_TRUE(tell(R"({"method":"$/cancelRequest","params":{"id":1}})").empty());
  EXPECT_TRUE(tell(R"({"id":"watch","result":null})").empty());
}

TEST_F(Server, EndsAsTheSpecificationSays) {
  start();
  EXPECT_TRUE(ask("shutdown", {}).is_null());
  EXPECT_EQ(ask("textDocument/hover", {}).get("code"), Value(-32600));
  EXPECT_FALSE(server_->has_ended());
  notify("exit", {});
  EXPECT_TRUE(server_->has_ended());
  EXPECT_TRUE(server_->ended_well());
  LanguageServer abrupt(host_);
  abrupt.receive(R"({"jsonrpc":"2.0","method":"exit"})");
  EXPECT_TRUE(abrupt.has_ended());
  EXPECT_FALSE(abrupt.ended_well());
}

TEST_F(Server, AgreesOnWhatACharacterIs) {
  const auto agreed = [&](const Value& offered) {
    LanguageServer server(host_);
    const Value capabilities =
        Value::object({{"general", Value::object({{"positionEncodings", offered}})}});
    server.receive(show_json(Value::object(
        {{"id", 1},
         {"method", "initialize"},
         {"params", Value::object({{"capabilities", capabilities}})}}
    )));
    return server.take_out().at(0).get_path("result.capabilities.positionEncoding");
  };
  EXPECT_EQ(agreed({}), Value("utf-16"));
  EXPECT_EQ(agreed(Value::list({"utf-16"})), Value("utf-16"));
  EXPECT_EQ(agreed(Value::list({"utf-16", "utf-8"})), Value("utf-8"));
  EXPECT_EQ(agreed(Value::list({"utf-16", "utf-32"})), Value("utf-32"));
}

TEST_F(Server, SaysWhatIsWrongWithATextThatIsNotSaved) {
  start();
  const std::string uri = write("m.yaml", kGood);
  open(uri, std::string(kGood) + "vpc: {}\n");
  EXPECT_EQ(settle(), Codes{uri});
  EXPECT_EQ(codes(uri), Codes{"MF002"});
  EXPECT_EQ(published_[uri].get("version"), Value(1));
  change(uri, 2, {Value::object({{"text", kGood}})});
  EXPECT_EQ(settle(), Codes{uri});
  EXPECT_EQ(codes(uri), Codes{});
  EXPECT_EQ(published_[uri].get("version"), Value(2));
  EXPECT_EQ(settle(), Codes{}) << "nothing changed";
}

TEST_F(Server, PlacesCountInTheAgreedEncoding) {
  start();
  const std::string uri = write("m.yaml", "");
  open(uri, std::string(kGood) + "tags: { a: 𝄞, b: [x] }\n");
  settle();
  ASSERT_EQ(codes(uri).size(), 1U);
  const Value& range = published_[uri].get("diagnostics").as_list()[0].get("range");
  EXPECT_EQ(range.get("start"), position(6, 18)) << show_json(range);
}

TEST_F(Server, TakesChangesInOrder) {
  start();
  const std::string uri = write("m.yaml", "");
  open(uri, "stack: 𝄞\n");
  const auto edit = [&](int line, int from, int to, const std::string& text) {
    return Value::object(
        {{"range", Value::object({{"start", position(line, from)}, {"end", position(line, to)}})},
         {"text", text}}
    );
  };
  change(uri, 2, {edit(0, 7, 9, "s\nvpcs:\n  m: {"), edit(2, 6, 6, " cidrBlock: 10.0.0.0/16 }")});
  settle();
  EXPECT_EQ(codes(uri), Codes{}) << show_json(published_[uri]);
  change(uri, 3, {Value::object({{"range", "x"}, {"text", 3}})});
  EXPECT_EQ(
      ask("textDocument/hover", at(uri, 1, 1)).get("contents").text_of("value"), "about vpcs\n"
  );
}

TEST_F(Server, FilesOfAFolderAreOneStackAndOpenOnesGoBeforeTheDisk) {
  start();
  const std::string networks =
      write("a.yaml", "stack: s\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n");
  const std::string subnets =
      write("b.yaml", "subnets: { x: { vpc: other, cidrBlock: 10.0.1.0/24 } }\n");
  open(networks, "stack: s\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n");
  settle();
  EXPECT_EQ(codes(subnets), Codes{"RF001"}) << "what is on disk";
  EXPECT_EQ(published_[subnets].find("version"), nullptr);
  open(subnets, "subnets: { x: { vpc: main, cidrBlock: 10.0.1.0/24 } }\n");
  settle();
  EXPECT_EQ(codes(subnets), Codes{}) << "what is in the editor";
  const Value found = ask("textDocument/definition", at(subnets, 0, 23));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.as_list()[0].text_of("uri"), networks);
  notify(
      "textDocument/didClose", Value::object({{"textDocument", Value::object({{"uri", subnets}})}})
  );
  settle();
  EXPECT_EQ(codes(subnets), Codes{"RF001"}) << "the disk counts again";
  notify(
      "textDocument/didClose", Value::object({{"textDocument", Value::object({{"uri", networks}})}})
  );
  settle();
  EXPECT_EQ(codes(subnets), Codes{}) << "nobody looks any more";
}

TEST_F(Server, TheFilesThatAreNamedAreOneStack) {
  const std::string base = write("base.yaml", kGood);
  const std::string over = write("over.yaml", "vpcs: { main: { cidr: 10.0.0.0/16 } }\n");
  write("alien.yaml", "stack: other\n");
  host_.files = {(folder_ / "base.yaml").string(), (folder_ / "over.yaml").string()};
  server_ = std::make_unique<LanguageServer>(host_);
  start();
  open(base, kGood);
  settle();
  EXPECT_EQ(codes(over), Codes{"MF002"});
  EXPECT_EQ(codes(base), Codes{});
}

TEST_F(Server, FoldersOfOtherThingsAreLeftAlone) {
  start();
  const std::string uri = write("compose.yaml", "services:\n  web: { image: x }\n");
  open(uri, "services:\n  web: { image: x }\n");
  EXPECT_EQ(settle(), Codes{});
  const int reads = reads_;
  change(uri, 2, {Value::object({{"text", "services:\n  web: { image: y }\n"}})});
  EXPECT_EQ(settle(), Codes{});
  EXPECT_EQ(reads_, reads) << "it is not even read again";
  change(uri, 3, {Value::object({{"text", "services: {}\nvpcs: { m: {\n"}})});
  EXPECT_EQ(settle(), Codes{uri}) << "until it becomes a manifest, however broken";
  EXPECT_EQ(codes(uri), Codes{"MF001"});
}

TEST_F(Server, WhatLiesBesideAManifestAndIsNoneIsNotRead) {
  start();
  const std::string alien = write("compose.yaml", "services: {}\nnetworks: &x {}\nsecrets: {}\n");
  const std::string uri = write("m.yaml", kGood);
  open(uri, kGood);
  open(alien, "services: {}\nnetworks: &x {}\nsecrets: {}\n");
  EXPECT_EQ(settle(), Codes{uri});
  EXPECT_EQ(codes(uri), Codes{});
}

TEST_F(Server, ManyChangesWithoutAPauseAreReadOnce) {
  start();
  const std::string uri = write("m.yaml", kGood);
  open(uri, kGood);
  settle();
  const int before = reads_;
  for (int i = 2; i < 50; ++i) {
    change(uri, i, {Value::object({{"text", kGood}})});
    ask("textDocument/completion", at(uri, 5, 10));
  }
  settle();
  EXPECT_EQ(reads_, before + 1);
}

TEST_F(Server, CompletesWhatIsHalfWritten) {
  start();
  const std::string uri = write("m.yaml", "");
  open(uri, std::string(kGood) + "  b: { vpc: ");
  const Value list = ask("textDocument/completion", at(uri, 6, 12)).get("items");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.as_list()[0].text_of("label"), "main");
  EXPECT_EQ(
      list.as_list()[0].get("textEdit"),
      Value::object(
          {{"range", Value::object({{"start", position(6, 12)}, {"end", position(6, 12)}})},
           {"newText", "main"}}
      )
  );
}

TEST_F(Server, IgnoresAFindingByAComment) {
  start(Value::object(
      {{"textDocument",
        Value::object(
            {{"codeAction", Value::object({{"codeActionLiteralSupport", Value::object({})}})}}
        )}}
  ));
  const std::string text =
      std::string(kGood) + "securityGroups:\n  g: { vpc: main, description: d }\n";
  const std::string uri = write("m.yaml", text);
  open(uri, text);
  Value params = Value::object(
      {{"textDocument", Value::object({{"uri", uri}})},
       {"range", Value::object({{"start", position(7, 0)}, {"end", position(7, 9)}})},
       {"context", Value::object({{"diagnostics", List{}}})}}
  );
  const Value actions = ask("textDocument/codeAction", params);
  ASSERT_EQ(actions.size(), 1U) << show_json(published_[uri]);
  const Value& action = actions.as_list()[0];
  EXPECT_EQ(action.text_of("kind"), "quickfix");
  EXPECT_EQ(action.get("diagnostics").as_list()[0].text_of("code"), "RF004");
  const Value& edit = action.get("edit").get("changes").get(uri).as_list()[0];
  EXPECT_EQ(edit.text_of("newText"), "  # plumbline:ignore RF004: say why\n");
  change(
      uri,
      2,
      {edit.find("text") == nullptr
           ? Value::object({{"range", edit.get("range")}, {"text", edit.text_of("newText")}})
           : edit}
  );
  settle();
  EXPECT_EQ(codes(uri), Codes{});
  params.set("context", Value::object({{"only", Value::list({"refactor"})}}));
  EXPECT_EQ(ask("textDocument/codeAction", params).size(), 0U);
}

TEST_F(Server, AsksToBeToldOfFilesThatChange) {
  ask("initialize",
      Value::object(
          {{"capabilities",
            Value::object(
                {{"workspace",
                  Value::object(
                      {{"didChangeWatchedFiles", Value::object({{"dynamicRegistration", true}})}}
                  )}}
            )}}
      ));
  const std::vector<Value> out = tell(R"({"method":"initialized","params":{}})");
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].text_of("method"), "client/registerCapability");
  const std::string uri = write("m.yaml", kGood);
  const std::string other = write("n.yaml", "vpcs: { n: { cidrBlock: 10.1.0.0/16 } }\n");
  open(uri, kGood);
  settle();
  EXPECT_EQ(codes(uri), Codes{});
  write("n.yaml", "vpcs: { n: { cidrBlok: 10.1.0.0/16 } }\n");
  notify("workspace/didChangeWatchedFiles", Value::object({{"changes", List{}}}));
  settle();
  EXPECT_FALSE(codes(other).empty());
}

TEST_F(Server, ATextWithoutAFileIsAStackOfItsOwn) {
  start();
  open("untitled:Untitled-1", std::string(kGood) + "vpc: {}\n");
  EXPECT_EQ(settle(), Codes{"untitled:Untitled-1"});
  EXPECT_EQ(codes("untitled:Untitled-1"), Codes{"MF002"});
}

}  // namespace
}  // namespace plumbline
