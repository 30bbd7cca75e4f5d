// Run by the build: parses the schema files and writes a source file that holds their trees, for
// controller/config/packed.h. A schema that is no YAML fails the build, with its place.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "controller/base/text.h"
#include "controller/config/packed.h"
#include "controller/config/yaml.h"

namespace plumbline {
namespace {

std::string bare_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string word_of(const Node& root, std::string_view key) {
  const Node* word = root.find(key);
  return word == nullptr ? "" : word->text;
}

/// As an array: a literal may not be as long.
void write_bytes(std::ostream& out, const std::string& name, const std::string& bytes) {
  out << "constexpr char " << name << "[] = {";
  for (const char byte : bytes) {
    out << static_cast<int>(static_cast<signed char>(byte)) << ',';
  }
  out << "0};\n";
}

int run(const std::string& target, std::span<char*> paths) {
  std::ofstream out(target);
  out << "// Made by cmake/pack_schemas.cc.\n#include \"controller/config/packed.h\"\n"
         "namespace plumbline {\nnamespace {\n";
  std::string table;
  for (const std::string path : paths) {
    std::ifstream stream(path, std::ios::binary);
    const SourceFile file{
        path,
        std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>())};
    Diagnostics diagnostics;
    const auto root = parse_yaml(file, diagnostics);
    if (!root || diagnostics.has_errors()) {
      std::cerr << render_human(diagnostics, Colour::kNever) << path << ": not usable\n";
      return 1;
    }
    const std::string tree = pack(*root);
    std::string name = "kTree_" + bare_name(path);
    name.erase(name.rfind('.'));
    write_bytes(out, name, tree);
    table += "    {\"schemas/" + bare_name(path) + "\", \"" + word_of(*root, "kind") + "\", \"" +
             word_of(*root, "section") + "\", std::string_view(" + name + ", " +
             std::to_string(tree.size()) + ")},\n";
  }
  out << "constexpr PackedSchema kSchemas[] = {\n"
      << table
      << "};\n}  // namespace\nstd::span<const PackedSchema> packed_schemas() { return kSchemas; "
         "}\n"
         "}  // namespace plumbline\n";
  return out.flush() ? 0 : 1;
}

}  // namespace
}  // namespace plumbline

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: pack_schemas TARGET SCHEMA...\n";
    return 64;
  }
  return plumbline::run(argv[1], std::span(argv + 2, static_cast<std::size_t>(argc - 2)));
}
