// A simulated AWS in process for tests of single services: a clock the test moves, and all services
// wired to one another. No wire and no signatures: params are given as a service gets them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "simulator/service.h"

namespace plumbline::sim {

class FakeClock final : public Clock {
 public:
  Timestamp now() override { return now_; }
  Duration elapsed() override { return now_ - Timestamp{std::chrono::hours(24)}; }
  void pass(Duration time) { now_ += time; }

 private:
  // 2026-01-02T03:04:05Z.
  Timestamp now_{std::chrono::seconds(1767323045)};
};

class Sim {
 public:
  explicit Sim(double time_scale = 1) : world(clock, 1, time_scale) {
    add(make_ec2(world, neighbours));
    add(make_iam(world, neighbours));
    add(make_sts(world, neighbours));
    add(make_secretsmanager(world, neighbours));
    add(make_kms(world, neighbours));
    add(make_logs(world, neighbours));
    add(make_rds(world, neighbours));
    add(make_lambda(world, neighbours));
  }
  Sim(const Sim&) = delete;
  Sim& operator=(const Sim&) = delete;

  /// What the service answers, after every service moved on to the clock's time.
  Outcome call(const std::string& service, const std::string& action, Value params = Object{}) {
    for (auto& [id, each] : services) {
      each->advance();
    }
    Request request;
    request.service = service;
    request.action = action;
    request.account = account;
    request.region = region;
    request.principal_arn = "arn:aws:iam::" + account + ":user/simulator";
    request.params = std::move(params);
    return services.at(service)->handle(request);
  }
  /// The reply of a call that must succeed; a test failure and null otherwise.
  Value ok(const std::string& service, const std::string& action, Value params = Object{}) {
    const Outcome outcome = call(service, action, std::move(params));
    if (const auto* fault = std::get_if<Fault>(&outcome)) {
      ADD_FAILURE() << action << ": " << fault->code << ": " << fault->message;
      return {};
    }
    return std::get<Value>(outcome);
  }
  /// The error code of a call that must fail; a test failure and "" otherwise.
  std::string fails(
      const std::string& service, const std::string& action, Value params = Object{}
  ) {
    const Outcome outcome = call(service, action, std::move(params));
    if (const auto* fault = std::get_if<Fault>(&outcome)) {
      return fault->code;
    }
    ADD_FAILURE() << action << " was expected to fail";
    return "";
  }
  void pass(Duration time) { clock.pass(time); }

  FakeClock clock;
  World world;
  Neighbours neighbours;
  std::map<std::string, std::unique_ptr<Service>> services;
  std::string account = "123456789012";
  std::string region = "eu-west-3";

 private:
  void add(std::unique_ptr<Service> service) {
    const std::string id(service->id());
    services.emplace(id, std::move(service));
  }
};

}  // namespace plumbline::sim
