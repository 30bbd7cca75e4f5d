// What --help and the manual page say besides the commands.
#include <array>

#include "controller/cli/help.h"

namespace plumbline {

namespace {

constexpr auto kExits = std::to_array<Fact>({
    {"0", "fine"},
    {"1", "findings, or something failed"},
    {"2", "plan --detailed-exitcode, and there are changes"},
    {"3", "held for a human"},
    {"4", "the state could not be used"},
    {"64", "wrong usage"},
});

constexpr auto kEnvironment = std::to_array<Fact>({
    {"AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
     "Credentials, as every AWS tool takes them."},
    {"AWS_REGION", "Region of what names none."},
    {"AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SERVICE", "Another place to send calls to."},
    {"AWS_CA_BUNDLE", "Certificates to trust instead of the system's."},
    {"PLUMBLINE_STATE", "State file, unless --state names one."},
    {"PLUMBLINE_SIGNATURE_LIFE",
     "How long AWS may still carry out a call that was signed (5m); shorter only in tests."},
    {"PLUMBLINE_TIME_SCALE", "How many times faster than AWS a simulated world runs (1)."},
    {"NO_COLOR", "No colours, whatever the terminal can show."},
});

constexpr auto kFiles = std::to_array<Fact>({
    {".plumbline/state.db",
     "The state, beside the manifest, for its owner's eyes only. Its backups and its lock are "
     "beside it."},
    {"~/.aws/config, ~/.aws/credentials", "Profiles, as every AWS tool reads them."},
});

constexpr CommandGroup kGroups[] = {
    CommandGroup::kChange, CommandGroup::kLookUp, CommandGroup::kState, CommandGroup::kAround};

}  // namespace

std::span<const Fact> exit_statuses() {
  return kExits;
}

std::span<const Fact> environment_variables() {
  return kEnvironment;
}

std::span<const Fact> files() {
  return kFiles;
}

std::span<const CommandGroup> command_groups() {
  return kGroups;
}

}  // namespace plumbline
