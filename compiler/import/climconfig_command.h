// The lines of an OBEY file as commands: `climcmd NAME climconfig OBJECT -ACTION SUBJECT -OPTION VALUE ...`.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/specification.h"

namespace cip::importing {

struct CommandOption {
  std::string name;  // lower case, without its `-`
  std::vector<std::string> values;
  bool used = false;  // somebody took it
};

struct Command {
  Place place;
  std::string text;                    // the whole, as one line
  std::string clim{};                  // empty: the line does not name it
  std::string object{};                // lower case; empty: this is no climconfig command
  std::string action{};                // lower case: "add", "modify", ...; empty: none
  std::vector<std::string> subject{};  // what stands behind the action, or before all options
  std::vector<CommandOption> options{};

  // The first option of one of these names, which counts as used.
  const CommandOption* take(std::initializer_list<std::string_view> names);
  // Its value; empty if it is not there or has none.
  std::string value(std::initializer_list<std::string_view> names);
  // The command as a comment may quote it: without what may be a secret.
  std::string shown() const;
};

// Commands of one input. Blank lines and comments (`#`, `!`, `==`, `--`, `comment`) are none; `&` or `\` at the end
// continues a line; a prompt (up to `>`) before a command is dropped.
std::vector<Command> read_commands(std::size_t input, std::string_view bytes);

}  // namespace cip::importing
