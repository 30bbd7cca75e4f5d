// Memory for a C library through whose hands secrets go: malloc's, but what is given back is wiped.
// Both have the contracts of their namesakes.
#pragma once

#include <cstddef>

namespace plumbline {

void wiping_free(void* block);
/// Never grows in place: what a longer block leaves behind is wiped, too.
void* wiping_realloc(void* block, std::size_t size);

}  // namespace plumbline
