#include "tests/support/sim/net.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/faults.h"
#include "simulator/wire.h"
#include "tests/support/engine/fake_wire.h"

namespace plumbline::simtest {

namespace {

constexpr Duration kLatency{40};
constexpr Duration kBreak{900};
constexpr Duration kLateBy = std::chrono::seconds(90);
constexpr Duration kSlowBy = std::chrono::seconds(50);

Error wire_error(Mishap mishap) {
  return mishap == Mishap::kNotSent
             ? Error{ErrorClass::kNotSent, "CouldNotConnect", "no connection", "", 0}
             : Error{ErrorClass::kUnknownOutcome, "ConnectionLost", "it broke", "", 0};
}

/// …Credential=KEY/20261120/region/service/aws4_request…
std::string service_in(const sim::HttpRequest& request) {
  const std::string claim = sim::header_of(request, "authorization");
  const auto end = claim.find("/aws4_request");
  const auto begin = claim.rfind('/', end - 1);
  return claim.substr(begin + 1, end - begin - 1);
}

HttpResponse page(int status) {
  HttpResponse response;
  response.status = status;
  response.body = "<html><body><h1>Bad gateway</h1><p>No answer of the service's own</body></html>";
  return response;
}

bool has_effect(Mishap mishap) {
  switch (mishap) {
    case Mishap::kNone:
    case Mishap::kLostAfter:
    case Mishap::kErrorAfter:
    case Mishap::kSlow:
    case Mishap::kCut:
    case Mishap::kHtml:
    case Mishap::kWrongRoot:
    case Mishap::kEmpty:
    case Mishap::kHollow:
      return true;
    case Mishap::kNotSent:
    case Mishap::kLostBefore:
    case Mishap::kErrorBefore:
    case Mishap::kThrottled:
    case Mishap::kLate:
    case Mishap::kExpired:
    case Mishap::kStale:
    case Mishap::kRepeated:
      return false;
  }
  return false;
}

/// What a read asks, without its signature.
std::string question_of(const sim::HttpRequest& request) {
  return request.method + request.target + sim::header_of(request, "host") +
         sim::header_of(request, "x-amz-target") + request.body;
}

}  // namespace

std::string_view name_of(Mishap mishap) {
  constexpr std::array<std::string_view, kMishaps> kNames = {
      "",
      "not sent",
      "lost before",
      "lost after",
      "500 before",
      "500 after",
      "throttle",
      "late",
      "slow",
      "cut",
      "html",
      "wrong root",
      "empty",
      "hollow",
      "expired",
      "stale",
      "repeated"};
  return kNames[static_cast<std::size_t>(mishap)];
}

HttpResponse Net::execute(const sim::HttpRequest& request, bool is_mutating) {
  const std::size_t logged = aws_.log().size();
  HttpResponse response = from_simulator(aws_.handle(request));
  if (aws_.log().size() > logged && aws_.log().back().is_mutating) {
    if (!is_mutating) {
      checkers_.on_unjournalled_change(aws_.log().back().action);
    }
    if (looks_every != 0 && ++changes_ % looks_every == 0) {
      checkers_.look_at_world();
    }
  }
  return response;
}

HttpResponse Net::spoil(HttpResponse response, Mishap mishap) {
  switch (mishap) {
    case Mishap::kCut:
      response.body.resize(response.body.empty() ? 0 : dice_.next() % response.body.size());
      break;
    case Mishap::kHtml:
      response.body = page(200).body;
      break;
    case Mishap::kWrongRoot:
      response.body = response.body.starts_with("{")
                          ? R"({"Version":"1","Items":[]})"
                          : R"(<?xml version="1.0"?><Unrelated><item>1</item></Unrelated>)";
      break;
    case Mishap::kEmpty:
      response.body.clear();
      break;
    case Mishap::kHollow:
      response.body = hollow(response.body);
      break;
    default:
      break;
  }
  return response;
}

Result<HttpResponse> Net::carry(const sim::HttpRequest& given, const Asked& asked, Mishap mishap) {
  sim::HttpRequest request = given;
  if (hides_owner_filter) {
    for (std::size_t at = 0; (at = request.body.find("plumbline%3Aowner", at)) != std::string::npos;
         ++at) {
      if (!asked.is_mutating) {
        request.body.replace(at, 17, "plumbline%3Anobod");
      }
    }
  }
  const auto refusal = [&](const sim::Fault& fault) {
    return from_simulator(
        sim::encode(*sim::find_wire(asked.service), asked.action, fault, "simulated")
    );
  };
  const std::string question = asked.is_mutating ? "" : question_of(request);
  if (mishap == Mishap::kRepeated) {
    if (const auto before = answered_.find(question); before != answered_.end()) {
      return before->second;
    }
  }
  if (mishap == Mishap::kStale && lag > Duration(0)) {
    const Duration age(
        1 + static_cast<std::int64_t>(dice_.next() % static_cast<std::uint64_t>(lag.count()))
    );
    return from_simulator(aws_.handle_as_of(request, age));
  }
  if (mishap == Mishap::kStale || mishap == Mishap::kRepeated) {
    mishap = Mishap::kNone;
  }
  HttpResponse response;
  if (has_effect(mishap)) {
    response = execute(request, asked.is_mutating);
  }
  switch (mishap) {
    case Mishap::kNotSent:
    case Mishap::kLostBefore:
    case Mishap::kLostAfter:
      return wire_error(mishap);
    case Mishap::kLate:
      late_.push_back({clock_.elapsed() + kLateBy, request});
      return wire_error(mishap);
    case Mishap::kErrorBefore:
    case Mishap::kErrorAfter:
      return dice_.next() % 2 == 0 ? page(dice_.next() % 2 == 0 ? 502 : 500)
                                   : refusal(sim::server_fault(*sim::find_wire(asked.service)));
    case Mishap::kThrottled:
      return dice_.next() % 2 == 0 ? page(429)
                                   : refusal(sim::throttle_fault(*sim::find_wire(asked.service)));
    case Mishap::kExpired:
      return refusal({403, "ExpiredToken", "The security token included in the request is expired"}
      );
    default:
      break;
  }
  if (!asked.is_mutating && mishap == Mishap::kNone) {
    answered_[question] = response;
  }
  return response.status == 200 ? spoil(std::move(response), mishap) : std::move(response);
}

void Net::deliver_late() {
  for (std::size_t i = 0; i < late_.size();) {
    if (late_[i].due > clock_.elapsed()) {
      ++i;
      continue;
    }
    const sim::HttpRequest request = std::move(late_[i].request);
    late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
    execute(request, true);
  }
}

void Net::settle() {
  if (!late_.empty()) {
    clock_.advance(kLateBy);
    deliver_late();
  }
  answered_.clear();
}

void SimWire::send(std::uint64_t id, HttpRequest request, const SendOptions& options) {
  const sim::HttpRequest wired = to_simulator(request);
  Asked asked;
  asked.service = service_in(wired);
  asked.is_mutating = options.is_mutating;
  const auto* wire = sim::find_wire(asked.service);
  if (wire != nullptr) {
    const auto decoded = sim::decode(*wire, wired);
    if (const auto* call = std::get_if<sim::Decoded>(&decoded)) {
      asked.action = call->action;
    }
  }
  asked.number = options.is_mutating ? ++mutations_ : ++reads_;
  if (options.is_mutating) {
    parts_.checkers.on_send({id, parts_.process, asked.service, asked.action});
    parts_.moments.pass();
  }
  const Mishap mishap = script_ ? script_(asked) : Mishap::kNone;
  Result<HttpResponse> response = parts_.net.carry(wired, asked, mishap);
  if (options.is_mutating && response && response->status < 300) {
    ++accepted_;
  }
  if (on_line && (options.is_mutating || mishap != Mishap::kNone)) {
    on_line(fmt::format(
        "  {} {} {} {}",
        format_duration(parts_.clock.elapsed()),
        asked.action,
        name_of(mishap),
        response ? std::to_string(response->status) : "no answer"
    ));
  }
  const bool is_quick = response.has_value() || mishap == Mishap::kNotSent;
  Duration takes = mishap == Mishap::kSlow ? kSlowBy : is_quick ? kLatency : kBreak;
  takes += Duration(static_cast<std::int64_t>(parts_.dice.next() % 30));
  pending_.push_back({parts_.clock.elapsed() + takes, {id, std::move(response)}});
  if (options.is_mutating) {
    parts_.moments.pass();
  }
}

std::vector<Completion> SimWire::wait(Duration limit) {
  Duration until = parts_.clock.elapsed() + limit;
  for (const Pending& pending : pending_) {
    until = std::min(until, pending.due);
  }
  parts_.clock.advance(std::max(Duration(0), until - parts_.clock.elapsed()));
  parts_.net.deliver_late();
  if (on_wait) {
    on_wait();
  }
  std::vector<Completion> done;
  for (std::size_t i = 0; i < pending_.size();) {
    if (pending_[i].due <= parts_.clock.elapsed()) {
      done.push_back(std::move(pending_[i].completion));
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
      parts_.checkers.on_reply(parts_.process, done.back().id);
    } else {
      ++i;
    }
  }
  return done;
}

}  // namespace plumbline::simtest
