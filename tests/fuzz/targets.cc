#include <algorithm>
#include <iterator>

#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

constexpr Target kTargets[] = {
    {"config", read_config},
    {"editor", read_editor},
    {"endpoint", read_endpoint},
    {"expression", read_expression},
    {"http_request", read_http_request},
    {"interpolation", read_interpolation},
    {"json_reply", read_json_reply},
    {"manifest", read_manifest},
    {"plan_file", read_plan_file},
    {"schema", read_schema},
    {"settings", read_settings},
    {"state", read_state},
    {"xml_reply", read_xml_reply},
};

}  // namespace

std::span<const Target> targets() {
  return kTargets;
}

const Target* find_target(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTargets), std::end(kTargets), [name](const Target& target) {
        return target.name == name;
      });
  return found == std::end(kTargets) ? nullptr : found;
}

}  // namespace plumbline::fuzz
