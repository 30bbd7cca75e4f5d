// A place for credentials in tests: a keeper with servers, files and programs that a test plays,
// and a clock that it moves. Owned by each test.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/aws/credentials_keeper.h"

namespace plumbline {

class FakeFiles final : public CredentialFiles {
 public:
  Result<std::string> read(const std::string& path) override {
    const auto found = texts.find(path);
    if (found == texts.end()) {
      return Error{ErrorClass::kNotFound, "FileUnreadable", path + " cannot be read", "", 0};
    }
    return found->second;
  }
  Status replace(const std::string& path, const std::string& text) override {
    texts[path] = text;
    return Done{};
  }

  std::map<std::string, std::string> texts;
};

class FakeProcesses final : public ProcessRunner {
 public:
  void start(
      std::uint64_t id,
      const std::vector<std::string>& argv,
      const ProcessLimits& /*limits*/,
      Duration /*elapsed*/
  ) override {
    started = argv;
    done_.push_back({id, output});
  }
  std::vector<ProcessDone> poll(Duration /*elapsed*/) override { return std::exchange(done_, {}); }

  std::vector<std::string> started;
  Result<ProcessOutput> output = ProcessOutput();

 private:
  std::vector<ProcessDone> done_;
};

/// In every secret of every test; must turn up in no error and no note.
inline constexpr char kSecret[] = "hunter2";

class CredentialBench {
 public:
  using Server = std::function<Result<HttpResponse>(const HttpRequest&)>;

  CredentialBench(std::map<std::string, std::string> variables, std::string config)
      : variables_(std::move(variables)), config_(std::move(config)) {
    keeper_.tend(now(), elapsed_);
  }

  /// Serves until `account` has an answer; fails the test when that takes an hour.
  Result<Credentials> get(const std::string& account = "") {
    const Duration until = elapsed_ + std::chrono::hours(1);
    while (!keeper_.is_ready(account)) {
      serve();
      if (elapsed_ > until) {
        ADD_FAILURE() << "no answer";
        break;
      }
    }
    const Result<const Credentials*> found = keeper_.find(account);
    if (!found) {
      EXPECT_EQ(found.error().klass, ErrorClass::kAuth);
      EXPECT_EQ(found.error().message.find(kSecret), std::string::npos) << found.error().message;
      return found.error();
    }
    return **found;
  }

  std::string refusal(const std::string& account = "") {
    const Result<Credentials> found = get(account);
    EXPECT_FALSE(found);
    return found ? "" : found.error().message;
  }

  /// One round: half a second passes, what was asked is answered.
  void serve() {
    advance(Duration(500));
    for (CredentialRequest& each : keeper_.take_requests()) {
      requests.push_back(each.request);
      keeper_.on({each.id, server(each.request)});
    }
  }
  void advance(Duration by) {
    elapsed_ += by;
    keeper_.tend(now(), elapsed_);
    for (std::string& note : keeper_.take_notes()) {
      EXPECT_EQ(note.find(kSecret), std::string::npos) << note;
      notes.push_back(std::move(note));
    }
  }
  [[nodiscard]] Timestamp now() const { return Timestamp(Duration(1'795'000'000'000)) + elapsed_; }
  [[nodiscard]] std::string in(Duration from_now) const { return format_iso8601(now() + from_now); }
  CredentialKeeper& keeper() { return keeper_; }

  Server server = [](const HttpRequest& request) -> Result<HttpResponse> {
    ADD_FAILURE() << "nobody expected " << request.method << " " << request.host << request.path;
    return HttpResponse{500, {}, ""};
  };
  std::vector<HttpRequest> requests;
  std::vector<std::string> notes;
  FakeFiles files;
  FakeProcesses processes;

 private:
  [[nodiscard]] Environment environment() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  Result<CredentialRecipe> recipe() const {
    PLUMBLINE_TRY(loaded, AwsConfig::from_texts(environment(), config_, ""));
    return loaded.recipe("eu-west-3");
  }

  std::map<std::string, std::string> variables_;
  std::string config_;
  Duration elapsed_{0};
  CredentialKeeper keeper_{
      {files, processes, environment(), EndpointSettings()}, [this] { return recipe(); }};
};

inline HttpResponse answer(int status, std::string body) {
  return HttpResponse{status, {}, std::move(body)};
}
inline Error no_connection() {
  return {ErrorClass::kNotSent, "ConnectFailed", "no connection", "", 0};
}
/// {AccessKeyId, SecretAccessKey, Token, Expiration}, as metadata services and containers say it.
inline std::string keys_json(const std::string& id, const std::string& expiry) {
  return R"({"Code":"Success","AccessKeyId":")" + id + R"(","SecretAccessKey":")" + kSecret +
         R"(","Token":"token-)" + kSecret + R"(","Expiration":")" + expiry + "\"}";
}
/// The reply of STS to `action`.
inline HttpResponse keys_xml(
    const std::string& action, const std::string& id, const std::string& expiry
) {
  return answer(
      200,
      "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>" + id +
          "</AccessKeyId><SecretAccessKey>" + kSecret + "</SecretAccessKey><SessionToken>token-" +
          kSecret + "</SessionToken><Expiration>" + expiry + "</Expiration></Credentials></" +
          action + "Result></" + action + "Response>"
  );
}
inline HttpResponse sts_error(int status, const std::string& code) {
  return answer(
      status,
      "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
          "</Code><Message>no</Message></Error></ErrorResponse>"
  );
}

}  // namespace plumbline
