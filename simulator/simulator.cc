#include "simulator/simulator.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "simulator/access.h"
#include "simulator/auth.h"
#include "simulator/faults.h"
#include "simulator/inventory.h"
#include "simulator/wire.h"
#include "simulator/world_file.h"

namespace plumbline::sim {
namespace {

bool is_mutating(std::string_view action) {
  constexpr std::array<std::string_view, 10> kReads = {
      "Describe",
      "Get",
      "List",
      "BatchGet",
      "Search",
      "Simulate",
      "Decode",
      "Validate",
      "AssumeRole",
      "Lookup"};
  for (const std::string_view prefix : kReads) {
    if (action.substr(0, prefix.size()) == prefix) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct Simulator::Inside {
  Inside(Clock& clock, Options given)
      : options(std::move(given)),
        loaded(load_file()),
        // A world that was loaded goes on with other ids than the ones it has already given.
        world(clock, options.seed + 0x51ed2701ULL * generation(), options.time_scale),
        noise(clock, ~options.seed + generation(), 1),
        faults(read_faults(), options.seed ^ 0xfa017ULL),
        gate(services, neighbours, world) {
    add(make_ec2(world, neighbours));
    add(make_iam(world, neighbours));
    add(make_sts(world, neighbours));
    add(make_secretsmanager(world, neighbours));
    add(make_kms(world, neighbours));
    add(make_logs(world, neighbours));
    add(make_rds(world, neighbours));
    add(make_lambda(world, neighbours));
    restore();
    remember();
  }

  void add(std::unique_ptr<Service> service) {
    const std::string id(service->id());
    services.emplace(id, std::move(service));
  }

  Value load_file() {
    if (options.world_file.empty()) {
      return {};
    }
    auto read = read_world(options.world_file);
    if (!read) {
      error = read.error().to_string();
      return {};
    }
    if (!read.value().is_null() && read.value().get("version") != Value(1)) {
      error = fmt::format("{} is not a world file of version 1.", options.world_file);
      return {};
    }
    return std::move(read).value();
  }

  [[nodiscard]] std::uint64_t generation() const {
    const Value& number = loaded.get("generation");
    return number.is_int() ? static_cast<std::uint64_t>(number.as_int()) : 0;
  }

  FaultRates read_faults() {
    auto rates = parse_faults(options.faults);
    if (!rates) {
      error = rates.error().to_string();
      return {};
    }
    delay = rates.value().delay;
    return rates.value();
  }

  void restore() {
    if (const Value& saved = loaded.get("services"); saved.is_object()) {
      for (auto& [id, service] : services) {
        if (const Value* content = saved.find(id)) {
          service->load(*content);
        }
      }
    }
    if (const Value& saved = loaded.get("places"); saved.is_list()) {
      for (const Value& place : saved.as_list()) {
        places.emplace(place.text_of("account"), place.text_of("region"));
      }
    }
  }

  void save() {
    if (options.world_file.empty()) {
      return;
    }
    Value content{Object{}};
    for (const auto& [id, service] : services) {
      content.set(id, service->save());
    }
    Value seen{List{}};
    for (const auto& [account, region] : places) {
      seen.push_back(Value::object({{"account", account}, {"region", region}}));
    }
    const auto next = static_cast<std::int64_t>(generation() + 1);
    const auto status = write_world(
        options.world_file,
        Value::object(
            {{"version", 1},
             {"generation", next},
             {"places", std::move(seen)},
             {"services", std::move(content)}}
        )
    );
    if (!status) {
      error = status.error().to_string();
    }
  }

  /// What the services hold, for handle_as_of().
  [[nodiscard]] Value image() const {
    Value content{Object{}};
    for (const auto& [id, service] : services) {
      content.set(id, service->save());
    }
    return content;
  }

  void remember() {
    if (options.memory <= Duration(0)) {
      return;
    }
    past.push_back({world.now(), image()});
    // One older than the memory stays: it is what holds at its far end.
    while (past.size() > 2 && past[1].at < world.now() - options.memory) {
      past.pop_front();
    }
  }

  HttpResponse answer(const HttpRequest& request);
  HttpResponse answer_as_of(const HttpRequest& request, Duration age);
  Outcome carry_out(const Caller& caller, Decoded call, Mishap mishap);

  // In the order in which the constructor's steps need them.
  Options options;
  std::string error;
  Duration delay{0};
  Value loaded;
  World world;
  World noise;  ///< Request ids, so that asking does not change the ids of what is made.
  Faults faults;
  Neighbours neighbours;
  Services services;
  AccessGate gate;
  std::vector<AccessAsked> asked;
  Places places;
  std::vector<Logged> log;
  struct Moment {
    Timestamp at;
    Value content;
  };
  std::deque<Moment> past;  ///< After each change, oldest first.
};

Outcome Simulator::Inside::carry_out(const Caller& caller, Decoded call, Mishap mishap) {
  const Wire& wire = *caller.wire;
  if (mishap == Mishap::kThrottle) {
    return throttle_fault(wire);
  }
  if (mishap == Mishap::kErrorBefore || mishap == Mishap::kDropBefore) {
    return server_fault(wire);
  }
  places.emplace(caller.account, caller.region);
  for (auto& [id, service] : services) {
    service->advance();
  }
  const bool mutates = is_mutating(call.action);
  const Request request = {
      std::string(wire.service),
      std::move(call.action),
      caller.account,
      caller.principal_arn,
      caller.region,
      std::move(call.params)};
  auto refusal = gate.check(caller, request, asked);
  Outcome outcome =
      refusal ? Outcome(std::move(*refusal)) : services.find(wire.service)->second->handle(request);
  if (mutates && std::holds_alternative<Value>(outcome)) {
    save();
    remember();
  }
  if (mishap == Mishap::kErrorAfter) {
    return server_fault(wire);
  }
  return outcome;
}

HttpResponse Simulator::Inside::answer(const HttpRequest& request) {
  const std::string request_id = noise.make_uuid();
  const auto who = authenticate(request, options.keys, world.now(), options.verify_signatures);
  if (const auto* refusal = std::get_if<Refusal>(&who)) {
    log.push_back({std::string(refusal->wire->service), "", false, refusal->fault.http_status});
    return encode(*refusal->wire, "", refusal->fault, request_id);
  }
  const auto& caller = std::get<Caller>(who);
  const Wire& wire = *caller.wire;
  auto call = decode(wire, request);
  if (const auto* fault = std::get_if<Fault>(&call)) {
    log.push_back({std::string(wire.service), "", false, fault->http_status});
    return encode(wire, "", *fault, request_id);
  }
  const std::string action = std::get<Decoded>(call).action;
  const Mishap mishap = faults.next();
  const Outcome outcome = carry_out(caller, std::get<Decoded>(std::move(call)), mishap);
  HttpResponse response = encode(wire, action, outcome, request_id);
  response.drop_connection = mishap == Mishap::kDropBefore || mishap == Mishap::kDropAfter;
  log.push_back({std::string(wire.service), action, is_mutating(action), response.status});
  return response;
}

/// A world of its own is loaded with what held then; the time it has is today's, so what was being
/// made is as far as it is.
HttpResponse Simulator::Inside::answer_as_of(const HttpRequest& request, Duration age) {
  const auto moment = std::find_if(past.rbegin(), past.rend(), [&](const Moment& each) {
    return each.at <= world.now() - age;
  });
  if (moment == past.rend()) {
    return answer(request);
  }
  Options alone = options;
  alone.world_file.clear();
  alone.faults.clear();
  alone.memory = Duration(0);
  Inside replica(world.clock(), std::move(alone));
  for (auto& [id, service] : replica.services) {
    service->load(moment->content.get(id));
  }
  replica.places = places;
  return replica.answer(request);
}

Simulator::Simulator(Clock& clock, Options options)
    : inside_(std::make_unique<Inside>(clock, std::move(options))) {}
Simulator::~Simulator() = default;

const std::string& Simulator::error() const {
  return inside_->error;
}

HttpResponse Simulator::handle(const HttpRequest& request) {
  HttpResponse response;
  if (inside_->error.empty()) {
    response = inside_->answer(request);
  } else {
    response = encode(
        guess_wire(request),
        "",
        Fault{500, "InternalFailure", inside_->error},
        inside_->noise.make_uuid()
    );
  }
  response.headers["Date"] = format_http_date(inside_->world.now());
  response.delay = inside_->delay;
  return response;
}

HttpResponse Simulator::handle_as_of(const HttpRequest& request, Duration age) {
  PLUMBLINE_CHECK(inside_->options.memory > Duration(0));
  HttpResponse response = inside_->answer_as_of(request, age);
  response.headers["Date"] = format_http_date(inside_->world.now());
  return response;
}

std::string Simulator::restrict(
    const std::string& key_id, const std::vector<std::string>& documents
) {
  return inside_->gate.restrict(key_id, documents);
}

std::vector<Value> Simulator::objects() const {
  for (auto& [id, service] : inside_->services) {
    service->advance();
  }
  return take_inventory(inside_->services, inside_->places);
}

const std::vector<Simulator::Logged>& Simulator::log() const {
  return inside_->log;
}

const std::vector<AccessAsked>& Simulator::asked() const {
  return inside_->asked;
}

}  // namespace plumbline::sim
