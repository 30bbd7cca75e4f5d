#include "controller/http/routes.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {
namespace {

Timestamp at(std::string_view text) {
  Timestamp time{};
  EXPECT_TRUE(parse_time(text, time));
  return time;
}

Snapshot shop() {
  Snapshot snapshot;
  snapshot.stack = "shop";
  snapshot.account_id = "111122223333";
  snapshot.region = "eu-central-1";
  snapshot.mode = "correct";
  snapshot.is_ready = true;
  snapshot.at = at("2026-11-20T16:18:13Z");
  snapshot.last_run_at = at("2026-11-20T16:18:10Z");
  snapshot.last_run = "1 updated";
  snapshot.resources = {
      {{"dbInstances", "main"}, "dbInstance", "shop-main", Phase::kSynced, "", snapshot.at},
      {{"dbProxies", "app"}, "dbProxy", "shop-app", Phase::kStuck, "role is missing", {}},
      {{"securityGroups", "app"}, "securityGroup", "sg-1", Phase::kSynced, "", snapshot.at},
  };
  snapshot.counters = {
      .reads = 40,
      .mutations = 7,
      .throttles = 3,
      .failures = 2,
      .runs = 5,
      .corrections = 1,
      .commits = 21,
      .commit_time = Duration(1250),
  };
  return snapshot;
}

struct Orders {
  std::vector<std::string> given;
  ServerHooks hooks() {
    return {
        [] { return nullptr; },
        [this] { given.emplace_back("sync"); },
        [this](bool is_paused) { given.emplace_back(is_paused ? "pause" : "resume"); }};
  }
};

HttpAnswer get(std::string_view target, const Snapshot* snapshot) {
  return answer_request("GET", target, snapshot, Orders().hooks());
}

bool has_line(const std::string& text, std::string_view line) {
  for (const std::string_view each : split(text, '\n')) {
    if (each == line) {
      return true;
    }
  }
  return false;
}

TEST(Routes, HealthIsFineBeforeAnythingWasLookedAt) {
  const HttpAnswer answer = get("/healthz", nullptr);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok\n");
}

TEST(Routes, ReadinessSaysWhatIsMissing) {
  EXPECT_EQ(get("/readyz", nullptr).status, 503);
  EXPECT_EQ(get("/readyz", nullptr).body, "not ready: the engine has not looked at anything yet\n");

  Snapshot snapshot = shop();
  snapshot.is_ready = false;
  snapshot.resources[1].phase = Phase::kUnknown;
  const HttpAnswer waiting = get("/readyz", &snapshot);
  EXPECT_EQ(waiting.status, 503);
  EXPECT_EQ(waiting.body, "not ready: the first look is not complete (2 of 3 resources seen)\n");

  snapshot.is_ready = true;
  EXPECT_EQ(get("/readyz", &snapshot).status, 200);
  EXPECT_EQ(get("/readyz", &snapshot).body, "ready\n");
  snapshot.is_paused = true;
  EXPECT_EQ(get("/readyz", &snapshot).body, "ready, paused\n");
}

TEST(Routes, MetricsShowCountersAndEveryPhase) {
  const Snapshot snapshot = shop();
  const HttpAnswer answer = get("/metrics", &snapshot);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  for (const std::string_view line : {
           "# TYPE plumbline_resources gauge",
           "plumbline_resources{phase=\"Unknown\"} 0",
           "plumbline_resources{phase=\"Waiting\"} 0",
           "plumbline_resources{phase=\"Calling\"} 0",
           "plumbline_resources{phase=\"Settling\"} 0",
           "plumbline_resources{phase=\"BackingOff\"} 0",
           "plumbline_resources{phase=\"Synced\"} 2",
           "plumbline_resources{phase=\"Drifted\"} 0",
           "plumbline_resources{phase=\"Contested\"} 0",
           "plumbline_resources{phase=\"Stuck\"} 1",
           "# TYPE plumbline_api_calls_total counter",
           "plumbline_api_calls_total{kind=\"read\"} 40",
           "plumbline_api_calls_total{kind=\"mutating\"} 7",
           "plumbline_throttles_total 3",
           "plumbline_step_failures_total 2",
           "plumbline_corrections_total 1",
           "plumbline_runs_total 5",
           "plumbline_commits_total 21",
           "plumbline_commit_seconds_total 1.25",
           "plumbline_last_run_timestamp_seconds 1795191490",
           "plumbline_ready 1",
           "plumbline_paused 0",
           "plumbline_build_info{version=\"" PLUMBLINE_VERSION "\"} 1",
       }) {
    EXPECT_TRUE(has_line(answer.body, line)) << line << " is missing in\n" << answer.body;
  }
}

TEST(Routes, MetricsAreWholeBeforeTheFirstSnapshot) {
  const std::string body = get("/metrics", nullptr).body;
  EXPECT_TRUE(has_line(body, "plumbline_ready 0")) << body;
  EXPECT_TRUE(has_line(body, "plumbline_resources{phase=\"Stuck\"} 0")) << body;
  EXPECT_TRUE(has_line(body, "plumbline_last_run_timestamp_seconds 0")) << body;
}

TEST(Routes, StatusIsJsonOfTheWholeSnapshot) {
  Snapshot snapshot = shop();
  snapshot.outputs = Value::object(
      {{"endpoint",
        Value::object({{"value", "db.example"}, {"sensitive", false}, {"known", true}})}}
  );
  const HttpAnswer answer = get("/v1/status?pretty", &snapshot);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json");
  const auto read = parse_json(answer.body);
  ASSERT_TRUE(read) << answer.body;
  const auto expected = parse_json(R"json({
    "version": 1, "stack": "shop", "account": "111122223333", "region": "eu-central-1",
    "mode": "correct", "ready": true, "paused": false, "at": "2026-11-20T16:18:13Z",
    "lastRunAt": "2026-11-20T16:18:10Z", "lastRun": "1 updated",
    "resources": [
      {"address": "dbInstances.main", "kind": "dbInstance", "id": "shop-main", "phase": "Synced",
       "note": "", "since": "2026-11-20T16:18:13Z"},
      {"address": "dbProxies.app", "kind": "dbProxy", "id": "shop-app", "phase": "Stuck",
       "note": "role is missing", "since": null},
      {"address": "securityGroups.app", "kind": "securityGroup", "id": "sg-1", "phase": "Synced",
       "note": "", "since": "2026-11-20T16:18:13Z"}
    ],
    "counters": {"reads": 40, "mutations": 7, "throttles": 3, "failures": 2, "commits": 21,
                 "commitMs": 1250, "runs": 5, "corrections": 1},
    "outputs": {"endpoint": {"value": "db.example", "sensitive": false, "known": true}}
  })json");
  ASSERT_TRUE(expected);
  EXPECT_EQ(*read, *expected) << answer.body;
}

