// Credential text: whether a name, a value or a script that stands in the manifest for everybody
// is, or holds, somebody's password or key. Works on what is written; says where, and never what.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace plumbline {

/// "dbPassword", "DB_TOKEN", "api-key": what is called so is meant to be kept secret.
bool is_credential_name(std::string_view name);
/// "AWS_SECRET": as likely the name of a secret as its value, which `looks_random` tells.
bool is_secret_name(std::string_view name);
/// No name, path or switch, whatever it is called.
bool looks_like_a_value(std::string_view text);
/// "mysql://app:x1y2@db/shop", "Server=db;Password=x1y2", "jdbc:…?password=x1y2": somebody's
/// password is inside, and not one of an input.
bool holds_a_password(std::string_view text);
/// "app:x1y2@tcp(db:3306)/shop", as Go's drivers take it.
bool is_data_source(std::string_view text);
bool holds_a_private_key(std::string_view text);
/// An access key's id, whatever it is called.
bool is_access_key(std::string_view text);
/// A token that tells its issuer: "ghp_…", "xoxb-…", a signed "eyJ….eyJ….…", a webhook of Slack.
bool holds_token(std::string_view text);
/// Long, and of the letters of base64 in every sort: nothing that somebody chose as a name.
bool looks_random(std::string_view text);
/// `{"username": "app", "password": "x1y2"}` as one text, with other parts that are inputs.
bool holds_written_password(std::string_view text);
/// "the password is: x1y2"
bool says_a_password(std::string_view text);

/// The lines, from 0, of a shell script, a cloud-config or the like that hold a credential as it
/// is. What a script reads, asks for or is told when it runs ($NAME, $(…), `…`) is none.
std::vector<std::size_t> credential_lines(std::string_view script);

}  // namespace plumbline
