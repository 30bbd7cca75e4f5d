// Wires everything: the command line owns its objects; here only what every process needs first.
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "controller/base/secret_text.h"
#include "controller/cli/commands.h"

// On its way from a file to the wire a secret passes through many texts: it is joined, escaped,
// encoded. From the first secret on, whatever goes back to the heap is wiped, so that nobody has to
// think of each. (The sanitizers have an allocator of their own, which wants to see every block.)
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void operator delete(void* block) noexcept {
  if (block != nullptr && plumbline::knows_a_secret()) {
    explicit_bzero(block, malloc_usable_size(block));
  }
  std::free(block);  // NOLINT: what `new` gives is malloc's.
}
void operator delete(void* block, std::size_t size) noexcept {
  if (block != nullptr && plumbline::knows_a_secret()) {
    explicit_bzero(block, size);
  }
  std::free(block);  // NOLINT
}
#endif

int main(int argc, char** argv) {
  // Secrets live in this process's memory: no core dump, no other process may read it. (The leak
  // check of a sanitizer build is such a process.)
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__)
  prctl(PR_SET_DUMPABLE, 0);
#endif
  // A closed pipe and a file that may not grow are errors of a write, which is asked for its
  // status; they end no run in the middle.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return plumbline::run_command_line(argc, argv);
}
