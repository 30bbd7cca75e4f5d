// What a command said, for tests: the program's own entry with nobody at the terminal.
#pragma once

#include <string>
#include <vector>

#include "controller/base/text.h"
#include "controller/cli/commands.h"

namespace plumbline {

struct Said {
  int status = 0;
  std::string out, err;
};

inline Said say(const std::vector<std::string>& words) {
  Said said;
  Terminal terminal(said.out, said.err);
  said.status = run_command_line(words, terminal);
  return said;
}

}  // namespace plumbline
