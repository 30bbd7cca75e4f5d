// Findings as the protocol's diagnostics.
#pragma once

#include <functional>

#include "controller/base/diagnostics.h"
#include "controller/base/value.h"
#include "controller/lsp/text_document.h"

namespace plumbline {

/// Turns places of sources into what the protocol counts.
struct PlaceWriter {
  std::function<std::string(const SourceFile& file)> uri;
  std::function<LspRange(const SourceRange& range)> range;
  bool takes_related = true;  ///< The editor shows evidence at its own place.
};

/// A finding without a place is at the beginning of whatever it is published with.
Value diagnostic_to_json(const Diagnostic& diagnostic, const PlaceWriter& writer);

}  // namespace plumbline
