// Wires everything: the command line owns its objects; here only what every process needs first.
#include <csignal>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "controller/cli/commands.h"

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