TEST(Routes, StatusBeforeTheFirstSnapshotIsUnavailable) {
  const HttpAnswer answer = get("/v1/status", nullptr);
  EXPECT_EQ(answer.status, 503);
  const auto read = parse_json(answer.body);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->get("ready"), Value(false));
}

TEST(Routes, PostsReachTheMailbox) {
  Orders orders;
  for (const std::string_view order : {"sync", "pause", "resume"}) {
    const HttpAnswer answer =
        answer_request("POST", "/v1/" + std::string(order), nullptr, orders.hooks());
    EXPECT_EQ(answer.status, 202);
    const auto read = parse_json(answer.body);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text_of("accepted"), order);
  }
  EXPECT_EQ(orders.given, (std::vector<std::string>{"sync", "pause", "resume"}));
}

TEST(Routes, OnlyAnOrderMustShowTheKeyAndNoneIsTakenWithoutOne) {
  const auto is_refused = [](std::string_view method,
                             std::string_view target,
                             std::string_view shown,
                             const SecretText& key) {
    const auto refusal = refuse_stranger(method, target, shown, key);
    EXPECT_TRUE(!refusal || refusal->status == 403);
    return refusal.has_value();
  };
  const SecretText key("0123456789abcdef");
  EXPECT_FALSE(is_refused("POST", "/v1/pause", "Bearer 0123456789abcdef", key));
  for (const std::string_view shown :
       {"",
        "Bearer ",
        "Bearer 0123456789abcde",
        "Bearer 0123456789abcdef0",
        "Bearer 0123456789abcdeF",
        "bearer 0123456789abcdef",
        "0123456789abcdef",
        "Bearer 0123456789abcdef0123456789abcdef"}) {
    EXPECT_TRUE(is_refused("POST", "/v1/pause", shown, key)) << shown;
  }
  EXPECT_TRUE(is_refused("POST", "/v1/sync", "Bearer ", SecretText()));
  EXPECT_TRUE(is_refused("POST", "/v1/resume?now", "", key));
  for (const std::string_view method : {"GET", "HEAD", "PUT"}) {
    EXPECT_FALSE(is_refused(method, "/v1/pause", "", key)) << "it gives no order";
  }
  EXPECT_FALSE(is_refused("GET", "/v1/status", "", key));
  EXPECT_FALSE(is_refused("POST", "/v1/status", "", key));
}

