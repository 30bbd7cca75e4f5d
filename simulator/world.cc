#include <cmath>
#include <cstdint>

#include "simulator/service.h"

namespace plumbline::sim {
namespace {

/// One step of splitmix64: small, well mixed, and the same on every machine.
std::uint64_t step(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

std::string draw(std::uint64_t& state, std::string_view alphabet, std::size_t length) {
  std::string text;
  text.reserve(length);
  for (std::size_t i = 0; i < length; ++i) {
    text += alphabet[step(state) % alphabet.size()];
  }
  return text;
}

constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

World::World(Clock& clock, std::uint64_t seed, double time_scale)
    : clock_(clock), time_scale_(time_scale > 0 ? time_scale : 1), state_(seed) {}

Timestamp World::now() {
  return clock_.now();
}

Duration World::scaled(Duration real) const {
  return Duration{std::llround(static_cast<double>(real.count()) / time_scale_)};
}

std::string World::make_id(std::string_view prefix) {
  std::string id(prefix);
  if (!id.empty() && id.back() != '-') {
    id += '-';
  }
  // Ids at AWS start with a zero nowadays; seventeen digits in all.
  return id + "0" + draw(state_, kHexDigits, 16);
}

std::string World::make_uuid() {
  std::string digits = draw(state_, kHexDigits, 32);
  digits[12] = '4';
  digits[16] = "89ab"[step(state_) % 4];
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20);
}

std::string World::make_word(std::size_t length) {
  return draw(state_, "abcdefghijklmnopqrstuvwxyz0123456789", length);
}

}  // namespace plumbline::sim
