// Terminal: where output goes and what it can show. The one place that asks whether somebody is
// watching; everything else prints through it.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/diagnostics.h"

namespace plumbline {

class Terminal {
 public:
  Terminal();
  /// For tests: nobody watches and nobody can be asked; what is said is appended to both texts.
  Terminal(std::string& out, std::string& err) : captured_out_(&out), captured_err_(&err) {}

  void out(std::string_view text);                         ///< Standard output.
  void err(std::string_view text);                         ///< Standard error.
  [[nodiscard]] bool is_live() const { return is_live_; }  ///< Progress may be redrawn.
  [[nodiscard]] bool can_ask() const { return can_ask_; }  ///< Somebody can answer.
  [[nodiscard]] Colour colour() const { return colour_; }
  /// Prints `question` and reads a line; true only for "yes".
  bool ask(std::string_view question);

 private:
  bool is_live_ = false;
  bool can_ask_ = false;
  Colour colour_ = Colour::kNever;
  std::string* captured_out_ = nullptr;
  std::string* captured_err_ = nullptr;
};

/// The process's environment, as a look-up; "" counts as unset.
bool read_environment(const std::string& name, std::string& value);

}  // namespace plumbline
