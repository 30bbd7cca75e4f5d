// Who is calling: verification of AWS Signature Version 4 as AWS documents it, written apart from
// the controller's signer so that the two cannot agree on a mistake. Also the session keys that
// AssumeRole hands out: they carry their own proof, so nothing about them is stored.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "simulator/simulator.h"
#include "simulator/wire.h"

namespace plumbline::sim {

struct Caller {
  const Wire* wire = nullptr;
  std::string region;
  std::string account;
  std::string principal_arn;
  std::string access_key_id;
};

/// A refusal, with the service in whose form it is to be told.
struct Refusal {
  const Wire* wire = nullptr;
  Fault fault;
};

/// Checks the Authorization header against `keys` (the default key is always known) at `now`; with
/// `verifies` off, only its credential scope is read.
std::variant<Caller, Refusal> authenticate(
    const HttpRequest& request, const std::vector<Options::Key>& keys, Timestamp now, bool verifies
);

/// The signature that a request with this Authorization header has if `secret` signed it; "" when
/// the header is not one of Signature Version 4.
std::string expected_signature(const HttpRequest& request, const std::string& secret);

struct Session {
  std::string access_key_id;  ///< "ASIA…"
  std::string account;
  std::string principal_arn;
  Timestamp expires_at;
};
/// The secret access key that belongs to a session's key id.
std::string session_secret(const std::string& access_key_id);
/// A session token that authenticate() accepts for the session's key until it expires.
std::string seal_session(const Session& session);

}  // namespace plumbline::sim
