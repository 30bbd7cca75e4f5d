// CHECK and UNREACHABLE: programmer errors stop the process, in every build. Operating errors never
// come through here; they are `Error`s (base/result.h) or `Diagnostics` (base/diagnostics.h).
#pragma once

#include <cstdio>
#include <cstdlib>

namespace plumbline {

[[noreturn]] inline void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "plumbline: internal error at %s:%d: %s\n", file, line, what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace plumbline

#define PLUMBLINE_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::plumbline::check_failed(#condition, __FILE__, __LINE__))
#define PLUMBLINE_UNREACHABLE(what) ::plumbline::check_failed(what, __FILE__, __LINE__)
