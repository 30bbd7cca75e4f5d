// Findings of lint that no rule of its tables makes: stable id, severity and summary, so that
// whoever meets one finds it explained.
#pragma once

#include <array>

#include "controller/config/manifest_findings.h"

namespace plumbline {

/// The schemas' validations are one finding: properties of one resource that do not fit together.
inline constexpr FindingKind kMisfit{"MF006", Severity::kError, "properties do not fit together"};
inline constexpr FindingKind kVainComment{
    "MF008", Severity::kWarning, "a comment that should let a finding be does not"};
inline constexpr FindingKind kBadSettings{
    "MF019", Severity::kError, "the settings of lint cannot be used"};

inline constexpr std::array kOwnFindings{kMisfit, kVainComment, kBadSettings};

}  // namespace plumbline
