// cipd: the reconciler. Dispatches only; see reconciler/daemon.
#include <iostream>
#include <string>
#include <vector>

#include "reconciler/daemon/daemon.h"
#include "reconciler/daemon/once.h"
#include "reconciler/daemon/options.h"

int main(int argc, char** argv) {
  using namespace cip::daemon;
  const auto parsed = parse_options(std::vector<std::string>(argv + 1, argv + argc));
  if (!parsed) {
    std::cerr << "cipd: " << parsed.error().message << "\n";
    return exit_code(parsed.error());
  }
  if (const auto* text = std::get_if<std::string>(&*parsed)) {
    std::cout << *text;
    return exit_done;
  }
  const auto& options = std::get<Options>(*parsed);
  return options.mode == Options::Mode::daemon ? run_daemon(options) : run_once(options);
}
