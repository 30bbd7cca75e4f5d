// Excerpts of findings: a credential that stands in the manifest is found and not shown.
#include <string>

#include <gtest/gtest.h>

#include "controller/lint/finding_set.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

constexpr std::string_view kText = R"(stack: s
region: eu-west-3
tags: { login: 'mysql://app:hunter2tag@db/shop' }
inputs:
  pw: { default: hunter2input, sensitive: true }
dbInstances:
  a: { engine: mysql, engineVersion: '8.0', masterUserPassword: hunter2inline, storageEncrypted: nope }
  # plumbline:ignore DB009: everybody knows it
  b: { engine: mysql, engineVersion: '8.0', masterUserPassword: hunter2ignored }
  c: { engine: mysql, engineVersion: '8.0', masterUserPassword: [hunter2first, hunter2second] }
secrets:
  s: { secretString: { username: admin, password: hunter2secret } }
functions:
  f:
    environment: { DB_PASSWORD: hunter2function, OTHER: x }
instances:
  i:
    userData: |
      #!/bin/sh
      export DB_PASSWORD=hunter2script
)";

TEST(Excerpt, ShowsNoCredentialOfItsOwnFindingNorOfOneBeside) {
  const Linted linted = lint_text(std::string(kText));
  FindingSet findings(linted.loaded, linted.found, linted.manifest.get(), "2026-01-01");
  findings.apply_comments();
  const std::string shown = render_human(findings.open(), Colour::kNever);
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  // Each is found, and masked where it stands; what is beside it is to be read.
  for (const std::string_view line : {
           "DB_PASSWORD: ***************, OTHER: x }",
           "masterUserPassword: *************, storageEncrypted: nope }",
           "masterUserPassword: ************** }",
           "username: admin, password: *************",
       }) {
    EXPECT_NE(shown.find(line), std::string::npos) << line << "\n" << shown;
  }
  // A caret stands under the mask as it would under the text.
  EXPECT_NE(shown.find("                     ^^^^^^^^^^^^^^^\n"), std::string::npos) << shown;
}

}  // namespace
}  // namespace plumbline
