#include "controller/aws/wiping_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <malloc.h>

namespace plumbline {

void wiping_free(void* block) {
  if (block != nullptr) {
    explicit_bzero(block, malloc_usable_size(block));
    std::free(block);  // NOLINT: the library is C
  }
}

void* wiping_realloc(void* block, std::size_t size) {
  void* longer = std::malloc(size);  // NOLINT
  if (longer != nullptr && block != nullptr) {
    std::memcpy(longer, block, std::min(size, malloc_usable_size(block)));
    wiping_free(block);
  }
  return longer;
}

}  // namespace plumbline
