// Frozen: a state read as bytes while somebody else goes on writing it: the file with its log laid
// over it, as of one commit. SQLite's own readers cannot do that, because the holder's connection
// is exclusive, on purpose. Takes no lock and writes nothing. Knows SQLite's formats
// (https://www.sqlite.org/fileformat2.html, sections 1.3 and 4), not what is stored.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/result.h"

namespace plumbline {

/// kCorrupt when the log beside `path` cannot be what SQLite left there. A writer that dies leaves
/// a torn end, and only of its last commit; a log that is broken before whole commits would be cut
/// there without a word, and with it the intents of calls that were sent.
Status check_log(const std::string& path);

/// The database at `path` as one image that needs no log, as of its newest whole commit. "" for a
/// state that is being made. kConflict when it does not stand still for long enough, and
/// what check_log() has against the log.
Result<std::string> read_frozen(const std::string& path);

/// `file` as the log says: every page of a whole commit replaces the file's own. What follows the
/// last whole commit, torn or left from an earlier log, is as if it were not there.
std::string lay_over(std::string file, std::string_view log);

}  // namespace plumbline
