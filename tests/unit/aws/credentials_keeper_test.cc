// When credentials are fetched, by whom, and what is used meanwhile.
#include <algorithm>

#include "tests/support/aws/credential_bench.h"

namespace plumbline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A bench whose base keys come from a container for an hour at a time, and whose accounts are
/// assumed from them.
class Keeper : public ::testing::Test {
 protected:
  Keeper() {
    bench_.keeper().use_roles({{"prod", role("prod")}, {"test", role("test")}});
    bench_.server = [this](const HttpRequest& request) -> Result<HttpResponse> {
      if (!is_up_) {
        return no_connection();
      }
      if (request.host.starts_with("sts")) {
        ++assumed_;
        return keys_xml("AssumeRole", "AKROLE" + std::to_string(assumed_), bench_.in(hours(1)));
      }
      ++based_;
      return answer(200, keys_json("AKBASE" + std::to_string(based_), bench_.in(hours(1))));
    };
  }

  static RoleToAssume role(const std::string& name) {
    return {"arn:aws:iam::123456789012:role/" + name, "", "plumbline", "eu-west-3", 3600, name};
  }

  CredentialBench bench_{{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"}}, ""};
  bool is_up_ = true;
  int based_ = 0, assumed_ = 0;
};

TEST_F(Keeper, FetchesOnceForAllWhoAsk) {
  EXPECT_FALSE(bench_.keeper().is_ready(""));
  EXPECT_FALSE(bench_.keeper().is_ready(""));
  EXPECT_FALSE(bench_.keeper().is_ready("prod"));
  EXPECT_FALSE(bench_.keeper().is_ready("test"));
  EXPECT_EQ(bench_.get("prod")->source, "role arn:aws:iam::123456789012:role/prod (prod)");
  EXPECT_TRUE(bench_.get("test"));
  EXPECT_TRUE(bench_.get(""));
  EXPECT_EQ(based_, 1);
  EXPECT_EQ(assumed_, 2);
}

TEST_F(Keeper, TakesTheBaseForANameWithoutARole) {
  EXPECT_EQ(bench_.get("alias")->access_key_id, "AKBASE1");
}

TEST_F(Keeper, RefreshesFiveMinutesAheadWhileTheOldOnesAreUsed) {
  EXPECT_EQ(bench_.get()->access_key_id, "AKBASE1");
  bench_.advance(minutes(54));
  bench_.serve();
  EXPECT_EQ(based_, 1);
  bench_.advance(minutes(2));
  EXPECT_TRUE(bench_.keeper().is_ready(""));  // Asking is free of waiting.
  EXPECT_EQ(bench_.get()->access_key_id, "AKBASE1");
  bench_.serve();
  EXPECT_EQ(bench_.get()->access_key_id, "AKBASE2");
  EXPECT_TRUE(bench_.notes.empty());
}

TEST_F(Keeper, KeepsUsingWhatIsValidWhenARefreshFailsAndTells) {
  EXPECT_TRUE(bench_.get());
  is_up_ = false;
  bench_.advance(minutes(56));
  for (int round = 0; round < 60; ++round) {
    bench_.serve();
  }
  EXPECT_EQ(bench_.get()->access_key_id, "AKBASE1");
  ASSERT_EQ(bench_.notes.size(), 1U);
  EXPECT_NE(bench_.notes[0].find("could not be refreshed and hold until"), std::string::npos);
  bench_.advance(minutes(5));
  EXPECT_NE(bench_.refusal().find("no connection"), std::string::npos);
  is_up_ = true;
  bench_.advance(seconds(10));
  EXPECT_EQ(bench_.get()->access_key_id, "AKBASE2");
}

TEST_F(Keeper, DoesNotAskAgainAtOnceAfterAFailure) {
  is_up_ = false;
  EXPECT_FALSE(bench_.get());
  const std::size_t asked = bench_.requests.size();
  EXPECT_FALSE(bench_.get());
  EXPECT_EQ(bench_.requests.size(), asked);
}

TEST_F(Keeper, FetchesAnewWhatAwsSaysHasExpired) {
  const std::string key = bench_.get("prod")->access_key_id;
  bench_.keeper().reject("prod", key);
  EXPECT_NE(bench_.get("prod")->access_key_id, key);
  EXPECT_EQ(assumed_, 2);
  // A late reply to what the old key signed says nothing about the new one.
  bench_.keeper().reject("prod", key);
  EXPECT_TRUE(bench_.get("prod"));
  EXPECT_EQ(assumed_, 2);
}

TEST_F(Keeper, RenewsTheBaseWhenStsFindsItExpired) {
  EXPECT_TRUE(bench_.get());
  const auto usual = bench_.server;
  bench_.server = [&, usual](const HttpRequest& request) -> Result<HttpResponse> {
    const std::string* signature = find_header(request.headers, "authorization");
    const bool is_old = signature != nullptr && signature->find("AKBASE1/") != std::string::npos;
    return is_old ? sts_error(403, "ExpiredToken") : usual(request);
  };
  const auto keys = bench_.get("prod");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(based_, 2);
}

TEST_F(Keeper, ForgetsTheKeysOfARoleThatTheManifestChanged) {
  EXPECT_TRUE(bench_.get("prod"));
  EXPECT_TRUE(bench_.get("test"));
  bench_.keeper().use_roles({{"prod", role("other")}, {"test", role("test")}});
  EXPECT_EQ(bench_.get("prod")->source, "role arn:aws:iam::123456789012:role/other (other)");
  EXPECT_TRUE(bench_.get("test"));
  EXPECT_EQ(assumed_, 3);
  bench_.keeper().use_roles({});
  EXPECT_EQ(bench_.get("prod")->access_key_id, "AKBASE1");
}

TEST_F(Keeper, DoesNotBelieveAFetchForARoleThatChangedMeanwhile) {
  EXPECT_TRUE(bench_.get());
  EXPECT_FALSE(bench_.keeper().is_ready("prod"));
  bench_.keeper().use_roles({{"prod", role("other")}});
  EXPECT_NE(bench_.get("prod")->source.find("role/other"), std::string::npos);
}

TEST_F(Keeper, GivesUpWithoutHarmWhatIsOnItsWayWhenItGoes) {
  EXPECT_FALSE(bench_.keeper().is_ready("prod"));
}

}  // namespace
}  // namespace plumbline
