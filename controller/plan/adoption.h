// Adoption: a manifest for what is there, so that the next plan takes it over and changes nothing.
// Names in it are readable, references go by name, secrets are inputs. Pure: the engine looked.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/config/catalog.h"
#include "controller/plan/plan.h"
#include "controller/plan/transcribe.h"

namespace plumbline {

/// An object that is to be taken over.
struct Find {
  const Kind* kind = nullptr;
  Observation seen;
  std::string hint;  ///< What somebody else calls it; "" = it is named by its tag or itself.
  Value taken;       ///< Properties that AWS does not tell, by name; may be null.
};

/// What was left out, and why, for people.
struct LeftOut {
  std::string what, why;
};

struct AdoptionInput {
  const Catalog* catalog = nullptr;
  std::string stack, region, account_id;
  std::string origin;  ///< Where it comes from; one comment line.
  std::vector<Find> finds;
};

struct Adoption {
  std::string manifest;  ///< The text. Holds no secret.
  std::vector<std::pair<Address, std::string>> imports;
  std::vector<LeftOut> left_out;
  std::vector<std::string> inputs;  ///< Environment variables that the manifest takes secrets from.
};

/// Objects that AWS made for itself, and those with an owner tag, are left out. What holds data is
/// protected: no command deletes or replaces it before somebody has edited that out.
Adoption adopt(const AdoptionInput& input);

/// What a plan would do besides taking over what is there: a sentence for each resource; empty is
/// the proof that nothing changes. Our own tags are part of taking over.
std::vector<std::string> beyond_adoption(const Plan& plan);

/// Readable and valid as a name: "db-a" of `/db a/`; "" when nothing is left.
std::string name_from(std::string_view text);

}  // namespace plumbline
