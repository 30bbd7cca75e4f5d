// Document symbols: sections and the names declared in them, as the protocol's JSON.
#pragma once

#include "controller/base/value.h"
#include "controller/lsp/stack_view.h"

namespace plumbline {

/// A tree, or for editors that know none a flat list of addresses.
Value document_symbols(
    const SchemaGuide& guide, const StackText& text, const std::string& uri, bool takes_tree
);

}  // namespace plumbline
