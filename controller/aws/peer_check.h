// Whom a connection may reach once its name is resolved: a name must not be made to lead to the
// services that only this machine can ask (instance metadata, container credentials). Whoever means
// those writes their address. Pure; opens nothing.
#pragma once

#include <string_view>

#include <sys/socket.h>

namespace plumbline {

/// `host` is what the request says, with or without ":port"; `peer` what it was resolved to.
bool may_connect(std::string_view host, const sockaddr& peer);

}  // namespace plumbline
