#include "controller/cli/terminal.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "controller/base/text.h"

namespace plumbline {

bool read_environment(const std::string& name, std::string& value) {
  const char* found = std::getenv(name.c_str());
  if (found == nullptr || *found == '\0') {
    return false;
  }
  value = found;
  return true;
}

Terminal::Terminal() {
  std::string ignored;
  const bool is_dumb = read_environment("TERM", ignored) && ignored == "dumb";
  const bool has_no_colour = read_environment("NO_COLOR", ignored);
  is_live_ = isatty(STDOUT_FILENO) == 1 && !is_dumb;
  can_ask_ = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
  colour_ = is_live_ && !has_no_colour ? Colour::kAlways : Colour::kNever;
}

void Terminal::out(std::string_view text) {
  if (captured_out_ != nullptr) {
    *captured_out_ += text;
    return;
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Terminal::err(std::string_view text) {
  if (captured_err_ != nullptr) {
    *captured_err_ += text;
    return;
  }
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

bool Terminal::ask(std::string_view question) {
  err(question);
  std::string line;
  return static_cast<bool>(std::getline(std::cin, line)) && trim(line) == "yes";
}

}  // namespace plumbline