TEST(Routes, WrongMethodsAreRefusedWithTheRightOnes) {
  Orders orders;
  const HttpAnswer get_sync = answer_request("GET", "/v1/sync", nullptr, orders.hooks());
  EXPECT_EQ(get_sync.status, 405);
  EXPECT_EQ(get_sync.allow, "POST");
  EXPECT_EQ(answer_request("HEAD", "/v1/pause", nullptr, orders.hooks()).status, 405);
  const HttpAnswer post_status = answer_request("POST", "/v1/status", nullptr, orders.hooks());
  EXPECT_EQ(post_status.status, 405);
  EXPECT_EQ(post_status.allow, "GET, HEAD");
  EXPECT_TRUE(orders.given.empty());
}

TEST(Routes, UnknownPathsAreNotFound) {
  EXPECT_EQ(get("/v1/statuses", nullptr).status, 404);
  EXPECT_EQ(get("/healthz/", nullptr).status, 404);
  EXPECT_EQ(get("//healthz", nullptr).status, 404);
  EXPECT_EQ(get("http://localhost/healthz", nullptr).status, 400);
  EXPECT_EQ(get("", nullptr).status, 400);
}

TEST(Routes, PageShowsResourcesEscaped) {
  Snapshot snapshot = shop();
  snapshot.stack = "<b>shop</b>";
  snapshot.last_run = "1 failed: \"a\" & 'b'";
  snapshot.resources[1].id = "<script>alert(1)</script>";
  snapshot.resources[1].note = "needs <role>";
  const HttpAnswer answer = get("/", &snapshot);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(answer.body.find("<script"), std::string::npos);
  EXPECT_EQ(answer.body.find("<b>"), std::string::npos);
  EXPECT_EQ(answer.body.find("<role>"), std::string::npos);
  for (const std::string_view part :
       {"<h1>&lt;b&gt;shop&lt;/b&gt;</h1>",
        "mode correct",
        "1 failed: &quot;a&quot; &amp; &#39;b&#39;",
        "dbProxies.app",
        "<span class=\"tag bad\">Stuck</span>",
        "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code>",
        "needs &lt;role&gt;",
        "<dt>Synced</dt><dd class=\"good\">2</dd>"}) {
    EXPECT_NE(answer.body.find(part), std::string::npos) << part;
  }
}

TEST(Routes, PageExistsBeforeTheFirstSnapshot) {
  const HttpAnswer answer = get("/", nullptr);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("has not looked at anything yet"), std::string::npos);
}

TEST(Routes, PolicyAllowsThePagesOwnStyleAlone) {
  const Snapshot snapshot = shop();
  const std::string body = get("/", &snapshot).body;
  const std::size_t begin = body.find("<style>") + 7;
  const std::string style = body.substr(begin, body.find("</style>") - begin);
  const std::string& policy = content_security_policy();
  EXPECT_NE(
      policy.find("style-src 'sha256-" + base64_encode(to_bytes(sha256(style))) + "';"),
      std::string::npos
  );
  EXPECT_TRUE(policy.starts_with("default-src 'none';"));
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  // An attribute is not covered by the hash, and a link or an image would need another source.
  for (const std::string_view outside : {"style=\"", "src=", "href=", "url("}) {
    EXPECT_EQ(body.find(outside), std::string::npos) << outside;
  }
}

TEST(Routes, ForeignHostsAreRefused) {
  for (const std::string_view host :
       {"localhost", "LocalHost:9180", "127.0.0.1", "127.0.0.1:9180", "[::1]", "[::1]:9180"}) {
    EXPECT_FALSE(refuse_foreign("GET", host, "")) << host;
  }
  for (const std::string_view host :
       {"evil.example",
        "evil.example:9180",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1:9180",
        "0.0.0.0",
        "[::]:9180",
        "127.1",
        "::1",
        "localhost:",
        "localhost:x",
        "localhost:99999",
        "user@localhost"}) {
    const auto refusal = refuse_foreign("GET", host, "");
    ASSERT_TRUE(refusal) << host;
    EXPECT_EQ(refusal->status, 403) << host;
  }
  ASSERT_TRUE(refuse_foreign("GET", "", ""));
  EXPECT_EQ(refuse_foreign("GET", "", "")->status, 400);
}

TEST(Routes, OrdersFromAnotherOriginAreRefused) {
  const std::string_view host = "localhost:9180";
  EXPECT_FALSE(refuse_foreign("POST", host, ""));
  EXPECT_FALSE(refuse_foreign("POST", host, "http://localhost:9180"));
  EXPECT_FALSE(refuse_foreign("GET", host, "http://evil.example"));
  for (const std::string_view origin :
       {"http://evil.example", "null", "http://localhost:3000", "https://localhost:9180"}) {
    const auto refusal = refuse_foreign("POST", host, origin);
    ASSERT_TRUE(refusal) << origin;
    EXPECT_EQ(refusal->status, 403);
  }
}

}  // namespace
}  // namespace plumbline
