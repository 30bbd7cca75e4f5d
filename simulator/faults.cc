#include "simulator/faults.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

bool parse_rate(std::string_view text, double& out) {
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc() || end != text.data() + text.size() || !(rate >= 0 && rate <= 1)) {
    return false;
  }
  out = rate;
  return true;
}

}  // namespace

Result<FaultRates> parse_faults(std::string_view text) {
  FaultRates rates;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view field = trim(part);
    if (field.empty()) {
      continue;
    }
    const auto equals = field.find('=');
    const std::string_view name = field.substr(0, equals);
    const std::string_view setting =
        equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
    const bool is_good = name == "throttle" ? parse_rate(setting, rates.throttle)
                         : name == "error"  ? parse_rate(setting, rates.error)
                         : name == "drop"   ? parse_rate(setting, rates.drop)
                         : name == "delay"  ? parse_duration(setting, rates.delay)
                                            : false;
    if (!is_good) {
      return Error{
          ErrorClass::kInvalid,
          "InvalidFaults",
          fmt::format(
              "'{}' is no fault; write throttle, error or drop with a probability, or delay with "
              "a duration.",
              field
          ),
          "",
          0};
    }
  }
  return rates;
}

double Faults::draw() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return std::ldexp(static_cast<double>((z ^ (z >> 31U)) >> 11U), -53);
}

Mishap Faults::next() {
  // All draws are made for each request, so that one rate does not shift the fate of another.
  const double throttle = draw();
  const double error = draw();
  const double drop = draw();
  const bool is_after = draw() < 0.5;
  if (throttle < rates_.throttle) {
    return Mishap::kThrottle;
  }
  if (error < rates_.error) {
    return is_after ? Mishap::kErrorAfter : Mishap::kErrorBefore;
  }
  if (drop < rates_.drop) {
    return is_after ? Mishap::kDropAfter : Mishap::kDropBefore;
  }
  return Mishap::kNone;
}

Fault throttle_fault(const Wire& wire) {
  switch (wire.dialect) {
    case Dialect::kEc2:
      return {503, "RequestLimitExceeded", "Request limit exceeded."};
    case Dialect::kQuery:
      return {400, "Throttling", "Rate exceeded"};
    case Dialect::kJson:
      return {400, "ThrottlingException", "Rate exceeded"};
    case Dialect::kRest:
      return {429, "TooManyRequestsException", "Rate Exceeded."};
  }
  return {};
}

Fault server_fault(const Wire& wire) {
  switch (wire.dialect) {
    case Dialect::kEc2:
      return {500, "InternalError", "An internal error has occurred"};
    case Dialect::kQuery:
      return {
          500,
          "InternalFailure",
          "The request processing has failed because of an unknown "
          "error, exception or failure."};
    case Dialect::kJson:
      return {500, "InternalServiceError", "An error occurred on the server."};
    case Dialect::kRest:
      return {500, "ServiceException", "The service encountered an error."};
  }
  return {};
}

}  // namespace plumbline::sim
