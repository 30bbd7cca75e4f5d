#include "tests/support/engine/fake_wire.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "simulator/wire.h"

namespace plumbline {

namespace {

constexpr Duration kLatency{40};
constexpr Duration kBreak{900};
constexpr Duration kLateBy = std::chrono::seconds(90);

Error wire_error(ErrorClass klass) {
  return {
      klass,
      klass == ErrorClass::kNotSent ? "CouldNotConnect" : "ConnectionLost",
      "the test's wire broke",
      "",
      0};
}

std::string service_in(const sim::HttpRequest& request) {
  // …Credential=KEY/20261120/region/service/aws4_request…
  const std::string claim = sim::header_of(request, "authorization");
  const auto end = claim.find("/aws4_request");
  const auto begin = claim.rfind('/', end - 1);
  return claim.substr(begin + 1, end - begin - 1);
}

/// Where a request goes and what it asks, whoever signed it and when.
std::string question_of(const sim::HttpRequest& request) {
  std::string question = request.method + request.target + request.body;
  for (const char* name : {"host", "x-amz-target"}) {
    const auto header = request.headers.find(name);
    question += header == request.headers.end() ? "" : header->second;
  }
  return question;
}

}  // namespace

std::string hollow(const std::string& body) {
  const std::size_t root = body.find("Response");
  if (!body.starts_with('<') || root == std::string::npos) {
    return "{}";
  }
  const std::size_t begin = body.rfind('<', root);
  return body.substr(begin, root + std::string("Response").size() - begin) + "/>";
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    byte = static_cast<std::uint8_t>((z ^ (z >> 31U)) >> 24U);
  }
}

FakeStore::FakeStore(Clock& clock, Random& random, Fate& fate)
    : store_(make_memory_store(clock, random)), fate_(fate) {}

void FakeStore::break_at(int commit) {
  commits_ = 0;
  break_at_ = commit;
}

void FakeStore::check(const Batch& batch) const {
  const auto is_clean = [](const Value& value) {
    return !value.holds_secret() && canonical_json(value).find(kCanary) == std::string::npos;
  };
  for (const ResourceRow& row : batch.upserts) {
    EXPECT_TRUE(is_clean(row.applied)) << row.address.to_string() << ": applied holds a secret";
    EXPECT_TRUE(is_clean(row.observed)) << row.address.to_string() << ": observed holds a secret";
  }
  for (const Intent& intent : batch.intents) {
    EXPECT_EQ(intent.error.find(kCanary), std::string::npos) << intent.action;
  }
  for (const Batch::AuditEntry& entry : batch.audit) {
    EXPECT_TRUE(is_clean(entry.detail)) << entry.action;
  }
}

Status FakeStore::commit(const Batch& batch, Timestamp at) {
  fate_.moment();
  check(batch);
  if (++commits_ == break_at_ || (break_at_ != 0 && commits_ > break_at_)) {
    return Error{ErrorClass::kIo, "DiskFull", "the test's disk is full", "", 0};
  }
  Status status = store_->commit(batch, at);
  for (const Intent& intent : batch.intents) {
    if (status && intent.state == IntentState::kInflight) {
      EXPECT_NE(intent.signed_at, Timestamp()) << intent.action;
      sendable_.emplace(intent.service, intent.action);
    }
  }
  fate_.moment();
  return status;
}

Status FakeStore::bind(const std::string& stack, const std::string& account_id) {
  return store_->bind(stack, account_id);
}

bool FakeStore::use_intent(const std::string& service, const std::string& action) {
  const auto [first, last] = sendable_.equal_range(service);
  const auto found =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == action; });
  if (found == last) {
    return false;
  }
  sendable_.erase(found);
  return true;
}

sim::HttpRequest to_simulator(const HttpRequest& request) {
  sim::HttpRequest out;
  out.method = request.method;
  out.target = request.base_path + request.path;
  if (!request.query.empty()) {
    out.target += "?" + request.query;
  }
  out.headers.emplace("host", request.host);
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    out.headers.emplace(lower, value);
  }
  out.body = request.body;
  return out;
}

HttpResponse from_simulator(const sim::HttpResponse& response) {
  HttpResponse out;
  out.status = response.status;
  out.body = response.body;
  for (const auto& [name, value] : response.headers) {
    out.headers.emplace_back(name, value);
  }
  return out;
}

void FakeWire::reset(FaultScript script) {
  pending_.clear();
  script_ = std::move(script);
  actions_.clear();
  mutations_ = 0;
  reads_ = 0;
  store_.forget_unsent();
}

