// Survey: what is there, looked at in full for somebody who wants to take it over: the objects that
// were named, or everything that belongs to one object. Only reads.
#pragma once

#include <string>
#include <vector>

#include "controller/plan/adoption.h"

namespace plumbline {

/// An object by its id.
struct Claim {
  const Kind* kind = nullptr;
  std::string id;
  std::string hint;  ///< As Find's.
  Value taken;       ///< As Find's.
};

struct SurveyAsk {
  std::vector<Claim> claims;
  /// Or: the id of an object; what names it, what names that, and what all those name.
  std::string root;
};

struct Survey {
  std::vector<Find> finds;
  std::vector<LeftOut> left_out;  ///< What is not there, or could not be read.
  std::string account_id;
};

}  // namespace plumbline
