// Chain: the proof of a hop as people read it, one decision after the other, each with the place
// that decided. Knows reach and findings; knows no rule of lint.
#pragma once

#include <string>
#include <vector>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"

namespace plumbline {

struct Decision {
  Verdict verdict = Verdict::kReach;
  std::string text;       ///< "out of functions.reader: this rule admits it"
  SourceRange range;      ///< Not known when nothing that is written decides.
  bool is_quiet = false;  ///< It passes because nothing was written: left out of findings.
};

/// In the order in which a packet meets them. Ends where a stage blocks everything.
std::vector<Decision> chain_of(const Manifest& manifest, const Hop& hop);

/// "proven", "refuted", "cannot prove", "holds in part": of a hop, as it was asked for.
std::string_view outcome_of(const Hop& hop);

/// "10.0.0.7:1024 → 10.0.10.9:3306 is lost on the way back": the witness of a partial hop.
std::string describe_witness(const Hop& hop);

/// The stage at a site of which end, as part of a sentence: "out of functions.reader".
std::string stage_text(const Hop& hop, Stage stage);

/// The chain as evidence of a finding, without what passes because nothing was written.
void add_chain(const Reporting& reporting, const Hop& hop, Diagnostic& finding);

/// Further hops that the same thing stops, as evidence: of `hops` all but the first, which the
/// finding is about.
void add_others(const std::vector<const Hop*>& hops, Diagnostic& finding);

}  // namespace plumbline
