// Bad input written by hand: many small cases a file, under tests/golden/hostile/GROUP/*.cases.
//
//   # a comment
//   base NAME                what many cases of the file begin with
//   case a sentence that says what is wrong
//   on NAME                  the text goes on from that base
//   | a line of it
//   \ a piece with escapes: \n \r \t \\ \xNN, and \{COUNT*PIECE\} with %n (from 0) and %m (the
//   next) file NAME                what follows is another file; the first one is a.yaml link NAME
//   TARGET, fifo NAME, folder NAME with WORDS               for the test: paths, variables, …; once
//   a word ! ID LINE:COLUMN words   what must be said, in this order; the place of another file is
//                            NAME:LINE:COLUMN, and - is none
//
// PLUMBLINE_UPDATE_GOLDENS=1 writes the `!` lines anew, for you to read.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

struct HostileCase {
  struct File {
    std::string name, text;
  };
  /// A name in the folder that is no file with a text.
  struct Odd {
    std::string what, name, target;
  };
  struct Said {
    std::string id, place, words;
    [[nodiscard]] std::string line() const;
  };

  std::string name;
  std::vector<File> files;
  std::vector<Odd> odd;
  std::vector<std::string> with;
  std::vector<Said> expected;

  [[nodiscard]] bool has(const std::string& word) const;
  /// The rest of each `with` that begins with the word.
  [[nodiscard]] std::vector<std::string> all_with(const std::string& word) const;
};

/// One file of cases, which knows how to write itself with other expectations.
class HostileFile {
 public:
  explicit HostileFile(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const std::vector<HostileCase>& cases() const { return cases_; }
  /// Holds what was said against what must be; reports each difference as a failure of the test.
  void expect(std::size_t index, const std::vector<HostileCase::Said>& said);

 private:
  void read();
  void write() const;

  std::filesystem::path path_;
  std::vector<HostileCase> cases_;
  std::vector<std::string> lines_;  ///< Of the file, without `!` lines.
  std::vector<std::size_t> ends_;   ///< Line behind the last one of each case.
};

/// The files of a group, by name.
std::vector<HostileFile> hostile_group(const std::string& group);

/// Writes the files of a case, and what else it names, into a folder.
void lay_out(const HostileCase& hostile, const std::filesystem::path& folder);

}  // namespace plumbline
