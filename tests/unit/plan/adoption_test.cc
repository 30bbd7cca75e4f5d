// Names, references and secrets of a manifest that is made of what is there.
#include "controller/plan/adoption.h"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

Find find_of(const std::string& section, const std::string& id, Value properties, Tags tags = {}) {
  Find find;
  find.kind = catalog().find_section(section);
  find.seen.presence = Presence::kPresent;
  find.seen.id = id;
  find.seen.properties = std::move(properties);
  find.seen.properties.set(find.kind->id_property, id);
  find.seen.tags = std::move(tags);
  find.seen.has_tags = true;
  return find;
}

Find network(const std::string& id, Tags tags = {}) {
  return find_of("vpcs", id, Value::object({{"cidrBlock", "10.0.0.0/16"}}), std::move(tags));
}

Find subnet(const std::string& id, Tags tags = {}) {
  return find_of(
      "subnets",
      id,
      Value::object({{"vpc", "vpc-1"}, {"cidrBlock", "10.0.1.0/24"}}),
      std::move(tags)
  );
}

Adoption adopt_all(std::vector<Find> finds) {
  AdoptionInput input;
  input.catalog = &catalog();
  input.stack = "s";
  input.region = "eu-west-3";
  input.account_id = "123456789012";
  input.origin = "Found.";
  input.finds = std::move(finds);
  return adopt(input);
}

bool holds(const Adoption& adoption, const std::string& text) {
  return adoption.manifest.find(text) != std::string::npos;
}

TEST(Adoption, NamesByTagsAndRefersByName) {
  const Adoption adoption = adopt_all(
      {network("vpc-1", {{"Name", "The main net!"}, {"aws:made", "x"}}),
       subnet("subnet-1", {{"Name", "subnet-a"}}),
       subnet("subnet-2", {{"Name", "subnet-a"}})}
  );
  EXPECT_TRUE(holds(adoption, "  The-main-net:")) << adoption.manifest;
  // A name that looks like an id would be taken for one.
  EXPECT_TRUE(holds(adoption, "  subnet_a: { vpc: The-main-net,")) << adoption.manifest;
  EXPECT_TRUE(holds(adoption, "  subnet_a-2: { vpc: The-main-net,")) << adoption.manifest;
  EXPECT_TRUE(holds(adoption, "  - { to: subnets.subnet_a, id: subnet-1 }")) << adoption.manifest;
  EXPECT_FALSE(holds(adoption, "aws:made"));
  EXPECT_LT(adoption.manifest.find("\nvpcs:"), adoption.manifest.find("\nsubnets:"));
}

TEST(Adoption, NamesWhatIsNotTakenOverByItsId) {
  const Adoption adoption = adopt_all({subnet("subnet-1")});
  EXPECT_TRUE(holds(adoption, "vpc: vpc-1")) << adoption.manifest;
}

TEST(Adoption, SaysOnceWhatAllTagsHaveInCommon) {
  const Adoption adoption = adopt_all(
      {network("vpc-1", {{"team", "data"}}), subnet("subnet-1", {{"team", "data"}, {"x", "${y}"}})}
  );
  EXPECT_TRUE(holds(adoption, "\ntags: { team: data }\n")) << adoption.manifest;
  EXPECT_TRUE(holds(adoption, "tags: { x: '$${y}' }")) << adoption.manifest;
  EXPECT_FALSE(holds(adoption, "protect")) << adoption.manifest;
}

TEST(Adoption, TurnsASecretThatMustBeThereIntoAnInput) {
  Find database = find_of(
      "dbInstances",
      "app",
      Value::object(
          {{"engine", "mysql"},
           {"dbInstanceClass", "db.t3.micro"},
           {"allocatedStorage", 20},
           {"masterUsername", "admin"}}
      )
  );
  const Adoption own = adopt_all({database});
  EXPECT_TRUE(holds(own, "masterUserPassword: '${inputs.dbInstances-app-masterUserPassword}'"))
      << own.manifest;
  EXPECT_TRUE(holds(own, "ignore: [masterUserPassword]")) << own.manifest;
  EXPECT_EQ(own.inputs, std::vector<std::string>{"DB_INSTANCES_APP_MASTER_USER_PASSWORD"});
  EXPECT_FALSE(holds(own, "dbInstanceIdentifier")) << own.manifest;  // The address says it.
  EXPECT_TRUE(holds(own, "protect: true")) << own.manifest;          // It holds data.

  database.seen.properties.set("masterUserSecret", "arn:aws:secretsmanager:x");
  const Adoption kept = adopt_all({database});
  EXPECT_TRUE(kept.inputs.empty()) << kept.manifest;
  EXPECT_TRUE(holds(kept, "manageMasterUserPassword: true")) << kept.manifest;
}

TEST(Adoption, LeavesOutWhatIsAwssOwnOrSomebodyElses) {
  Find built_in = network("vpc-1");
  built_in.seen.is_built_in = true;
  const Adoption adoption = adopt_all(
      {built_in, network("vpc-2", {{"plumbline:owner", "x"}, {"plumbline:stack", "other"}})}
  );
  EXPECT_TRUE(adoption.imports.empty());
  ASSERT_EQ(adoption.left_out.size(), 2U);
  EXPECT_NE(adoption.left_out[0].why.find("AWS"), std::string::npos);
  EXPECT_NE(adoption.left_out[1].why.find("stack other"), std::string::npos);
}

TEST(Adoption, WritesRulesBackAsTheyAreWritten) {
  Find group = find_of(
      "securityGroups",
      "sg-1",
      Value::object({{"vpc", "vpc-1"}, {"groupName", "db"}, {"description", "Db"}})
  );
  group.seen.collections["rules"] = {Value::object(
      {{"direction", "ingress"},
       {"protocol", "tcp"},
       {"fromPort", 3306},
       {"toPort", 3306},
       {"group", "sg-1"},
       {"ruleId", "sgr-1"}}
  )};
  const Adoption adoption = adopt_all({group});
  EXPECT_TRUE(holds(adoption, "ingress: [{ port: 3306, from: self }]")) << adoption.manifest;
  EXPECT_TRUE(holds(adoption, "egress: []")) << adoption.manifest;  // Not AWS's default.
}

TEST(Adoption, ProvesThatNothingElseChanges) {
  Plan plan;
  Change change;
  change.address = {"vpcs", "main"};
  change.action = Action::kImport;
  change.difference.tags.set = {{"plumbline:owner", "x"}};
  plan.changes.push_back(change);
  EXPECT_TRUE(beyond_adoption(plan).empty());
  plan.changes[0].difference.tags.set.emplace_back("team", "data");
  EXPECT_EQ(beyond_adoption(plan), std::vector<std::string>{"vpcs.main differs in tags.team"});
  plan.changes[0].action = Action::kCreate;
  plan.changes[0].reason = "not there yet";
  EXPECT_EQ(beyond_adoption(plan), std::vector<std::string>{"vpcs.main: create: not there yet"});
}

}  // namespace
}  // namespace plumbline
