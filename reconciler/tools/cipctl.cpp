// cipctl: the operator's program. Dispatches only; the subcommands are in cipctl_commands.cpp.
#include <csignal>
#include <exception>
#include <iostream>

#include "reconciler/tools/cipctl_arguments.h"

int main(int argc, char** argv) {
  using namespace cip::tools;
  std::signal(SIGPIPE, SIG_IGN);  // a write to a socket or pipe that nobody reads fails, and is handled there
  const auto parsed = parse_arguments({argv + 1, argv + argc});
  if (!parsed) {
    std::cerr << "cipctl: " << parsed.error().message << "\n";
    return exit_code(parsed.error());
  }
  if (const auto* text = std::get_if<Text>(&*parsed)) {
    std::cout << text->text;
    return exit_done;
  }
  const auto& [subcommand, invocation] = std::get<Parsed>(*parsed);
  try {
    return subcommand->run(invocation);
  } catch (const std::exception& error) {  // an answer whose members have other types than ours
    std::cerr << "cipctl: cannot understand cipd's answer: " << error.what() << "\n";
    return exit_system;
  }
}
