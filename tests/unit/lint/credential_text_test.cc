// Which lines of a script hold a credential, and which only look as if they did.
#include "controller/lint/rules/credential_text.h"

#include <string>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

bool is_found(const std::string& line) {
  return !credential_lines(line).empty();
}

TEST(CredentialText, FindsWhatStandsInAScript) {
  for (const char* line : {
           "export DB_PASSWORD=s3same99",
           "  PGPASSWORD='Sesame open' psql -h db",
           "# DB_PASSWORD=s3same99",
           "/opt/run --password=s3same99",
           "/opt/run --db-password s3same99",
           "docker run -e MYSQL_ROOT_PASSWORD=opensesame mysql:8",
           "mysql -h db -uadmin -ps3same99 shop",
           "sudo mysqldump -h db '-ps3same99x' shop > /var/x || mysql -p's3same99'",
           "sshpass -p s3same99 ssh app@host",
           "echo 'app:s3same99' | chpasswd",
           "mysql -e \"CREATE USER 'app'@'%' IDENTIFIED BY 's3same99'\"",
           "mysql -e \"CREATE USER app IDENTIFIED WITH caching_sha2_password BY 's3same99'\"",
           "psql -c \"ALTER ROLE app WITH PASSWORD 's3same99'\"",
           "curl https://app:s3same99@host/path",
           "DATABASE_URL=postgres://app:s3same99@db/shop",
           "aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE",
           "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
           "DSN='app:s3same99@tcp(db:3306)/shop'",
           "-----BEGIN RSA PRIVATE KEY-----",
           "password: opensesame",
           "  - { name: app, passwd: s3same99 }",
           R"({"username": "app", "password": "opensesame"})",
           "password = opensesame",
           "db.password = 'open-sesame'",
           "$Password = \"OpenSesame!\"",
       }) {
    EXPECT_TRUE(is_found(line)) << line;
  }
}

TEST(CredentialText, LeavesAloneWhatIsFoundOutWhenItRuns) {
  for (const char* line : {
           "DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id x)",
           "DB_PASSWORD=\"$(cat /run/secrets/db)\"",
           "TOKEN=`curl -s http://169.254.169.254/latest/api/token`",
           "export MYSQL_PWD=$DB_PASSWORD",
           "DB_PASSWORD=\"${PASSWORD:-$1}\"",
           "DB_PASSWORD=${inputs.password}",
           "DB_PASSWORD='${inputs.password}'",
           "mysql -h db -p\"$DB_PASSWORD\"",
           "mysql -h db -P 3306 -p",
           "/opt/run --password \"$DB_PASSWORD\" --token-file /run/token",
           "echo \"app:$PASSWORD\" | chpasswd",
           "mysql -e \"CREATE USER app IDENTIFIED BY '$PASSWORD'\"",
           "mysql -e \"CREATE USER app IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'\"",
           "password = os.environ[\"DB_PASSWORD\"]",
           "password = get_secret(name)",
           "password = config.password",
           "URL=postgres://app:$PASSWORD@db/shop",
           "URL=postgres://app@db/shop",
           "DSN=\"app:$PASSWORD@tcp(db:3306)/shop\"",
           "passwd: $6$rounds=4096$salt$hash",
       }) {
    EXPECT_FALSE(is_found(line)) << line;
  }
}

TEST(CredentialText, LeavesAloneWhatOnlySoundsLikeOne) {
  for (const char* line : {
           "# The password: see the runbook.",
           "echo \"Password: required\"",
           "read -sp \"Password: \" PASSWORD",
           "if [ \"$PASSWORD\" = \"changeme\" ]; then exit 1; fi",
           "[[ $PASSWORD == secret1 ]] && exit",
           "curl -H \"X-aws-ec2-metadata-token-ttl-seconds: 21600\"",
           "curl -H \"X-aws-ec2-metadata-token: $TOKEN\" http://169.254.169.254/",
           "echo 'passwd: files systemd' >> /etc/nsswitch.conf",
           "passwd: files",
           "sed -i 's/password=.*/password=/' app.ini",
           "sed -i 's/^PasswordAuthentication.*/PasswordAuthentication no/' sshd_config",
           "docker login --username AWS --password-stdin",
           "docker run --name mysql -p3306:3306 mysql:8",
           "DB_PASSWORD_FILE=/run/secrets/db",
           "DB_PASSWORD=/run/secrets/db",
           "DB_PASSWORD=",
           "PASSWORD= psql -h db",
           "lock_passwd: true",
           "password    required    pam_unix.so",
           "npm config set registry http://host:4873/@scope",
           "mkdir -p /opt/mysql && chown mysql:mysql /opt/mysql",
           "rpm --import https://repo.mysql.com/RPM-GPG-KEY-mysql-2023",
           "#cloud-config",
           "",
       }) {
    EXPECT_FALSE(is_found(line)) << line;
  }
}

TEST(CredentialText, SaysTheLines) {
  const std::string script = "#!/bin/sh\nA_TOKEN=s3same99\necho\nmysql -ps3same99\n";
  EXPECT_EQ(credential_lines(script), (std::vector<std::size_t>{1, 3}));
}

}  // namespace
}  // namespace plumbline
