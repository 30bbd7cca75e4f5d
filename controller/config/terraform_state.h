// What Terraform's state file (format 4) says is there: objects of the catalog's kinds with their
// ids, by the tables `terraform` of the schemas. Secrets in the file are looked at by nobody.
#pragma once

#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/config/catalog.h"

namespace plumbline {

struct TerraformObject {
  const Kind* kind = nullptr;
  std::string address;  ///< "aws_subnet.db["a"]"
  std::string id;       ///< As AWS knows it.
  std::string name;     ///< What it is called there: "db-a".
  Value taken;          ///< Properties that AWS does not tell; null without any.
};

struct TerraformState {
  std::vector<TerraformObject> objects;
  struct Unmapped {
    std::string address, why;
  };
  std::vector<Unmapped> unmapped;
  std::size_t parts = 0;  ///< Resources there that are parts of others here.
  std::string region;     ///< Of the first ARN that has one; "" when none does.
};

/// `folder` is the state's own: paths of files that were taken start there. Error kCorrupt for
/// what is no such state, with what to do about it.
Result<TerraformState> read_terraform_state(
    const Catalog& catalog, const std::string& text, const std::string& folder
);

}  // namespace plumbline
