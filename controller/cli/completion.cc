#include "controller/cli/completion.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/cli/help.h"

namespace plumbline {

namespace {

constexpr std::string_view kBash = R"(# bash completion of plumbline: plumbline completion bash
_plumbline() {
  local word about
  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    if [[ $word == :files ]]; then
      compopt -o default
      return
    fi
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" completion candidates -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _plumbline plumbline
)";

constexpr std::string_view kZsh = R"(#compdef plumbline
# zsh completion of plumbline: plumbline completion zsh
_plumbline() {
  local -a found
  local word about
  while IFS=$'\t' read -r word about; do
    if [[ $word == :files ]]; then
      _files
      return
    fi
    found+=("${word//:/\\:}:$about")
  done < <("${words[1]}" completion candidates -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe plumbline found
}
compdef _plumbline plumbline
)";

constexpr std::string_view kFish = R"(# fish completion of plumbline: plumbline completion fish
function __plumbline_candidates
  set -l words (commandline -opc) (commandline -ct)
  for line in (command $words[1] completion candidates -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c plumbline -f -a '(__plumbline_candidates)'
)";

bool is_of(const Flag& flag, std::string_view name) {
  const auto names = split(flag.names, ',');
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The line up to the cursor, taken apart by the table.
class Line {
 public:
  Line(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words)
      : commands_(commands), typed_(words.empty() ? "" : words.back()) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      read(words[i]);
    }
  }

  Completions complete(const CompletionSources& sources) {
    if (pending_ != nullptr) {
      offer_value(*pending_, sources);
    } else if (typed_.starts_with("-")) {
      offer_flags();
    } else {
      offer_commands();
      if (const Flag* place = next_place()) {
        offer_value(*place, sources);
      }
    }
    return std::move(out_);
  }

 private:
  void read(const std::string& word) {
    if (pending_ != nullptr) {
      note(*pending_, word);
      pending_ = nullptr;
      return;
    }
    if (word.starts_with("-")) {
      const Flag* flag = find_flag(word);
      pending_ = flag == nullptr || flag->is_switch() ? nullptr : flag;
      return;
    }
    for (const CommandSpec& command : commands_) {
      if (command.name == (command_ == nullptr ? word : command_->name + " " + word)) {
        command_ = &command;
        return;
      }
    }
    if (const Flag* place = next_place()) {
      note(*place, word);
      ++placed_;
    }
  }

  void note(const Flag& flag, const std::string& word) {
    if (flag.value == "PATH") {
      paths_.push_back(word);
    }
  }

  const Flag* find_flag(std::string_view name) const {
    if (command_ == nullptr) {
      return nullptr;
    }
    for (const Flag& flag : command_->flags) {
      if (is_of(flag, name)) {
        return &flag;
      }
    }
    return nullptr;
  }

  /// The argument by place that comes next.
  const Flag* next_place() const {
    std::size_t at = 0;
    const Flag* last = nullptr;
    for (const Flag& flag : command_ == nullptr ? std::vector<Flag>() : command_->flags) {
      if (!is_by_place(flag)) {
        continue;
      }
      const Flag* kept = find_flag(split(flag.names, ',').front());
      if (at++ == placed_) {
        return kept;
      }
      last = kept;
    }
    return last != nullptr && last->is_list() ? last : nullptr;
  }

  void offer(const std::string& word, const std::string& about) {
    if (word.starts_with(typed_)) {
      out_.words.push_back({word, about});
    }
  }
  void offer_all(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      offer(word, "");
    }
  }

  void offer_commands() {
    for (const std::string& name : names_below(command_, commands_)) {
      const std::string whole = command_ == nullptr ? name : command_->name + " " + name;
      const auto found =
          std::find_if(commands_.begin(), commands_.end(), [&](const CommandSpec& each) {
            return each.name == whole;
          });
      offer(name, found->summary);
    }
  }

  void offer_flags() {
    for (const Flag& flag : command_ == nullptr ? std::vector<Flag>() : command_->flags) {
      for (const std::string_view name : split(flag.names, ',')) {
        if (name.starts_with("--")) {
          offer(std::string(name), flag.summary);
        }
      }
    }
    offer("--help", "Explain it");
  }

  void offer_value(const Flag& flag, const CompletionSources& sources) {
    if (!flag.choices.empty()) {
      offer_all(flag.choices);
    } else if (flag.value == "PATH" || flag.value == "FILE") {
      out_.wants_files = true;
    } else if (flag.value == "ADDRESS" || flag.value == "FROM") {
      offer_all(sources.addresses(paths_));
    } else if (flag.value == "TOPIC") {
      offer_all(sources.topics(typed_));
    } else if (flag.value == "SECTION" || flag.value == "KIND") {
      offer_all(sources.sections());
    } else if (flag.value == "COMMAND") {
      for (const CommandSpec& command : commands_) {
        offer(command.name.substr(0, command.name.find(' ')), command.summary);
      }
    }
  }

  const std::vector<CommandSpec>& commands_;
  std::string typed_;
  const CommandSpec* command_ = nullptr;
  const Flag* pending_ = nullptr;  ///< Takes the next word.
  std::size_t placed_ = 0;         ///< Arguments by place so far.
  std::vector<std::string> paths_;
  Completions out_;
};

}  // namespace

Completions complete(
    const std::vector<CommandSpec>& commands,
    const std::vector<std::string>& words,
    const CompletionSources& sources
) {
  Completions completions = Line(commands, words).complete(sources);
  const auto is_same = [](const Candidate& a, const Candidate& b) { return a.word == b.word; };
  completions.words.erase(
      std::unique(completions.words.begin(), completions.words.end(), is_same),
      completions.words.end()
  );
  return completions;
}

std::string_view completion_script(std::string_view shell) {
  return shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : "";
}

}  // namespace plumbline