void FakeWire::send(std::uint64_t id, HttpRequest request, const SendOptions& options) {
  const sim::HttpRequest wired = to_simulator(request);
  Seen seen;
  seen.service = service_in(wired);
  seen.is_mutating = options.is_mutating;
  const auto* wire = sim::find_wire(seen.service);
  ASSERT_NE(wire, nullptr) << seen.service;
  const auto decoded = sim::decode(*wire, wired);
  if (const auto* call = std::get_if<sim::Decoded>(&decoded)) {
    seen.action = call->action;
  }
  seen.number = options.is_mutating ? ++mutations_ : ++reads_;
  if (options.is_mutating) {
    actions_.push_back(seen.action);
    EXPECT_TRUE(store_.use_intent(seen.service, seen.action))
        << seen.action << " was sent without a committed intent";
    fate_.moment();
  }
  const Mishap mishap = script_ ? script_(seen) : Mishap::kNone;
  const std::size_t logged = simulator_.log().size();
  Result<HttpResponse> response = carry_out(wired, mishap);
  if (simulator_.log().size() > logged && simulator_.log().back().is_mutating) {
    EXPECT_TRUE(options.is_mutating) << seen.action << " was sent as if it were a read";
  }
  const bool is_quick = response.has_value() || mishap == Mishap::kNotSent;
  pending_.push_back({clock_.elapsed() + (is_quick ? kLatency : kBreak), {id, std::move(response)}}
  );
  if (options.is_mutating) {
    fate_.moment();
  }
}

Result<HttpResponse> FakeWire::carry_out(const sim::HttpRequest& request, Mishap mishap) {
  const auto failure = [](int status) {
    HttpResponse response;
    response.status = status;
    response.body = "<html>no answer of the service's own</html>";
    return response;
  };
  const std::string asked = question_of(request);
  switch (mishap) {
    case Mishap::kNone:
      return answered_[asked] = from_simulator(simulator_.handle(request));
    case Mishap::kStale: {
      const auto before = answered_.find(asked);
      EXPECT_NE(before, answered_.end()) << "it was never asked before";
      return before == answered_.end() ? failure(500) : before->second;
    }
    case Mishap::kNotSent:
      return wire_error(ErrorClass::kNotSent);
    case Mishap::kLostAfter:
      simulator_.handle(request);
      return wire_error(ErrorClass::kUnknownOutcome);
    case Mishap::kLostBefore:
      return wire_error(ErrorClass::kUnknownOutcome);
    case Mishap::kErrorAfter:
      simulator_.handle(request);
      return failure(500);
    case Mishap::kErrorBefore:
      return failure(500);
    case Mishap::kThrottled:
      return failure(429);
    case Mishap::kAskedToWait: {
      HttpResponse response = failure(429);
      response.headers.emplace_back("Retry-After", std::to_string(kAskedPause.count()));
      return response;
    }
    case Mishap::kEmpty: {
      HttpResponse response = from_simulator(simulator_.handle(request));
      if (response.status == 200) {
        response.body.clear();
      }
      return response;
    }
    case Mishap::kHollow: {
      HttpResponse response = from_simulator(simulator_.handle(request));
      if (response.status < 300 && !response.body.empty()) {
        response.body = hollow(response.body);
      }
      return response;
    }
    case Mishap::kLate:
      late_.push_back({clock_.elapsed() + kLateBy, request});
      return wire_error(ErrorClass::kUnknownOutcome);
  }
  return wire_error(ErrorClass::kNotSent);
}

void FakeWire::deliver_late() {
  for (std::size_t i = 0; i < late_.size();) {
    if (late_[i].due <= clock_.elapsed()) {
      simulator_.handle(late_[i].request);
      late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

void FakeWire::settle() {
  if (!late_.empty()) {
    clock_.advance(kLateBy);
    deliver_late();
  }
}

std::vector<Completion> FakeWire::wait(Duration limit) {
  Duration until = clock_.elapsed() + limit;
  for (const Pending& pending : pending_) {
    until = std::min(until, pending.due);
  }
  clock_.advance(std::max(Duration(0), until - clock_.elapsed()));
  deliver_late();
  std::vector<Completion> done;
  for (std::size_t i = 0; i < pending_.size();) {
    if (pending_[i].due <= clock_.elapsed()) {
      done.push_back(std::move(pending_[i].completion));
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return done;
}

}  // namespace plumbline
