// The way from what is there to a managed stack, which `import --discover` and `adopt` share: look,
// write the manifest, prove that taking it over changes nothing, take it over.
#pragma once

#include <string>

#include "controller/cli/session.h"

namespace plumbline {

struct AdoptionOrder {
  SurveyAsk ask;
  std::string region;
  std::string origin;             ///< First line of the manifest.
  std::vector<LeftOut> left_out;  ///< Known already.
  bool carries_out = false;       ///< Asks, and then takes over; else only the plan is shown.
};

/// --region, else what the environment and the profile say; "" when nothing does.
std::string region_of(const Options& options);

/// Writes `options.adopt.out`, which must not be there yet.
Exit carry_out_adoption(
    Terminal& terminal, const Options& options, Catalog& catalog, AdoptionOrder order
);

}  // namespace plumbline
