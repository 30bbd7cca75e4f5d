// What libFuzzer calls. One program serves all targets and learns from the name it was started
// under, fuzz_TARGET, which one is meant: the processes that libFuzzer starts itself (-merge,
// -jobs) are started under the same name.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/target.h"

namespace {

const plumbline::fuzz::Target* chosen = nullptr;

}  // namespace

// Both names are libFuzzer's.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kPrefix = "fuzz_";
  const std::string_view program = *argc > 0 ? (*argv)[0] : "";
  const std::size_t mark = program.rfind(kPrefix);
  if (mark != std::string_view::npos) {
    chosen = plumbline::fuzz::find_target(program.substr(mark + kPrefix.size()));
  }
  if (chosen == nullptr) {
    std::fputs("start this as fuzz_TARGET; `./dev fuzz` does\n", stderr);
    std::exit(64);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->read({reinterpret_cast<const char*>(data), size});
  return 0;
}
