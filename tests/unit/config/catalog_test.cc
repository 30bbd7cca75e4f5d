#include "controller/config/catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ =
        std::filesystem::temp_directory_path() / (std::string("plumbline-catalog-") + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_ / "kinds");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(Catalog, TheShippedSchemasAreFreeOfErrors) {
  Diagnostics diagnostics;
  const auto catalog = Catalog::from_folder(PLUMBLINE_SOURCE_DIR "/schemas", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << render_human(diagnostics, Colour::kNever);
  for (const std::string& section : catalog->sections()) {
    const Kind* kind = catalog->find_section(section);
    ASSERT_NE(kind, nullptr) << section;
    EXPECT_EQ(kind->section, section);
    EXPECT_EQ(catalog->find_kind(kind->name), kind);
    EXPECT_EQ(catalog->find_service(kind->service->id), kind->service);
  }
}

TEST(Catalog, EmbedsTheSameKindsAsTheFolder) {
  Diagnostics diagnostics;
  const auto folder = Catalog::from_folder(PLUMBLINE_SOURCE_DIR "/schemas", diagnostics);
  const auto embedded = Catalog::embedded();
  EXPECT_EQ(embedded->sections(), folder->sections());
  for (const std::string& section : embedded->sections()) {
    const Kind* kind = embedded->find_section(section);
    ASSERT_NE(kind, nullptr) << section;
    EXPECT_EQ(kind->properties.size(), folder->find_section(section)->properties.size());
  }
}

TEST(Catalog, KeepsKindsWhereTheyWere) {
  const auto catalog = Catalog::embedded();
  const Kind* before = catalog->find_section("vpcs");
  for (const std::string& section : catalog->sections()) {
    EXPECT_NE(catalog->find_section(section), nullptr);
  }
  EXPECT_EQ(catalog->find_section("vpcs"), before);
}

TEST(Catalog, KnowsNothingThatIsNotThere) {
  const auto catalog = Catalog::embedded();
  EXPECT_EQ(catalog->find_section("vpc"), nullptr);
  EXPECT_EQ(catalog->find_kind("vpcs"), nullptr);
  EXPECT_EQ(catalog->find_service("s4"), nullptr);
}

void check_reference(
    const Catalog& catalog,
    const std::string& section,
    const std::string& attribute,
    const std::string& where
) {
  const Kind* target = catalog.find_section(section);
  ASSERT_NE(target, nullptr) << where << " refers to " << section;
  const auto& attributes = target->attributes;
  EXPECT_NE(std::find(attributes.begin(), attributes.end(), attribute), attributes.end())
      << where << " takes " << section << "." << attribute;
}

void check_references(const Catalog& catalog, const Property& property, const std::string& where) {
  const std::string here = where + "." + property.name;
  if (property.ref) {
    check_reference(catalog, property.ref->section, property.ref->attribute, here);
  }
  for (const Choice& choice : property.choices) {
    if (choice.is_reference) {
      check_reference(catalog, choice.section, choice.attribute, here);
    }
  }
  for (const Property& field : property.fields) {
    check_references(catalog, field, here);
  }
  if (property.element != nullptr) {
    check_references(catalog, *property.element, here);
  }
}

TEST(Catalog, EveryReferenceLeadsToAKindAndAnAttribute) {
  const auto catalog = Catalog::embedded();
  for (const std::string& section : catalog->sections()) {
    for (const Property& property : catalog->find_section(section)->properties) {
      check_references(*catalog, property, section);
    }
  }
}

TEST(Catalog, ReportsAFolderWithoutServices) {
  const Folder folder;
  Diagnostics diagnostics;
  const auto catalog = Catalog::from_folder(folder.path(), diagnostics);
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_TRUE(catalog->sections().empty());
}

TEST(Catalog, WantsKindAndSectionFirst) {
  const Folder folder;
  folder.write("services.yaml", "services: {}\n");
  folder.write("kinds/late.yaml", "summary: s\nkind: Late\nsection: lates\n");
  Diagnostics diagnostics;
  const auto catalog = Catalog::from_folder(folder.path(), diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(diagnostics.all()[0].id, "SC009");
  EXPECT_EQ(catalog->find_kind("Late"), nullptr);
}

TEST(Catalog, RefusesTwoFilesForOneSection) {
  const Folder folder;
  folder.write("services.yaml", "services: {}\n");
  folder.write("kinds/a.yaml", "kind: A\nsection: things\n");
  folder.write("kinds/b.yaml", "kind: B\nsection: things\n");
  Diagnostics diagnostics;
  Catalog::from_folder(folder.path(), diagnostics);
  const auto& all = diagnostics.all();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.id == "SC009" && diagnostic.range.is_known();
  }));
}

TEST(Catalog, SurvivesAFileThatIsNoYaml) {
  const Folder folder;
  folder.write("services.yaml", "services: {}\n");
  folder.write("kinds/a.yaml", "kind: A\nsection: things\nproperties: {unclosed\n");
  Diagnostics diagnostics;
  const auto catalog = Catalog::from_folder(folder.path(), diagnostics);
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(catalog->find_section("things"), nullptr);
}

}  // namespace
}  // namespace plumbline
