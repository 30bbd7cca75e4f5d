// Zones that are not of the Region they are named in.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

constexpr auto kDirections = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"central", "c"},
     {"east", "e"},
     {"gov", "g"},
     {"north", "n"},
     {"northeast", "ne"},
     {"northwest", "nw"},
     {"south", "s"},
     {"southeast", "se"},
     {"southwest", "sw"},
     {"west", "w"}}
);

/// "euw3" of eu-west-3, "usgw1" of us-gov-west-1: how the ids of a Region's zones begin, from the
/// list of zone ids in "AWS Regions and Availability Zones"; "" for a name of another form.
std::string code_of(std::string_view region) {
  const std::vector<std::string_view> parts = split(region, '-');
  constexpr std::size_t kFewest = 3;
  if (parts.size() < kFewest || parts.front().size() != 2) {
    return "";
  }
  std::string code(parts.front());
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    const auto* const found =
        std::find_if(kDirections.begin(), kDirections.end(), [&](const auto& direction) {
          return direction.first == parts[i];
        });
    if (found == kDirections.end()) {
      return "";
    }
    code += found->second;
  }
  return code.append(parts.back());
}

/// What is written of a zone, and what it could be instead.
struct ZoneWord {
  std::string property, text, example;
  bool is_elsewhere = false;
};

/// Local and Wavelength Zones go on behind their Region: us-west-2-lax-1a, usw2-lax1-az1.
std::vector<ZoneWord> zone_words(const Resource& resource) {
  const std::string& region = resource.region;
  const std::string code = code_of(region);
  const std::string& name = resource.properties.text_of("availabilityZone");
  const std::string& id = resource.properties.text_of("availabilityZoneId");
  const std::string& border = resource.properties.text_of("networkBorderGroup");
  const bool is_longer =
      name.size() == region.size() + 1 && name.back() >= 'a' && name.back() <= 'z';
  const bool is_name = name.starts_with(region) && (is_longer || name.starts_with(region + "-"));
  return {
      {"availabilityZone", name, region + "a", !name.empty() && !is_name},
      {"availabilityZoneId",
       id,
       code + "-az1",
       !id.empty() && !code.empty() && !id.starts_with(code + "-")},
      {"networkBorderGroup",
       border,
       region,
       !border.empty() && border != region && !border.starts_with(region + "-")}};
}

}  // namespace

void nw007_regions(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource& resource : context.manifest.resources) {
    // What is no Region at all is told where it is written.
    const auto hyphens = std::count(resource.region.begin(), resource.region.end(), '-');
    if (resource.existing || hyphens < 2 || to_lower(resource.region) != resource.region) {
      continue;
    }
    for (const ZoneWord& word : zone_words(resource)) {
      if (!word.is_elsewhere) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {resource, word.property},
          fmt::format(
              "`{}` is in {}, and {} is not.",
              resource.address.to_string(),
              resource.region,
              word.text
          ),
          fmt::format("write a zone of {}, such as {}", resource.region, word.example)
      );
      finding.summary = "a zone of another Region";
    }
  }
}

}  // namespace plumbline::checks
