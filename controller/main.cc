// Wires everything: the command line owns its objects; here only what every process needs first.
#include <sys/prctl.h>
#include <sys/resource.h>

#include "controller/cli/commands.h"

int main(int argc, char** argv) {
  // Secrets live in this process's memory: no core dump, no other process may read it.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  return plumbline::run_command_line(argc, argv);
}
