// A kind's schema file. They come with the program, or from a folder of one's own.
#include "controller/base/json.h"
#include "controller/config/kind_loader.h"
#include "controller/config/packed.h"
#include "controller/config/yaml.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

const ServiceTable& services() {
  static const SourceFile kFile{"services.yaml", "", {}};
  static const Node kRoot = unpack(packed_schemas().front().tree, kFile);
  static const ServiceTable kTable = [] {
    Diagnostics none;
    return load_services(kRoot, none);
  }();
  return kTable;
}

}  // namespace

void read_schema(std::string_view input) {
  SourceSet sources;
  const SourceFile& file = sources.add("kind.yaml", std::string(input));
  Diagnostics diagnostics;
  const auto root = parse_yaml(file, diagnostics);
  if (!root) {
    PLUMBLINE_CHECK(diagnostics.has_errors());
    return;
  }
  PLUMBLINE_CHECK(unpack(pack(*root), file).entries.size() == root->entries.size());
  const std::unique_ptr<Kind> kind = load_kind(*root, services(), diagnostics);
  PLUMBLINE_CHECK(kind != nullptr);
  PLUMBLINE_CHECK(diagnostics.has_errors() || (!kind->name.empty() && kind->service != nullptr));
  static_cast<void>(render_human(diagnostics, Colour::kNever));
  Diagnostics table;
  static_cast<void>(load_services(*root, table));
}

}  // namespace plumbline::fuzz
