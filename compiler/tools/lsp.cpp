// cipc lsp
#include <unistd.h>

#include "compiler/lsp/server.h"
#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage lsp_usage{
    "cipc lsp [--stdio]",
    "The language server: speaks the Language Server Protocol (3.17) on standard input and output, for an editor that\n"
    "starts it. Errors as you type, definitions, hovers, completion, outline, formatting. A specification is an open\n"
    "file with all that it imports; text that is not saved counts. packaging/editor/README.md says how to set editors\n"
    "up. Exit code 0 after shutdown and exit, otherwise 1.",
    "vim.lsp.start({ name = 'cip', cmd = { 'cipc', 'lsp' } })"};

Exit run_lsp(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()("stdio", "as it always does; for editors that ask for it");
  Exit exit = Exit::done;
  const auto values = parse_options(lsp_usage, options, po::positional_options_description(), arguments, exit);
  if (!values) {
    return exit;
  }
  return lsp::serve(STDIN_FILENO, STDOUT_FILENO) == 0 ? Exit::done : Exit::invalid;
}

}  // namespace

const Command lsp_command{"lsp", "serve an editor: the Language Server Protocol", run_lsp};

}  // namespace cip::tools
