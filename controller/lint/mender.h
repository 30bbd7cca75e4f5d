// Mender: makes the edits of findings, as long as each helps. Pure: texts in, texts out; reading,
// judging and writing are the caller's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/lint/finding_set.h"

namespace plumbline {

/// What is found in the texts of a manifest, which owns them.
struct Judgement {
  std::shared_ptr<const Manifest> manifest;
  FindingSet findings;
};

/// One edit that was made, at its place in the text as it was at that time.
struct MadeEdit {
  std::string file;
  Position place;
  std::string id;
  std::string before, after;  ///< "" where something was put in, or taken away.
};

struct MendOutcome {
  std::size_t mended = 0;  ///< Findings.
  std::vector<MadeEdit> edits;
  std::map<std::string, std::string> texts;  ///< Of the files that change, by name.
};

/// How to look at changed texts, and which files may change.
struct MendMeans {
  std::function<Judgement(const std::map<std::string, std::string>& changed)> judge;
  std::function<bool(const std::string& file)> may_change;
};

/// Mends what is open. What was found while reading comes first, and while an error of it is left,
/// rules mend nothing: what they miss may be what could not be read. An edit is dropped when its
/// finding stays, when the text is no YAML any more, or, if a rule made it, when it brings another
/// finding that matters: only a lighter one about the same resource may take the place of a graver
/// one.
MendOutcome mend_all(Judgement judged, const MendMeans& means);

}  // namespace plumbline
