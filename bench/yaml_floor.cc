// The floor of reading a manifest: yaml-cpp's bare event parse of the same bytes, into nothing.
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

namespace {

class Ignore : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(
      const YAML::Mark& /*mark*/,
      const std::string& /*tag*/,
      YAML::anchor_t /*anchor*/,
      const std::string& /*value*/
  ) override {}
  void OnSequenceStart(
      const YAML::Mark& /*mark*/,
      const std::string& /*tag*/,
      YAML::anchor_t /*anchor*/,
      YAML::EmitterStyle::value /*style*/
  ) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(
      const YAML::Mark& /*mark*/,
      const std::string& /*tag*/,
      YAML::anchor_t /*anchor*/,
      YAML::EmitterStyle::value /*style*/
  ) override {}
  void OnMapEnd() override {}
};

}  // namespace

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "");
  if (!file) {
    fmt::print(stderr, "usage: bench_yaml_floor FILE\n");
    return 64;
  }
  std::istringstream text(std::string(std::istreambuf_iterator<char>(file), {}));
  YAML::Parser parser(text);
  Ignore ignore;
  while (parser.HandleNextDocument(ignore)) {
  }
  return 0;
}
